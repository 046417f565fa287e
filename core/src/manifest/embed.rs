//! Signs facts about an image and puts the manifest where it belongs.
//!
//! Two ways lead to a signed file. JPEG and PNG, the bulk of the work: the image is hashed where it lies, the claim is signed, and the manifest becomes
//! one more piece of the file, whose others are not moved. All other types go through the C2PA library's own writer, which parses
//! the file several times.

use std::io::Cursor;
use std::ops::Range;
use std::sync::{Arc, PoisonError, RwLock};

use c2pa::assertions::DataHash;
use c2pa::{Builder, Context, HashRange, jumbf_io};
use jiff::Timestamp;

use crate::hash::Hash;
use crate::keys::Signer;
use crate::keys::certificate::Chain;
use crate::keys::timestamp::{Failed, Unstamped};
use crate::media::{self, MediaType, Pieces};

use super::signer::{self, Adapter, Outcome, Timestamps};
use super::{Error, Facts, build, credential, jumbf};

const DATA_HASH: &str = "c2pa.hash.data";

/// The type of a manifest store without a container's frame.
const BARE: &str = "application/c2pa";

/// Signs manifests with one key. Shared by threads.
pub struct Issuer {
    key: Arc<dyn Signer>,
    chain: Chain,
    timestamps: Option<Timestamps>,
    /// Made anew with more room when a time-stamp needs it. Who signs meanwhile keeps the one that they began with.
    context: RwLock<Arc<Context>>,
}

impl std::fmt::Debug for Issuer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Issuer")
    }
}

/// An image to be signed.
#[derive(Debug)]
pub struct Request<'a, 'b> {
    /// Its type, as sniffed.
    pub media_type: MediaType,
    /// It, with whatever metadata it shall have.
    pub image: Pieces<'a>,
    /// The digest of that, where it was computed already; of use where [`is_hashed`].
    pub hash: Option<Hash>,
    /// Its bytes as they came in: a manifest in them becomes the parent ingredient.
    pub original: &'b [u8],
    /// What is stated about it.
    pub facts: &'b Facts,
    /// Leave the image alone, and answer the manifest store for a `.c2pa` file beside it.
    pub sidecar: bool,
}

/// A signature over an image.
#[derive(Debug)]
pub struct Signed {
    /// The manifest store: a JUMBF superbox.
    pub store: Vec<u8>,
    /// `urn:c2pa:…`
    pub manifest_id: String,
    /// What binds manifest and pixels.
    pub hard_binding: jumbf::HardBinding,
    /// What does not hold in the manifest that the image came with, as the standard's codes. It is kept all the same.
    pub upstream: Vec<String>,
    /// The time-stamp authorities that were asked in vain.
    pub passed_over: Vec<Failed>,
    /// A time-stamp was asked for and is not there.
    pub unstamped: bool,
}

/// The signed file (as it came in, where the manifest stands beside it), and what was signed.
type Done<'a> = (Pieces<'a>, Signed);

impl Issuer {
    /// An issuer that signs with `key` and carries its certificates.
    pub fn new(key: Arc<dyn Signer>) -> Result<Self, Error> {
        let chain = Chain::from_der(key.certificates().to_vec());
        let chain = chain.map_err(|error| Error::Unsuitable { problem: error.to_string() })?;
        let context = RwLock::new(context(&key, None, 0)?);
        Ok(Self { key, chain, timestamps: None, context })
    }

    /// Has each signature time-stamped.
    pub fn with_timestamps(self, timestamps: Timestamps) -> Result<Self, Error> {
        let context = RwLock::new(context(&self.key, Some(&timestamps), signer::TOKEN)?);
        Ok(Self { timestamps: Some(timestamps), context, ..self })
    }

    /// Whether the certificates allow to sign claims at `now`: asked before anything is recorded.
    pub fn check(&self, now: Timestamp) -> Result<(), Error> {
        credential::unsuitable(&self.chain, now).map_or(Ok(()), |problem| Err(Error::Unsuitable { problem }))
    }

