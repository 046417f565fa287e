//! `touchmark find` and `touchmark restore`: what can be typed.

use std::path::PathBuf;

use clap::Args as ClapArgs;

/// Look for the records of pictures whose metadata is gone
///
/// Names exported pictures that look like the images. Exit code 0: each image led to a record; 1: one did not, which says nothing of how it
/// was made.
#[derive(Debug, ClapArgs)]
pub(crate) struct Find {
    /// Images, folders or patterns
    #[arg(required = true, value_name = "IMAGE")]
    pub(crate) images: Vec<PathBuf>,
    /// Another log's folder to look in
    #[arg(long, value_name = "DIR")]
    pub(crate) ledger: Option<PathBuf>,
}

/// Put the manifest of an exported picture beside an image that looks like it and has lost its own
///
/// Then says what verify says of the two. Exit code 0: the manifest is there; 1: nothing looks like the image, or it has Content Credentials
/// of its own, and nothing was written.
#[derive(Debug, ClapArgs)]
pub(crate) struct Restore {
    /// The image
    #[arg(value_name = "IMAGE")]
    pub(crate) image: PathBuf,
    /// The EXPORT record whose manifest it is, instead of the one whose picture is most similar
    #[arg(long, value_name = "ID")]
    pub(crate) record: Option<uuid::Uuid>,
    /// Where the manifest is written [default: beside the image, with its name and .c2pa]
    #[arg(long, value_name = "FILE.c2pa")]
    pub(crate) out: Option<PathBuf>,
}
