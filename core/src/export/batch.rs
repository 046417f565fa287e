//! The story of a batch: look, record, sign, record again, release.

use std::collections::BTreeSet;
use std::path::PathBuf;

use rayon::prelude::*;
use uuid::Uuid;

use crate::causes;
use crate::event::private::Actor;
use crate::event::{Event, Opened, Record, body};
use crate::ledger::line::Line;
use crate::ledger::{self, Receipt};
use crate::media::{Canvas, Limits, Pieces};

use super::known::{Known, Prepared, prepare};
use super::repeat::Kept;
use super::sign::Ready;
use super::{Error, Exported, Exporter, Hashed, Looked, Making, Options, Order};

/// An image on its way, with its place in the batch.
pub(super) struct Job<T> {
    pub(super) place: usize,
    pub(super) target: Option<PathBuf>,
    pub(super) state: T,
}

/// An image of which the log was not asked yet, and what is known of its making.
type Waiting = (Prepared, Making);

/// An image whose GEN is durable.
pub(super) struct Recorded {
    pub(super) image: Prepared,
    pub(super) record: Record,
    pub(super) record_bytes: Vec<u8>,
    /// Who answers for it. An export that is only repeated can do without.
    pub(super) actor: Option<Actor>,
    /// The earlier EXPORT that the next one replaces.
    pub(super) supersedes: Option<Uuid>,
    /// An EXPORT that is to be repeated.
    pub(super) before: Option<Box<(Uuid, body::Export)>>,
}

/// The answers, by place. Each image gets one.
pub(super) struct Answers(Vec<Option<Result<Exported, Error>>>);

impl Answers {
    pub(super) fn set(&mut self, place: usize, answer: Result<Exported, Error>) {
        if let Some(slot) = self.0.get_mut(place) {
            *slot = Some(answer);
        }
    }

    /// The same failure for several images.
    pub(super) fn fail(&mut self, places: impl IntoIterator<Item = usize>, error: &dyn std::error::Error) {
        let reason = causes::in_words(error);
        for place in places {
            self.set(place, Err(Error::Batch { reason: reason.clone() }));
        }
    }
}

impl Hashed {
    /// How many of so many images are taken together, so that they are hashed two by two: where some thread has two in any case.
    pub const fn at_once(images: usize, threads: usize) -> usize {
        if images > threads { 2 } else { 1 }
    }

    /// Hashes images: two by two, where the processor can do that in less time.
    pub fn all(orders: Vec<Order>) -> Vec<Self> {
        let pieces: Vec<_> = orders.iter().map(|order| Pieces::of(&order.bytes)).collect();
        let hashes = Pieces::hashes(&pieces.iter().collect::<Vec<_>>());
        orders.into_iter().zip(hashes).map(|(order, hash)| Self { order, hash }).collect()
    }
}

impl Looked {
    /// Looks at an image: type, size, pixels, fingerprints. It takes no log, so that the images of the next batch can be looked at while
    /// those of this one are recorded. The canvas is for the pixels: whoever looks at several hands over the same.
    pub fn at(Hashed { order, hash }: Hashed, limits: &Limits, canvas: &mut Canvas) -> Self {
        let Order { bytes, making, target } = order;
        Self { target, making, image: prepare(bytes, hash, limits, canvas) }
    }
}

