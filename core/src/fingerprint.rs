//! Perceptual fingerprints: short bit strings that stay nearly the same when a picture is saved again, made smaller or
//! slightly changed, so that a picture that lost its manifest can be found again.
//!
//! Gives, from one decoded picture: the ISCC Image-Code (`io.iscc.v0`, the one fingerprint on C2PA's soft binding list that
//! is open), PDQ, and a double gradient hash; their distances; and the bytes that a C2PA soft binding carries.
//!
//! Leaves out: decoding and turning upright (see [`compute`]), searching, and every judgement. A small distance says "looks
//! like", never "is": different pictures do collide, the more so the more pictures are compared. Flips, turns by 90 degrees
//! and crops of more than a few per cent are not found.
//!
//! - `algorithm`: names, lengths, thresholds; `record`: the form in records
//! - `pixels`, `scan`: 8-bit channels on white, and the one walk over them
//! - `trim`, `bicubic`, `iscc`: the ISCC Image-Code as `iscc-sdk` computes it
//! - `pdq`: PDQ as Meta's reference computes it
//! - `gradient`: the hash of the `img_hash` family
//! - `sequence`: the ISCC-SEQ form of a C2PA soft binding
//! - `likeness`: what is kept to find a picture again, and looking twice

mod algorithm;
mod bicubic;
mod gradient;
mod iscc;
mod likeness;
mod pdq;
mod pixels;
mod record;
mod scan;
mod sequence;
mod trim;
#[cfg(test)]
mod vectors;

use std::fmt;

use image::DynamicImage;

pub use algorithm::Algorithm;
use bicubic::Bicubic;
use likeness::Grid;
pub use likeness::{LEAST, Likeness, PREVIEW, Query, RADIUS, code};
use pixels::Pixels;

/// Why a fingerprint could not be read. Computing one cannot fail.
#[non_exhaustive]
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// No algorithm of this name is known here.
    #[error("unknown fingerprint algorithm {found:?}; known are io.iscc.v0, pdq and img_hash.double-gradient.16")]
    UnknownAlgorithm {
        /// The name, cut after 80 characters.
        found: String,
    },
    /// The value has the wrong length for its algorithm.
    #[error("a {algorithm} fingerprint has {expected} bytes, found {found}")]
    Length {
        /// The algorithm that was named.
        algorithm: Algorithm,
        /// Its length in bytes.
        expected: usize,
        /// The length of the value in bytes.
        found: usize,
    },
    /// The quality is above 100.
    #[error("a fingerprint's quality is 0 to 100, found {found}")]
    Quality {
        /// The quality.
        found: u8,
    },
    /// The value of an `io.iscc.v0` soft binding is not a sequence of ISCC units (IEP-0020).
    #[error("not a sequence of ISCC units: {reason} at byte {offset}")]
    Sequence {
        /// What is wrong there.
        reason: &'static str,
        /// Where the bad unit begins, in bytes.
        offset: usize,
    },
    /// The sequence is well formed, but has no 256-bit Image-Code: `iscc-sdk` leaves out featureless ones.
    #[error("the sequence of {units} ISCC units has no 256-bit Image-Code")]
    NoImageCode {
        /// How many units it has.
        units: usize,
    },
}

/// One fingerprint of one picture.
///
/// In JSON `{"alg": "pdq", "value": "<base64>", "quality": 100}`, without `quality` where the algorithm has none. The value
/// is [`Fingerprint::value`]; for `io.iscc.v0` any sequence that holds an Image-Code is read.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Fingerprint {
    algorithm: Algorithm,
    bits: [u8; 32],
    quality: Option<u8>,
}

impl Fingerprint {
    /// Reads the form that [`Fingerprint::value`] writes. For [`Algorithm::Iscc`] that is the value of any C2PA `io.iscc.v0`
    /// soft binding block; its first 256-bit Image-Code is taken and the other units are passed over.
    pub fn from_value(algorithm: Algorithm, value: &[u8], quality: Option<u8>) -> Result<Self, Error> {
        if let Some(found) = quality.filter(|quality| *quality > 100) {
            return Err(Error::Quality { found });
        }
        let body = if algorithm == Algorithm::Iscc { sequence::image_code(value)? } else { value };
        let expected = algorithm.bytes();
        if body.len() != expected {
            return Err(Error::Length { algorithm, expected, found: body.len() });
        }
        Ok(Self::new(algorithm, body, quality))
    }

