//! `touchmark log publish`

use std::path::Path;

use touchmark_core::home::Home;
use touchmark_core::publish::publish;

use crate::args::Publish;
use crate::error::{Answer, Outcome};
use crate::output::Output;

pub(super) fn run(args: &Publish, dir: &Path, output: &mut Output) -> Outcome {
    let home = Home::open(dir)?;
    let snapshot = home.reader()?.snapshot()?;
    let note = home.cosigned().completed(snapshot.note())?;
    match publish(&snapshot, &note, &args.dir)? {
        Ok(done) => {
            let words = format!(
                "Published {}: {} records in {} ({} before), {} files written.",
                done.origin,
                done.size,
                args.dir.display(),
                done.before,
                done.files
            );
            output.answer(&done, words)?;
            Ok(Answer::Yes)
        }
        Err(refusal) => {
            output.refusal(&format!("{} was left as it is: {refusal}", args.dir.display()))?;
            Ok(Answer::No)
        }
    }
}