    /// Signs, and embeds unless a sidecar is asked for. Gives the signed file (as it came in, where the manifest stands beside it), and what
    /// was signed.
    pub fn sign<'a>(&self, request: &Request<'a, '_>) -> Result<(Pieces<'a>, Signed), Error> {
        if !request.media_type.can_sign() {
            return Err(Error::CannotSign { media_type: request.media_type });
        }
        let context = Arc::clone(&self.context.read().unwrap_or_else(PoisonError::into_inner));
        let (signed, outcome) = match sign(&context, request) {
            (Err(_), Some(Outcome::TooLarge(bytes))) => sign(&self.roomier(bytes)?, request),
            first => first,
        };
        let required = self.timestamps.as_ref().is_some_and(|timestamps| timestamps.required);
        match (signed, outcome) {
            // The library says only that it did not sign; why, the time-stamp's outcome tells.
            (Err(_), Some(Outcome::Unstamped(unstamped))) if required => Err(Error::Unstamped(unstamped)),
            (Ok((file, signed)), Some(Outcome::Unstamped(Unstamped { tried }))) => {
                Ok((file, Signed { passed_over: tried, unstamped: true, ..signed }))
            }
            (Ok((file, signed)), Some(Outcome::Stamped(passed_over))) => Ok((file, Signed { passed_over, ..signed })),
            (signed, _) => signed,
        }
    }

    /// With room for time-stamps of this size, and a little more.
    fn roomier(&self, bytes: usize) -> Result<Arc<Context>, Error> {
        let larger = context(&self.key, self.timestamps.as_ref(), bytes.next_multiple_of(1024))?;
        *self.context.write().unwrap_or_else(PoisonError::into_inner) = Arc::clone(&larger);
        Ok(larger)
    }
}

/// `room`: bytes for a time-stamp.
fn context(key: &Arc<dyn Signer>, timestamps: Option<&Timestamps>, room: usize) -> Result<Arc<Context>, Error> {
    let settings = serde_json::json!({
        "builder": {"thumbnail": {"enabled": false}, "actions": {"auto_created_action": {"enabled": false},
            "auto_opened_action": {"enabled": false}, "auto_placed_action": {"enabled": false}}},
        "verify": {"verify_after_sign": false, "verify_after_reading": true, "remote_manifest_fetch": false, "ocsp_fetch": false},
    });
    let context =
        Context::new().with_settings(settings.to_string().as_str()).map_err(|source| Error::Certificate { source })?;
    let adapter = Adapter { key: Arc::clone(key), timestamps: timestamps.cloned(), room };
    Ok(context.with_signer(adapter).into_shared())
}

/// One attempt, and what became of its time-stamp.
fn sign<'a>(context: &Arc<Context>, request: &Request<'a, '_>) -> (Result<Done<'a>, Error>, Option<Outcome>) {
    // What an earlier signature left behind is not this one's.
    signer::outcome();
    let signed = made(context, request);
    (signed, signer::outcome())
}

fn made<'a>(context: &Arc<Context>, request: &Request<'a, '_>) -> Result<Done<'a>, Error> {
    let Request { media_type, original, facts, sidecar, hash, .. } = *request;
    let image = request.image.clone();
    let parent = carries_manifest(original, media_type).then_some(original);
    let (builder, upstream) = build::builder(context, facts, media_type, parent)?;
    let (file, store) = if sidecar {
        beside(builder, image, hash, media_type)?
    } else if let Some(at) = insertion_point(media_type) {
        let stripped = if parent.is_some() { without_manifest(&image.whole(), media_type)? } else { None };
        let (image, hash) = stripped.map_or((image, hash), |stripped| (Pieces::from(stripped), None));
        patched(builder, image, hash, media_type, at)?
    } else {
        written(builder, &image, media_type)?
    };
    let (manifest_id, hard_binding) = jumbf::active_binding(&store)?;
    Ok((file, Signed { store, manifest_id, hard_binding, upstream, passed_over: Vec::new(), unstamped: false }))
}

/// Puts a manifest store that was signed earlier into the image it was signed for.
pub fn restore(image: &[u8], media_type: MediaType, store: &[u8]) -> Result<Vec<u8>, Error> {
    let Some(at) = insertion_point(media_type) else {
        return jumbf_io::save_jumbf_to_memory(media_type.mime(), image, store).map_err(Error::c2pa("put back"));
    };
    let stripped = without_manifest(image, media_type)?;
    let image = stripped.as_deref().unwrap_or(image);
    let composed = Builder::composed_manifest(store, media_type.mime()).map_err(Error::c2pa("frame"))?;
    Ok(Pieces::of(image).insert(at, composed).into_whole())
}

/// Reads the manifest store out of a file; `None` where there is none.
pub fn extract(image: &[u8], media_type: MediaType) -> Result<Option<Vec<u8>>, Error> {
    match jumbf_io::load_jumbf_from_memory(media_type.mime(), image) {
        Ok(store) if store.is_empty() => Ok(None),
        Ok(store) => Ok(Some(store)),
        Err(c2pa::Error::JumbfNotFound) => Ok(None),
        Err(source) => Err(Error::C2pa { action: "read", source }),
    }
}

