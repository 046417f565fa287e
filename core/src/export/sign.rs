//! From a record to a signed file that has no name yet.

use std::fs;
use std::path::Path;

use crate::event::Body;
use crate::hash::Hash;
use crate::link::{self, Generation, LedgerLink};
use crate::manifest::facts::{Agent, Assertion, Facts, Model, SoftBinding};
use crate::manifest::{self, Request, Signed, jumbf};
use crate::media::{self, Pieces};

use super::batch::{Job, Recorded};
use super::mark::{self, Marks, Said};
use super::stage::Staged;
use super::{Error, Exported, Exporter, Options};

/// A signed image whose file has no name yet.
pub(super) struct Ready {
    pub(super) recorded: Recorded,
    pub(super) signed: Signed<'static>,
    /// The signed file, where it is to be handed back.
    pub(super) file: Option<Vec<u8>>,
    /// Hash of the signed file.
    pub(super) hash: Hash,
    pub(super) staged: Vec<Staged>,
}

/// The image's place and its answer: it goes no further.
type Done = (usize, Result<Exported, Error>);

impl Exporter<'_> {
    /// Signs one image, or makes an earlier export's file again.
    pub(super) fn finish(&self, job: Job<Recorded>, options: &Options) -> Result<Job<Ready>, Done> {
        let Job { place, target, state: mut recorded } = job;
        if let Some(before) = recorded.before.take() {
            match self.repeat(&recorded, &before, target.as_deref()) {
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
        let state = self.sign(recorded, target.as_deref(), options).map_err(|error| (place, Err(error)))?;
        Ok(Job { place, target, state })
    }

    fn sign(&self, mut recorded: Recorded, target: Option<&Path>, options: &Options) -> Result<Ready, Error> {
        if recorded.actor.is_none() {
            return Err(Error::NoPerson);
        }
        self.issuer.check(self.edge.now().time)?;
        let facts = self.facts(&recorded)?;
        let image = &recorded.image;
        let marks = if options.sidecar { Marks { iptc: false, cn: false } } else { options.marks };
        let marked = if options.sidecar { Pieces::of(&image.bytes) } else { self.marked(&recorded, marks)? };
        let request = Request {
            media_type: image.media_type,
            image: marked,
            original: &image.bytes,
            facts: &facts,
            sidecar: options.sidecar,
        };
        let (written, signed) = self.issuer.sign(&request)?.apart();
        let hash = written.hash();
        let mut staged = Vec::new();
        if let Some(target) = target {
            refuse_taken(target, &hash)?;
            if options.sidecar {
                let store = jumbf::trimmed(&signed.store)?;
                let beside = target.with_extension("c2pa");
                refuse_taken(&beside, &Hash::of(store))?;
                staged.push(stage(&beside, &Pieces::of(store))?);
            }
            staged.push(stage(target, &written)?);
        }
        let file = target.is_none().then(|| written.into_whole());
        // Nobody needs it any more, and there may be a while to wait for the rest of the batch.
        recorded.image.bytes = Vec::new();
        if !signed.upstream.is_empty() {
            let codes = signed.upstream.join(", ");
            let note =
                format!("the Content Credentials that it came with do not hold ({codes}); they are kept as they are");
            recorded.image.notes.push(note);
        }
        recorded.image.notes.extend(about_stamp(&signed));
        Ok(Ready { recorded, signed, file, hash, staged })
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

/// What was otherwise than usual about the signature's time-stamp.
fn about_stamp(signed: &Signed<'_>) -> Option<String> {
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
