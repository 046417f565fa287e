//! Whether pictures are found again, and how often others are named: `cargo bench --bench recall -- FOLDER [DECOYS [QUERIES]]`
//!
//! `pictures.py fetch FOLDER` brings the pictures. Each is kept as an export keeps it, then sought as it is and after every change of
//! `pictures.py`: among all pictures for the recall; for false matches, some of the changed ones among a million other entries. One half of
//! those are parts of the other pictures, of any place and size; the other half is made up: noise with the spectrum of photographs, and shapes.
//! `TOUCHMARK_PYTHON` names a Python with Pillow.

#![expect(
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "a bench measures time, asks where Python is, and prints"
)]

#[path = "../common/chance.rs"]
mod chance;
mod decoys;

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

use image::{DynamicImage, RgbImage, imageops};
use rayon::prelude::*;
use serde::Deserialize;
use touchmark_core::fingerprint::{Algorithm, Fingerprint, Likeness, Query, look, looks_like};
use touchmark_core::gallery::Gallery;

#[derive(Deserialize)]
struct Head {
    picture: String,
    change: String,
    width: u32,
    height: u32,
}

/// A picture and what became of it.
struct Picture {
    name: String,
    likeness: Likeness,
    fingerprints: Vec<Fingerprint>,
    small: image::GrayImage,
    changed: Vec<(String, Option<Query>, Vec<Fingerprint>)>,
}

fn main() {
    let mut args = std::env::args().skip(1).filter(|arg| !arg.starts_with("--"));
    let Some(folder) = args.next() else {
        println!("skipped: name the folder that benches/recall/pictures.py fetch made");
        return;
    };
    let mut number = |usual: usize| args.next().map_or(usual, |arg| arg.parse().expect("a number"));
    let (decoys, queries) = (number(1_000_000), number(1000));
    let pictures = without_twins(read(&folder));
    println!("{} different pictures with enough to see", pictures.len());
    recall(&pictures);
    false_matches(&pictures, decoys, queries);
}

/// Pictures with enough to see in them.
fn read(folder: &str) -> Vec<Picture> {
    let python = std::env::var("TOUCHMARK_PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/../benches/recall/pictures.py");
    let mut child =
        Command::new(python).args([script, "stream", folder]).stdout(Stdio::piped()).spawn().expect("Python");
    let mut stream = BufReader::with_capacity(1 << 20, child.stdout.take().expect("output"));
    let mut pictures: Vec<Picture> = Vec::new();
    let mut seen = 0;
    while let Some((head, image)) = frame(&mut stream) {
        let look = look(&image);
        if head.change == "none" {
            seen += 1;
            let Some(likeness) = look.likeness() else { continue };
            pictures.push(Picture {
                name: head.picture,
                likeness,
                fingerprints: look.fingerprints().to_vec(),
                small: imageops::thumbnail(&image.to_luma8(), 256, 256),
                changed: Vec::new(),
            });
        } else if let Some(picture) = pictures.last_mut().filter(|picture| picture.name == head.picture) {
            picture.changed.push((head.change, look.query(), look.fingerprints().to_vec()));
        }
    }
    assert!(child.wait().expect("Python").success(), "pictures.py failed");
    println!("{} of {seen} pictures have enough to see", pictures.len());
    pictures
}

fn frame(stream: &mut impl BufRead) -> Option<(Head, DynamicImage)> {
    let mut line = String::new();
    stream.read_line(&mut line).expect("a line");
    let head: Head = serde_json::from_str(line.trim()).ok()?;
    let mut pixels = vec![0; head.width as usize * head.height as usize * 3];
    stream.read_exact(&mut pixels).expect("pixels");
    let image = RgbImage::from_raw(head.width, head.height, pixels).expect("a picture");
    Some((head, image.into()))
}

/// The same picture may come in two packages, or in two colours: the second is named and left out.
fn without_twins(pictures: Vec<Picture>) -> Vec<Picture> {
    let mut kept: Vec<Picture> = Vec::new();
    for picture in pictures {
        let twin = kept.iter().find(|other| {
            let near = picture.fingerprints.iter().zip(&other.fingerprints);
            near.filter(|(a, b)| looks_like(a, b)).count() >= 2
        });
        match twin {
            Some(twin) => println!("left out: {} looks like {}", picture.name, twin.name),
            None => kept.push(picture),
        }
    }
    kept
}

