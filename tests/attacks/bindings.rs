//! What a hard binding leaves out of its hash, and how the parts of a store lie in a file (C2PA 2.4, 15.12.1).

use std::ops::Range;

use serde_cbor::Value;
use touchmark_core::hash::Hash;
use touchmark_core::manifest::embed;
use touchmark_core::media::MediaType;

use crate::bound::{bound, bound_with, data_hash, data_hash_of, frame, of_one, picture};
use crate::forge::{Assertion, Forge, Manifest, created, map, store};

const MISMATCH: &str = "assertion.dataHash.mismatch";
const MALFORMED: &str = "assertion.dataHash.malformed";
const TYPES: [MediaType; 3] = [MediaType::Jpeg, MediaType::Png, MediaType::Webp];

fn one(forge: &Forge) -> impl Fn(Assertion) -> Vec<u8> {
    let manifest = Manifest::new(vec![created()]);
    move |binding| {
        let mut manifest = manifest.clone();
        manifest.created.push(binding);
        store(&[forge.seal(&manifest).whole()])
    }
}

fn range(start: i64, length: i64) -> Value {
    map([("start", Value::Integer(start)), ("length", Value::Integer(length))])
}

#[test]
fn an_honest_manifest_holds_and_one_changed_byte_is_noticed() {
    let forge = Forge::new();
    for media_type in TYPES {
        let mut file = of_one(&forge, media_type, &Manifest::new(vec![created()]));
        forge.holds(&file, media_type.name());
        // A WebP has its manifest last, the others have it first.
        let at = if media_type == MediaType::Webp { 40 } else { file.len() - 24 };
        file[at] ^= 1;
        forge.refuses(&file, MISMATCH, media_type.name());
    }
}

#[test]
fn bytes_of_the_picture_cannot_be_left_out() {
    let forge = Forge::new();
    for media_type in TYPES {
        let image = picture(media_type);
        let behind =
            |file: &[u8], frame: Range<usize>| data_hash(file, &[frame.start..(frame.end + 20).min(file.len())]);
        let file = bound_with(&image, media_type, one(&forge), behind);
        // In a WebP nothing stands behind it.
        if media_type != MediaType::Webp {
            forge.refuses(&file, MISMATCH, &format!("{media_type}: bytes behind the store"));
        }
        let rest = |file: &[u8], frame: Range<usize>| data_hash(file, &[frame.start.min(40)..file.len()]);
        let file = bound_with(&image, media_type, one(&forge), rest);
        forge.refuses(&file, MISMATCH, &format!("{media_type}: all of the picture"));
    }
    for media_type in [MediaType::Jpeg, MediaType::Png] {
        let pixels = |file: &[u8], frame: Range<usize>| data_hash(file, &[frame, file.len() - 60..file.len() - 20]);
        let file = bound_with(&picture(media_type), media_type, one(&forge), pixels);
        forge.refuses(&file, MISMATCH, &format!("{media_type}: some pixels"));
    }
}

#[test]
fn metadata_can_be_left_out() {
    let forge = Forge::new();
    let image = picture(MediaType::Jpeg);
    let comment = [&[0xff, 0xfe, 0, 12][..], b"a comment!"].concat();
    let image = [&image[..2], &comment, &image[2..]].concat();
    let bind = |file: &[u8], frame: Range<usize>| {
        let behind = frame.end..frame.end + comment.len();
        data_hash(file, &[frame, behind])
    };
    let mut file = bound_with(&image, MediaType::Jpeg, one(&forge), bind);
    forge.holds(&file, "a comment");
    let at = memchr::memmem::find(&file, b"a comment").expect("the comment");
    file[at] = b'A';
    forge.holds(&file, "another comment");
}

#[test]
fn padding_behind_a_store_is_zeros() {
    let forge = Forge::new();
    for media_type in TYPES {
        for fill in [0, 7] {
            // The same manifest each time, or the binding would never settle.
            let manifest = Manifest::new(vec![created()]);
            let make = |binding: Assertion| {
                let mut manifest = manifest.clone();
                manifest.created.push(binding);
                [store(&[forge.seal(&manifest).whole()]), vec![fill; 60]].concat()
            };
            let file = bound(&picture(media_type), media_type, make);
            match fill {
                0 => forge.holds(&file, media_type.name()),
                _ => forge.refuses(&file, MISMATCH, media_type.name()),
            }
        }
    }
}

