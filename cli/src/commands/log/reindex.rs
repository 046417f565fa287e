//! `touchmark log reindex`

use std::path::Path;
use std::sync::Arc;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde::Serialize;
use touchmark_core::find::{self, Rebuilt};
use touchmark_core::home::Home;
use touchmark_core::ledger::Reader;
use touchmark_core::ledger::file::FileStore;
use touchmark_core::ledger::index::remake::{Remade, reindex};

use crate::commands::busy;
use crate::error::{Answer, Outcome};
use crate::output::{Output, message};

pub(super) fn run(dir: &Path, output: &mut Output) -> Outcome {
    let home = Home::open(dir)?;
    // The writer's lock and its view of the lines: no key is needed, and nothing is cut off.
    let (store, _) = FileStore::writer(&home.ledger_dir()).map_err(|error| busy(error.into()))?;
    let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
    bar.set_style(ProgressStyle::with_template("{bar:40} {pos}/{len} segments, {eta} left")?);
    let remade = reindex(&store, &mut |done, all| {
        bar.set_length(all);
        bar.set_position(done);
    })?;
    bar.finish_and_clear();
    for failed in &remade.failed {
        message(format!("{failed}; see touchmark log verify"));
    }
    // As far as the log can be read. What is kept of pictures is beside the log, and proves nothing.
    let reader = Reader::over(Arc::new(store))?;
    let gallery = find::rebuild(&reader, home.shelf().gallery())?;
    output.answer(&Line { remade: &remade, gallery }, format!("{}\n{}", words(&remade), of_gallery(gallery)))?;
    Ok(if remade.failed.is_empty() { Answer::Yes } else { Answer::No })
}

#[derive(Serialize)]
struct Line<'a> {
    #[serde(flatten)]
    remade: &'a Remade,
    gallery: Rebuilt,
}

fn of_gallery(gallery: Rebuilt) -> String {
    let Rebuilt { pictures, previews } = gallery;
    match pictures - previews {
        0 => format!("Likenesses of {pictures} pictures."),
        bare => format!(
            "Likenesses of {pictures} pictures; of {bare} there is no preview, and near copies of them are found alone."
        ),
    }
}

fn words(remade: &Remade) -> String {
    let Remade { records, segments, failed } = remade;
    let files = match (segments, failed.len()) {
        (0, 0) => "no segment is full yet, and the newest one needs no index".to_owned(),
        (made, 0) => format!("{made} made"),
        (made, failed) => format!("{made} made, {failed} could not be made"),
    };
    format!("Index files of {records} records: {files}.")
}
