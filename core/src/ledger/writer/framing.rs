//! Records to lines, and lines to the disk.

use std::borrow::Cow;
use std::sync::mpsc;
use std::thread;

use rayon::prelude::*;

use crate::hash::Hash;
use crate::keys::Signer;

use super::super::Error;
use super::super::line::{self, Mac};
use super::super::store::{Batch, Commit};
use super::run::{Placed, Run};
use super::{Ledger, Receipt};

/// So many records are written and synced together: some megabytes.
pub(super) const AT_ONCE: usize = 1 << 11;

/// Below so many events they are prepared, and signed, one after the other: to wake other threads takes longer.
pub(super) const FEW: usize = 8;

impl Ledger {
    /// Makes the records of a run durable, and then lets the tree grow by them. Of a long run some records are signed while those
    /// before them are on their way to the disk.
    pub(super) fn put_down(&mut self, run: &Run) -> Result<(), Error> {
        let Self { store, keys, tree, spare, .. } = self;
        let (spare, signer, epoch) = (&*spare, keys.signer.as_ref(), run.last.epoch);
        let mut commit = |first: u64, Framed { batch, leaves }: Framed| {
            if let Commit::Raced { size } = store.commit(first, &batch)? {
                return Err(Error::Raced { size });
            }
            for leaf in leaves {
                tree.push(store.as_ref(), leaf);
            }
            spare.give(batch);
            Ok(())
        };
        if run.placed.len() <= AT_ONCE {
            commit(run.first, frame(signer, epoch, &run.placed, spare.take())?)?;
        } else {
            let (give, take) = mpsc::sync_channel::<(u64, Framed)>(1);
            thread::scope(|scope| {
                let committer = scope.spawn(move || take.iter().try_for_each(|(first, framed)| commit(first, framed)));
                let mut first = run.first;
                for part in run.placed.chunks(AT_ONCE) {
                    let framed = frame(signer, epoch, part, spare.take())?;
                    if give.send((first, framed)).is_err() {
                        // The committer has stopped, and says why.
                        break;
                    }
                    first += part.len() as u64;
                }
                drop(give);
                committer.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
            })?;
        }
        self.last = run.last;
        Ok(())
    }
}

/// Records as lines, and their leaves.
struct Framed {
    batch: Batch,
    leaves: Vec<Hash>,
}

/// Records to lines. Those that are not signed yet are signed side by side.
fn frame(signer: &dyn Signer, epoch: u64, placed: &[Placed], spare: Batch) -> Result<Framed, Error> {
    let signature = |record| signature(signer, record);
    let unsigned = placed.iter().filter(|record| record.signature.is_none()).count();
    let signatures: Result<Vec<Cow<'_, [u8]>>, Error> = if unsigned < FEW {
        placed.iter().map(signature).collect()
    } else {
        placed.par_iter().map(signature).collect()
    };
    let length =
        placed.iter().map(|Placed { sealed, .. }| sealed.record.len() + sealed.private.len() + line::FRAME).sum();
    let mut framed = Framed { batch: spare.renewed(length, placed.len()), leaves: Vec::with_capacity(placed.len()) };
    for (Placed { sealed, mac, .. }, signature) in placed.iter().zip(signatures?) {
        let mac = Mac { epoch, bytes: *mac };
        framed.batch.push(|out| line::write(out, &sealed.hash, &mac, &sealed.private, &sealed.record, &signature));
        framed.leaves.push(sealed.leaf);
    }
    Ok(framed)
}

fn signature<'a>(signer: &dyn Signer, record: &'a Placed) -> Result<Cow<'a, [u8]>, Error> {
    match &record.signature {
        Some(signature) => Ok(Cow::Borrowed(signature)),
        None => sign(signer, &record.sealed.hash).map(Cow::Owned),
    }
}

/// The signatures over records that have their places.
pub(in super::super) fn sign_all(signer: &dyn Signer, records: &[Receipt]) -> Result<Vec<Vec<u8>>, Error> {
    let sign = |record: &Receipt| sign(signer, &record.hash);
    if records.len() < FEW { records.iter().map(sign).collect() } else { records.par_iter().map(sign).collect() }
}

fn sign(signer: &dyn Signer, hash: &Hash) -> Result<Vec<u8>, Error> {
    Ok(signer.sign(&line::signed_message(hash))?)
}
