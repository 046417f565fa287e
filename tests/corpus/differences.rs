//! Where we differ from what is expected, on purpose.

/// The end of a path, why we differ, and what we say.
const DIFFERENCES: &[(&str, &str, &str)] = &[
    (
        "nikon-20221019-building.jpeg",
        "its signature fits, as the newer readers say too; what does not hold is that the certificate has run out and no time-stamp says when it signed",
        r#"Invalid ["claimSignature.outsideValidity"]"#,
    ),
    (
        "validation_method/malformed_cbor.jpg",
        "its identity assertion is no CBOR, so a standard assertion cannot be read; the answer noted beside the expectation is the same",
        r#"Invalid ["assertion.required.missing", "cawg.identity.sig_type.unknown"]"#,
    ),
];

/// Why we differ about a file, and what we say.
pub(crate) fn reason(path: &str) -> Option<(&'static str, &'static str)> {
    DIFFERENCES.iter().find(|(end, ..)| path.ends_with(end)).map(|(_, why, answer)| (*why, *answer))
}

pub(crate) fn paths() -> impl Iterator<Item = &'static str> {
    DIFFERENCES.iter().map(|(path, ..)| *path)
}
