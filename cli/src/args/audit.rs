//! `touchmark log audit`: what can be typed.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use clap::Args as ClapArgs;
use jiff::SignedDuration;

/// Check that the log is complete: each attempt has its outcome, each export its GEN, each act a person, each model its declared hash
///
/// The log itself is checked first, as by log verify. Exit code 0: complete; 1: there are findings, or the log is not whole.
#[derive(Debug, ClapArgs)]
pub(crate) struct Audit {
    /// Judge records of this time or later (RFC 3339). The outcomes of their attempts are looked for wherever they stand
    #[arg(long, value_name = "TIME")]
    pub(crate) since: Option<String>,
    /// Judge records before this time (RFC 3339)
    #[arg(long, value_name = "TIME")]
    pub(crate) until: Option<String>,
    /// An attempt may be without an outcome for so long, such as 60s or 5m
    #[arg(long, default_value = "60s", value_name = "DURATION", value_parser = duration)]
    pub(crate) pending_after: SignedDuration,
    /// The largest error that a clock may admit, such as 500ms or 1s
    #[arg(long, default_value = "1s", value_name = "DURATION", value_parser = duration)]
    pub(crate) max_clock_error: SignedDuration,
    /// The register of declared models [default: models.toml in the home, if there is one]
    #[arg(long, value_name = "FILE")]
    pub(crate) models: Option<PathBuf>,
    /// Instead of the log, try the path: so many synthetic requests go through it in a scratch home, and each is then proved
    #[arg(long, value_name = "REQUESTS", conflicts_with_all = ["since", "until", "models"])]
    pub(crate) dry_run: Option<NonZeroUsize>,
    /// Keep what the dry run made in this folder, which must not be there yet
    #[arg(long, value_name = "DIR", requires = "dry_run")]
    pub(crate) keep: Option<PathBuf>,
}

fn duration(text: &str) -> Result<SignedDuration, String> {
    let refuse = || format!("{text:?} is not a duration: write it as 60s, 5m or 1h");
    text.parse().ok().filter(|duration: &SignedDuration| !duration.is_negative()).ok_or_else(refuse)
}
