//! Manifest stores in pictures, with a hard binding that fits.

use std::ops::Range;

use serde_cbor::Value;
use touchmark_core::hash::Hash;
use touchmark_core::manifest::embed;
use touchmark_core::media::MediaType;

use crate::forge::{Assertion, Forge, Manifest, Sealed, map, store, text};

/// A small picture.
pub(crate) fn picture(media_type: MediaType) -> Vec<u8> {
    let pixels = image::RgbImage::from_fn(24, 16, |x, y| image::Rgb([(x * 9) as u8, (y * 13) as u8, 77]));
    let format = image::ImageFormat::from_mime_type(media_type.mime()).expect("a format");
    let mut file = std::io::Cursor::new(Vec::new());
    image::DynamicImage::from(pixels).write_to(&mut file, format).expect("encoded");
    file.into_inner()
}

/// A `c2pa.hash.data` with these exclusions over these bytes.
pub(crate) fn data_hash(file: &[u8], exclusions: &[Range<usize>]) -> Assertion {
    let range = |range: &Range<usize>| {
        let number = |at: usize| Value::Integer(at.try_into().expect("small"));
        map([("start", number(range.start)), ("length", number(range.len()))])
    };
    let kept: Vec<u8> =
        (0..file.len()).filter(|at| !exclusions.iter().any(|range| range.contains(at))).map(|at| file[at]).collect();
    let hash = Hash::of(&kept).as_bytes().to_vec();
    data_hash_of(exclusions.iter().map(range).collect(), hash)
}

/// One that says just this.
pub(crate) fn data_hash_of(exclusions: Vec<Value>, hash: Vec<u8>) -> Assertion {
    Assertion::new(
        "c2pa.hash.data",
        &map([
            ("exclusions", Value::Array(exclusions)),
            ("alg", text("sha256")),
            ("hash", Value::Bytes(hash)),
            ("pad", Value::Bytes(Vec::new())),
            ("name", text("jumbf manifest")),
        ]),
    )
}

/// Where a store stands in a file, with what frames it.
pub(crate) fn frame(file: &[u8], media_type: MediaType, store: &[u8]) -> Range<usize> {
    let at = memchr::memmem::find(file, &store[..store.len().min(64)]).expect("the store");
    match media_type {
        MediaType::Jpeg => {
            // Marker, length, JP, number of the box, number of the packet; one packet holds these small stores.
            at - 12..at + store.len()
        }
        MediaType::Png => at - 8..at + store.len() + 4,
        MediaType::Webp => at - 8..at + store.len().next_multiple_of(2),
        // Of the box before the store, which begins with its length: header, user type, version, purpose and an offset.
        MediaType::Avif => at - 45..at + store.len(),
        other => panic!("no frame is known of {other}"),
    }
}

/// A small PNG with a manifest like this one, bound to it.
pub(crate) fn png(forge: &Forge, manifest: &Manifest) -> Vec<u8> {
    of_one(forge, MediaType::Png, manifest)
}

pub(crate) fn of_one(forge: &Forge, media_type: MediaType, manifest: &Manifest) -> Vec<u8> {
    of_all(forge, media_type, manifest, |sealed| vec![sealed.whole()])
}

/// The same in a store that `all` puts together around it.
pub(crate) fn of_all(
    forge: &Forge,
    media_type: MediaType,
    manifest: &Manifest,
    all: impl Fn(&Sealed) -> Vec<Vec<u8>>,
) -> Vec<u8> {
    bound(&picture(media_type), media_type, |binding| {
        let mut manifest = manifest.clone();
        manifest.created.push(binding);
        store(&all(&forge.seal(&manifest)))
    })
}

/// A manifest, bound to a small picture with a store that `all` puts together around it.
pub(crate) fn settled(
    forge: &Forge,
    media_type: MediaType,
    manifest: &Manifest,
    all: impl Fn(&Sealed) -> Vec<Vec<u8>>,
) -> Sealed {
    let last = std::cell::RefCell::new(None);
    drop(of_all(forge, media_type, manifest, |sealed| {
        *last.borrow_mut() = Some(sealed.clone());
        all(sealed)
    }));
    last.into_inner().expect("a manifest")
}

/// The picture with the store that `make` gives for a hard binding. The binding's size depends on the store's and the other way round, so it is made
/// until both fit.
pub(crate) fn bound(image: &[u8], media_type: MediaType, make: impl Fn(Assertion) -> Vec<u8>) -> Vec<u8> {
    bound_with(image, media_type, make, |file, frame| data_hash(file, &[frame]))
}

/// The same with another binding than the honest one.
pub(crate) fn bound_with(
    image: &[u8],
    media_type: MediaType,
    make: impl Fn(Assertion) -> Vec<u8>,
    bind: impl Fn(&[u8], Range<usize>) -> Assertion,
) -> Vec<u8> {
    let mut store = make(data_hash(image, &[0..70_000]));
    for _ in 0..4 {
        let file = embed::restore(image, media_type, &store).expect("embedded");
        let next = make(bind(&file, frame(&file, media_type, &store)));
        let fits = next.len() == store.len();
        store = next;
        if fits {
            return embed::restore(image, media_type, &store).expect("embedded");
        }
    }
    panic!("the binding does not settle");
}
