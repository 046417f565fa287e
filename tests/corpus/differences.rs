//! Where we differ from what is expected, on purpose.

/// The end of a path, why we differ, and what we say.
const DIFFERENCES: &[(&str, &str, &str)] = &[
    (
        "nikon-20221019-building.jpeg",
        "its signature fits, as the newer readers say too; what does not hold is that the certificate has run out and no time-stamp says when it signed",
        r#"Invalid ["signingCredential.expired"]"#,
    ),
    (
        "validation_method/malformed_cbor.jpg",
        "its identity assertion is no CBOR, so a standard assertion cannot be read; the answer noted beside the expectation is the same",
        r#"Invalid ["assertion.required.missing"]"#,
    ),
    ("truepic-20230212-camera.jpg", UNCHECKED, r#"Valid ["signingCredential.untrusted"]"#),
    ("truepic-20230212-landscape.jpg", UNCHECKED, r#"Valid ["signingCredential.untrusted"]"#),
    ("truepic-20230212-library.jpg", UNCHECKED, r#"Valid ["signingCredential.untrusted"]"#),
    ("validation_method/invalid_sig_type.jpg", UNCHECKED, "Trusted []"),
];

const UNCHECKED: &str = "the library does not look for it";

/// Why we differ about a file, and what we say.
pub(crate) fn reason(path: &str) -> Option<(&'static str, &'static str)> {
    DIFFERENCES.iter().find(|(end, ..)| path.ends_with(end)).map(|(_, why, answer)| (*why, *answer))
}

pub(crate) fn paths() -> impl Iterator<Item = &'static str> {
    DIFFERENCES.iter().map(|(path, ..)| *path)
}
