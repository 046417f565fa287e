//! What is looked for: the parts of a picture that may be what was exported, each turned in all eight ways.

use touchmark_machine::bits::Code;

use super::codes::{Part, Turn, code, coefficients};
use super::grid::{CELLS, Grid};

/// How far the greys of a plain band may be apart.
const PLAIN: f32 = 12.0;
/// A bar above or below takes at most this much of a picture, in cells.
const HIGHEST_BAR: usize = 38;
/// How much the greys must change from one side of a line to the other, on average, for a bar to end there.
const SHARP: f32 = 6.0;
/// A change of more than this counts as this much: a line must be sharp along all of its length.
const SHARPEST: f32 = 24.0;
/// How many lines are tried above, and how many below.
const BARS: usize = 2;

/// A code to look for, and what it is the code of.
#[derive(Debug, Clone, Copy)]
pub(super) struct Probe {
    pub(super) code: Code,
    /// The part of the turned picture.
    pub(super) part: Part,
    pub(super) turn: Turn,
}

/// All of them; the whole picture's come first. `frame` is what a plain one leaves.
pub(super) fn probes(grid: &Grid, frame: Part) -> Vec<Probe> {
    let smoothed = grid.smoothed();
    let of_part = |part: Part| {
        let coefficients = coefficients(&smoothed, part);
        Turn::all().map(move |turn| Probe { code: code(&coefficients, turn), part: turn.part(part), turn })
    };
    parts(grid, frame).into_iter().flat_map(of_part).collect()
}

/// The whole; what is left without a plain frame; and without a bar above or below, if a sharp line from side to side says that there
/// may be one: a caption, the top of a window.
fn parts(grid: &Grid, frame: Part) -> Vec<Part> {
    let whole = Part::default();
    let mut parts = vec![whole];
    if frame != whole {
        parts.push(frame);
    }
    parts.extend(ends_of_bars(grid, false).map(|top| Part { top, ..whole }));
    parts.extend(ends_of_bars(grid, true).map(|bottom| Part { bottom, ..whole }));
    parts
}

/// As much of each side as has nearly one grey, and a cell more, which shows both.
pub(super) fn frame(grid: &Grid) -> Part {
    let row = |y: usize| grey_of_plain(grid.row(y).iter().copied());
    let column = |x: usize| grey_of_plain((0..CELLS).map(|y| grid.row(y)[x]));
    let frame = Part {
        left: plain_band(column),
        top: plain_band(row),
        right: plain_band(|x| column(CELLS - 1 - x)),
        bottom: plain_band(|y| row(CELLS - 1 - y)),
    };
    let leaves_something = frame.left + frame.right < 0.7 && frame.top + frame.bottom < 0.7;
    if leaves_something { frame } else { Part::default() }
}

/// As a share of the side. `line` gives the grey of a plain one.
fn plain_band(line: impl Fn(usize) -> Option<f32>) -> f32 {
    let first = line(0);
    let like_first = |i: &usize| line(*i).zip(first).is_some_and(|(grey, first)| (grey - first).abs() < PLAIN);
    match (0..CELLS).take_while(like_first).count() {
        0 => 0.0,
        cells => share(cells + 1),
    }
}

fn grey_of_plain(cells: impl Iterator<Item = f32>) -> Option<f32> {
    let (low, high) = cells.fold((f32::MAX, f32::MIN), |(low, high), cell| (low.min(cell), high.max(cell)));
    (high - low < PLAIN).then_some(f32::midpoint(low, high))
}

/// The sharpest lines from side to side, as shares of the height.
fn ends_of_bars(grid: &Grid, below: bool) -> impl Iterator<Item = f32> {
    let row = |i: usize| grid.row(if below { CELLS - 1 - i } else { i });
    let change = |i: usize| {
        let changes = row(i - 1).iter().zip(row(i + 1)).map(|(a, b)| (a - b).abs().min(SHARPEST));
        changes.sum::<f32>() / 128.0
    };
    let changes: Vec<f32> = (0..HIGHEST_BAR + 2).map(|i| if i < 3 { 0.0 } else { change(i) }).collect();
    let is_line = |i: &usize| {
        let [before, here, behind] = [changes[i - 1], changes[*i], changes[i + 1]];
        here > SHARP && here >= before && here > behind
    };
    let mut lines: Vec<usize> = (3..HIGHEST_BAR).filter(is_line).collect();
    lines.sort_by(|a, b| changes[*b].total_cmp(&changes[*a]));
    // The row of a line shows both sides of it.
    lines.into_iter().take(BARS).map(|i| share(i + 1))
}

#[expect(clippy::cast_precision_loss, reason = "at most 128")]
fn share(cells: usize) -> f32 {
    cells as f32 / CELLS as f32
}
