//! `touchmark log …`: what can be typed.

use std::path::PathBuf;

use clap::{Args as ClapArgs, Subcommand};

use super::Audit;
use super::follow::Publish;

/// Add to the log, read it, check it
#[derive(Debug, Subcommand)]
pub(crate) enum Log {
    Append(Append),
    Show(Show),
    Verify(LogVerify),
    Audit(Audit),
    Prove(Prove),
    Checkpoint(Checkpoint),
    Publish(Publish),
}

/// Check events and add them to the log
#[derive(Debug, ClapArgs)]
pub(crate) struct Append {
    /// A JSON event, or JSON Lines with one event each; - for standard input
    #[arg(value_name = "FILE.json|FILE.jsonl|-")]
    pub(crate) file: PathBuf,
}

/// Show records
#[derive(Debug, ClapArgs)]
pub(crate) struct Show {
    /// Records of this type only, such as GEN
    #[arg(long = "type", value_name = "TYPE")]
    pub(crate) kind: Option<String>,
    /// Records of this time or later (RFC 3339)
    #[arg(long, value_name = "TIME")]
    pub(crate) since: Option<String>,
    /// Records before this time (RFC 3339)
    #[arg(long, value_name = "TIME")]
    pub(crate) until: Option<String>,
    /// The record with this id; with --tree, the request that it belongs to
    #[arg(long, value_name = "ID")]
    pub(crate) id: Option<uuid::Uuid>,
    /// Draw which record called which
    #[arg(long)]
    pub(crate) tree: bool,
}

/// Check the whole log: chain, MACs, signatures, tree, checkpoint
#[derive(Debug, ClapArgs)]
pub(crate) struct LogVerify {
    /// Check records from this position on only
    #[arg(long, default_value_t = 0, value_name = "N")]
    pub(crate) from: u64,
    /// The log's folder, if it is not the home's
    #[arg(long, value_name = "DIR")]
    pub(crate) ledger: Option<PathBuf>,
    /// A published folder instead (touchmark log publish), as a stranger checks it: entries, tiles, checkpoint
    #[arg(long, value_name = "DIR", conflicts_with_all = ["ledger", "from"])]
    pub(crate) published: Option<PathBuf>,
    /// The log's verifier key, or a file with it; without it, the key in the log's own folder
    #[arg(long, value_name = "KEY")]
    pub(crate) log_key: Option<String>,
}

impl LogVerify {
    /// The home's own log, from the first record on.
    pub(crate) const fn of_the_home() -> Self {
        Self { from: 0, ledger: None, published: None, log_key: None }
    }
}

/// Prove that a record is in the log (C2SP tlog-proof)
#[derive(Debug, ClapArgs)]
pub(crate) struct Prove {
    /// The record
    #[arg(value_name = "ID")]
    pub(crate) id: uuid::Uuid,
}

/// Print the newest checkpoint (C2SP signed note)
#[derive(Debug, ClapArgs)]
pub(crate) struct Checkpoint {}
