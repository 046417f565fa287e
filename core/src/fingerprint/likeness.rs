//! What a picture looks like, in 1088 bytes: enough to find it again among millions when it was cropped, framed, turned or written over,
//! and to look twice before anything is said.
//!
//! **Search codes** find candidates: PDQ of the whole picture and of its centre, sought with a wide radius for the parts of a query that
//! may be the picture ([`Query`]). **A preview** of 32 x 32 greys is then laid over the query, moved and stretched until it fits, and the
//! detail of both is compared. docs/fingerprints.md has what was measured.

mod agree;
mod codes;
mod grid;
mod probe;
mod register;

use touchmark_machine::bits::{self, Code};

use codes::{Part, Turn};
pub(super) use grid::Grid;
use probe::{Probe, probes};
use register::{Axis, Laid, Rows};

/// Bytes of a preview: 32 rows of 32 greys.
pub const PREVIEW: usize = grid::SIDE * grid::SIDE;
/// Distances of search codes up to which an entry is looked at twice, in bits of 256.
pub const RADIUS: u32 = 90;
/// What is left off at each side for the centre's code.
const CENTRE: Part = Part::inset(0.05);
/// How much detail a field of the picture must have: the mean of what differs from the greys around, in levels.
const FIELD: f32 = 1.0;
/// How many of sixteen fields must have it.
const FIELDS: usize = 12;
/// How often the place is mended.
const STEPS: usize = 10;
/// What each bit of distance takes away from the agreement of the detail, beyond [`USUAL`].
const BIT: f32 = 0.006;
/// A distance that speaks neither for nor against, in bits.
const USUAL: f32 = 60.0;
/// Smaller distances speak for a picture no more than this one does: a frame alone can make them.
const NEAR: u32 = 50;
/// The similarity from which an entry is named.
pub const LEAST: u32 = 64;

/// What is kept of a picture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Likeness {
    /// PDQ of the whole picture, and PDQ's bits of what is left without a twentieth at each side.
    pub codes: [[u8; 32]; 2],
    /// 32 rows of 32 greys.
    pub preview: [u8; PREVIEW],
}

impl Likeness {
    /// `None` where there is too little to see in the preview for it to be told from others.
    pub(super) fn of(grid: &Grid, pdq: &[u8; 32]) -> Option<Self> {
        let preview = grid.preview();
        shows(&rows(&preview), 1.0).then(|| {
            let centre = codes::bits(&codes::coefficients(&grid.smoothed(), CENTRE), Turn::NONE);
            Self { codes: [*pdq, centre], preview }
        })
    }
}

/// Some light and some dark, and some detail nearly everywhere.
fn shows(preview: &Rows, share: f32) -> bool {
    let mut greys = *preview;
    let (_, dark, lighter) = greys.as_flattened_mut().select_nth_unstable_by(PREVIEW / 10, f32::total_cmp);
    let (_, light, _) = lighter.select_nth_unstable_by(PREVIEW * 8 / 10, f32::total_cmp);
    *light - *dark >= 20.0 * share && agree::fields_with_detail(preview, FIELD * share) >= FIELDS
}

/// A picture whose origin is sought.
#[derive(Debug)]
pub struct Query {
    probes: Vec<Probe>,
    codes: Vec<Code>,
    /// What a plain frame leaves, and its cells: a frame proves nothing.
    frame: Part,
    preview: Rows,
}

impl Query {
    /// `None` where there is too little to see to look for. Less will do than for what is kept: pictures lose contrast on their way.
    pub(super) fn of(grid: &Grid) -> Option<Self> {
        let frame = probe::frame(grid);
        let preview = grid.cells_of(frame);
        shows(&preview, 0.5).then(|| {
            let probes = probes(grid, frame);
            let codes = probes.iter().map(|probe| probe.code).collect();
            Self { probes, codes, frame, preview }
        })
    }

    /// The codes to look for: of each part that may be the picture, in all eight ways in which it can lie.
    pub fn codes(&self) -> &[Code] {
        &self.codes
    }

    /// Those of the whole picture.
    pub fn whole(&self) -> &[Code] {
        &self.codes[..8.min(self.codes.len())]
    }

    /// Looks twice: how similar is the picture of which the code `code` (0 or 1 of [`Likeness::codes`]) is `distance` bits from the query's
    /// code number `probe`? 0 to 100; from [`LEAST`] on they look alike.
    pub fn similarity(&self, probe: usize, code: usize, distance: u32, preview: &[u8; PREVIEW]) -> u32 {
        let Some(probe) = self.probes.get(probe) else { return 0 };
        let stored = rows(preview);
        let query = probe.turn.rows(&self.preview);
        let stored_part = if code == 0 { Part::default() } else { CENTRE };
        let start = register::start(probe.part.within(probe.turn.part(self.frame)), stored_part);
        let agreement = fit(&stored, &query, start);
        #[expect(clippy::cast_precision_loss, reason = "at most 256")]
        let rating = agreement - BIT * (distance.max(NEAR) as f32 - USUAL);
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0 to 100")]
        let similarity = (rating * 100.0).clamp(0.0, 100.0) as u32;
        similarity
    }
}

