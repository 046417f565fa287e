//! Found again without metadata: a picture that was saved again, cut, framed or turned leads back to its record. It "looks like" the picture of
//! that record; nothing more is said. What is kept for that beside the log is a convenience, and spoils nothing when it is gone.

use std::io::Cursor;

use image::imageops::{self, FilterType};
use image::{DynamicImage, ImageFormat, Rgb, RgbImage};
use touchmark_core::event::Kind;
use touchmark_core::export::{Exported, Options};
use touchmark_core::find::{Finder, LooksLike, Rebuilt, Sight, rebuild};
use touchmark_core::media::Limits;

use crate::studio::{Studio, made, picture};

/// Pictures with enough to see.
const PICTURES: [&str; 4] = ["astronaut.jpg", "chelsea-a1111.png", "coffee-comfyui.png", "rocket.webp"];

/// What somebody makes of a picture.
type Change = fn(&DynamicImage) -> Vec<u8>;

/// One that is not exported.
const OTHER: &str = "hubble.jpg";

fn export(studio: &Studio, file: &[u8]) -> Exported {
    studio.one(file, made(), None, &Options::default()).expect("exported")
}

fn sight(studio: &Studio, file: &[u8]) -> Sight {
    let reader = studio.home.reader().expect("reader");
    let finder = Finder::new(&reader, Some(studio.home.shelf().gallery())).expect("could look");
    finder.look_for_file(file, &Limits::default()).expect("could look")
}

/// Which records are found, by their numbers among the EXPORT records.
fn found(studio: &Studio, file: &[u8]) -> Vec<usize> {
    let exports = studio.records(Kind::Export);
    let number =
        |like: LooksLike| exports.iter().position(|one| one.id.to_string() == like.export_record).expect("one");
    sight(studio, file).looks_like.into_iter().map(number).collect()
}

fn open(file: &[u8]) -> DynamicImage {
    DynamicImage::ImageRgb8(image::load_from_memory(file).expect("a picture").to_rgb8())
}

/// As somebody saves it who knows nothing of metadata.
fn saved(image: &DynamicImage, quality: u8) -> Vec<u8> {
    let mut file = Vec::new();
    let encoder = image::codecs::jpeg::JpegEncoder::new_with_quality(&mut file, quality);
    image.to_rgb8().write_with_encoder(encoder).expect("encoded");
    file
}

fn png(image: &DynamicImage) -> Vec<u8> {
    let mut file = Cursor::new(Vec::new());
    image.write_to(&mut file, ImageFormat::Png).expect("encoded");
    file.into_inner()
}

/// Without so many per cent at each side.
fn cropped(image: &DynamicImage, percent: u32) -> DynamicImage {
    let margin = |side: u32| side * percent / 100;
    let (x, y) = (margin(image.width()), margin(image.height()));
    image.crop_imm(x, y, image.width() - 2 * x, image.height() - 2 * y)
}

fn framed(image: &DynamicImage) -> DynamicImage {
    let border = image.width() / 20;
    let mut frame = RgbImage::from_pixel(image.width() + 2 * border, image.height() + 2 * border, Rgb([250, 250, 250]));
    imageops::overlay(&mut frame, &image.to_rgb8(), border.into(), border.into());
    frame.into()
}

fn half(image: &DynamicImage) -> DynamicImage {
    image.resize(image.width() / 2, image.height() / 2, FilterType::Triangle)
}

/// The first picture once more, as only a preview leads back from.
fn cut_out(name: &str) -> Vec<u8> {
    saved(&cropped(&open(&picture(name)), 5), 80)
}

fn saved_again(name: &str) -> Vec<u8> {
    saved(&open(&picture(name)), 80)
}

#[test]
fn a_picture_is_found_after_what_is_usually_done_to_pictures_and_no_other_is() {
    let studio = Studio::new();
    for name in PICTURES {
        export(&studio, &picture(name));
    }
    let changes: [(&str, Change); 9] = [
        ("as it was, without metadata", png),
        ("saved at quality 90", |image| saved(image, 90)),
        ("saved at quality 30", |image| saved(image, 30)),
        ("half as large", |image| saved(&half(image), 80)),
        ("cropped by a twentieth at each side", |image| saved(&cropped(image, 5), 80)),
        ("in a frame", |image| saved(&framed(image), 80)),
        ("mirrored", |image| saved(&image.fliph(), 80)),
        ("turned", |image| saved(&image.rotate90(), 80)),
        ("without colour", |image| saved(&image.grayscale(), 80)),
    ];
    for (what, change) in changes {
        for (number, name) in PICTURES.iter().enumerate() {
            assert_eq!(found(&studio, &change(&open(&picture(name)))), [number], "{name}, {what}");
        }
        assert_eq!(found(&studio, &change(&open(&picture(OTHER)))), [0; 0], "{OTHER} was not exported; {what}");
    }
}