#[test]
fn ranges_that_are_none_are_refused() {
    type Ranges = fn(i64, i64, i64) -> Vec<Value>;
    let cases: [(&str, Ranges, &str); 7] = [
        ("overlapping", |start, length, _| vec![range(start, length), range(start + length - 1, 1)], MALFORMED),
        ("not in order", |start, length, _| vec![range(start + 1, length - 1), range(start, 1)], MALFORMED),
        ("one twice", |start, length, _| vec![range(start, length), range(start, length)], MALFORMED),
        ("a negative start", |start, length, _| vec![range(-1, 0), range(start, length)], MALFORMED),
        ("a negative length", |start, length, _| vec![range(start, length), range(start + length, -3)], MALFORMED),
        ("without end", |start, length, _| vec![range(start, length), range(i64::MAX, i64::MAX)], MISMATCH),
        ("beyond the end", |start, _, end| vec![range(start, end)], MISMATCH),
    ];
    let forge = Forge::new();
    for media_type in [MediaType::Jpeg, MediaType::Png] {
        for (name, ranges, code) in cases {
            let bind = |file: &[u8], frame: Range<usize>| {
                let kept = [&file[..frame.start], &file[frame.end..]].concat();
                let number = |at: usize| i64::try_from(at).expect("small");
                let ranges = ranges(number(frame.start), number(frame.len()), number(file.len()));
                data_hash_of(ranges, Hash::of(&kept).as_bytes().to_vec())
            };
            let file = bound_with(&picture(media_type), media_type, one(&forge), bind);
            forge.refuses(&file, code, &format!("{media_type}: {name}"));
        }
    }
}

#[test]
fn a_manifest_beside_the_file_cannot_leave_anything_out() {
    let forge = Forge::new();
    let image = picture(MediaType::Png);
    forge.holds_with(&image, Some(&one(&forge)(data_hash(&image, &[]))), "the whole file");
    let gaps = one(&forge)(data_hash(&image, &[60..100]));
    forge.refuses_with(&image, Some(&gaps), MISMATCH, "a gap");
}

#[test]
fn a_manifest_of_another_picture_does_not_hold() {
    let forge = Forge::new();
    for media_type in TYPES {
        let signed = of_one(&forge, media_type, &Manifest::new(vec![created()]));
        let store = embed::extract(&signed, media_type).expect("readable").expect("a store");
        let mut other = picture(media_type);
        let at = other.len() - 24;
        other[at] ^= 2;
        let moved = embed::restore(&other, media_type, &store).expect("embedded");
        forge.refuses(&moved, MISMATCH, media_type.name());
    }
}

/// One APP11 segment of a box (ISO/IEC 19566-5, annex D).
fn segment(number: u16, packet: u32, body: &[u8]) -> Vec<u8> {
    let payload = [b"JP".as_slice(), &number.to_be_bytes(), &packet.to_be_bytes(), body].concat();
    let length = u16::try_from(payload.len() + 2).expect("small");
    [&[0xff, 0xeb], length.to_be_bytes().as_slice(), &payload].concat()
}

/// A JPEG whose store stands in two segments, in some way, all of which is left out of the hash.
fn in_two(forge: &Forge, lay: impl Fn(&[u8], &[u8]) -> Vec<u8>) -> Vec<u8> {
    let image = picture(MediaType::Jpeg);
    let make = one(forge);
    let framed = |store: &[u8]| {
        let (first, second) = store.split_at(900);
        lay(first, &[&store[..8], second].concat())
    };
    let whole = |store: &[u8]| [&image[..2], &framed(store), &image[2..]].concat();
    let mut store = make(data_hash(&image, &[0..70_000]));
    for _ in 0..3 {
        let length = framed(&store).len();
        store = make(data_hash(&whole(&store), &[2..2 + length]));
    }
    whole(&store)
}

#[test]
fn the_segments_of_a_store_stand_one_behind_the_other_and_in_order() {
    let forge = Forge::new();
    let comment = [0xff, 0xfe, 0, 8, 1, 2, 3, 4, 5, 6];
    let honest = in_two(&forge, |first, second| [segment(1, 1, first), segment(1, 2, second)].concat());
    forge.holds(&honest, "two segments");
    let between =
        in_two(&forge, |first, second| [&segment(1, 1, first), &comment[..], &segment(1, 2, second)].concat());
    forge.refuses(&between, MISMATCH, "a comment between them");
    let swapped = in_two(&forge, |first, second| [segment(1, 2, second), segment(1, 1, first)].concat());
    forge.refuses(&swapped, MISMATCH, "the second one first");
    let other = in_two(&forge, |first, second| [segment(1, 1, first), segment(1, 1, second)].concat());
    forge.refuses(&other, MISMATCH, "the same packet twice");
    let twice = [&honest[..2], &segment(2, 1, &one(&forge)(data_hash(&honest, &[]))), &honest[2..]].concat();
    forge.refuses(&twice, MISMATCH, "a second store");
}

#[test]
fn a_png_and_a_webp_have_one_store() {
    let forge = Forge::new();
    for media_type in [MediaType::Png, MediaType::Webp] {
        let signed = of_one(&forge, media_type, &Manifest::new(vec![created()]));
        let store = embed::extract(&signed, media_type).expect("readable").expect("a store");
        let place = frame(&signed, media_type, &store);
        let mut twice = [&signed[..place.end], &signed[place.clone()], &signed[place.end..]].concat();
        if media_type == MediaType::Webp {
            let length = u32::try_from(twice.len() - 8).expect("small");
            twice[4..8].copy_from_slice(&length.to_le_bytes());
        }
        forge.refuses(&twice, MISMATCH, media_type.name());
    }
}
