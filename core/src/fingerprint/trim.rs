//! Cuts plain borders as `iscc-sdk` 0.9 does before an Image-Code (`image_trim_tolerant`).

use std::ops::Range;

use super::pixels::Pixels;

/// How far a channel of a border pixel may be from the upper left pixel.
const TOLERANCE: u8 = 16;
/// A frame in a frame in a frame: more are left alone, so that no picture costs without bound.
const MAX_PASSES: usize = 16;

/// What is left, in pixels: never empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Area {
    pub(super) columns: Range<usize>,
    pub(super) rows: Range<usize>,
}

/// Cuts near-uniform borders, again and again until nothing changes. A cut on one side only must take a flat band, so that
/// the smooth sky above a landscape stays.
pub(super) fn area(pixels: &Pixels<'_>) -> Area {
    let mut area = Area { columns: 0..pixels.width, rows: 0..pixels.height };
    for _ in 0..MAX_PASSES {
        let Some(inner) = differing(pixels, &area, TOLERANCE) else {
            break;
        };
        let one_sided = cut_sides(&area, &inner) == 1;
        let kept = inner == area || one_sided && differing(pixels, &area, TOLERANCE / 2).as_ref() != Some(&inner);
        if kept {
            break;
        }
        area = inner;
    }
    area
}

fn cut_sides(outer: &Area, inner: &Area) -> usize {
    usize::from(inner.columns.start > outer.columns.start)
        + usize::from(inner.columns.end < outer.columns.end)
        + usize::from(inner.rows.start > outer.rows.start)
        + usize::from(inner.rows.end < outer.rows.end)
}

/// The smallest area with every pixel that differs from the area's upper left one by more than `tolerance` in a channel.
fn differing(pixels: &Pixels<'_>, area: &Area, tolerance: u8) -> Option<Area> {
    match pixels.channels {
        1 => differing_in::<1>(pixels, area, tolerance),
        _ => differing_in::<3>(pixels, area, tolerance),
    }
}

fn differing_in<const N: usize>(pixels: &Pixels<'_>, area: &Area, tolerance: u8) -> Option<Area> {
    let all = pixels.data.as_chunks::<N>().0;
    let row = |y: usize, columns: Range<usize>| &all[y * pixels.width..][columns];
    let border = all[area.rows.start * pixels.width + area.columns.start];
    let differs = |pixel: &[u8; N]| pixel.iter().zip(border).any(|(a, b)| a.abs_diff(b) > tolerance);

    let has_any = |y: &usize| row(*y, area.columns.clone()).iter().any(differs);
    let top = area.rows.clone().find(has_any)?;
    let bottom = area.rows.clone().rfind(has_any)?;
    let (mut left, mut right) = (area.columns.end, area.columns.start);
    for y in top..=bottom {
        // Only what lies outside of the columns found so far can widen them.
        left =
            row(y, area.columns.start..left).iter().position(differs).map_or(left, |found| area.columns.start + found);
        right = row(y, right..area.columns.end).iter().rposition(differs).map_or(right, |found| right + found + 1);
    }
    Some(Area { columns: left..right, rows: top..bottom + 1 })
}

#[cfg(test)]
mod tests {
    use image::{DynamicImage, GrayImage, Luma};

    use super::*;

    /// What is left of a grey picture of 40 x 30 pixels.
    fn left_of(pixel: impl Fn(u32, u32) -> u8) -> Area {
        let image = DynamicImage::from(GrayImage::from_fn(40, 30, |x, y| Luma([pixel(x, y)])));
        area(&Pixels::over_white(&image).expect("pixels"))
    }

    fn checks(x: u32, y: u32) -> u8 {
        if (x + y).is_multiple_of(2) { 90 } else { 200 }
    }

    fn framed(x: u32, y: u32) -> u8 {
        if is_frame(x, y, 5) { 10 } else { checks(x, y) }
    }

    fn is_frame(x: u32, y: u32, width: u32) -> bool {
        x < width || y < width || x >= 40 - width || y >= 30 - width
    }

    #[test]
    fn a_border_may_waver_by_sixteen_levels_and_no_more() {
        let with_spot = |spot| move |x, y| if (x, y) == (2, 2) { spot } else { framed(x, y) };
        assert_eq!(left_of(with_spot(26)), Area { columns: 5..35, rows: 5..25 });
        assert_eq!(left_of(with_spot(27)), Area { columns: 2..35, rows: 2..25 });
    }

    #[test]
    fn a_frame_within_a_frame_is_cut_too() {
        let twice = |x, y| {
            if is_frame(x, y, 3) {
                0
            } else if is_frame(x, y, 7) {
                255
            } else {
                checks(x, y)
            }
        };
        assert_eq!(left_of(twice), Area { columns: 7..33, rows: 7..23 });
    }

    #[test]
    fn a_band_on_one_side_is_cut_if_it_is_flat_but_a_sky_is_kept() {
        let band = |x, y| if y < 10 { 50 } else { checks(x, y) };
        assert_eq!(left_of(band), Area { columns: 0..40, rows: 10..30 });
        let sky = |x, y| if y < 10 { 50 + u8::try_from(y).unwrap_or(0) } else { checks(x, y) };
        assert_eq!(left_of(sky), Area { columns: 0..40, rows: 0..30 });
    }

    #[test]
    fn a_plain_picture_is_left_whole() {
        assert_eq!(left_of(|_, _| 7), Area { columns: 0..40, rows: 0..30 });
    }
}