/// The best agreement on the way.
fn fit(stored: &Rows, query: &Rows, mut axes: [Axis; 2]) -> f32 {
    let mut best: f32 = -1.0;
    for step in 0..=STEPS {
        let laid = Laid::over(query, axes);
        if !laid.shows_enough() {
            break;
        }
        if step == 0 || step + 2 >= STEPS {
            best = best.max(agree::agreement(stored, &laid));
        }
        match register::step(stored, &laid, axes) {
            Some(next) => axes = next,
            None => break,
        }
    }
    best
}

fn rows(preview: &[u8; PREVIEW]) -> Rows {
    std::array::from_fn(|y| std::array::from_fn(|x| f32::from(preview[y * grid::SIDE + x])))
}

/// The code of a fingerprint with 256 bits, as it is sought.
pub fn code(bits: &[u8; 32]) -> Code {
    bits::from_bytes(bits)
}

#[cfg(test)]
mod tests {
    use image::{DynamicImage, GrayImage, Luma, Rgb, RgbImage, imageops};
    use touchmark_machine::bits::{Which, nearest};

    use super::super::vectors::open;
    use super::super::{Likeness, Query, look};
    use super::{LEAST, RADIUS};

    const NAMES: [&str; 4] = ["astronaut.jpg", "camera-lossless.webp", "chelsea-a1111.png", "coffee-comfyui.png"];

    fn smaller(name: &str) -> DynamicImage {
        open(name).thumbnail(256, 256)
    }

    fn kept(image: &DynamicImage) -> Likeness {
        look(image).likeness().expect("enough to see")
    }

    /// The similarity of a picture that is sought to one that is kept; nothing if the search codes are too far apart.
    fn similarity(query: &Query, kept: &Likeness) -> u32 {
        let near = nearest(&[kept.codes], query.codes(), RADIUS, Which::Both);
        near.first().map_or(0, |near| query.similarity(near.wanted, near.code, near.distance, &kept.preview))
    }

    fn framed(image: &DynamicImage, sides: u32, top: u32, grey: u8) -> DynamicImage {
        let mut out = RgbImage::from_pixel(image.width() + 2 * sides, image.height() + 2 * sides + top, Rgb([grey; 3]));
        imageops::replace(&mut out, &image.to_rgb8(), i64::from(sides), i64::from(sides + top));
        out.into()
    }

    #[test]
    fn a_picture_is_found_cropped_framed_turned_mirrored_small_and_under_a_bar() {
        for name in NAMES {
            let image = smaller(name);
            let original = kept(&image);
            let (width, height) = (image.width(), image.height());
            let copies = [
                ("cropped", image.crop_imm(width / 25, height / 30, width * 23 / 25, height * 14 / 15)),
                ("framed", framed(&image, width / 20, 0, 255)),
                ("under a bar", framed(&image, 0, height / 9, 240)),
                ("turned", image.rotate90()),
                ("upside down", image.rotate180()),
                ("mirrored", image.fliph()),
                ("mirrored and turned", image.fliph().rotate270()),
                ("small", image.thumbnail(150, 150)),
                ("dark", image.brighten(-30)),
            ];
            for (how, copy) in copies {
                let found = similarity(&look(&copy).query().expect("enough to see"), &original);
                assert!(found >= LEAST, "{name} {how}: {found}");
            }
        }
    }

    #[test]
    fn another_picture_is_not_found_in_the_same_frame_and_under_the_same_bar() {
        let all = NAMES.map(smaller);
        for (at, image) in all.iter().enumerate() {
            let changed = [image.clone(), framed(image, 40, 0, 255), framed(image, 0, 50, 240)];
            for query in changed.iter().map(|image| look(image).query().expect("enough to see")) {
                for (other, kept_image) in all.iter().enumerate().filter(|(other, _)| *other != at) {
                    for kept_image in [kept_image.clone(), framed(kept_image, 40, 0, 255)] {
                        let found = similarity(&query, &kept(&kept_image));
                        assert!(found < LEAST, "{} for {}: {found}", NAMES[other], NAMES[at]);
                    }
                }
            }
        }
    }

    #[test]
    fn plain_colours_slow_gradients_and_sprites_on_white_are_not_kept_and_not_sought() {
        let plain = RgbImage::from_pixel(300, 300, Rgb([20, 90, 160]));
        let gradient = GrayImage::from_fn(300, 300, |x, _| Luma([u8::try_from(x / 2).expect("a byte")]));
        let sprite = GrayImage::from_fn(300, 300, |x, y| {
            let is_inside = x.abs_diff(150).pow(2) + y.abs_diff(150).pow(2) < 1600;
            Luma([if is_inside { u8::try_from((x * 7 + y * 13) % 200).expect("a byte") } else { 255 }])
        });
        for image in [DynamicImage::from(plain), gradient.into(), sprite.into()] {
            assert_eq!(look(&image).likeness(), None);
            assert!(look(&image).query().is_none());
        }
    }
}
