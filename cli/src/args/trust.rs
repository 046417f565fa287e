//! `touchmark trust`: what can be typed.

use std::path::PathBuf;

use clap::{Args as ClapArgs, Subcommand, ValueEnum};

/// Whom this home trusts when it verifies
#[derive(Debug, Subcommand)]
pub(crate) enum Trust {
    Update(TrustUpdate),
    /// Show who is trusted for what, from when on, and by which list
    List,
}

/// Take a list of whom to trust into the home: C2PA's list of signers' or of time-stamps' authorities, or one's own
///
/// It takes the place of the list of its name. One that is broken, older than the one kept, or of unknown age where the one kept says its
/// own, is refused, and nothing changes.
#[derive(Debug, ClapArgs)]
pub(crate) struct TrustUpdate {
    /// JSON in the form of ETSI TS 119 602, or PEM
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    /// For what it is, where it does not say so itself
    #[arg(long = "for", value_enum, value_name = "WHAT")]
    pub(crate) of: Option<What>,
}

/// For what a list is.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum What {
    /// Authorities whose certificates sign claims
    Signers,
    /// Authorities whose certificates stamp a time
    Timestamps,
}
