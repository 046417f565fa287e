//! `touchmark log tiers …`: what can be typed.

use clap::{Args as ClapArgs, Subcommand};

/// Old segments of the log: packed where they stand, then moved to an archive
///
/// The rules stand in the configuration, under `tiers`. All commands read the log as before, and every
/// proof stays as it was.
#[derive(Debug, Subcommand)]
pub(crate) enum Tiers {
    Plan(TiersPlan),
    Run(TiersRun),
}

/// How each segment stands, and what is due
#[derive(Debug, ClapArgs)]
pub(crate) struct TiersPlan {
    /// What is due at this time [default: now]
    #[arg(long, value_name = "TIME")]
    pub(crate) at: Option<String>,
}

/// Move what is due
///
/// The log can be read and written meanwhile. Each copy is read back and held against the signed tree before the original is removed; run
/// it again if it was interrupted. Exit code 0: all that is due has moved; 1: something was left where it is, with the reason.
#[derive(Debug, ClapArgs)]
pub(crate) struct TiersRun {
    /// Move what is due at this time [default: now]
    #[arg(long, value_name = "TIME")]
    pub(crate) at: Option<String>,
}
