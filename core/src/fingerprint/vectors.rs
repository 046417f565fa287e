//! Our fingerprints against those of other programs, on the pictures in `test-images`.

use std::collections::BTreeMap;
use std::fs;
use std::io::Cursor;
use std::path::{Path, PathBuf};

use image::{
    DynamicImage, GrayAlphaImage, GrayImage, ImageDecoder as _, ImageReader, Luma, LumaA, Pixel as _, RgbImage, Rgba,
    RgbaImage,
};
use serde::Deserialize;

use super::{Algorithm, Fingerprint, compute};

#[derive(Deserialize)]
struct Vectors {
    files: BTreeMap<String, File>,
    drawn: Vec<Drawn>,
}

#[derive(Deserialize)]
struct File {
    iscc_soft_binding: String,
    #[serde(flatten)]
    expected: Expected,
}

#[derive(Deserialize)]
struct Drawn {
    mode: String,
    width: u32,
    height: u32,
    #[serde(flatten)]
    expected: Expected,
}

#[derive(Deserialize)]
struct Expected {
    iscc: String,
    iscc_featureless: bool,
    pdq: String,
    pdq_quality: u8,
}

/// JPEG and lossy WebP leave the decoder some freedom in rounding: one level more or less in a pixel may turn bits that stood
/// at their median.
const BITS_BY_DECODER: u32 = 2;

#[test]
fn the_test_pictures_get_the_bits_that_other_programs_compute() {
    for (name, file) in vectors().files {
        let [iscc, pdq, _] = fingerprints(&open(&name));
        let allowed = if is_lossless(&name) { 0 } else { BITS_BY_DECODER };
        let sequence = hex::decode(&file.iscc_soft_binding).expect("hexadecimal digits");
        let theirs = Fingerprint::from_value(Algorithm::Iscc, &sequence, None).expect("an Image-Code");
        assert_eq!(theirs.iscc_code().as_deref(), Some(&*file.expected.iscc), "{name}");
        assert_eq!(iscc.is_matchable(), !file.expected.iscc_featureless, "{name}");
        assert!(iscc.distance(&theirs) <= Some(allowed), "{name}: {iscc:?}, expected {theirs:?}");

        let theirs = file.expected.pdq();
        assert!(pdq.distance(&theirs) <= Some(allowed), "{name}: {pdq:?}, expected {theirs:?}");
        assert_eq!(pdq.quality(), theirs.quality(), "{name}");
    }
}

#[test]
fn odd_shapes_transparency_and_borders_are_treated_as_by_other_programs() {
    for drawn in vectors().drawn {
        let [iscc, pdq, _] = fingerprints(&draw(&drawn));
        let name = format!("{} {} x {}", drawn.mode, drawn.width, drawn.height);
        assert_eq!(iscc.iscc_code().as_deref(), Some(&*drawn.expected.iscc), "{name}");
        assert_eq!(iscc.is_matchable(), !drawn.expected.iscc_featureless, "{name}");
        assert_eq!(pdq, drawn.expected.pdq(), "{name}");
    }
}

impl Expected {
    fn pdq(&self) -> Fingerprint {
        let bits = hex::decode(&self.pdq).expect("hexadecimal digits");
        Fingerprint::from_value(Algorithm::Pdq, &bits, Some(self.pdq_quality)).expect("256 bits")
    }
}

fn draw(drawn: &Drawn) -> DynamicImage {
    let rgba = RgbaImage::from_fn(drawn.width, drawn.height, |x, y| {
        let inner = [x * 7 + y * 3, x * x / 5 + y, x + y * y / 9, x * 5 + y].map(|value| value.to_le_bytes()[0]);
        Rgba(if x < 6 || y < 4 { [200, 200, 200, 255] } else { inner })
    });
    let grey = |x, y| rgba.get_pixel(x, y).0[1];
    let (width, height) = rgba.dimensions();
    match drawn.mode.as_str() {
        "L" => GrayImage::from_fn(width, height, |x, y| Luma([grey(x, y)])).into(),
        "LA" => GrayAlphaImage::from_fn(width, height, |x, y| LumaA([grey(x, y), rgba.get_pixel(x, y).0[3]])).into(),
        "RGB" => RgbImage::from_fn(width, height, |x, y| rgba.get_pixel(x, y).to_rgb()).into(),
        _ => rgba.into(),
    }
}

pub(super) fn open(name: &str) -> DynamicImage {
    let bytes = fs::read(beside_core("test-images").join(name)).expect("a test image");
    let reader = ImageReader::new(Cursor::new(bytes)).with_guessed_format().expect("a known format");
    let mut decoder = reader.into_decoder().expect("a picture");
    let orientation = decoder.orientation().expect("an orientation");
    let mut image = DynamicImage::from_decoder(decoder).expect("pixels");
    image.apply_orientation(orientation);
    image
}

pub(super) fn fingerprints(image: &DynamicImage) -> [Fingerprint; 3] {
    compute(image).try_into().expect("three fingerprints")
}

fn vectors() -> Vectors {
    let path = beside_core("tests/vectors/fingerprint/expected.json");
    serde_json::from_slice(&fs::read(path).expect("the vectors")).expect("vectors in JSON")
}

fn beside_core(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path)
}

fn is_lossless(name: &str) -> bool {
    !["astronaut.jpg", "coffee-turned.jpg", "hubble.jpg", "rocket.webp"].contains(&name)
}
