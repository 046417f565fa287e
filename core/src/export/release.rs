//! The last steps: keep the manifests, record that the images leave, and let them.

use crate::causes;
use crate::event::terms::{HardBinding, ManifestRef};
use crate::event::{Body, Event, body};
use crate::find;
use crate::hash::Hash;
use crate::ledger::{self, Receipt};
use crate::manifest::jumbf;

use super::batch::{Answers, Job, returned};
use super::known::perceptual;
use super::sign::Ready;
use super::stage::Staged;
use super::{Error, Exported, Exporter, Options};

impl Exporter<'_> {
    /// Records that signed images leave, all in one commit, and gives their files their names.
    pub(super) fn release(&mut self, mut ready: Vec<Job<Ready>>, options: &Options, answers: &mut Answers) {
        let receipts = loop {
            if ready.is_empty() {
                return;
            }
            match self.record_exports(&ready, options) {
                Ok(receipts) => break receipts,
                // One record that is not accepted holds up no other image: without it, once more.
                Err(Error::Ledger(ledger::Error::Event { number, source })) if (1..=ready.len()).contains(&number) => {
                    answers.set(ready.remove(number - 1).place, Err(Error::Event(source)));
                }
                Err(error) => return answers.fail(ready.iter().map(|job| job.place), &error),
            }
        };
        let not_kept = self.keep_likenesses(&ready, &receipts);
        for (mut job, receipt) in ready.into_iter().zip(receipts) {
            job.state.recorded.image.notes.extend(not_kept.clone());
            let place = job.place;
            answers.set(place, named(job, receipt, options));
        }
    }

    fn record_exports(&mut self, ready: &[Job<Ready>], options: &Options) -> Result<Vec<Receipt>, Error> {
        let mut stores = Vec::new();
        let mut events = Vec::new();
        for job in ready {
            let hash = Hash::of(jumbf::trimmed(&job.state.signed.store)?);
            stores.push((hash, job.state.signed.store.as_slice()));
            events.push(event(&job.state, hash, options)?);
        }
        self.shelf.add(&stores)?;
        Ok(self.ledger.append(&events, self.edge)?)
    }

    /// So that the pictures are found again by their looks. That is a convenience: it holds up nothing, and a failure is said.
    fn keep_likenesses(&self, ready: &[Job<Ready>], receipts: &[Receipt]) -> Option<String> {
        let likeness = |(job, receipt): (&Job<Ready>, &Receipt)| {
            let likeness = job.state.recorded.image.likeness.as_deref()?;
            Some((receipt.seq, likeness.clone()))
        };
        let entries: Vec<_> = ready.iter().zip(receipts).filter_map(likeness).collect();
        let (first, _) = entries.first()?;
        let gallery = self.shelf.gallery();
        let kept = find::fill_up(self.reader, gallery, *first).and_then(|()| Ok(gallery.add(&entries)?));
        let failed = kept.err()?;
        Some(format!("only near copies of it will be found by their looks: {}", causes::in_words(&failed)))
    }
}

/// Gives an image's files their names: it is on record that they leave.
fn named(job: Job<Ready>, receipt: Receipt, options: &Options) -> Result<Exported, Error> {
    let Job { target, state: Ready { mut recorded, signed, file, staged, .. }, .. } = job;
    if receipt.returned {
        recorded.image.notes.push(returned(&receipt.id));
    }
    Staged::release_all(staged)?;
    let in_memory = target.is_none();
    let sidecar = if in_memory && options.sidecar { Some(jumbf::trimmed(&signed.store)?.to_vec()) } else { None };
    Ok(Exported {
        sidecar,
        file,
        media_type: recorded.image.media_type,
        manifest_id: signed.manifest_id,
        gen_record: recorded.record.id,
        export_record: receipt.id,
        fingerprints: perceptual(&recorded.image.fingerprints),
        notes: recorded.image.notes,
    })
}

fn event(ready: &Ready, manifest: Hash, options: &Options) -> Result<Event, Error> {
    let Ready { recorded, signed, hash, .. } = ready;
    let binding = &signed.hard_binding;
    let body = Body::Export(body::Export {
        gen_record: recorded.record.id,
        input: recorded.image.hash,
        file: *hash,
        manifest: ManifestRef { id: signed.manifest_id.clone(), hash: manifest },
        hard_binding: HardBinding { label: binding.label.clone(), hash: binding.hash },
        media_type: recorded.image.media_type.mime().to_owned(),
        sidecar: options.sidecar,
        fingerprints: perceptual(&recorded.image.fingerprints),
        supersedes: recorded.supersedes,
    });
    let mut event = Event::new(body, ledger::this_system(), recorded.actor.as_ref()).map_err(Error::Event)?;
    event.trace.root = recorded.record.trace.root;
    event.trace.parent = Some(recorded.record.id);
    if let Some(destination) = &options.destination {
        event.private.insert("destination".to_owned(), destination.clone().into());
    }
    Ok(event)
}
