//! `touchmark log publish|consistency|cosign`: for those who follow the log, and for witnesses.

use std::path::PathBuf;

use clap::Args as ClapArgs;

/// Write the log as a static folder that anyone can follow (C2SP tlog-tiles)
///
/// The folder gets the checkpoint, hash tiles, and the public parts of the records; nothing private. Only what is new is written. Put
/// it on any web server. A folder that holds another log, or one that this log does not continue, is left alone.
#[derive(Debug, ClapArgs)]
pub(crate) struct Publish {
    /// The folder; it is made if it is not there
    #[arg(value_name = "DIR")]
    pub(crate) dir: PathBuf,
}

/// Prove that the log continues an older checkpoint that somebody kept
///
/// Prints the proof in the form that witnesses take (C2SP tlog-witness): the older size, the hashes, and the newer checkpoint. Exit code 1
/// if the log was set back or rewritten since.
#[derive(Debug, ClapArgs)]
pub(crate) struct Consistency {
    /// The checkpoint that was kept, or a proof with one in it; - for standard input
    #[arg(value_name = "OLD")]
    pub(crate) old: PathBuf,
    /// Up to this checkpoint of the log instead of the newest
    #[arg(long, value_name = "FILE", conflicts_with = "check")]
    pub(crate) new: Option<PathBuf>,
    /// Check such a proof offline: with it, OLD and the log's key, and nothing else
    #[arg(long, value_name = "PROOF")]
    pub(crate) check: Option<PathBuf>,
    /// The log's verifier key, or a file with it or with all its keys; without it, the home's own log
    #[arg(long, value_name = "KEY")]
    pub(crate) log_key: Option<String>,
}

/// Commit to how far another log went, without seeing it: a person's own trail (--context)
///
/// Takes the other log's signed checkpoint and, from the second time on, the proof that it continues the last one that is on record here;
/// both go on record in an ANCHOR. A log that was set back or rewritten is refused: exit code 1, and nothing is recorded.
#[derive(Debug, ClapArgs)]
pub(crate) struct ImportProof {
    /// A file with a checkpoint (touchmark log checkpoint) or a proof (touchmark log consistency) of the other log, - for standard input;
    /// or its folder
    #[arg(value_name = "FILE|DIR|-")]
    pub(crate) log: PathBuf,
    /// The other log's verifier key, or a file with it: needed the first time
    #[arg(long, value_name = "KEY")]
    pub(crate) log_key: Option<String>,
    /// Believe the key that the folder itself names, the first time
    #[arg(long, conflicts_with = "log_key")]
    pub(crate) trust_first: bool,
}

/// Cosign another log's checkpoint as a witness, or take in what a witness cosigned
///
/// A witness says that, as far as it saw, a log was never set back or rewritten. It keeps the last checkpoint that it saw of each log and
/// refuses one that does not continue it; then exit code 1, and both checkpoints are kept as evidence. The cosigned checkpoint goes to
/// standard output, for the log's operator.
#[derive(Debug, ClapArgs)]
pub(crate) struct Cosign {
    /// As a witness: the other log's folder (its own or a published one), or a file with a proof (touchmark log consistency)
    #[arg(value_name = "LOG", required_unless_present_any = ["key", "add"])]
    pub(crate) log: Option<PathBuf>,
    /// The other log's verifier key, or a file with it: needed once, then it is known
    #[arg(long, value_name = "KEY", requires = "log")]
    pub(crate) log_key: Option<String>,
    /// Believe the key that the folder itself names, if the log is not known yet
    #[arg(long, requires = "log", conflicts_with = "log_key")]
    pub(crate) trust_first: bool,
    /// Print this home's key as a witness, for those who check its cosignatures
    #[arg(long, conflicts_with_all = ["log", "add"])]
    pub(crate) key: bool,
    /// As the log's operator: take in a checkpoint of this log that a witness cosigned; - for standard input
    #[arg(long, value_name = "FILE", conflicts_with = "log")]
    pub(crate) add: Option<PathBuf>,
}
