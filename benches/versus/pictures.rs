//! Pictures that compress as photographs do: structure of every size, the smaller the fainter, edges, and a little grain.

use std::path::Path;

use image::codecs::jpeg::JpegEncoder;
use image::imageops::{self, FilterType};
use image::{ImageFormat, Rgb, RgbImage};
use rayon::prelude::*;

use crate::chance::Chance;

/// Each size of structure is half as large as the one before, and has this part of its strength.
const FALL: f32 = 0.8;

/// Bright or dark discs: things with an edge.
const THINGS: u64 = 60;

/// Files that differ in where they look, how bright they are, and in their grain. Those that are there are left alone.
pub(crate) fn write(folder: &Path, format: ImageFormat, width: u32, height: u32, count: u32) {
    std::fs::create_dir_all(folder).expect("a folder");
    let scene = scene(width + width / 4, height + height / 4);
    (0..count).into_par_iter().for_each(|number| {
        let path = folder.join(format!("{number:06}.{}", format.extensions_str()[0]));
        if path.exists() {
            return;
        }
        let picture = view(&scene, width, height, number);
        let mut file = Vec::new();
        match format {
            ImageFormat::Jpeg => JpegEncoder::new_with_quality(&mut file, 90).encode_image(&picture),
            _ => picture.write_to(&mut std::io::Cursor::new(&mut file), format),
        }
        .expect("encoded");
        std::fs::write(path, file).expect("written");
    });
}

fn scene(width: u32, height: u32) -> RgbImage {
    let mut chance = Chance::new(1);
    let mut sum = vec![128_f32; (width * height * 3) as usize];
    let (mut cells, mut strength) = (3, 50_f32);
    while cells < width {
        let rough = RgbImage::from_fn(cells, (cells * height / width).max(2), |_, _| grey(&mut chance));
        let smooth = imageops::resize(&rough, width, height, FilterType::CatmullRom);
        for (sum, value) in sum.iter_mut().zip(smooth.as_raw()) {
            *sum += strength * (f32::from(*value) / 128.0 - 1.0);
        }
        (cells, strength) = (cells * 2, strength * FALL);
    }
    for _ in 0..THINGS {
        disc(&mut sum, width, height, &mut chance);
    }
    let bytes = sum.into_iter().map(byte).collect();
    RgbImage::from_raw(width, height, bytes).expect("as many as pixels")
}

/// Mostly grey, with a little colour.
fn grey(chance: &mut Chance) -> Rgb<u8> {
    let grey = chance.next() % 192;
    Rgb([0; 3].map(|_: u8| (grey + chance.next() % 64) as u8))
}

fn disc(sum: &mut [f32], width: u32, height: u32, chance: &mut Chance) {
    let mut below = |limit: u32| (chance.next() % u64::from(limit)) as i64;
    let (x, y, radius) = (below(width), below(height), 4 + below(width / 12));
    let light = below(100) - 50;
    for row in (y - radius).max(0)..(y + radius).min(i64::from(height)) {
        let half = (radius * radius - (row - y) * (row - y)).max(0).isqrt();
        for column in (x - half).max(0)..(x + half).min(i64::from(width)) {
            let at = ((row * i64::from(width) + column) * 3) as usize;
            sum[at..at + 3].iter_mut().for_each(|value| *value += light as f32);
        }
    }
}

fn view(scene: &RgbImage, width: u32, height: u32, number: u32) -> RgbImage {
    let mut chance = Chance::new(u64::from(number) + 2);
    let mut below = |limit: u32| (chance.next() % u64::from(limit)) as u32;
    let (x, y) = (below(scene.width() - width), below(scene.height() - height));
    let (light, contrast) = (below(40) as f32 - 20.0, 0.8 + below(40) as f32 / 100.0);
    let mut picture = imageops::crop_imm(scene, x, y, width, height).to_image();
    for pixel in picture.pixels_mut() {
        let grain = chance.next();
        for (at, value) in pixel.0.iter_mut().enumerate() {
            let grain = (grain >> (8 * at) & 3) as f32 + (grain >> (8 * at + 2) & 3) as f32 - 3.0;
            *value = byte((f32::from(*value) - 128.0) * contrast + 128.0 + light + grain * 0.7);
        }
    }
    picture
}

/// Cut off at black and white.
fn byte(value: f32) -> u8 {
    value.round().clamp(0.0, 255.0) as u8
}
