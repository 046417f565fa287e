//! What can be typed. The comments are the help texts.

mod audit;
mod erase;
mod find;
mod follow;
mod images;
mod key;
mod log;
mod look_ups;
mod open;
mod retention;
mod tiers;
mod timestamps;
mod trust;
mod vault;

use std::path::PathBuf;

use clap::error::ErrorKind;
use clap::parser::ValueSource;
use clap::{Args as ClapArgs, CommandFactory, FromArgMatches, Parser, Subcommand};

pub(crate) use audit::Audit;
pub(crate) use erase::{Erase, Hold, HoldAdd, HoldLift};
pub(crate) use find::{Find, Restore};
pub(crate) use follow::{Consistency, Cosign, ImportProof, Publish};
pub(crate) use images::{Export, Verify};
pub(crate) use key::{Escrow, Key, Protect, Repair};
pub(crate) use log::{Append, Checkpoint, Log, LogVerify, Prove, Show};
pub(crate) use look_ups::{Absent, AbsentCommand, AbsentVerify};
pub(crate) use open::{ONLY_ONE, Open, OpenCommand, OpenVerify};
pub(crate) use retention::{Retention, RetentionPlan, RetentionRun};
pub(crate) use tiers::Tiers;
pub(crate) use timestamps::{Anchor, Authorities, TsaRoots};
pub(crate) use trust::{Trust, TrustUpdate, What};
pub(crate) use vault::Vault;

/// Sign AI images at export, keep the log of how they were made, and let anyone check both.
///
/// Answers go to standard output, messages to standard error. Exit code 0: yes or done; 1: no, or not everything was done; 2: could
/// not be carried out.
#[derive(Debug, Parser)]
#[command(name = "touchmark", version, max_term_width = 100)]
pub(crate) struct Args {
    /// Folder with configuration, keys and log [default: the platform's data folder]
    #[arg(long, global = true, env = "TOUCHMARK_HOME", value_name = "DIR")]
    pub(crate) home: Option<PathBuf>,

    /// A person's own trail instead of a home, in ~/.local-sessions/USER/NAME: made when something is first written to it. USER is
    /// what stands in the variable `TOUCHMARK_USER`, else the account's name
    #[arg(long, global = true, value_name = "NAME")]
    pub(crate) context: Option<String>,

    /// Answer in JSON Lines
    #[arg(long, global = true)]
    pub(crate) json: bool,

    #[command(subcommand)]
    pub(crate) command: Command,
}

impl Args {
    /// As they were typed. A trail stands in the place of a home: whoever types both means one of them, and a home that is only in the
    /// environment gives way.
    pub(crate) fn typed() -> Self {
        let matches = Self::command().get_matches();
        let both = matches.contains_id("context") && matches.value_source("home") == Some(ValueSource::CommandLine);
        if both {
            let problem = "--context names a trail, which stands in the place of --home: leave one of them out";
            Self::command().error(ErrorKind::ArgumentConflict, problem).exit();
        }
        Self::from_arg_matches(&matches).unwrap_or_else(|error| error.exit())
    }
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Init(Init),
    #[command(subcommand)]
    Log(Log),
    #[command(subcommand)]
    Key(Key),
    #[command(subcommand)]
    Vault(Vault),
    Erase(Erase),
    #[command(subcommand)]
    Hold(Hold),
    Open(Open),
    #[command(subcommand)]
    Retention(Retention),
    Export(Export),
    Verify(Verify),
    Find(Find),
    Restore(Restore),
    #[command(subcommand)]
    Trust(Trust),
    Serve(Serve),
    Demo(Demo),
}

/// Make a home: configuration, keys, development certificates, an empty log
#[derive(Debug, ClapArgs)]
pub(crate) struct Init {
    /// The organisation that signs
    #[arg(long, default_value = "Example Organisation", value_name = "NAME")]
    pub(crate) org: String,

    /// Where keys lie that are there already, outside of the home: `log`, `signing`, `vault` (docs/keys.md); the others are made in files
    #[arg(long, value_name = "FILE.toml")]
    pub(crate) keys: Option<PathBuf>,
}

/// Serve the same over HTTP, on this machine only
#[derive(Debug, ClapArgs)]
pub(crate) struct Serve {
    /// Address and port; port 0 takes a free one
    #[arg(long, default_value = "127.0.0.1:8620", value_name = "ADDRESS")]
    pub(crate) listen: std::net::SocketAddr,
}

/// See it work: sign pictures, break them, see each break found
#[derive(Debug, ClapArgs)]
pub(crate) struct Demo {
    /// Folder with pictures
    #[arg(long, default_value = "test-images", value_name = "DIR")]
    pub(crate) images: PathBuf,
}