/// For each change: how many lead back to their picture, and how many by each fingerprint alone.
fn recall(pictures: &[Picture]) {
    let dir = tempfile::tempdir().expect("folder");
    let gallery = Gallery::new(dir.path());
    let entries: Vec<_> = (0..).zip(pictures.iter().map(|picture| picture.likeness.clone())).collect();
    gallery.add(&entries).expect("gallery");
    let search = gallery.search().expect("gallery");
    let mut tables: BTreeMap<usize, (String, [usize; 5])> = BTreeMap::new();
    for (seq, picture) in (0_u64..).zip(pictures) {
        let counted: Vec<(usize, &str, [bool; 5])> = (picture.changed.par_iter().enumerate())
            .map(|(at, (change, query, fingerprints))| {
                let found = query.as_ref().map(|query| search.look_for(query)).unwrap_or_default();
                let by = |algorithm: Algorithm| {
                    let own = fingerprints.iter().zip(&picture.fingerprints);
                    own.filter(|(one, _)| one.algorithm() == algorithm).any(|(one, kept)| looks_like(one, kept))
                };
                let is_own = found.iter().any(|found| found.seq == seq);
                let is_first = found.first().is_some_and(|found| found.seq == seq);
                let [iscc, pdq, gradient] = Algorithm::ALL.map(by);
                (at, change.as_str(), [is_own, is_first, iscc, pdq, gradient])
            })
            .collect();
        for (at, change, hits) in counted {
            let (_, sums) = tables.entry(at).or_insert_with(|| (change.to_owned(), [0; 5]));
            sums.iter_mut().zip(hits).for_each(|(sum, hit)| *sum += usize::from(hit));
        }
    }
    println!("\n| change | found % | named first % | ISCC alone | PDQ alone | gradient alone |\n|-|-|-|-|-|-|");
    for (change, sums) in tables.into_values() {
        #[expect(clippy::cast_precision_loss, reason = "some hundred")]
        let [own, first, iscc, pdq, gradient] = sums.map(|sum| sum as f64 * 100.0 / pictures.len() as f64);
        println!("| {change} | {own:.1} | {first:.1} | {iscc:.0} | {pdq:.0} | {gradient:.0} |");
    }
}

/// How many queries among many entries that are not their picture name one.
fn false_matches(pictures: &[Picture], count: usize, queries: usize) {
    let dir = tempfile::tempdir().expect("folder");
    let gallery = Gallery::new(dir.path());
    let small: Vec<_> = pictures.iter().map(|picture| &picture.small).collect();
    let mut sources = Vec::new();
    for piece in 0.. {
        let made = decoys::make(&small, piece);
        let entries = (sources.len() as u64..).zip(made.iter().map(|(_, likeness)| likeness.clone()));
        gallery.add(&entries.collect::<Vec<_>>()).expect("gallery");
        sources.extend(made.into_iter().map(|(source, _)| source));
        if sources.len() >= count {
            break;
        }
    }
    let search = gallery.search().expect("gallery");
    let (mut asked, mut wrong, mut by_source) = (0, BTreeMap::<String, usize>::new(), [0; 2]);
    let begun = std::time::Instant::now();
    // Each picture with another change, then each with the next: no change and no picture is asked more often than others.
    for number in 0..queries {
        let at = number % pictures.len();
        let picture = &pictures[at];
        let (change, query, _) = &picture.changed[(number / pictures.len() + at * 7) % picture.changed.len()];
        asked += 1;
        let found = query.as_ref().map(|query| search.look_for(query)).unwrap_or_default();
        let others = found.iter().filter(|one| sources[usize::try_from(one.seq).expect("small")] != Some(at));
        if let Some(first) = others.max_by_key(|one| one.similarity) {
            let source = sources[usize::try_from(first.seq).expect("small")];
            by_source[usize::from(source.is_none())] += 1;
            let source = source.map_or("made up", |source| &pictures[source].name);
            println!(
                "false: {} ({change}), similarity {} at {} bits: {source}",
                picture.name, first.similarity, first.distance
            );
            *wrong.entry(change.clone()).or_default() += 1;
        }
    }
    let each = begun.elapsed() / u32::try_from(asked).expect("few");
    println!("\n{asked} queries against {} entries, {each:?} each", sources.len());
    println!(
        "{} name another picture: {} a part of one, {} a made up one",
        wrong.values().sum::<usize>(),
        by_source[0],
        by_source[1]
    );
    println!("by change: {wrong:?}");
}
