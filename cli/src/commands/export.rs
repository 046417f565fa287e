//! `touchmark export`

mod ahead;
mod makings;

use std::fs::{self, File};
use std::io::{IsTerminal, Read};
use std::num::NonZeroUsize;
use std::path::Path;
use std::sync::Arc;

use indicatif::{ProgressBar, ProgressStyle};
use rayon::{ThreadPool, ThreadPoolBuilder};
use serde::Serialize;
use touchmark_core::event::terms::Perceptual;
use touchmark_core::export::{Exported, Exporter, Marks, Options};
use touchmark_core::home::Home;
use touchmark_core::media::Spare;

use self::ahead::Work;
use self::makings::Makings;
use crate::args::Export;
use crate::commands::{open_home, timestamps, writer};
use crate::edge::EDGE;
use crate::error::{Answer, Outcome, chain};
use crate::inputs;
use crate::output::{Output, message};

#[derive(Serialize)]
struct Line<'a> {
    input: &'a Path,
    #[serde(skip_serializing_if = "Option::is_none")]
    output: Option<&'a Path>,
    #[serde(skip_serializing_if = "Option::is_none")]
    manifest_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    gen_record: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    export_record: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    fingerprints: Option<&'a [Perceptual]>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    notes: Vec<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
}

pub(super) fn run(args: &Export, dir: &Path, output: &mut Output) -> Outcome {
    let home = open_home(dir)?;
    let images = inputs::images(&args.images)?;
    let targets = inputs::targets(&images, &args.out)?;
    let spare = Arc::new(Spare::default());
    let options = options(args, &home, &spare);
    let makings = Makings::read(args, images.len(), options.person.as_ref())?;
    let issuer = home.issuer_with(timestamps::authority(&args.authorities, &home)?)?;
    let mut ledger = writer(&home)?;
    fs::create_dir_all(&args.out)
        .map_err(|error| format!("could not make the folder {}: {error}", args.out.display()))?;
    let reader = home.reader()?;
    let (limits, shelf) = (home.limits(), home.shelf());
    let mut exporter = Exporter {
        ledger: &mut ledger,
        reader: &reader,
        issuer: &issuer,
        shelf: &shelf,
        organisation: &home.config().organisation,
        limits: &limits,
        edge: EDGE,
    };
    let (looking, signing) = (threads(args)?, threads(args)?);
    let progress = progress(images.len());
    let work = Work { images: &images, targets: &targets, makings: &makings, limits: &limits, spare: &spare };
    let mut done = 0_usize;
    ahead::batches(&work, &looking, |batch| {
        let (mut places, mut looked) = (Vec::new(), Vec::new());
        let count = batch.len();
        for (place, image) in batch {
            match image {
                Ok(image) => {
                    places.push(place);
                    looked.push(image);
                }
                Err(error) => failed(output, &progress, &images[place], error)?,
            }
        }
        let results = signing.install(|| exporter.export_looked(looked, &options));
        for (place, result) in places.into_iter().zip(results) {
            match result {
                Ok(exported) => {
                    done += 1;
                    progress.suspend(|| report(output, &images[place], &targets[place], &exported))?;
                }
                Err(error) => failed(output, &progress, &images[place], chain(&error))?,
            }
        }
        progress.inc(count as u64);
        Ok(())
    })?;
    progress.finish_and_clear();
    Ok(finish(done, images.len(), &args.out))
}

fn threads(args: &Export) -> Outcome<ThreadPool> {
    let jobs = args.jobs.map_or(0, NonZeroUsize::get);
    Ok(ThreadPoolBuilder::new().num_threads(jobs).build()?)
}

fn finish(done: usize, all: usize, out: &Path) -> Answer {
    let failed = all - done;
    if failed == 0 {
        message(format!("{done} of {all} images signed into {}", out.display()));
        Answer::Yes
    } else {
        message(format!("{done} of {all} images signed into {}; {failed} failed", out.display()));
        Answer::No
    }
}

fn options(args: &Export, home: &Home, spare: &Arc<Spare>) -> Options {
    Options {
        person: args.user.as_deref().map(inputs::person),
        destination: args.destination.clone(),
        sidecar: args.sidecar,
        marks: Marks { iptc: !args.no_xmp, cn: args.mark.iter().any(|mark| mark == "cn") },
        keep_originals: args.keep_original.then(|| home.originals()),
        spare: Some(Arc::clone(spare)),
    }
}

/// Where an operator says how large a file may be.
const LIMIT: &str = "(limits.image_bytes in touchmark.toml)";

/// Reads a file, once, unless it is larger than an image may be. What becomes of it afterwards changes nothing: all work is done on these bytes.
pub(super) fn read(path: &Path, limit: u64) -> Result<Vec<u8>, String> {
    read_into(path, limit, Vec::with_capacity)
}

/// The same into memory that is made for so many bytes.
pub(super) fn read_into(path: &Path, limit: u64, memory: impl FnOnce(usize) -> Vec<u8>) -> Result<Vec<u8>, String> {
    let cannot = |error: std::io::Error| format!("could not read {}: {error}", path.display());
    let file = File::open(path).map_err(cannot)?;
    let size = file.metadata().map_err(cannot)?.len();
    if size > limit {
        return Err(format!("{} has {size} bytes, the limit is {limit} {LIMIT}", path.display()));
    }
    // It may grow meanwhile, and pipes and devices have no size at all.
    let mut bytes = memory(usize::try_from(size).unwrap_or_default().saturating_add(1));
    file.take(limit.saturating_add(1)).read_to_end(&mut bytes).map_err(cannot)?;
    if bytes.len() as u64 > limit {
        return Err(format!("{} has more than {limit} bytes {LIMIT}", path.display()));
    }
    Ok(bytes)
}

fn report(output: &mut Output, input: &Path, target: &Path, exported: &Exported) -> Outcome<()> {
    let line = Line {
        input,
        output: Some(target),
        manifest_id: Some(&exported.manifest_id),
        gen_record: Some(exported.gen_record.to_string()),
        export_record: Some(exported.export_record.to_string()),
        fingerprints: Some(&exported.fingerprints),
        notes: exported.notes.iter().map(String::as_str).collect(),
        error: None,
    };
    let mut words = format!(
        "{} -> {}\n  manifest {}\n  made {}, exported {}",
        input.display(),
        target.display(),
        exported.manifest_id,
        exported.gen_record,
        exported.export_record
    );
    for note in &exported.notes {
        words += &format!("\n  note: {note}");
    }
    output.answer(&line, words)
}

fn failed(output: &mut Output, progress: &ProgressBar, input: &Path, error: String) -> Outcome<()> {
    progress.suspend(|| {
        if !output.is_json() {
            message(format!("{}: {error}", input.display()));
            return Ok(());
        }
        let line = Line {
            input,
            output: None,
            manifest_id: None,
            gen_record: None,
            export_record: None,
            fingerprints: None,
            notes: Vec::new(),
            error: Some(error),
        };
        output.answer(&line, "")
    })
}

fn progress(images: usize) -> ProgressBar {
    if images < 16 || !std::io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::new(images as u64);
    match ProgressStyle::with_template("{bar:40} {pos} of {len} images, {per_sec}, {eta} left") {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}
