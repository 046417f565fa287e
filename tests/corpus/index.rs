//! The index of published files.

use std::path::{Path, PathBuf};

/// The kind of answer that is expected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Expected {
    /// Intact; whether the signer is trusted is not said.
    Valid,
    /// Something does not hold.
    Invalid,
    /// No manifest.
    None,
    /// No manifest here, but it says where.
    Elsewhere,
    /// Not to be taken apart: a clean refusal, or a manifest that does not hold.
    Refused,
}

/// A published file.
#[derive(Debug)]
pub(crate) struct Row {
    pub(crate) path: String,
    pub(crate) expected: Expected,
    /// Failure codes that must be named.
    pub(crate) codes: Vec<String>,
    file: PathBuf,
}

impl std::fmt::Display for Row {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {:?} {:?}", self.path, self.expected, self.codes)
    }
}

impl Row {
    fn of(folder: &Path, line: &str) -> Self {
        let cells: Vec<&str> = line.split('\t').collect();
        let &[path, expected, codes, ..] = cells.as_slice() else { panic!("not a row: {line}") };
        let expected = match expected {
            "valid" | "cawg-valid" => Expected::Valid,
            // Of these, two readers of one library disagree; the standard's rule about exclusions decides (15.12.1.1).
            "invalid" | "cawg-invalid" | "contested" => Expected::Invalid,
            "none" => Expected::None,
            "remote" => Expected::Elsewhere,
            // A bare manifest store is no picture: it is verified together with one.
            "unreadable" | "sidecar" => Expected::Refused,
            other => panic!("no answer is known for {other}"),
        };
        let is_code =
            |word: &&str| word.contains('.') && word.chars().all(|c| c.is_ascii_alphanumeric() || "._-".contains(c));
        let codes = match expected {
            Expected::Invalid => codes.split([',', ' ']).filter(is_code).map(str::to_owned).collect(),
            _ => Vec::new(),
        };
        Self { path: path.to_owned(), expected, codes, file: folder.join(path) }
    }

    pub(crate) fn bytes(&self) -> Vec<u8> {
        std::fs::read(&self.file).unwrap_or_else(|error| panic!("{}: {error}", self.file.display()))
    }
}

#[expect(clippy::disallowed_methods, reason = "tests are an edge: they read the environment for the library")]
fn folder() -> PathBuf {
    let named = std::env::var_os("TOUCHMARK_CORPORA").map(PathBuf::from);
    named.unwrap_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/corpora"))
}

/// All rows; `None`, said aloud, where the files are not there.
#[expect(clippy::print_stderr, reason = "a test that is skipped says so")]
pub(crate) fn rows() -> Option<Vec<Row>> {
    let folder = folder();
    let Ok(index) = std::fs::read_to_string(folder.join("INDEX.tsv")) else {
        eprintln!("skipped: {} has no INDEX.tsv (TOUCHMARK_CORPORA names another folder)", folder.display());
        return None;
    };
    Some(index.lines().skip(1).map(|line| Row::of(&folder, line)).collect())
}

/// The anchors that the expectations were made with (PEM).
pub(crate) fn anchors() -> String {
    std::fs::read_to_string(folder().join("trust-union.pem")).expect("trust-union.pem")
}
