//! What can be typed. The comments are the help texts.

use std::path::PathBuf;

use clap::{Args as ClapArgs, Parser, Subcommand};

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

    /// Answer in JSON Lines
    #[arg(long, global = true)]
    pub(crate) json: bool,

    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Init(Init),
    #[command(subcommand)]
    Log(Log),
    Export(Export),
    Verify(Verify),
    Serve(Serve),
    Demo(Demo),
}

/// Make a home: configuration, keys, development certificates, an empty log
#[derive(Debug, ClapArgs)]
pub(crate) struct Init {
    /// The organisation that signs
    #[arg(long, default_value = "Example Organisation", value_name = "NAME")]
    pub(crate) org: String,
}

/// Add to the log, read it, check it
#[derive(Debug, Subcommand)]
pub(crate) enum Log {
    Append(Append),
    Show(Show),
    Verify(LogVerify),
    Prove(Prove),
    Checkpoint(Checkpoint),
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
    /// The log's verifier key, or a file with it; without it, the key in the log's own folder
    #[arg(long, value_name = "KEY")]
    pub(crate) log_key: Option<String>,
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

/// Record how images were made, sign them, record that they leave
///
/// An image is released only when its EXPORT record is durable. Running the same export again makes the same files again, with the
/// same manifests: an image gets no second identity.
#[derive(Debug, ClapArgs)]
pub(crate) struct Export {
    /// Images, folders or patterns
    #[arg(required = true, value_name = "IMAGE")]
    pub(crate) images: Vec<PathBuf>,
    /// Folder for the signed files
    #[arg(long, value_name = "DIR")]
    pub(crate) out: PathBuf,
    /// A GEN event that describes how each of these images was made
    #[arg(long, value_name = "FILE.json", conflicts_with_all = ["events", "gen_record"])]
    pub(crate) event: Option<PathBuf>,
    /// GEN events, one a line, for the images in the order of their names
    #[arg(long, value_name = "FILE.jsonl", conflicts_with = "gen_record")]
    pub(crate) events: Option<PathBuf>,
    /// The GEN record of the image, which is in the log already
    #[arg(long, value_name = "ID")]
    pub(crate) gen_record: Option<uuid::Uuid>,
    /// The person who answers for the export
    #[arg(long, value_name = "ID", env = "TOUCHMARK_USER")]
    pub(crate) user: Option<String>,
    /// Where the images go; stands in the record's private part
    #[arg(long, value_name = "TEXT")]
    pub(crate) destination: Option<String>,
    /// Leave the images as they are and write each manifest beside them (.c2pa)
    #[arg(long)]
    pub(crate) sidecar: bool,
    /// Do not write IPTC fields into the images' XMP
    #[arg(long)]
    pub(crate) no_xmp: bool,
    /// Write a further mark: cn (GB 45438)
    #[arg(long, value_name = "MARK", value_parser = ["cn"])]
    pub(crate) mark: Vec<String>,
    /// Images to work on at the same time [default: number of processors]
    #[arg(long, value_name = "N")]
    pub(crate) jobs: Option<std::num::NonZeroUsize>,
}

/// Check images: is the manifest intact, who signed it, was the making on record?
#[derive(Debug, ClapArgs)]
pub(crate) struct Verify {
    /// Images, folders or patterns
    #[arg(required = true, value_name = "IMAGE")]
    pub(crate) images: Vec<PathBuf>,
    /// Certificates to trust (PEM); without it, those of the home
    #[arg(long, value_name = "FILE.pem")]
    pub(crate) trust: Vec<PathBuf>,
    /// The log's verifier key, or a file with it
    #[arg(long, value_name = "KEY")]
    pub(crate) log_key: Vec<String>,
    /// Judge certificates at this time (RFC 3339) instead of now
    #[arg(long, value_name = "TIME")]
    pub(crate) at: Option<String>,
    /// A log's folder to look the images up in
    #[arg(long, value_name = "DIR")]
    pub(crate) ledger: Option<PathBuf>,
    /// A manifest beside the image (.c2pa); found by itself where it has the image's name
    #[arg(long, value_name = "FILE.c2pa")]
    pub(crate) manifest: Option<PathBuf>,
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
