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