impl Exporter<'_> {
    /// Exports a batch. The answers stand in the order of the images; one that fails does not hold up the others.
    pub fn export(&mut self, orders: Vec<Order>, options: &Options) -> Vec<Result<Exported, Error>> {
        let limits = self.limits;
        let at_once = Hashed::at_once(orders.len(), rayon::current_num_threads());
        let look = |orders| {
            let mut canvas = Canvas::default();
            Hashed::all(orders).into_iter().map(move |image| Looked::at(image, limits, &mut canvas))
        };
        let looked = orders.into_par_iter().chunks(at_once).flat_map_iter(look).collect();
        self.export_looked(looked, options)
    }

    /// The same of images that were looked at already.
    pub fn export_looked(&mut self, images: Vec<Looked>, options: &Options) -> Vec<Result<Exported, Error>> {
        let mut answers = Answers(images.iter().map(|_| None).collect());
        let mut waiting = Vec::new();
        for (place, Looked { target, making, image }) in images.into_iter().enumerate() {
            match image {
                Ok(image) => waiting.push(Job { place, target, state: (image, making) }),
                Err(error) => answers.set(place, Err(error)),
            }
        }
        while !waiting.is_empty() {
            waiting = self.round(waiting, options, &mut answers);
        }
        let unreached = || Err(Error::Batch { reason: "it was not reached".to_owned() });
        answers.0.into_iter().map(|answer| answer.unwrap_or_else(unreached)).collect()
    }

    /// One pass. A second image with the same bytes waits for the next, where it finds the first one on record.
    fn round(&mut self, images: Vec<Job<Waiting>>, options: &Options, answers: &mut Answers) -> Vec<Job<Waiting>> {
        let mut seen = BTreeSet::new();
        let mut waiting = Vec::new();
        let mut jobs = Vec::new();
        for job in images {
            if !seen.insert(job.state.0.hash) {
                waiting.push(job);
                continue;
            }
            let Job { place, target, state: (image, making) } = job;
            match self.known(&image, &making, options).and_then(|known| self.may_go_on(image, known)) {
                Ok(state) => jobs.push(Job { place, target, state }),
                Err(error) => answers.set(place, Err(error)),
            }
        }
        let recorded = self.record(jobs, options, answers);
        let recorded = self.keep(recorded, options, answers);
        let this = &*self;
        let kept = Kept::of(self.shelf, recorded.iter().map(|job| &job.state));
        let at_once = Hashed::at_once(recorded.len(), rayon::current_num_threads());
        let signed: Vec<_> =
            recorded.into_par_iter().chunks(at_once).flat_map_iter(|jobs| this.finish(jobs, &kept, options)).collect();
        let mut ready = Vec::new();
        let mut claimed = BTreeSet::new();
        for step in signed {
            match step {
                Ok(job) => match claim(&job.state, &mut claimed) {
                    Ok(()) => ready.push(job),
                    Err(error) => answers.set(job.place, Err(error)),
                },
                Err((place, answer)) => answers.set(place, answer),
            }
        }
        self.release(ready, options, answers);
        waiting
    }

    /// What needs a signature goes no further with certificates that allow none: nothing is recorded of it.
    fn may_go_on(&self, image: Prepared, known: Known) -> Result<(Prepared, Known), Error> {
        if !matches!(known, Known::Exported { .. }) {
            self.issuer.check(self.edge.now().time)?;
        }
        Ok((image, known))
    }

    /// Makes the GEN records of new images durable, all in one commit, and reads those of the others.
    fn record(
        &mut self,
        mut jobs: Vec<Job<(Prepared, Known)>>,
        options: &Options,
        answers: &mut Answers,
    ) -> Vec<Job<Recorded>> {
        let receipts = loop {
            let events: Vec<Event> = jobs.iter().flat_map(|job| job.state.1.events().iter().cloned()).collect();
            match self.ledger.append(&events, self.edge) {
                Ok(receipts) => break receipts,
                // One event that is not accepted holds up no other image: without it, once more.
                Err(ledger::Error::Event { number, source }) => match owner(&jobs, number) {
                    Some(at) => answers.set(jobs.remove(at).place, Err(Error::Event(source))),
                    None => return Vec::new(),
                },
                Err(error) => {
                    answers.fail(jobs.iter().map(|job| job.place), &error);
                    return Vec::new();
                }
            }
        };
        let mut receipts = receipts.into_iter();
        let mut recorded = Vec::new();
        for job in jobs {
            let mut own = receipts.by_ref().take(job.state.1.events().len());
            let last =
                own.by_ref().reduce(|before, last| Receipt { returned: before.returned || last.returned, ..last });
            let Job { place, target, state: (image, known) } = job;
            match self.load(image, &known, last, options) {
                Ok(state) => recorded.push(Job { place, target, state }),
                Err(error) => answers.set(place, Err(error)),
            }
        }
        recorded
    }

    /// The person of the GEN record answers for the export too, where nobody else is named.
    fn actor_of(&self, record: &Record, private: &[u8]) -> Result<Actor, Error> {
        let private = match self.ledger.opener().open(record, private)? {
            Opened::Fields(private) => private,
            other => return Err(Error::PersonUnknown { record: record.id, state: other.to_string() }),
        };
        let actor = private.fields.get("actor").cloned().ok_or(Error::NoPerson)?;
        serde_json::from_value(actor).map_err(|_| Error::NoPerson)
    }

    fn load(
        &self,
        mut image: Prepared,
        known: &Known,
        receipt: Option<Receipt>,
        options: &Options,
    ) -> Result<Recorded, Error> {
        let seq = match known {
            Known::New(_) => receipt.ok_or(Error::ToldNothing)?.seq,
            Known::Made(seq) | Known::Exported { made: seq, .. } => *seq,
        };
        let line = self.reader.line(seq)?;
        let line = Line::parse(&line).map_err(|source| ledger::Error::Damaged { seq, source })?;
        let record = Record::from_bytes(line.record).map_err(Error::Event)?;
        let actor = match &options.person {
            Some(person) => Ok(person.clone()),
            None => self.actor_of(&record, line.private),
        };
        let actor = match (actor, known) {
            (Err(Error::PersonUnknown { .. }), Known::Exported { .. }) => None,
            (actor, _) => Some(actor?),
        };
        if receipt.is_some_and(|receipt| receipt.returned) {
            image.notes.push(returned(&record.id));
        }
        if let Known::Made(_) = known {
            image.notes.push(format!("its making was on record already ({})", record.id));
        }
        let before = match known {
            Known::Exported { before, .. } => Some(before.clone()),
            Known::New(_) | Known::Made(_) => None,
        };
        Ok(Recorded { image, record, record_bytes: line.record.to_vec(), actor, supersedes: None, before })
    }
}

/// Two images of a batch cannot have one name: the second is refused as if the first stood there already.
fn claim(ready: &Ready, claimed: &mut BTreeSet<PathBuf>) -> Result<(), Error> {
    let paths: Vec<PathBuf> = ready.staged.iter().map(|staged| staged.path().to_owned()).collect();
    if let Some(taken) = paths.iter().find(|path| claimed.contains(*path)) {
        return Err(Error::Taken { path: taken.clone() });
    }
    claimed.extend(paths);
    Ok(())
}

/// The job that event `number` (from 1) of all belongs to.
fn owner(jobs: &[Job<(Prepared, Known)>], number: usize) -> Option<usize> {
    let mut end = 0;
    jobs.iter().position(|job| {
        end += job.state.1.events().len();
        number <= end
    })
}

/// What is said where somebody who was erased is on record again.
pub(super) fn returned(record: &Uuid) -> String {
    format!("the person behind it was erased before: from record {record} on they have a new key")
}
