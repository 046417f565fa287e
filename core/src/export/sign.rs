//! From a record to a signed file that has no name yet.

use std::fs;
use std::path::Path;

use crate::event::Body;
use crate::hash::Hash;
use crate::link::{self, Generation, LedgerLink};
use crate::manifest::embed::is_hashed;
use crate::manifest::facts::{Agent, Assertion, Facts, Model, SoftBinding};
use crate::manifest::{self, Request, Signed, jumbf};
use crate::media::{self, Pieces, Spare};

use super::batch::{Job, Recorded};
use super::mark::{self, Marks, Said};
use super::repeat::Kept;
use super::stage::Staged;
use super::{Error, Exported, Exporter, Options};

/// A signed image whose file has no name yet.
pub(super) struct Ready {
    pub(super) recorded: Recorded,
    pub(super) signed: Signed,
    /// The signed file, where it is to be handed back.
    pub(super) file: Option<Vec<u8>>,
    /// Hash of the signed file.
    pub(super) hash: Hash,
    pub(super) staged: Vec<Staged>,
}

/// The image's place and its answer: it goes no further.
type Done = (usize, Result<Exported, Error>);

/// An image that is written, and whose record of leaving is still to come.
struct Written {
    signed: Signed,
    file: Option<Vec<u8>>,
    hash: Hash,
    staged: Vec<Staged>,
}

impl Exporter<'_> {
    /// Signs images, or makes an earlier export's files again. They are hashed two by two, so two at a time are handed over.
    pub(super) fn finish(
        &self,
        jobs: Vec<Job<Recorded>>,
        kept: &Kept<'_>,
        options: &Options,
    ) -> Vec<Result<Job<Ready>, Done>> {
        let begun: Vec<Result<Job<Recorded>, Done>> = jobs.into_iter().map(|job| self.begin(job, kept)).collect();
        let open: Vec<(&Recorded, Option<&Path>)> =
            begun.iter().flatten().map(|job| (&job.state, job.target.as_deref())).collect();
        let mut written = self.sign(&open, options).into_iter();
        let end = |begun: Result<Job<Recorded>, Done>| {
            let Job { place, target, state } = begun?;
            let written = written.next().unwrap_or(Err(Error::ToldNothing)).map_err(|error| (place, Err(error)))?;
            Ok(Job { place, target, state: ready(state, written, options.spare.as_deref()) })
        };
        begun.into_iter().map(end).collect()
    }

    fn begin(&self, job: Job<Recorded>, kept: &Kept<'_>) -> Result<Job<Recorded>, Done> {
        let Job { place, target, state: mut recorded } = job;
        if let Some(before) = recorded.before.take() {
            match self.repeat(&recorded, &before, kept, target.as_deref()) {
                Ok(Some(exported)) => return Err((place, Ok(exported))),
                Ok(None) => {
                    let note =
                        format!("the earlier export ({}) could not be repeated exactly and is superseded", before.0);
                    recorded.image.notes.push(note);
                    recorded.supersedes = Some(before.0);
                }
                Err(error) => return Err((place, Err(error))),
            }
        }
        Ok(Job { place, target, state: recorded })
    }

    /// One answer each, in their order.
    fn sign(&self, images: &[(&Recorded, Option<&Path>)], options: &Options) -> Vec<Result<Written, Error>> {
        let sidecar = options.sidecar;
        let marked: Vec<_> = images.iter().map(|(recorded, _)| self.to_be_signed(recorded, options)).collect();
        let hashes = hashes(marked.iter().zip(images).map(|(marked, (recorded, _))| {
            marked.as_ref().ok().filter(|_| is_hashed(recorded.image.media_type, sidecar))
        }));
        let signed = marked.into_iter().zip(hashes).zip(images).map(|((marked, hash), (recorded, _))| {
            let (image, original, facts) = (marked?, &recorded.image.bytes, self.facts(recorded)?);
            let media_type = recorded.image.media_type;
            Ok::<_, Error>(self.issuer.sign(&Request { media_type, image, hash, original, facts: &facts, sidecar })?)
        });
        let signed: Vec<_> = signed.collect();
        let hashes = self::hashes(signed.iter().map(|signed| signed.as_ref().ok().map(|(file, _)| file)));
        let written = signed.into_iter().zip(hashes).zip(images).map(|((signed, hash), (_, target))| {
            let (file, signed) = signed?;
            let hash = hash.unwrap_or_else(|| file.hash());
            let staged = target.map_or(Ok(Vec::new()), |target| staged(target, &file, &hash, &signed, sidecar))?;
            Ok(Written { signed, file: target.is_none().then(|| file.into_whole()), hash, staged })
        });
        written.collect()
    }

    fn to_be_signed<'a>(&self, recorded: &'a Recorded, options: &Options) -> Result<Pieces<'a>, Error> {
        if recorded.actor.is_none() {
            return Err(Error::NoPerson);
        }
        self.issuer.check(self.edge.now().time)?;
        if options.sidecar { Ok(Pieces::of(&recorded.image.bytes)) } else { self.marked(recorded, options.marks) }
    }

    /// The image without its own manifest (which becomes an ingredient) and with its marks.
    pub(super) fn marked<'a>(&self, recorded: &'a Recorded, marks: Marks) -> Result<Pieces<'a>, Error> {
        let image = &recorded.image;
        let whole = || Pieces::of(&image.bytes);
        let Body::Gen(made) = &recorded.record.body else { return Ok(whole()) };
        let id = recorded.record.id.to_string();
        let said = Said { system: &made.model.id, version: &made.model.version, producer: self.organisation, id: &id };
        let has_manifest = mark::can_mark(image.media_type) && media::has_manifest(&image.bytes, image.media_type);
        if !has_manifest {
            return Ok(mark::write(&image.bytes, image.media_type, marks, &said)?.unwrap_or_else(whole));
        }
        let bare = media::remove_manifest(&image.bytes, image.media_type)?;
        let marked = mark::write(&bare, image.media_type, marks, &said)?.map(Pieces::into_whole);
        Ok(marked.unwrap_or(bare).into())
    }

    /// What the manifest says: the same that the log says.
    fn facts(&self, recorded: &Recorded) -> Result<Facts, Error> {
        let Recorded { image, record, record_bytes, .. } = recorded;
        let (Body::Gen(made), Some(generation)) = (&record.body, Generation::of(record)) else {
            return Err(Error::NotAGeneration { kind: record.kind() });
        };
        let link = LedgerLink {
            key: self.ledger.verifier_key()?.to_string(),
            proof: self.ledger.prove(record.seq)?.to_string(),
            record: record_bytes.clone(),
        };
        let cbor = |error: serde_cbor::Error| manifest::Error::Store { problem: error.to_string() };
        let soft_binding = |one: &crate::fingerprint::Fingerprint| {
            Some(SoftBinding { alg: one.algorithm().name().to_owned(), value: one.soft_binding_value()? })
        };
        Ok(Facts {
            manifest: self.edge.uuid_v4(),
            // A file's name can say more than its owner means to publish.
            title: None,
            when: record.time,
            agent: Agent { name: made.model.id.clone(), version: made.model.version.clone() },
            generator: Agent { name: "touchmark".to_owned(), version: env!("CARGO_PKG_VERSION").to_owned() },
            model: Model { name: format!("{} {}", made.model.id, made.model.version), identifier: None },
            soft_bindings: image.fingerprints.iter().filter_map(soft_binding).collect(),
            assertions: vec![
                Assertion::new(link::GENERATION, &generation).map_err(cbor)?,
                Assertion::new(link::LEDGER_LINK, &link).map_err(cbor)?,
            ],
        })
    }
}