    /// How it was computed.
    pub const fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// The bare bits, most significant first: 32 bytes, 18 for [`Algorithm::DoubleGradient`].
    pub fn bits(&self) -> &[u8] {
        &self.bits[..self.algorithm.bytes()]
    }

    /// PDQ's measure of how much there is to see, 0 (a plain colour) to 100. ISCC has none.
    pub const fn quality(&self) -> Option<u8> {
        self.quality
    }

    /// Whether the picture has enough features to be told from others by this fingerprint. Plain colours, gradients and
    /// strong blur have not: their fingerprints are nearly equal whatever they show, and look like nothing.
    ///
    /// The rules are the makers' own: quality of at least 50 (PDQ), and no 64-bit part with fewer than 8 ones (`iscc-sdk`).
    pub fn is_matchable(&self) -> bool {
        let sharp = self.quality.is_none_or(|quality| quality >= 50);
        sharp && !(self.algorithm == Algorithm::Iscc && iscc::is_featureless(&self.bits))
    }

    /// The number of bits that differ, or nothing where the algorithms do.
    pub fn distance(&self, other: &Self) -> Option<u32> {
        let differing = || self.bits.iter().zip(other.bits).map(|(a, b)| (a ^ b).count_ones()).sum();
        (self.algorithm == other.algorithm).then(differing)
    }

    /// 100 for equal bits, falling evenly to 0 where half of the bits differ, as they do for unrelated pictures. Fits C2PA's
    /// `similarityScore`.
    pub fn similarity(&self, other: &Self) -> Option<u32> {
        let unrelated = self.algorithm.bits() / 2;
        let lost = |distance: u32| (distance * 100).div_ceil(unrelated);
        self.distance(other).map(|distance| 100_u32.saturating_sub(lost(distance)))
    }

    /// The bytes in records: the bits, for [`Algorithm::Iscc`] behind the two header bytes of its ISCC unit.
    pub fn value(&self) -> Vec<u8> {
        match self.algorithm {
            Algorithm::Iscc => sequence::of_image_code(&self.bits),
            _ => self.bits().to_vec(),
        }
    }

    /// The bytes for `blocks[].value` of a `c2pa.soft-binding` assertion: a sequence of one unit, the Image-Code (IEP-0020).
    /// Nothing for algorithms that C2PA does not list, and for featureless pictures, as in `iscc-sdk`.
    ///
    /// `iscc-sdk` adds units over the bytes of the whole file; those are no fingerprints of the picture.
    pub fn soft_binding_value(&self) -> Option<Vec<u8>> {
        (self.algorithm.is_listed_by_c2pa() && self.is_matchable()).then(|| self.value())
    }

    /// The canonical text `ISCC:EE…` (ISO 24138), for [`Algorithm::Iscc`] only.
    pub fn iscc_code(&self) -> Option<String> {
        (self.algorithm == Algorithm::Iscc).then(|| sequence::text(&self.value()))
    }

    /// `body` must have the algorithm's length.
    fn new(algorithm: Algorithm, body: &[u8], quality: Option<u8>) -> Self {
        let mut bits = [0; 32];
        bits[..body.len()].copy_from_slice(body);
        Self { algorithm, bits, quality }
    }
}

/// What was seen of a picture.
#[derive(Debug, Default)]
pub struct Look {
    fingerprints: Vec<Fingerprint>,
    grid: Option<Grid>,
}

impl Look {
    /// All fingerprints, in the order of [`Algorithm::ALL`]; none of a picture without pixels.
    pub fn fingerprints(&self) -> &[Fingerprint] {
        &self.fingerprints
    }

    /// The same, where nothing else is wanted any more.
    pub fn into_fingerprints(self) -> Vec<Fingerprint> {
        self.fingerprints
    }

