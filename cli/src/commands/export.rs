//! `touchmark export`

use std::fs::{self, File};
use std::io::{IsTerminal, Read};
use std::path::{Path, PathBuf};

use indicatif::{ProgressBar, ProgressStyle};
use serde::Serialize;
use touchmark_core::event::private::Actor;
use touchmark_core::event::terms::Perceptual;
use touchmark_core::event::{Body, Event};
use touchmark_core::export::{Exported, Exporter, Making, Marks, Options, Order};
use touchmark_core::home::Home;

use crate::args::Export;
use crate::commands::{open_home, timestamps, writer};
use crate::edge::EDGE;
use crate::error::{Answer, Failure, Outcome, chain};
use crate::inputs;
use crate::output::{Output, message};

/// How much is held in memory at a time, in bytes of input: a batch ends when it has reached this, or [`BATCH_IMAGES`].
const BATCH_BYTES: u64 = 256 << 20;

/// Images that share a commit of the log.
const BATCH_IMAGES: usize = 64;

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
    let options = options(args, &home);
    let makings = makings(args, images.len(), options.person.as_ref())?;
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
    let jobs = args.jobs.map_or(0, std::num::NonZeroUsize::get);
    let threads = rayon::ThreadPoolBuilder::new().num_threads(jobs).build()?;
    let progress = progress(images.len());
    let mut done = 0_usize;
    let mut work = images.iter().zip(targets).zip(makings).peekable();
    while work.peek().is_some() {
        let (names, orders) = batch(&mut work, limits.max_bytes);
        let mut read = Vec::new();
        let mut places = Vec::new();
        for (place, order) in orders.into_iter().enumerate() {
            match order {
                Ok(order) => {
                    places.push(place);
                    read.push(order);
                }
                Err(error) => failed(output, &progress, names[place].0, error)?,
            }
        }
        let results = threads.install(|| exporter.export(read, &options));
        for (place, result) in places.into_iter().zip(results) {
            let (input, target) = &names[place];
            match result {
                Ok(exported) => {
                    done += 1;
                    progress.suspend(|| report(output, input, target, &exported))?;
                }
                Err(error) => failed(output, &progress, input, chain(&error))?,
            }
        }
        progress.inc(names.len() as u64);
    }
    progress.finish_and_clear();
    Ok(finish(done, images.len(), &args.out))
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

fn options(args: &Export, home: &Home) -> Options {
    Options {
        person: args.user.as_deref().map(inputs::person),
        destination: args.destination.clone(),
        sidecar: args.sidecar,
        marks: Marks { iptc: !args.no_xmp, cn: args.mark.iter().any(|mark| mark == "cn") },
        keep_originals: args.keep_original.then(|| home.originals()),
    }
}

/// What is known of each image's making.
fn makings(args: &Export, images: usize, person: Option<&Actor>) -> Outcome<Vec<Making>> {
    if let Some(id) = args.gen_record {
        return Ok(vec![Making::Record(id); images]);
    }
    let Some(path) = args.event.as_ref().or(args.events.as_ref()) else { return Ok(vec![Making::File; images]) };
    let events = inputs::events(path, person)?;
    if let Some(other) = events.iter().find(|event| !matches!(event.body, Body::Gen(_))) {
        return Err(format!("{}: an export needs a GEN event, this is a {}", path.display(), other.body.kind()).into());
    }
    let making = |event: Event| Making::Event(Box::new(event));
    match (args.events.is_some(), events.len()) {
        (true, count) if count == images => Ok(events.into_iter().map(making).collect()),
        (true, count) => {
            let error = Failure::from(format!("{} has {count} events for {images} images", path.display()));
            Err(error.hint("give one event a line, in the order of the images; or --event with one event for all"))
        }
        (false, 1) => Ok(events.into_iter().cycle().take(images).map(making).collect()),
        (false, count) => {
            Err(Failure::from(format!("{} has {count} events", path.display()))
                .hint("use --events for one event an image"))
        }
    }
}

type Names<'a> = Vec<(&'a Path, PathBuf)>;

/// Reads the next images. One that cannot be read holds up no other.
fn batch<'a>(
    work: &mut std::iter::Peekable<impl Iterator<Item = ((&'a PathBuf, PathBuf), Making)>>,
    limit: u64,
) -> (Names<'a>, Vec<Result<Order, String>>) {
    let (mut names, mut orders, mut bytes) = (Vec::new(), Vec::new(), 0_u64);
    while names.len() < BATCH_IMAGES && bytes < BATCH_BYTES {
        let Some(((image, target), making)) = work.next() else { break };
        let order = read(image, limit).map(|content| {
            bytes += content.len() as u64;
            Order { bytes: content, making, target: Some(target.clone()) }
        });
        names.push((image.as_path(), target));
        orders.push(order);
    }
    (names, orders)
}

/// Where an operator says how large a file may be.
const LIMIT: &str = "(limits.image_bytes in touchmark.toml)";

/// Reads a file, once, unless it is larger than an image may be. What becomes of it afterwards changes nothing: all work is done on these bytes.
pub(super) fn read(path: &Path, limit: u64) -> Result<Vec<u8>, String> {
    let cannot = |error: std::io::Error| format!("could not read {}: {error}", path.display());
    let file = File::open(path).map_err(cannot)?;
    let size = file.metadata().map_err(cannot)?.len();
    if size > limit {
        return Err(format!("{} has {size} bytes, the limit is {limit} {LIMIT}", path.display()));
    }
    // It may grow meanwhile, and pipes and devices have no size at all.
    let mut bytes = Vec::with_capacity(usize::try_from(size).unwrap_or_default().saturating_add(1));
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
