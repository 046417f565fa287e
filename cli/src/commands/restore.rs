//! `touchmark restore`

use std::path::Path;

use serde::Serialize;
use touchmark_core::event::{Body, Record, body};
use touchmark_core::files;
use touchmark_core::find::{self, Finder, LooksLike, Sight};
use touchmark_core::hash::Hash;
use touchmark_core::home::Home;
use touchmark_core::ledger::{Key, Reader};
use touchmark_core::manifest::{State, jumbf};
use touchmark_core::media::Limits;
use touchmark_core::verify::records::Records;
use touchmark_core::verify::{Means, Verdict, verify};

use super::export::read;
use super::find::{NO_MATCH, TOO_LITTLE};
use super::verify::paragraph;
use crate::args::Restore;
use crate::edge::EDGE;
use crate::error::{Answer, Failure, Outcome};
use crate::output::Output;

#[derive(Serialize)]
struct Line<'a> {
    path: &'a Path,
    sidecar: &'a Path,
    export_record: String,
    manifest_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    looks_like: Option<&'a LooksLike>,
    verdict: &'a Verdict,
}

/// The export whose manifest it is.
struct Origin {
    record: Record,
    export: body::Export,
    /// `None` of the very file that was exported.
    like: Option<LooksLike>,
}

pub(super) fn run(args: &Restore, dir: &Path, output: &mut Output) -> Outcome {
    let home = Home::open(dir)?;
    let image = &args.image;
    let sidecar = args.out.clone().unwrap_or_else(|| image.with_extension("c2pa"));
    let reader = home.reader()?;
    let (trust, limits, keys) = (home.trust()?, home.limits(), [reader.history().clone()]);
    let file = read(image, limits.max_bytes)?;
    let at = EDGE.now().time;
    let mut means =
        Means { trust: &trust, log_keys: &keys, records: None, log: None, at, limits: &limits, pixels: false };
    if verify(&file, None, &means)?.c2pa.state != State::None {
        return refused(output, image, "it has Content Credentials of its own; nothing was written");
    }
    let shelf = home.shelf();
    let gallery = Some(shelf.gallery());
    let finder = Finder::new(&reader, gallery)?;
    let origin = match origin(args, &file, &finder, &reader, &limits)? {
        Ok(origin) => origin,
        Err(why) => return refused(output, image, &why),
    };
    let store = store(&home, &origin)?;
    write(&sidecar, &store)?;
    let records = Records { reader: &reader, gallery };
    means.records = Some(&records);
    let verdict = verify(&file, Some(&store), &means)?;
    let line = Line {
        path: image,
        sidecar: &sidecar,
        export_record: origin.record.id.to_string(),
        manifest_id: &origin.export.manifest.id,
        looks_like: origin.like.as_ref(),
        verdict: &verdict,
    };
    let found = match &origin.like {
        Some(like) => like.words(),
        None => format!("byte for byte the file of record {}", origin.record.id),
    };
    let words = format!(
        "{}: {found}.\n{}: the manifest of that record.\n{}",
        image.display(),
        sidecar.display(),
        paragraph(image, &verdict)
    );
    output.answer(&line, words)?;
    Ok(Answer::Yes)
}

fn refused(output: &mut Output, image: &Path, why: &str) -> Outcome {
    let reason = format!("{}: {why}", image.display());
    output.refusal(&format!("{reason}."))?;
    Ok(Answer::No)
}

/// The inner error: there is none.
fn origin(
    args: &Restore,
    file: &[u8],
    finder: &Finder<'_>,
    reader: &Reader,
    limits: &Limits,
) -> Outcome<Result<Origin, String>> {
    if let Some(id) = args.record {
        let record = reader.record(reader.find(id)?)?;
        let export = export(&record)?;
        let like = if export.file == Hash::of(file) {
            None
        } else {
            let look = find::look(file, limits)?;
            let Some(like) = finder.compare(&look, &record) else {
                let nothing = "nothing was written";
                let why = if look.query().is_none() {
                    TOO_LITTLE.to_owned()
                } else {
                    format!("does not look like the picture of record {id}")
                };
                return Ok(Err(format!("{why}; {nothing}")));
            };
            Some(like)
        };
        return Ok(Ok(Origin { record, export, like }));
    }
    if let Some(seq) = reader.look_up(&Key::File(Hash::of(file)))?.pop() {
        let record = reader.record(seq)?;
        return Ok(Ok(Origin { export: export(&record)?, record, like: None }));
    }
    let Sight { matchable, looks_like, note } = finder.look_for_file(file, limits)?;
    let Some(like) = looks_like.into_iter().next() else {
        let why = if matchable { NO_MATCH } else { TOO_LITTLE };
        let note = note.map(|note| format!(". {}", note.trim_end_matches('.'))).unwrap_or_default();
        return Ok(Err(format!("{why}; nothing was written{note}")));
    };
    let record = reader.record(reader.find(like.export_record.parse()?)?)?;
    Ok(Ok(Origin { export: export(&record)?, record, like: Some(like) }))
}

fn export(record: &Record) -> Outcome<body::Export> {
    match &record.body {
        Body::Export(export) => Ok(export.clone()),
        other => {
            Err(format!("record {} is a {}: a manifest goes with an EXPORT record", record.id, other.kind()).into())
        }
    }
}

/// The manifest store of that export, as it was signed.
fn store(home: &Home, origin: &Origin) -> Outcome<Vec<u8>> {
    let (id, hash) = (origin.record.id, &origin.export.manifest.hash);
    let Some(kept) = home.shelf().get(hash)? else {
        let why = format!("the manifest of record {id} is not kept in {}", home.dir().display());
        return Err(
            Failure::from(why).hint("manifests.pack of the home that exported it has it: bring it back from a backup")
        );
    };
    let store = jumbf::trimmed(&kept).ok().filter(|store| Hash::of(store) == *hash);
    let store = store.ok_or_else(|| {
        let why = format!("the manifest of record {id} was damaged in {}", home.dir().join("manifests.pack").display());
        Failure::from(why).hint("bring the file back from a backup")
    })?;
    Ok(store.to_vec())
}

fn write(sidecar: &Path, store: &[u8]) -> Outcome<()> {
    let cannot = |error| format!("could not write {}: {error}", sidecar.display());
    if files::create(sidecar, store).map_err(cannot)? || stands(sidecar, store) {
        return Ok(());
    }
    Err(Failure::from(format!("{} exists and has other content", sidecar.display()))
        .hint("choose another --out, or move it away"))
}

/// Whether the file is there already.
fn stands(sidecar: &Path, store: &[u8]) -> bool {
    matches!(files::read(sidecar, store.len()), Ok(Some(bytes)) if bytes == store)
}