/// Whether something stands in the place of a manifest store, whole or broken.
pub(super) fn carries_manifest(image: &[u8], media_type: MediaType) -> bool {
    // In a TIFF of several directories that place is the last one, which the library looks for.
    let is_tiff = matches!(media_type, MediaType::Tiff | MediaType::Dng);
    media::has_manifest(image, media_type) || (is_tiff && !matches!(extract(image, media_type), Ok(None)))
}

fn without_manifest(image: &[u8], media_type: MediaType) -> Result<Option<Vec<u8>>, Error> {
    Ok(if media::has_manifest(image, media_type) { Some(media::remove_manifest(image, media_type)?) } else { None })
}

/// Where the manifest goes in the types that we write ourselves: behind JPEG's SOI, behind PNG's IHDR.
const fn insertion_point(media_type: MediaType) -> Option<usize> {
    match media_type {
        MediaType::Jpeg => Some(2),
        MediaType::Png => Some(33),
        _ => None,
    }
}

fn patched(
    mut builder: Builder,
    image: Pieces<'_>,
    hash: Option<Hash>,
    media_type: MediaType,
    at: usize,
) -> Result<(Pieces<'_>, Vec<u8>), Error> {
    let mime = media_type.mime();
    let placeholder = builder.placeholder(mime).map_err(Error::c2pa("lay out"))?;
    set_data_hash(&mut builder, hash.unwrap_or_else(|| image.hash()), Some(at..at + placeholder.len()))?;
    // Signed as bare JUMBF first: that is the store whose hash goes on record.
    let padded = builder.sign_embeddable(BARE).map_err(Error::c2pa("sign"))?;
    let composed = Builder::composed_manifest(&padded, mime).map_err(Error::c2pa("frame"))?;
    if composed.len() != placeholder.len() {
        let problem = format!("the signed manifest has {} bytes, {} were reserved", composed.len(), placeholder.len());
        return Err(Error::Store { problem });
    }
    Ok((image.insert(at, composed), padded))
}

/// The manifest for a file of its own. The image is bound as it is, with an upstream manifest that it may carry: the library's writer
/// would bind the image without it, which is another file.
fn beside(
    mut builder: Builder,
    image: Pieces<'_>,
    hash: Option<Hash>,
    media_type: MediaType,
) -> Result<(Pieces<'_>, Vec<u8>), Error> {
    if media_type == MediaType::Avif {
        builder
            .update_hash_from_stream(media_type.mime(), &mut Cursor::new(image.whole()))
            .map_err(Error::c2pa("bind"))?;
    } else {
        set_data_hash(&mut builder, hash.unwrap_or_else(|| image.hash()), None)?;
    }
    let store = builder.sign_embeddable(BARE).map_err(Error::c2pa("sign"))?;
    Ok((image, store))
}

fn written<'a>(
    mut builder: Builder,
    image: &Pieces<'_>,
    media_type: MediaType,
) -> Result<(Pieces<'a>, Vec<u8>), Error> {
    let image = image.whole();
    let mut output = Cursor::new(Vec::with_capacity(image.len() + 16 * 1024));
    let store = builder
        .save_to_stream(media_type.mime(), &mut Cursor::new(&*image), &mut output)
        .map_err(Error::c2pa("sign"))?;
    Ok((output.into_inner().into(), store))
}

/// Whether images of this type are bound by one digest of all of them as they are handed over, and not through the library.
pub const fn is_hashed(media_type: MediaType, sidecar: bool) -> bool {
    if sidecar { !matches!(media_type, MediaType::Avif) } else { insertion_point(media_type).is_some() }
}

/// Puts the digest of the image as it will stand around the manifest (or without one in it) into the builder. What the manifest pushes apart is
/// hashed as one: an exclusion is as if it were not there.
fn set_data_hash(builder: &mut Builder, image: Hash, manifest: Option<Range<usize>>) -> Result<(), Error> {
    let mut binding = DataHash::new("jumbf manifest", "sha256");
    if let Some(manifest) = manifest {
        binding.add_exclusion(HashRange::new(manifest.start as u64, manifest.len() as u64));
    }
    binding.set_hash(image.as_bytes().to_vec());
    builder.definition.assertions.retain(|assertion| !assertion.label.starts_with(DATA_HASH));
    builder.add_assertion(DATA_HASH, &binding).map_err(Error::c2pa("bind"))?;
    Ok(())
}