    /// What is kept beside the log, to find the picture again. `None` where there is too little to see.
    pub fn likeness(&self) -> Option<Likeness> {
        let pdq = self.fingerprints.iter().find(|one| one.algorithm == Algorithm::Pdq && one.is_matchable())?;
        Likeness::of(self.grid.as_ref()?, &pdq.bits)
    }

    /// What is sought to find it. `None` where there is too little to see.
    pub fn query(&self) -> Option<Query> {
        Query::of(self.grid.as_ref()?)
    }
}

/// All fingerprints of one picture: [`look`] without the rest.
pub fn compute(image: &DynamicImage) -> Vec<Fingerprint> {
    look(image).into_fingerprints()
}

/// Looks at a picture.
///
/// The picture must stand upright: apply the file's EXIF orientation first. Transparency is put on white. Colour profiles
/// are not applied, and channels of more than 8 bits lose their low ones. A plain colour is no error: see
/// [`Fingerprint::is_matchable`]. Uses rayon's current pool; beside the picture it takes a few megabytes, and a copy of
/// the pixels where they are transparent or have more than 8 bits.
pub fn look(image: &DynamicImage) -> Look {
    let Some(pixels) = Pixels::over_white(image) else { return Look::default() };
    let factor = reduction(&pixels);
    let of_reduced = |reduced: &Pixels<'_>| (gradient::hash(reduced), Grid::of(reduced));
    let (iscc, pdq, (gradient, grid)) = if factor == 1 {
        let (pdq, (iscc, rest)) = rayon::join(
            || pdq::hash(&pixels),
            || {
                let (iscc, reduced) = image_code_and_reduced(&pixels, factor);
                let rest = of_reduced(&reduced);
                scan::spare(reduced);
                (iscc, rest)
            },
        );
        (iscc, pdq, rest)
    } else {
        let (iscc, reduced) = image_code_and_reduced(&pixels, factor);
        let (pdq, rest) = rayon::join(|| pdq::hash(&reduced), || of_reduced(&reduced));
        scan::spare(reduced);
        (iscc, pdq, rest)
    };
    let fingerprints = vec![
        Fingerprint::new(Algorithm::Iscc, &iscc, None),
        Fingerprint::new(Algorithm::Pdq, &pdq.bits, Some(pdq.quality)),
        Fingerprint::new(Algorithm::DoubleGradient, &gradient, Some(pdq.quality)),
    ];
    Look { fingerprints, grid: Some(grid) }
}

/// One fingerprint of one picture, as [`compute`] gives it: less work where the others are not wanted. `None` of a picture without pixels.
///
/// The Image-Code is computed in this thread alone: to begin a pool for one picture takes longer.
pub fn one(image: &DynamicImage, algorithm: Algorithm) -> Option<Fingerprint> {
    if algorithm != Algorithm::Iscc {
        return compute(image).into_iter().find(|one| one.algorithm == algorithm);
    }
    let pixels = Pixels::over_white(image)?;
    let area = trim::area(&pixels);
    let bicubic = Bicubic::new(&area);
    let thumbnail = bicubic.thumbnail(&pixels, &area, &scan::lines(&pixels, &area, &bicubic));
    Some(Fingerprint::new(Algorithm::Iscc, &iscc::image_code(&thumbnail), None))
}

/// By how much a picture of more than 2^20 pixels is reduced before PDQ: at full size it costs much more and finds no more.
fn reduction(pixels: &Pixels<'_>) -> usize {
    let times = (pixels.width * pixels.height).div_ceil(1 << 20);
    (times.saturating_sub(1).isqrt() + 1).min(256)
}

fn image_code_and_reduced(pixels: &Pixels<'_>, factor: usize) -> ([u8; 32], Pixels<'static>) {
    let area = trim::area(pixels);
    let bicubic = Bicubic::new(&area);
    let scan = scan::scan(pixels, &area, &bicubic, factor);
    (iscc::image_code(&bicubic.thumbnail(pixels, &area, &scan.lines)), scan.reduced)
}

