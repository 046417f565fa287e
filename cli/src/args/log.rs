//! `touchmark log …`: what can be typed.

use std::path::PathBuf;

use clap::{Args as ClapArgs, Subcommand};

use super::Audit;
use super::Repair;
use super::Tiers;
use super::follow::{Consistency, Cosign, ImportProof, Publish};
use super::look_ups::{Absent, Reindex, Seal};
use super::timestamps::{Anchor, Anchors};

/// Add to the log, read it, check it
#[derive(Debug, Subcommand)]
pub(crate) enum Log {
    Append(Append),
    Show(Show),
    Verify(LogVerify),
    Audit(Audit),
    Repair(Repair),
    Prove(Prove),
    Checkpoint(Checkpoint),
    Publish(Publish),
    Consistency(Consistency),
    Cosign(Cosign),
    ImportProof(ImportProof),
    Reindex(Reindex),
    Seal(Seal),
    Absent(Absent),
    Anchor(Anchor),
    #[command(subcommand)]
    Tiers(Tiers),
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
    /// Records of this tenant
    #[arg(long, value_name = "NAME")]
    pub(crate) tenant: Option<String>,
    /// The record with this id; with --tree, the request that it belongs to
    #[arg(long, value_name = "ID")]
    pub(crate) id: Option<uuid::Uuid>,
    /// Draw which record called which
    #[arg(long)]
    pub(crate) tree: bool,
}

/// Check the whole log: chain, MACs, signatures, tree, checkpoint, time-stamps
#[derive(Debug, ClapArgs)]
pub(crate) struct LogVerify {
    /// Check records from this position on only
    #[arg(long, default_value_t = 0, value_name = "N")]
    pub(crate) from: u64,
    /// Leave out the signatures of single records: the signed checkpoint covers them all
    #[arg(long, conflicts_with = "published")]
    pub(crate) checkpoint_only: bool,
    /// The log's folder, if it is not the home's
    #[arg(long, value_name = "DIR")]
    pub(crate) ledger: Option<PathBuf>,
    /// A published folder instead (touchmark log publish), as a stranger checks it: entries, tiles, checkpoint
    #[arg(long, value_name = "DIR", conflicts_with_all = ["ledger", "from"])]
    pub(crate) published: Option<PathBuf>,
    /// The log's verifier key, or a file with it or with all its keys; without it, the keys in the log's own folder
    #[arg(long, value_name = "KEY")]
    pub(crate) log_key: Option<String>,
    /// The root of the MAC keys, where an auditor holds it; with it the MACs of all epochs are checked
    #[arg(long, value_name = "FILE")]
    pub(crate) mac_root: Option<PathBuf>,
    /// A witness whose cosignatures are looked for, or a file with its key; without it, those in the home's configuration
    #[arg(long, value_name = "KEY", conflicts_with = "published")]
    pub(crate) witness_key: Vec<String>,
    #[command(flatten)]
    pub(crate) anchors: Anchors,
}

impl LogVerify {
    /// The home's own log, from the first record on.
    pub(crate) const fn of_the_home() -> Self {
        Self {
            from: 0,
            checkpoint_only: false,
            ledger: None,
            published: None,
            log_key: None,
            mac_root: None,
            witness_key: Vec::new(),
            anchors: Anchors::NONE,
        }
    }
}

/// Prove that a record is in the log (C2SP tlog-proof)
#[derive(Debug, ClapArgs)]
pub(crate) struct Prove {
    /// The record
    #[arg(value_name = "ID", required_unless_present = "check")]
    pub(crate) id: Option<uuid::Uuid>,
    /// Put the record's public part into the proof, so that one file is enough to check it
    #[arg(long)]
    pub(crate) with_record: bool,
    /// Under the newest checkpoint that witnesses cosigned, of those that cover the record the one with the most witnesses
    #[arg(long)]
    pub(crate) cosigned: bool,
    /// Check such a proof offline instead: with it and the log's key, and nothing else
    #[arg(long, value_name = "PROOF", conflicts_with_all = ["id", "with_record", "cosigned"])]
    pub(crate) check: Option<PathBuf>,
    /// The record that it proves: its public part, or its line of the log; without it, the one in the proof
    #[arg(long, value_name = "FILE", requires = "check")]
    pub(crate) record: Option<PathBuf>,
    /// The log's verifier key, or a file with it or with all its keys; without it, the home's own log
    #[arg(long, value_name = "KEY", requires = "check")]
    pub(crate) log_key: Option<String>,
    /// A witness whose cosignature is looked for, or a file with its key; may be given several times
    #[arg(long, value_name = "KEY", requires = "check")]
    pub(crate) witness_key: Vec<String>,
}

/// Print the newest checkpoint (C2SP signed note)
#[derive(Debug, ClapArgs)]
pub(crate) struct Checkpoint {
    /// The newest one that a known witness cosigned
    #[arg(long)]
    pub(crate) cosigned: bool,
}
