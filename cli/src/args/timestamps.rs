//! Time-stamps and anchors: what can be typed.

use std::path::PathBuf;

use clap::Args as ClapArgs;

/// Have the newest checkpoint time-stamped by others, and keep the time-stamp in the log
///
/// The log goes on where no authority answers: exit code 1 then, and nothing is written.
#[derive(Debug, ClapArgs)]
pub(crate) struct Anchor {
    #[command(flatten)]
    pub(crate) authorities: Authorities,
}

/// Who is asked for time-stamps.
#[derive(Debug, ClapArgs)]
pub(crate) struct Authorities {
    /// Time-stamp authority (RFC 3161), instead of those of the configuration; given again, a further one that is asked where the one
    /// before fails
    #[arg(long, value_name = "URL")]
    pub(crate) tsa: Vec<String>,
}

/// With what time-stamps are checked.
#[derive(Clone, Debug, ClapArgs)]
pub(crate) struct TsaRoots {
    /// Roots of time-stamp authorities to trust (PEM; for images also a list in JSON), instead of those of the configuration
    #[arg(long, value_name = "FILE")]
    pub(crate) tsa_roots: Vec<PathBuf>,
}

/// With what the log's time-stamps are checked.
#[derive(Debug, ClapArgs)]
pub(crate) struct Anchors {
    #[command(flatten)]
    pub(crate) roots: TsaRoots,
    /// ANCHOR records that were kept elsewhere, one a line as log show --type ANCHOR --json prints them
    #[arg(long, value_name = "FILE.jsonl")]
    pub(crate) anchors: Option<PathBuf>,
}

impl Anchors {
    /// With what the configuration says.
    pub(crate) const NONE: Self = Self { roots: TsaRoots { tsa_roots: Vec::new() }, anchors: None };
}
