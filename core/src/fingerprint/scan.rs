//! One walk over the pixels for all that needs them in grey: each row is turned grey while it is in the cache, resized for
//! the Image-Code and added to a reduced picture.

use std::borrow::Cow;

use rayon::prelude::*;

use super::bicubic::{Bicubic, Line};
use super::pixels::{Means, Pixels};
use super::trim::Area;

/// What the walk brings back.
pub(super) struct Scan {
    /// The rows of the area, each resized to the thumbnail's width; empty if the rows must be resized first.
    pub(super) lines: Vec<Line>,
    /// The means of blocks of pixels in grey; the grey picture itself if the blocks are of one pixel.
    pub(super) reduced: Pixels<'static>,
}

/// Reduces by `factor` in both directions; blocks at the right and lower edge may be smaller.
pub(super) fn scan(pixels: &Pixels<'_>, area: &Area, bicubic: &Bicubic, factor: usize) -> Scan {
    let (width, height) = (pixels.width.div_ceil(factor), pixels.height.div_ceil(factor));
    let mut data = vec![0; width * height];
    let mut lines = vec![Line::default(); pixels.height];
    let bands = data.par_chunks_mut(width).zip(lines.par_chunks_mut(factor)).enumerate();
    // Enough rows for a task to be worth handing to another core.
    let few = (1 << 17) / (pixels.width * factor) + 1;
    bands.with_min_len(few).for_each_init(
        || (vec![0; pixels.width], Means::new(pixels.width, factor)),
        |(row, sums), (band, (means, lines))| {
            for (i, line) in lines.iter_mut().enumerate() {
                let y = band * factor + i;
                pixels.grey_row(y, row);
                sums.add(row);
                if area.rows.contains(&y) && !bicubic.rows_first() {
                    *line = bicubic.line(&row[area.columns.clone()]);
                }
            }
            sums.take(means);
        },
    );
    let lines = if bicubic.rows_first() { Vec::new() } else { lines[area.rows.clone()].to_vec() };
    Scan { lines, reduced: Pixels { width, height, channels: 1, data: Cow::Owned(data) } }
}
