//! How well the detail of two pictures agrees that lie over each other.

#![expect(clippy::cast_precision_loss, reason = "counts of at most 1024 cells")]

use std::ops::Range;

use super::grid::SIDE;
use super::register::{Laid, Rows};

/// Cells on each side of a cell whose mean is taken away: what is left is the detail.
const BLUR: usize = 2;
/// The picture in four times four fields.
const FIELDS: usize = 16;
/// Those that agree best have a say: a text or a logo may lie over the others.
const HEARD: usize = 13;
/// Cells on each side within which detail is measured against what is usual there.
const AROUND: usize = 3;

/// The correlation of the detail, -1 to 1. The detail is first divided by what is usual around it, so that a few strong edges, a frame, the
/// disc of a moon, do not decide.
pub(super) fn agreement(stored: &Rows, laid: &Laid) -> f32 {
    let (Some(rows), Some(columns)) = (inner(&laid.rows), inner(&laid.columns)) else { return -1.0 };
    let (a, b) = (normal(stored, &rows, &columns), normal(&laid.query, &rows, &columns));
    let mut fields = [[0.0_f32; 3]; FIELDS];
    for (y, row) in rows.clone().enumerate() {
        for (x, column) in columns.clone().enumerate() {
            let [ab, aa, bb] = &mut fields[y * 4 / rows.len() * 4 + x * 4 / columns.len()];
            let (a, b) = (a[row][column], b[row][column]);
            *ab += a * b;
            *aa += a * a;
            *bb += b * b;
        }
    }
    let correlation = |[ab, aa, bb]: [f32; 3], least: f32| ab / (aa.max(least) * bb.max(least)).sqrt();
    fields.sort_by(|a, b| correlation(*b, 1e-3).total_cmp(&correlation(*a, 1e-3)));
    let sum = fields[..HEARD].iter().fold([0.0; 3], |sum, one| std::array::from_fn(|i| sum[i] + one[i]));
    // Of a picture with detail in few places little can be said: it counts as if a quarter of it had some.
    let least = (rows.len() * columns.len() * HEARD) as f32 / FIELDS as f32 / 4.0;
    correlation(sum, least)
}

/// Without the cells whose neighbours are not all seen.
fn inner(seen: &Range<usize>) -> Option<Range<usize>> {
    (seen.len() > 8).then(|| seen.start + BLUR..seen.end - BLUR)
}

/// In how many of sixteen fields of a picture the detail is at least this much, in levels of grey on average.
pub(super) fn fields_with_detail(cells: &Rows, least: f32) -> usize {
    let inner = BLUR..SIDE - BLUR;
    let detail = detail(cells, &inner, &inner);
    let side = inner.len() / 4;
    let amount = |field: usize| {
        let (row, column) = (BLUR + field / 4 * side, BLUR + field % 4 * side);
        let rows = &detail[row..row + side];
        rows.iter().flat_map(|row| &row[column..column + side]).map(|one| one.abs()).sum::<f32>() / (side * side) as f32
    };
    (0..FIELDS).filter(|field| amount(*field) >= least).count()
}

/// What the mean over 5 x 5 cells takes away.
fn detail(cells: &Rows, rows: &Range<usize>, columns: &Range<usize>) -> Rows {
    let mut across = [[0.0_f32; SIDE]; SIDE];
    for row in rows.start - BLUR..rows.end + BLUR {
        for column in columns.clone() {
            across[row][column] = cells[row][column - BLUR..=column + BLUR].iter().sum();
        }
    }
    let mut detail = [[0.0_f32; SIDE]; SIDE];
    for row in rows.clone() {
        for column in columns.clone() {
            let sum: f32 = (row - BLUR..=row + BLUR).map(|row| across[row][column]).sum();
            detail[row][column] = cells[row][column] - sum / 25.0;
        }
    }
    detail
}

/// The detail in units of its root mean square around each cell.
fn normal(cells: &Rows, rows: &Range<usize>, columns: &Range<usize>) -> Rows {
    let mut detail = detail(cells, rows, columns);
    let mut all = 0.0;
    let mut across = [[0.0_f32; SIDE]; SIDE];
    for row in rows.clone() {
        let squares = detail[row].map(|one| one * one);
        all += squares[columns.clone()].iter().sum::<f32>();
        for column in columns.clone() {
            across[row][column] = mean(&squares, &around(column, columns));
        }
    }
    // Where there is next to nothing, noise is not blown up.
    let floor = 0.05 * all / (rows.len() * columns.len()) as f32 + 0.5;
    for row in rows.clone() {
        let around = around(row, rows);
        for column in columns.clone() {
            let sum: f32 = around.clone().map(|row| across[row][column]).sum();
            detail[row][column] /= (sum / around.len() as f32 + floor).sqrt();
        }
    }
    detail
}

fn around(at: usize, within: &Range<usize>) -> Range<usize> {
    at.saturating_sub(AROUND).max(within.start)..(at + AROUND + 1).min(within.end)
}

fn mean(values: &[f32], range: &Range<usize>) -> f32 {
    values[range.clone()].iter().sum::<f32>() / range.len() as f32
}