/// The digests of those that are there.
fn hashes<'a>(files: impl Iterator<Item = Option<&'a Pieces<'a>>>) -> Vec<Option<Hash>> {
    let files: Vec<_> = files.collect();
    let mut found = Pieces::hashes(&files.iter().copied().flatten().collect::<Vec<_>>()).into_iter();
    files.iter().map(|file| file.and_then(|_| found.next())).collect()
}

/// Files that have no names yet: the signed one, and what stands beside it.
fn staged(target: &Path, file: &Pieces<'_>, hash: &Hash, signed: &Signed, sidecar: bool) -> Result<Vec<Staged>, Error> {
    refuse_taken(target, hash)?;
    let mut staged = Vec::new();
    if sidecar {
        let store = jumbf::trimmed(&signed.store)?;
        let beside = target.with_extension("c2pa");
        refuse_taken(&beside, &Hash::of(store))?;
        staged.push(stage(&beside, &Pieces::of(store))?);
    }
    staged.push(stage(target, file)?);
    Ok(staged)
}

/// What was written of an image takes the place of what it was made of.
fn ready(mut recorded: Recorded, Written { signed, file, hash, staged }: Written, spare: Option<&Spare>) -> Ready {
    let image = &mut recorded.image;
    // Nobody needs it any more, and there may be a while to wait for the rest of the batch.
    let bytes = std::mem::take(&mut image.bytes);
    if let Some(spare) = spare {
        spare.give(bytes);
    }
    if !signed.upstream.is_empty() {
        let codes = signed.upstream.join(", ");
        image.notes.push(format!(
            "the Content Credentials that it came with do not hold ({codes}); they are kept as they are"
        ));
    }
    image.notes.extend(about_stamp(&signed));
    Ready { recorded, signed, file, hash, staged }
}

/// What was otherwise than usual about the signature's time-stamp.
fn about_stamp(signed: &Signed) -> Option<String> {
    let tried: Vec<String> = signed.passed_over.iter().map(ToString::to_string).collect();
    match (signed.unstamped, tried.join("; ")) {
        (true, why) => Some(format!("signed without a time-stamp: {why}")),
        (false, why) if why.is_empty() => None,
        (false, why) => Some(format!("the time-stamp is by another authority than the first: {why}")),
    }
}

/// A name that is taken by anything but the file itself stops the export before anything is recorded of it.
pub(super) fn refuse_taken(path: &Path, hash: &Hash) -> Result<(), Error> {
    match fs::read(path) {
        Ok(bytes) if Hash::of(&bytes) == *hash => Ok(()),
        Err(_) if fs::symlink_metadata(path).is_err() => Ok(()),
        Ok(_) | Err(_) => Err(Error::Taken { path: path.to_owned() }),
    }
}

pub(super) fn stage(path: &Path, file: &Pieces<'_>) -> Result<Staged, Error> {
    Staged::write(path, file).map_err(|source| Error::Write { path: path.to_owned(), source })
}
