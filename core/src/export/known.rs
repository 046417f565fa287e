//! What an image shows by itself, and what is on record about it already.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use uuid::Uuid;

use crate::event::terms::{Model, Perceptual};
use crate::event::{Body, Event, body};
use crate::fingerprint::{self, Algorithm, Fingerprint, Likeness};
use crate::hash::Hash;
use crate::ledger::Key;
use crate::manifest;
use crate::media::{self, Canvas, Limits, MediaType};

use super::{Error, Exporter, Making, Options, making};

/// An image that was read and looked at.
pub(super) struct Prepared {
    pub(super) bytes: Vec<u8>,
    pub(super) hash: Hash,
    pub(super) media_type: MediaType,
    pub(super) dimensions: Option<(u32, u32)>,
    pub(super) fingerprints: Vec<Fingerprint>,
    /// What it looks like, if there is enough to see.
    pub(super) likeness: Option<Box<Likeness>>,
    pub(super) notes: Vec<String>,
}

/// What the log says of an image.
pub(super) enum Known {
    /// Nothing yet: these events come first.
    New(Vec<Event>),
    /// Its GEN record, at this position.
    Made(u64),
    /// Its GEN record, and the EXPORT that followed.
    Exported { made: u64, before: Box<(Uuid, body::Export)> },
}

impl Known {
    /// What has to be recorded first.
    pub(super) fn events(&self) -> &[Event] {
        match self {
            Self::New(events) => events,
            Self::Made(_) | Self::Exported { .. } => &[],
        }
    }
}

/// Looks at an image: type, size, pixels, fingerprints.
pub(super) fn prepare(bytes: Vec<u8>, hash: Hash, limits: &Limits, canvas: &mut Canvas) -> Result<Prepared, Error> {
    let media_type = media::check(&bytes, limits)?;
    if !media_type.can_sign() {
        return Err(manifest::Error::CannotSign { media_type }.into());
    }
    let mut notes = Vec::new();
    let (fingerprints, likeness) = if let Some(image) = canvas.decode(&bytes, media_type, limits)? {
        let look = fingerprint::look(&image);
        canvas.take_back(image);
        let likeness = look.likeness();
        if likeness.is_none() {
            let pdq = look.fingerprints().iter().find(|one| one.algorithm() == Algorithm::Pdq);
            let what = if pdq.is_some_and(Fingerprint::is_matchable) {
                "for parts of it to be found by their looks: near copies of it may be"
            } else {
                "for it to be found by its looks"
            };
            notes.push(format!("there is too little to see in it {what}"));
        }
        (look.into_fingerprints(), likeness.map(Box::new))
    } else {
        notes.push(format!("no fingerprints: {media_type} pixels cannot be read here"));
        (Vec::new(), None)
    };
    let dimensions = media::dimensions(&bytes, media_type);
    Ok(Prepared { bytes, hash, media_type, dimensions, fingerprints, likeness, notes })
}

/// Fingerprints as they stand in a record.
pub(super) fn perceptual(fingerprints: &[Fingerprint]) -> Vec<Perceptual> {
    let convert = |one: &Fingerprint| Perceptual {
        alg: one.algorithm().name().to_owned(),
        value: STANDARD.encode(one.value()),
        quality: one.quality(),
    };
    fingerprints.iter().map(convert).collect()
}

impl Exporter<'_> {
    /// Looks up what is on record about an image. Its bytes identify it: the same bytes were made once.
    pub(super) fn known(&self, image: &Prepared, making: &Making, options: &Options) -> Result<Known, Error> {
        match making {
            Making::Record(id) => self.made(image, self.reader.find(*id)?),
            Making::Event(event) => {
                let given = event.id.map(|id| self.reader.first(&Key::Id(id))).transpose()?.flatten();
                let on_record = match given {
                    Some(seq) => Some(seq),
                    None => self.output(image)?,
                };
                let event = making::event(making, image, options.person.as_ref())?;
                match on_record {
                    Some(seq) => {
                        self.agrees(&event, seq)?;
                        self.made(image, seq)
                    }
                    None => Ok(Known::New(self.with_attempt(event))),
                }
            }
            Making::File => match self.output(image)? {
                Some(seq) => self.made(image, seq),
                None => Ok(Known::New(self.with_attempt(making::event(making, image, options.person.as_ref())?))),
            },
        }
    }

    /// The GEN record that names this picture as its output.
    fn output(&self, image: &Prepared) -> Result<Option<u64>, Error> {
        Ok(self.reader.look_up(&Key::Output(image.hash))?.pop())
    }

    /// An event about a picture that is on record must not tell another story.
    fn agrees(&self, event: &Event, seq: u64) -> Result<(), Error> {
        let record = self.reader.record(seq)?;
        if let (Body::Gen(recorded), Body::Gen(claimed)) = (&record.body, &event.body)
            && claimed.model != recorded.model
        {
            let name = |model: &Model| format!("{} {}", model.id, model.version);
            let (recorded, claimed) = (name(&recorded.model), name(&claimed.model));
            return Err(Error::OtherModel { recorded, claimed, record: record.id });
        }
        Ok(())
    }

    /// A GEN that comes without its attempt gets one, which stands before it.
    fn with_attempt(&self, mut event: Event) -> Vec<Event> {
        let is_complete = matches!(&event.body, Body::Gen(made) if made.attempt.is_some());
        let Some(mut attempt) = event.attempt().filter(|_| !is_complete) else { return vec![event] };
        let id = self.edge.uuid_v7(self.edge.now().time);
        attempt.id = Some(id);
        event.trace.root = event.trace.root.or(event.trace.parent).or(Some(id));
        event.trace.parent = Some(id);
        if let Body::Gen(made) = &mut event.body {
            made.attempt = Some(id);
        }
        vec![attempt, event]
    }

    fn made(&self, image: &Prepared, seq: u64) -> Result<Known, Error> {
        let record = self.reader.record(seq)?;
        let Body::Gen(made) = &record.body else { return Err(Error::NotAGeneration { kind: record.kind() }) };
        if !made.outputs.is_empty() && !made.outputs.iter().any(|output| output.hash == image.hash) {
            return Err(Error::OtherOutput { hash: image.hash, record: format!("record {}", record.id) });
        }
        for export in self.reader.look_up(&Key::Input(image.hash))?.into_iter().rev() {
            let before = self.reader.record(export)?;
            if let Body::Export(exported) = before.body
                && exported.gen_record == record.id
            {
                return Ok(Known::Exported { made: seq, before: Box::new((before.id, exported)) });
            }
        }
        Ok(Known::Made(seq))
    }
}
