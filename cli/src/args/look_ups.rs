//! `touchmark log reindex`, `seal` and `absent`: what can be typed.

use std::path::PathBuf;

use clap::{Args as ClapArgs, Subcommand};

/// Make the log's index files anew from its records
///
/// Look-ups are right without them, and slow. Nothing else may write to the log meanwhile.
#[derive(Debug, ClapArgs)]
pub(crate) struct Reindex {}

/// Fix what the newest records name, so that its absence can be proved
///
/// Full segments of 65,536 records are sealed by themselves; this seals what stands behind the last one.
#[derive(Debug, ClapArgs)]
pub(crate) struct Seal {}

/// Prove that an asset or a commitment is not in the log, or check such a proof
///
/// Exit code 0: absent, and proved; 1: some record names it. The proof speaks of the records that are sealed (touchmark log seal).
#[derive(Debug, ClapArgs)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub(crate) struct Absent {
    #[command(subcommand)]
    pub(crate) check: Option<AbsentCommand>,
    /// The asset's hash, sha256:…, or a commitment, hmac-sha256:…
    #[arg(value_name = "HASH", required = true)]
    pub(crate) name: Option<String>,
    /// Write the proof to this file instead of standard output
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum AbsentCommand {
    Verify(AbsentVerify),
}

/// Check a proof of absence, with nothing but the log's key
#[derive(Debug, ClapArgs)]
pub(crate) struct AbsentVerify {
    /// The proof; - for standard input
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    /// The log's verifier key, or a file with it or with all its keys; without it, the home's own log
    #[arg(long, value_name = "KEY")]
    pub(crate) log_key: Option<String>,
}
