//! `touchmark open`: what can be typed.

use std::path::PathBuf;

use clap::{Args as ClapArgs, Subcommand};

/// What stands for the hash of an original where none is given: there is one.
pub(crate) const ONLY_ONE: &str = "the-only-one";

/// Open one field of one record to somebody else, or check what was opened
///
/// Writes a small file that proves the field's value, and that the record is in the log, to whoever has the log's key; of the other fields
/// it shows nothing but their number. That it is opened, by whom and what for is put on record first.
///
/// Exit code 0: opened; 1: it is erased or expired, or the commitment is to another text.
#[derive(Debug, ClapArgs)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub(crate) struct Open {
    #[command(subcommand)]
    pub(crate) check: Option<OpenCommand>,
    /// The record, by its id
    #[arg(value_name = "RECORD", required = true)]
    pub(crate) record: Option<uuid::Uuid>,
    /// actor, tenant, session, parameters, …; or prompt and others that the log has a commitment to
    #[arg(long, value_name = "NAME", required_unless_present = "original")]
    pub(crate) field: Option<String>,
    /// The image itself, as it was kept by export --keep-original, instead of a field; of several, the one with this hash
    #[arg(long, value_name = "HASH", num_args = 0..=1, default_missing_value = ONLY_ONE, conflicts_with_all = ["field", "text"])]
    pub(crate) original: Option<String>,
    /// Of a prompt, the text, which the log does not have: a file, or - for standard input
    #[arg(long, value_name = "FILE")]
    pub(crate) text: Option<PathBuf>,
    /// What for; public, so name a case, not a person
    #[arg(long, value_name = "TEXT", required = true)]
    pub(crate) purpose: Option<String>,
    /// Who opens it; private
    #[arg(long, value_name = "PERSON", required = true)]
    pub(crate) by: Option<String>,
    /// Where the file goes; it is readable to you alone
    #[arg(long, value_name = "FILE", required = true)]
    pub(crate) out: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum OpenCommand {
    Verify(OpenVerify),
}

/// Check what was opened, with nothing but the log's key
#[derive(Debug, ClapArgs)]
pub(crate) struct OpenVerify {
    /// What `touchmark open` wrote; - for standard input
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    /// The log's verifier key, or a file with it or with all its keys; without it, the home's own log
    #[arg(long, value_name = "KEY")]
    pub(crate) log_key: Option<String>,
}
