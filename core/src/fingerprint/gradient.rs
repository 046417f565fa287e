//! The double gradient hash of `image_hasher` (the kept fork of `img_hash`): 9 x 9 grey values, each against its right and
//! its lower neighbour.

use image::GrayImage;
use img_hash::{HashAlg, HasherConfig};

use super::pixels::Pixels;

/// The shorter side is reduced to at least this: the 9 x 9 values hardly differ, and means are much quicker than the
/// library's filter on the whole picture.
const ENOUGH: usize = 128;

/// 144 bits.
pub(super) fn hash(pixels: &Pixels<'_>) -> [u8; 18] {
    let small = pixels.reduced((pixels.width.min(pixels.height) / ENOUGH).clamp(1, 256));
    let (Ok(width), Ok(height)) = (small.width.try_into(), small.height.try_into()) else { return [0; 18] };
    let small = GrayImage::from_raw(width, height, small.data.into_owned()).unwrap_or_default();
    // The library wants room for 256 bits; behind the 144 they stay zero.
    let hasher = HasherConfig::with_bytes_type::<[u8; 32]>().hash_size(16, 16).hash_alg(HashAlg::DoubleGradient);
    let bytes = hasher.to_hasher().hash_image(&small).into_inner();
    std::array::from_fn(|i| bytes[i])
}
