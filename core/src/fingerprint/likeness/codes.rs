//! Search codes: 256 bits as PDQ makes them, but of any part of a picture, and turned and mirrored without looking again.

use touchmark_machine::bits::{Code, from_bytes};

use super::super::pdq;
use super::grid::{CELLS, Grid};

/// What is left off at each side, as shares of the whole.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Part {
    pub(super) left: f32,
    pub(super) top: f32,
    pub(super) right: f32,
    pub(super) bottom: f32,
}

impl Part {
    /// As much at each side.
    pub(super) const fn inset(share: f32) -> Self {
        Self { left: share, top: share, right: share, bottom: share }
    }
}

impl Part {
    /// This part of the whole, in shares of `other`: below nothing where it reaches beyond.
    pub(super) fn within(self, other: Self) -> Self {
        let (width, height) = (1.0 - other.left - other.right, 1.0 - other.top - other.bottom);
        Self {
            left: (self.left - other.left) / width,
            top: (self.top - other.top) / height,
            right: (self.right - other.right) / width,
            bottom: (self.bottom - other.bottom) / height,
        }
    }
}

/// One of the eight ways in which a picture can lie: first its sides are swapped, then it is mirrored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Turn {
    pub(super) swapped: bool,
    pub(super) mirrored: bool,
    pub(super) upside_down: bool,
}

impl Turn {
    /// As it is.
    pub(super) const NONE: Self = Self { swapped: false, mirrored: false, upside_down: false };

    /// The picture as it is comes first.
    pub(super) fn all() -> impl Iterator<Item = Self> {
        (0..8).map(|i| Self { swapped: i & 4 != 0, mirrored: i & 2 != 0, upside_down: i & 1 != 0 })
    }

    /// The same part of the turned picture.
    pub(super) fn part(self, part: Part) -> Part {
        let Part { mut left, mut top, mut right, mut bottom } = part;
        if self.swapped {
            (left, top, right, bottom) = (top, left, bottom, right);
        }
        if self.mirrored {
            (left, right) = (right, left);
        }
        if self.upside_down {
            (top, bottom) = (bottom, top);
        }
        Part { left, top, right, bottom }
    }

    /// The turned picture.
    pub(super) fn rows<const N: usize>(self, rows: &[[f32; N]; N]) -> [[f32; N]; N] {
        std::array::from_fn(|y| {
            let y = if self.upside_down { N - 1 - y } else { y };
            std::array::from_fn(|x| {
                let x = if self.mirrored { N - 1 - x } else { x };
                if self.swapped { rows[x][y] } else { rows[y][x] }
            })
        })
    }
}

pub(super) type Coefficients = [[f32; 16]; 16];

/// The slowest waves in a part of a smoothed grid.
pub(super) fn coefficients(smoothed: &Grid, part: Part) -> Coefficients {
    let (columns, rows) = (places(part.left, part.right), places(part.top, part.bottom));
    let samples = rows.map(|(y, below)| {
        let (upper, lower) = (smoothed.row(y), smoothed.row(y + 1));
        columns.map(|(x, right)| {
            let at = |row: &[f32]| row[x] * (1.0 - right) + row[x + 1] * right;
            at(upper) * (1.0 - below) + at(lower) * below
        })
    });
    pdq::coefficients(&samples)
}

#[expect(clippy::cast_possible_truncation, clippy::cast_precision_loss, clippy::cast_sign_loss, reason = "within 128")]
fn places(before: f32, behind: f32) -> [(usize, f32); 64] {
    let cells = CELLS as f32;
    let step = cells * (1.0 - before - behind) / 64.0;
    std::array::from_fn(|i| {
        let at = (cells * before + step * (i as f32 + 0.5) - 0.5).clamp(0.0, cells - 1.001);
        (at as usize, at.fract())
    })
}

/// The code of the turned picture, as it is sought.
pub(super) fn code(coefficients: &Coefficients, turn: Turn) -> Code {
    from_bytes(&bits(coefficients, turn))
}

/// The bits of the turned picture's code. Mirroring changes the sign of every other wave.
pub(super) fn bits(coefficients: &Coefficients, turn: Turn) -> [u8; 32] {
    let sign = |wave: usize, mirrored: bool| if mirrored && wave.is_multiple_of(2) { -1.0 } else { 1.0 };
    let turned: Coefficients = std::array::from_fn(|y| {
        std::array::from_fn(|x| {
            let value = if turn.swapped { coefficients[x][y] } else { coefficients[y][x] };
            value * sign(x, turn.mirrored) * sign(y, turn.upside_down)
        })
    });
    pdq::bits(&turned)
}
