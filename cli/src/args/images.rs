//! `touchmark export` and `touchmark verify`: what can be typed.

use std::path::PathBuf;

use clap::Args as ClapArgs;

use super::timestamps::{Authorities, TsaRoots};

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
    /// Keep each image as it came in, encrypted, beside the log (docs/export.md)
    #[arg(long)]
    pub(crate) keep_original: bool,
    /// Do not write IPTC fields into the images' XMP
    #[arg(long)]
    pub(crate) no_xmp: bool,
    /// Write a further mark: cn (GB 45438)
    #[arg(long, value_name = "MARK", value_parser = ["cn"])]
    pub(crate) mark: Vec<String>,
    #[command(flatten)]
    pub(crate) authorities: Authorities,
    /// Images to work on at the same time [default: number of processors]
    #[arg(long, value_name = "N")]
    pub(crate) jobs: Option<std::num::NonZeroUsize>,
}

/// Check images: is the manifest intact, who signed it, was the making on record?
#[derive(Debug, Clone, ClapArgs)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag that can be typed by itself")]
pub(crate) struct Verify {
    /// Images, folders or patterns
    #[arg(required = true, value_name = "IMAGE")]
    pub(crate) images: Vec<PathBuf>,
    /// Authorities to trust: PEM, or a list in the JSON form in which C2PA publishes its own; without it, those of the home
    #[arg(long, value_name = "FILE")]
    pub(crate) trust: Vec<PathBuf>,
    /// Signers to trust by their own certificates: PEM, or fingerprints (sha256:…), one a line
    #[arg(long, value_name = "FILE")]
    pub(crate) allow: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) tsa_roots: TsaRoots,
    /// The log's verifier key, or a file with it or with all its keys (log.vkey in the log's folder)
    #[arg(long, value_name = "KEY")]
    pub(crate) log_key: Vec<String>,
    /// Judge certificates at this time (RFC 3339) instead of now
    #[arg(long, value_name = "TIME")]
    pub(crate) at: Option<String>,
    /// Fetch a manifest from where an image says that it is, if that is in the public network
    #[arg(long)]
    pub(crate) online: bool,
    /// An address inside of a network from which manifests may be fetched too
    #[arg(long, requires = "online", value_name = "IP")]
    pub(crate) online_allow: Vec<std::net::IpAddr>,
    /// Hold soft bindings against the pixels too, where the hard binding fits: done by itself for a single image
    #[arg(long)]
    pub(crate) pixels: bool,
    /// Answer in crJSON, the JSON form of the C2PA standard: one document a line
    #[arg(long, conflicts_with_all = ["json", "tree"])]
    pub(crate) crjson: bool,
    /// Show the ingredients too, and theirs
    #[arg(long)]
    pub(crate) tree: bool,
    /// A log's folder to look the images up in
    #[arg(long, value_name = "DIR")]
    pub(crate) ledger: Option<PathBuf>,
    /// A manifest beside the image (.c2pa); found by itself where it has the image's name
    #[arg(long, value_name = "FILE.c2pa")]
    pub(crate) manifest: Option<PathBuf>,
}
