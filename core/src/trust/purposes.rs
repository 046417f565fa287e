//! For what a signer's certificate may be (its extended key usage), by name and number.

/// C2PA claim signing: the purpose for which C2PA's own list holds.
pub const CLAIM_SIGNING: &str = "1.3.6.1.4.1.62558.2.1";

/// The purposes of which a signer's certificate needs one, with their names (C2PA 2.4, 14.4.1).
pub const ACCEPTED: [(&str, &str); 4] = [
    ("claimSigning", CLAIM_SIGNING),
    ("emailProtection", "1.3.6.1.5.5.7.3.4"),
    ("documentSigning", "1.3.6.1.5.5.7.3.36"),
    ("msDocumentSigning", "1.3.6.1.4.1.311.76.59.1.9"),
];

/// The name of a purpose, or its number.
pub fn name(oid: &str) -> &str {
    ACCEPTED.iter().find(|(_, number)| *number == oid).map_or(oid, |(name, _)| name)
}

/// The number of a purpose that is given by name or number; `None` if it is none that signers may have.
pub fn of_name(text: &str) -> Option<&'static str> {
    ACCEPTED.iter().find(|(name, number)| *name == text || *number == text).map(|(_, number)| *number)
}