/// Whether the two pictures look alike: same algorithm, both matchable, and no farther apart than
/// [`Algorithm::threshold`]. A hint for a second look, no proof.
pub fn looks_like(a: &Fingerprint, b: &Fingerprint) -> bool {
    let near = a.distance(b).is_some_and(|distance| distance <= a.algorithm.threshold());
    near && a.is_matchable() && b.is_matchable()
}

impl fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.algorithm, hex::encode(self.bits()))?;
        self.quality.map_or(Ok(()), |quality| write!(f, " (quality {quality})"))
    }
}

#[cfg(test)]
mod tests {
    use image::imageops::FilterType;
    use image::{ImageFormat, Rgb, RgbImage};

    use super::vectors::{fingerprints, open};
    use super::*;

    #[test]
    fn a_picture_looks_like_its_smaller_larger_and_compressed_copies() {
        let original = open("coffee-comfyui.png");
        let mut jpeg = std::io::Cursor::new(Vec::new());
        original.write_to(&mut jpeg, ImageFormat::Jpeg).expect("a JPEG");
        let copies = [
            original.resize(200, 200, FilterType::Triangle),
            original.resize(2000, 2000, FilterType::Triangle),
            image::load_from_memory(jpeg.get_ref()).expect("the JPEG"),
            open("coffee-turned.jpg"),
        ];
        for copy in copies {
            for (a, b) in fingerprints(&original).iter().zip(fingerprints(&copy)) {
                assert!(looks_like(a, &b), "{a:?} and {b:?}");
                assert!(a.similarity(&b) > Some(80), "{a:?} and {b:?}");
            }
        }
    }

    #[test]
    fn different_pictures_do_not_look_alike() {
        let names = ["astronaut.jpg", "camera-lossless.webp", "chelsea-a1111.png", "coffee-comfyui.png", "hubble.jpg"];
        let all = names.map(|name| fingerprints(&open(name)));
        for (i, one) in all.iter().enumerate() {
            for (a, b) in all[..i].iter().flat_map(|other| one.iter().zip(other)) {
                assert!(!looks_like(a, b), "{a:?} and {b:?}");
                assert!(a.similarity(b) < Some(50), "{a:?} and {b:?}");
            }
        }
    }

    #[test]
    fn a_plain_colour_gets_fingerprints_that_look_like_nothing_not_even_like_themselves() {
        let plain = RgbImage::from_pixel(300, 200, Rgb([30, 60, 90])).into();
        for fingerprint in fingerprints(&plain) {
            assert!(!fingerprint.is_matchable(), "{fingerprint:?}");
            assert!(!looks_like(&fingerprint, &fingerprint), "{fingerprint:?}");
            assert_eq!(fingerprint.soft_binding_value(), None);
        }
    }

    #[test]
    fn a_picture_without_pixels_has_no_fingerprints() {
        let none = RgbImage::new(0, 5).into();
        assert_eq!(compute(&none), []);
        assert!(Algorithm::ALL.into_iter().all(|algorithm| one(&none, algorithm).is_none()));
    }

    #[test]
    fn one_alone_is_the_same_as_among_all() {
        for image in
            [open("chelsea-a1111.png"), open("clock.gif"), open("coffee-comfyui.png").thumbnail_exact(1500, 800)]
        {
            for found in fingerprints(&image) {
                assert_eq!(one(&image, found.algorithm()), Some(found));
            }
        }
    }

    #[test]
    fn only_the_algorithm_on_c2pas_list_gives_a_soft_binding() {
        let [iscc, pdq, gradient] = fingerprints(&open("chelsea-a1111.png"));
        let value = iscc.soft_binding_value().expect("a value");
        assert_eq!(Fingerprint::from_value(Algorithm::Iscc, &value, None), Ok(iscc));
        assert_eq!((pdq.soft_binding_value(), gradient.soft_binding_value()), (None, None));
    }

    #[test]
    fn fingerprints_of_different_algorithms_have_no_distance() {
        let [iscc, pdq, _] = fingerprints(&open("clock.gif"));
        assert_eq!((iscc.distance(&pdq), iscc.similarity(&pdq)), (None, None));
        assert!(!looks_like(&iscc, &pdq));
        assert_eq!((iscc.distance(&iscc), iscc.similarity(&iscc)), (Some(0), Some(100)));
    }
}
