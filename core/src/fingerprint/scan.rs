//! One walk over the pixels for all that needs them in grey: each row is turned grey while it is in the cache, resized for
//! the Image-Code and added to a reduced picture.

#![expect(clippy::inline_always, reason = "compiled again for each kind of processor")]

use std::borrow::Cow;
use std::cell::Cell;

use rayon::prelude::*;
use touchmark_machine::wide::{Work, widely};

use super::bicubic::{Bicubic, Line};
use super::pixels::{Means, Pixels};
use super::trim::Area;

thread_local! {
    /// A reduced picture that is done with: at most a megabyte. Memory that is new for each picture takes longer to get than to fill.
    static SPARE: Cell<Vec<u8>> = const { Cell::new(Vec::new()) };
}

/// What the walk brings back.
pub(super) struct Scan {
    /// The rows of the area, each resized to the thumbnail's width; empty if the rows must be resized first.
    pub(super) lines: Vec<Line>,
    /// The means of blocks of pixels in grey; the grey picture itself if the blocks are of one pixel.
    pub(super) reduced: Pixels<'static>,
}

/// Reduces by `factor` in both directions; blocks at the right and lower edge may be smaller. On rayon's current pool.
pub(super) fn scan(pixels: &Pixels<'_>, area: &Area, bicubic: &Bicubic, factor: usize) -> Scan {
    let (width, height) = (pixels.width.div_ceil(factor), pixels.height.div_ceil(factor));
    let mut data = SPARE.take();
    data.resize(width * height, 0);
    let mut lines = vec![Line::default(); pixels.height];
    let bands = data.par_chunks_mut(width).zip(lines.par_chunks_mut(factor)).enumerate();
    // Enough rows for a task to be worth handing to another core.
    let few = (1 << 17) / (pixels.width * factor) + 1;
    bands.with_min_len(few).for_each_init(
        || (vec![0; pixels.width], Means::new(pixels.width, factor)),
        |(row, sums), (band, (means, lines))| {
            widely(Band { pixels, area, bicubic, factor, first: band * factor, row, sums, means, lines });
        },
    );
    let lines = if bicubic.rows_first() { Vec::new() } else { lines[area.rows.clone()].to_vec() };
    Scan { lines, reduced: Pixels { width, height, channels: 1, data: Cow::Owned(data) } }
}

/// Keeps the memory of a reduced picture for the next one in this thread.
pub(super) fn spare(reduced: Pixels<'static>) {
    SPARE.set(reduced.data.into_owned());
}

/// [`Scan::lines`] alone, in this thread.
pub(super) fn lines(pixels: &Pixels<'_>, area: &Area, bicubic: &Bicubic) -> Vec<Line> {
    if bicubic.rows_first() { Vec::new() } else { widely(Lines { pixels, area, bicubic }) }
}

struct Lines<'a> {
    pixels: &'a Pixels<'a>,
    area: &'a Area,
    bicubic: &'a Bicubic,
}

impl Work for Lines<'_> {
    type Output = Vec<Line>;

    #[inline(always)]
    fn work(self) -> Vec<Line> {
        let mut row = vec![0; self.pixels.width];
        let line = |y| {
            self.pixels.grey_row(y, &mut row);
            self.bicubic.line(&row[self.area.columns.clone()])
        };
        self.area.rows.clone().map(line).collect()
    }
}

/// Some rows of the picture.
struct Band<'a> {
    pixels: &'a Pixels<'a>,
    area: &'a Area,
    bicubic: &'a Bicubic,
    factor: usize,
    first: usize,
    row: &'a mut [u8],
    sums: &'a mut Means,
    means: &'a mut [u8],
    lines: &'a mut [Line],
}

impl Work for Band<'_> {
    type Output = ();

    #[inline(always)]
    fn work(self) {
        for (line, y) in self.lines.iter_mut().zip(self.first..) {
            let row = if self.factor == 1 { &mut *self.means } else { &mut *self.row };
            self.pixels.grey_row(y, row);
            if self.factor > 1 {
                self.sums.add(row);
            }
            if self.area.rows.contains(&y) && !self.bicubic.rows_first() {
                *line = self.bicubic.line(&row[self.area.columns.clone()]);
            }
        }
        if self.factor > 1 {
            self.sums.take(self.means);
        }
    }
}