#[test]
fn a_match_says_how_sure_it_is() {
    let studio = Studio::new();
    let exported = export(&studio, &picture("astronaut.jpg"));
    let [same, copy, part] =
        [png(&open(&picture("astronaut.jpg"))), saved_again("astronaut.jpg"), cut_out("astronaut.jpg")]
            .map(|file| sight(&studio, &file).looks_like.remove(0));
    assert_eq!(same.manifest_id, exported.manifest_id);
    assert_eq!((same.alg.as_str(), same.bits), ("pdq", 256));
    // Not 0: what is sought is computed from a smaller picture than what is on record.
    assert!(same.distance < 16, "{same:?}");
    assert!(same.similarity > 90 && same.similarity >= part.similarity, "{same:?} {part:?}");
    assert!([copy, part].iter().all(|like| (60..=100).contains(&like.similarity) && like.distance <= 90));
}

#[test]
fn a_file_that_has_its_metadata_still_is_found_by_its_looks_all_the_same() {
    let studio = Studio::new();
    let signed = studio.sign(&picture("astronaut.jpg"));
    assert_eq!(found(&studio, &signed), [0]);
}

#[test]
fn verify_finds_a_part_of_a_picture_too() {
    let studio = Studio::new();
    let exported = export(&studio, &picture("astronaut.jpg"));
    let verdict = studio.judge().judge(&cut_out("astronaut.jpg"));
    assert_eq!(verdict.ledger.looks_like[0].manifest_id, exported.manifest_id, "{verdict:#?}");
    assert!(verdict.findings.iter().any(|finding| finding.starts_with("It looks like the picture of record ")));
}

/// Plain colours, a gradient, and small things on white.
fn too_little() -> Vec<(String, Vec<u8>)> {
    let mut all = Vec::new();
    for colour in [[0, 0, 0], [255, 255, 255], [200, 30, 60]] {
        all.push((format!("plain {colour:?}"), RgbImage::from_pixel(300, 200, Rgb(colour))));
    }
    let gradient = RgbImage::from_fn(256, 256, |x, y| Rgb([x as u8, y as u8, 128]));
    all.push(("a gradient".to_owned(), gradient));
    for (number, name) in (0..).zip(PICTURES) {
        // Sprites differ in what they show and in nothing else.
        let sprite = open(&picture(name)).resize_exact(64, 64, FilterType::Triangle).to_rgb8();
        let mut sheet = RgbImage::from_pixel(320, 320, Rgb([255, 255, 255]));
        imageops::overlay(&mut sheet, &sprite, 128, 128 - number);
        all.push((format!("{name} as a sprite on white"), sheet));
    }
    all.into_iter().map(|(name, image)| (name, png(&image.into()))).collect()
}

#[test]
fn plain_pictures_and_sprites_are_said_not_to_be_found_by_their_looks_and_never_match() {
    let studio = Studio::new();
    for (name, file) in too_little() {
        let exported = export(&studio, &file);
        let note = "there is too little to see in it for ";
        assert!(exported.notes.iter().any(|one| one.starts_with(note)), "{name}: {:?}", exported.notes);
    }
    for (name, file) in too_little() {
        for file in [saved(&open(&file), 80), file] {
            assert_eq!(sight(&studio, &file).looks_like, [], "{name}");
            assert!(studio.judge().judge(&file).ledger.looks_like.is_empty(), "{name}");
        }
    }
    let plain = &too_little()[0].1;
    assert!(!sight(&studio, plain).matchable);
    assert!(!export(&studio, &picture("astronaut.jpg")).notes.iter().any(|note| note.contains("too little")));
}

