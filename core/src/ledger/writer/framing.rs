//! Records to lines, and lines to the disk.

use std::borrow::Cow;
use std::mem;
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

/// The most bytes of lines whose memory is kept for the next ones: new memory each time takes longer to get than to fill.
const MOST_SPARE: usize = 1 << 22;

/// Below so many events they are prepared, and signed, one after the other: to wake other threads takes longer.
pub(super) const FEW: usize = 8;

impl Ledger {
    /// Makes the records of a run durable, and then lets the tree grow by them. Of a long run some records are signed while those
    /// before them are on their way to the disk.
    pub(super) fn put_down(&mut self, run: &Run) -> Result<(), Error> {
        let Self { store, keys, tree, spare, .. } = self;
        let (signer, epoch) = (keys.signer.as_ref(), run.last.epoch);
        let mut commit = |Signed { first, placed, signatures }: Signed<'_>| {
            let batch = frame(epoch, placed, &signatures, mem::take(spare));
            if let Commit::Raced { size } = store.commit(first, &batch)? {
                return Err(Error::Raced { size });
            }
            for Placed { sealed, .. } in placed {
                tree.push(store.as_ref(), sealed.leaf);
            }
            if batch.capacity() <= MOST_SPARE {
                *spare = batch;
            }
            Ok(())
        };
        if run.placed.len() <= AT_ONCE {
            commit(Signed::by(signer, run.first, &run.placed)?)?;
        } else {
            let (give, take) = mpsc::sync_channel(1);
            thread::scope(|scope| {
                let committer = scope.spawn(move || take.iter().try_for_each(commit));
                let mut first = run.first;
                for part in run.placed.chunks(AT_ONCE) {
                    if give.send(Signed::by(signer, first, part)?).is_err() {
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

/// Records from a position on, all of them signed.
struct Signed<'a> {
    first: u64,
    placed: &'a [Placed],
    signatures: Vec<Cow<'a, [u8]>>,
}

impl<'a> Signed<'a> {
    /// Those that are not signed yet are signed side by side.
    fn by(signer: &dyn Signer, first: u64, placed: &'a [Placed]) -> Result<Self, Error> {
        let signature = |record| signature(signer, record);
        let unsigned = placed.iter().filter(|record| record.signature.is_none()).count();
        let signatures: Result<_, Error> = if unsigned < FEW {
            placed.iter().map(signature).collect()
        } else {
            placed.par_iter().map(signature).collect()
        };
        Ok(Self { first, placed, signatures: signatures? })
    }
}

/// Records to lines.
fn frame(epoch: u64, placed: &[Placed], signatures: &[Cow<'_, [u8]>], spare: Batch) -> Batch {
    let length =
        placed.iter().map(|Placed { sealed, .. }| sealed.record.len() + sealed.private.len() + line::FRAME).sum();
    let mut batch = spare.renewed(length, placed.len());
    for (Placed { sealed, mac, .. }, signature) in placed.iter().zip(signatures) {
        let mac = Mac { epoch, bytes: *mac };
        batch.push(|out| line::write(out, &sealed.hash, &mac, &sealed.private, &sealed.record, signature));
    }
    batch
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
