//! `touchmark key …` and `touchmark log repair`: what can be typed.

use std::path::PathBuf;

use clap::{Args as ClapArgs, Subcommand};

/// Show the keys, hand over the log's, move the root of its MAC keys to an auditor, put a passphrase on their files
#[derive(Debug, Subcommand)]
pub(crate) enum Key {
    List(List),
    Status(Status),
    Rotate(Rotate),
    Escrow(Escrow),
    Protect(Protect),
}

/// Show where each key lives, since when, and who may use it
///
/// Opens none of them.
#[derive(Debug, ClapArgs)]
pub(crate) struct List {}

/// Show the same, and open each key to see whether it can be used
///
/// Exit code 1 where one cannot.
#[derive(Debug, ClapArgs)]
pub(crate) struct Status {}

/// Put a passphrase on the key files
///
/// They become age files; the bare bytes are overwritten. The passphrase stands in the file that `TOUCHMARK_PASSPHRASE_FILE` names, or in
/// `TOUCHMARK_PASSPHRASE`; it is needed from then on whenever a key is. Where it is wrong, nothing is changed. Run it again if it was
/// interrupted.
#[derive(Debug, ClapArgs)]
pub(crate) struct Protect {
    /// Change it to the one in this file, which only its owner can read
    #[arg(long, value_name = "FILE")]
    pub(crate) change: Option<PathBuf>,
    /// Take it off again
    #[arg(long, conflicts_with = "change")]
    pub(crate) remove: bool,
}

/// Hand the log's signing over to a new key
///
/// A KEY record that both keys sign stands in the log; the old key is erased when that is durable. Run it again if it was interrupted.
#[derive(Debug, ClapArgs)]
pub(crate) struct Rotate {}

/// Move the root of the MAC keys to an auditor
///
/// It is written to the file and read back, put on record, and then erased in the home. From then on the home holds the present epoch's
/// key alone: whoever breaks in cannot rewrite older records. Run it again if it was interrupted.
#[derive(Debug, ClapArgs)]
pub(crate) struct Escrow {
    /// A file outside of the home, which must not exist; only its owner can read it
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
}

/// Say what is wrong with the log, and mend what can be mended without losing a record
///
/// An unfinished line at the end is cut off, and a checkpoint that a crash left unreadable is signed again. Everything else is left as it is and
/// named, with the place from where it can be brought back.
#[derive(Debug, ClapArgs)]
pub(crate) struct Repair {
    /// Change nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
}