#[test]
fn near_copies_are_found_whatever_became_of_the_gallery_and_exports_go_on() {
    let [studio, other] = [Studio::new(), Studio::new()];
    for name in &PICTURES[..2] {
        export(&studio, &picture(name));
    }
    for name in [OTHER, "rocket.webp"] {
        export(&other, &picture(name));
    }
    let gallery = studio.home.dir().join("gallery");
    let whole = ["codes", "previews"].map(|name| std::fs::read(gallery.join(name)).expect("there"));
    let foreign =
        ["codes", "previews"].map(|name| std::fs::read(other.home.dir().join("gallery").join(name)).expect("there"));
    let [codes, previews] = &whole;
    let cases: [(&str, Option<[&[u8]; 2]>); 7] = [
        ("gone", None),
        ("empty", Some([&[], &[]])),
        ("half an entry in one file", Some([&codes[..100], previews])),
        ("half an entry in the other", Some([codes, &previews[..1100]])),
        ("written over", Some([codes, &[0xa5; 5000]])),
        (
            "torn behind its end",
            Some([&[codes.as_slice(), &[7; 70]].concat(), &[previews.as_slice(), &[7; 1200]].concat()]),
        ),
        ("of another log", Some([&foreign[0], &foreign[1]])),
    ];
    for (number, (what, files)) in (0_u32..).zip(cases) {
        std::fs::remove_dir_all(&gallery).expect("removed");
        if let Some(files) = files {
            std::fs::create_dir(&gallery).expect("made");
            for (name, bytes) in ["codes", "previews"].into_iter().zip(files) {
                std::fs::write(gallery.join(name), bytes).expect("written");
            }
        }
        assert_eq!(found(&studio, &saved_again(PICTURES[1])), [1], "{what}");
        let another = cropped(&open(&picture(PICTURES[if number % 2 == 0 { 2 } else { 3 }])), 10 + number);
        export(&studio, &png(&another));
        assert_eq!(found(&studio, &saved_again(PICTURES[1])), [1], "{what}, after one more export");
        let newest = sight(&studio, &saved(&another, 80)).looks_like;
        let newest = newest.first().map(|like| like.export_record.clone());
        assert_eq!(newest, studio.records(Kind::Export).last().map(|record| record.id.to_string()), "{what}");
    }
    std::fs::remove_dir_all(&gallery).expect("removed");
    std::fs::write(&gallery, "no folder").expect("written");
    assert_eq!(found(&studio, &saved_again(PICTURES[1])), [1], "a file in its place");
    assert_eq!(studio.judge().judge(&saved_again(PICTURES[1])).ledger.looks_like.len(), 1, "and for verify");
}

#[test]
fn an_export_says_when_the_gallery_cannot_be_kept_and_goes_on() {
    let studio = Studio::new();
    std::fs::write(studio.home.dir().join("gallery"), "no folder").expect("written");
    let exported = export(&studio, &picture("astronaut.jpg"));
    let said = exported.notes.iter().find(|note| note.starts_with("only near copies of it will be found"));
    assert!(said.is_some_and(|note| note.contains("gallery")), "{:?}", exported.notes);
    let sight = sight(&studio, &saved_again("astronaut.jpg"));
    assert!(sight.note.is_some_and(|note| note.contains("touchmark log reindex")));
}

#[test]
fn an_export_that_was_killed_before_it_kept_the_likeness_is_found_by_near_copies() {
    let studio = Studio::new();
    export(&studio, &picture(PICTURES[0]));
    let gallery = studio.home.dir().join("gallery");
    let before = ["codes", "previews"].map(|name| std::fs::read(gallery.join(name)).expect("there"));
    export(&studio, &picture(PICTURES[1]));
    for (name, bytes) in ["codes", "previews"].into_iter().zip(before) {
        std::fs::write(gallery.join(name), bytes).expect("as it was");
    }
    assert_eq!(found(&studio, &saved_again(PICTURES[1])), [1], "behind the log");
    export(&studio, &picture(PICTURES[2]));
    assert_eq!(found(&studio, &saved_again(PICTURES[1])), [1], "left out in the middle");
    assert_eq!(found(&studio, &cut_out(PICTURES[1])), [0; 0], "of it there is no preview");
    assert_eq!([0, 2].map(|number| found(&studio, &cut_out(PICTURES[number]))), [[0], [2]]);
}

#[test]
fn made_again_the_gallery_keeps_its_previews_and_without_them_finds_near_copies() {
    let studio = Studio::new();
    for name in &PICTURES[..3] {
        export(&studio, &picture(name));
    }
    let flat = RgbImage::from_pixel(300, 200, Rgb([1, 2, 3]));
    export(&studio, &png(&flat.into()));
    let (reader, shelf) = (studio.home.reader().expect("reader"), studio.home.shelf());
    let rebuilt = rebuild(&reader, shelf.gallery()).expect("made");
    assert_eq!(rebuilt, Rebuilt { pictures: 3, previews: 3 }, "one has too little to see");
    assert_eq!(found(&studio, &cut_out(PICTURES[1])), [1]);
    std::fs::remove_dir_all(studio.home.dir().join("gallery")).expect("removed");
    let rebuilt = rebuild(&reader, shelf.gallery()).expect("made");
    assert_eq!(rebuilt, Rebuilt { pictures: 3, previews: 0 });
    let sight = sight(&studio, &saved_again(PICTURES[1]));
    assert_eq!((sight.looks_like.len(), sight.note), (1, None));
    assert_eq!(found(&studio, &cut_out(PICTURES[1])), [0; 0]);
    let beside = std::fs::read_dir(studio.home.dir()).expect("home").map(|entry| entry.expect("entry").file_name());
    let left: Vec<_> = beside.filter(|name| name.to_string_lossy().starts_with("gallery")).collect();
    assert_eq!(left, ["gallery"], "nothing is left beside it");
}
