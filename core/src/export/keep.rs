//! Originals are kept before anything is signed.

use rayon::prelude::*;

use crate::ledger;
use crate::ledger::line::Line;
use crate::originals::{self, Kept, Originals};

use super::batch::{Answers, Job, Recorded};
use super::{Error, Exporter, Options};

impl Exporter<'_> {
    /// Keeps the originals of a batch, durable on return. What cannot be kept goes no further.
    pub(super) fn keep(
        &self,
        jobs: Vec<Job<Recorded>>,
        options: &Options,
        answers: &mut Answers,
    ) -> Vec<Job<Recorded>> {
        let Some(folder) = options.keep_originals.as_ref().filter(|_| !jobs.is_empty()) else { return jobs };
        let keep = |job: Job<Recorded>| {
            let kept = self.keep_one(&job.state, folder);
            (job, kept)
        };
        let places: Vec<usize> = jobs.iter().map(|job| job.place).collect();
        let kept: Result<Vec<_>, originals::Error> = folder.sync(|| jobs.into_par_iter().map(keep).collect());
        let kept = match kept {
            Ok(kept) => kept,
            Err(error) => {
                answers.fail(places, &Error::Original(error));
                return Vec::new();
            }
        };
        let mut going_on = Vec::new();
        for (job, kept) in kept {
            match kept {
                Ok(()) => going_on.push(job),
                Err(error) => answers.set(job.place, Err(error)),
            }
        }
        going_on
    }

    fn keep_one(&self, Recorded { image, record, .. }: &Recorded, folder: &Originals) -> Result<(), Error> {
        let line = self.reader.line(record.seq)?;
        let line = Line::parse(&line).map_err(|source| ledger::Error::Damaged { seq: record.seq, source })?;
        let opener = self.ledger.opener();
        match folder.keep(record, line.private, (image.hash, &image.bytes), &opener, self.edge)? {
            Kept::Now | Kept::Before => Ok(()),
            Kept::Closed(state) => Err(Error::OriginalClosed { record: record.id, state: state.to_string() }),
        }
    }
}
