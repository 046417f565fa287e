//! Entries that are no picture that is sought: parts of pictures, and pictures that are made up.

use image::{GrayImage, Luma, imageops};
use rayon::prelude::*;
use touchmark_core::fingerprint::{Likeness, look};

use crate::chance::Chance;

/// Entries that are made at a time.
const PIECE: usize = 20_000;

/// With the number of the picture that it is a part of. Those without enough to see are left out, as at export.
pub(crate) fn make(pictures: &[&GrayImage], piece: usize) -> Vec<(Option<usize>, Likeness)> {
    let one = |number: usize| {
        let mut chance = Chance::new(number as u64);
        let (source, image) = if number.is_multiple_of(2) {
            let source = usize::try_from(chance.next() % pictures.len() as u64).expect("small");
            (Some(source), part(pictures[source], &mut chance))
        } else {
            (None, made_up(&mut chance))
        };
        Some((source, look(&image.into()).likeness()?))
    };
    (piece * PIECE..(piece + 1) * PIECE).into_par_iter().filter_map(one).collect()
}

/// 0 to 1.
#[expect(clippy::cast_precision_loss, reason = "24 bits")]
fn share(chance: &mut Chance) -> f32 {
    (chance.next() >> 40) as f32 / (1_u64 << 24) as f32
}

/// A third to nine tenths of each side.
#[expect(clippy::cast_possible_truncation, clippy::cast_precision_loss, clippy::cast_sign_loss, reason = "256 pixels")]
fn part(picture: &GrayImage, chance: &mut Chance) -> GrayImage {
    let mut span = |side: u32| {
        let length = (side as f32 * (0.33 + 0.57 * share(chance))) as u32;
        ((share(chance) * (side - length) as f32) as u32, length)
    };
    let ((x, width), (y, height)) = (span(picture.width()), span(picture.height()));
    imageops::crop_imm(picture, x, y, width, height).to_image()
}

const SIDE: usize = 128;

/// Noise whose waves are the stronger the longer they are, and some shapes.
#[expect(clippy::cast_possible_truncation, clippy::cast_precision_loss, clippy::cast_sign_loss, reason = "bytes")]
fn made_up(chance: &mut Chance) -> GrayImage {
    let mut cells = vec![0.0_f32; SIDE * SIDE];
    let (fall, mut strength) = (0.5 + 0.4 * share(chance), 1.0);
    for octave in 1..=6 {
        let step = SIDE >> octave;
        let side = (1 << octave) + 1;
        let knots: Vec<f32> = (0..side * side).map(|_| (share(chance) - 0.5) * strength).collect();
        for (y, row) in cells.chunks_exact_mut(SIDE).enumerate() {
            let (above, below) = (y / step, (y % step) as f32 / step as f32);
            let line: Vec<f32> = (0..side)
                .map(|x| knots[above * side + x] * (1.0 - below) + knots[(above + 1) * side + x] * below)
                .collect();
            for (x, cell) in row.iter_mut().enumerate() {
                let (left, right) = (x / step, (x % step) as f32 / step as f32);
                *cell += line[left] * (1.0 - right) + line[left + 1] * right;
            }
        }
        strength *= fall;
    }
    for _ in 0..chance.next() % 7 {
        shape(&mut cells, chance);
    }
    let (low, high) = cells.iter().fold((f32::MAX, f32::MIN), |(low, high), cell| (low.min(*cell), high.max(*cell)));
    let grey = |cell: f32| ((cell - low) / (high - low) * 255.0) as u8;
    GrayImage::from_fn(SIDE as u32, SIDE as u32, |x, y| Luma([grey(cells[y as usize * SIDE + x as usize])]))
}

/// An ellipse or a rectangle, through which a third of what was there shines.
#[expect(clippy::cast_precision_loss, reason = "128")]
fn shape(cells: &mut [f32], chance: &mut Chance) {
    let mut length = |least: f32, most: f32| least + (most - least) * share(chance);
    let [x0, y0] = [length(0.0, 128.0), length(0.0, 128.0)];
    let [width, height, grey] = [length(4.0, 54.0), length(4.0, 54.0), length(-1.0, 1.0)];
    let is_round = chance.next().is_multiple_of(2);
    for (y, row) in cells.chunks_exact_mut(SIDE).enumerate() {
        for (x, cell) in row.iter_mut().enumerate() {
            let (x, y) = ((x as f32 - x0) / width, (y as f32 - y0) / height);
            if if is_round { x * x + y * y < 1.0 } else { x.abs() < 1.0 && y.abs() < 1.0 } {
                *cell = *cell * 0.3 + grey;
            }
        }
    }
}
