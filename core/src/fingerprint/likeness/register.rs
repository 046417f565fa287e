//! Lays a picture over a stored preview: where do the stored cells lie in it?
//!
//! One shift and one scale along each axis, found by Gauss and Newton's method from where the codes say that both begin and end.

#![expect(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    reason = "places within 32 cells"
)]

use std::ops::Range;

use super::codes::Part;
use super::grid::SIDE;

/// A preview's cells.
pub(super) type Rows = [[f32; SIDE]; SIDE];

/// The smallest part that must be seen, in hundredths of the stored cells, or of as many as the query can show.
const LEAST_SEEN: usize = 50;
/// A step moves or stretches by no more than this share of a side.
const LONGEST_STEP: f32 = 0.06;

/// Where the stored picture's points lie in the query, along one axis: `at + by * x`, all in shares of a side.
#[derive(Debug, Clone, Copy)]
pub(super) struct Axis {
    at: f32,
    by: f32,
}

impl Axis {
    /// What is left of the query between its `(before, behind)` shows what is left of the stored picture between its own.
    fn new(query: (f32, f32), stored: (f32, f32)) -> Self {
        let by = (1.0 - query.0 - query.1) / (1.0 - stored.0 - stored.1);
        Self { at: query.0 - stored.0 * by, by }
    }

    /// For each stored cell the query's cell before it and the share of the next one; and which of the stored cells the query shows.
    fn places(self) -> ([(usize, f32); SIDE], Range<usize>) {
        let side = SIDE as f32;
        let place = |i: usize| (self.at + self.by * (i as f32 + 0.5) / side) * side - 0.5;
        let is_shown = |i: &usize| (-0.5..=side - 0.5).contains(&place(*i));
        let first = (0..SIDE).find(is_shown).unwrap_or(0);
        let end = (0..SIDE).rfind(is_shown).map_or(first, |last| last + 1);
        let places = std::array::from_fn(|i| {
            let at = place(i).clamp(0.0, side - 1.001);
            (at as usize, at.fract())
        });
        (places, first..end)
    }
}

/// The query laid over the stored cells.
pub(super) struct Laid {
    /// The stored columns and rows that the query shows.
    pub(super) columns: Range<usize>,
    pub(super) rows: Range<usize>,
    /// The query's grey at each of them.
    pub(super) query: Rows,
    /// How it changes with the place, from one of the query's cells to the next.
    across: Rows,
    down: Rows,
    /// As many cells as the query can show at most.
    possible: usize,
}

impl Laid {
    pub(super) fn over(query: &Rows, [x, y]: [Axis; 2]) -> Self {
        let (xs, columns) = x.places();
        let (ys, rows) = y.places();
        let empty = [[0.0; SIDE]; SIDE];
        let side = |axis: Axis| ((SIDE as f32 / axis.by) as usize).min(SIDE);
        let possible = side(x) * side(y);
        let mut laid = Self { columns, rows: rows.clone(), query: empty, across: empty, down: empty, possible };
        for row in rows {
            let (at, below) = ys[row];
            let (upper, lower) = (&query[at], &query[at + 1]);
            let line: [f32; SIDE] = std::array::from_fn(|i| upper[i] + (lower[i] - upper[i]) * below);
            for (i, (at, right)) in xs.iter().enumerate() {
                let (at, next) = (*at, at + 1);
                let (down, down_next) = (lower[at] - upper[at], lower[next] - upper[next]);
                laid.across[row][i] = line[next] - line[at];
                laid.query[row][i] = line[at] + laid.across[row][i] * right;
                laid.down[row][i] = down + (down_next - down) * right;
            }
        }
        laid
    }

    /// Whether enough is seen to say anything.
    pub(super) fn shows_enough(&self) -> bool {
        self.len() * 100 >= LEAST_SEEN * self.possible
    }

    fn len(&self) -> usize {
        self.columns.len() * self.rows.len()
    }

    fn cells(&self) -> impl Iterator<Item = (usize, usize)> + use<> {
        let columns = self.columns.clone();
        self.rows.clone().flat_map(move |row| columns.clone().map(move |column| (row, column)))
    }

    /// The query's contrast and brightness against the stored picture's: stored = gain * query + offset.
    fn exposure(&self, stored: &Rows) -> (f32, f32) {
        let n = self.len() as f32;
        let [mut a, mut b, mut bb, mut ab] = [0.0_f32; 4];
        for (row, column) in self.cells() {
            let (stored, query) = (stored[row][column], self.query[row][column]);
            a += stored;
            b += query;
            bb += query * query;
            ab += stored * query;
        }
        let gain = ((ab - a * b / n) / (bb - b * b / n + 1e-3)).clamp(0.2, 5.0);
        (gain, (a - gain * b) / n)
    }
}

/// Where the search begins.
pub(super) fn start(query: Part, stored: Part) -> [Axis; 2] {
    let x = Axis::new((query.left, query.right), (stored.left, stored.right));
    let y = Axis::new((query.top, query.bottom), (stored.top, stored.bottom));
    [x, y]
}

/// One step on the squares of what differs, brightness and contrast left free. Cells that differ much, as under a text or a logo, have
/// no say. Nothing where there is no way on.
pub(super) fn step(stored: &Rows, laid: &Laid, [x, y]: [Axis; 2]) -> Option<[Axis; 2]> {
    let (gain, offset) = laid.exposure(stored);
    let mut differs = [[0.0_f32; SIDE]; SIDE];
    let mut sum = 0.0;
    for (row, column) in laid.cells() {
        let one = stored[row][column] - offset - gain * laid.query[row][column];
        differs[row][column] = one;
        sum += one.abs();
    }
    let most = 1.6 * sum / laid.len() as f32;
    let mut squares = Squares::default();
    for (row, column) in laid.cells() {
        let differs = differs[row][column];
        if differs.abs() <= most {
            let (across, down) = (laid.across[row][column], laid.down[row][column]);
            let [px, py] = [column, row].map(|i| (i as f32 + 0.5) / SIDE as f32);
            squares.add([across, across * px, down, down * py], differs);
        }
    }
    let change = squares.solve()?.map(|one| (one / (gain * SIDE as f32)).clamp(-LONGEST_STEP, LONGEST_STEP));
    Some([Axis { at: x.at + change[0], by: x.by + change[1] }, Axis { at: y.at + change[2], by: y.by + change[3] }])
}

/// Sums for the normal equations of four unknowns, around their means.
#[derive(Default)]
struct Squares {
    count: f32,
    slopes: [f32; 4],
    differs: f32,
    products: [[f32; 4]; 4],
    right: [f32; 4],
}

impl Squares {
    fn add(&mut self, slopes: [f32; 4], differs: f32) {
        self.count += 1.0;
        self.differs += differs;
        for i in 0..4 {
            self.slopes[i] += slopes[i];
            self.right[i] += slopes[i] * differs;
            for k in 0..=i {
                self.products[i][k] += slopes[i] * slopes[k];
            }
        }
    }

    /// By elimination. A little on the diagonal keeps steps short where the picture says little.
    fn solve(self) -> Option<[f32; 4]> {
        if self.count < 64.0 {
            return None;
        }
        let mut a = self.products;
        let mut b = self.right;
        for i in 0..4 {
            b[i] -= self.slopes[i] * self.differs / self.count;
            (0..=i).for_each(|k| {
                a[i][k] -= self.slopes[i] * self.slopes[k] / self.count;
                a[k][i] = a[i][k];
            });
        }
        let trace: f32 = (0..4).map(|i| a[i][i]).sum();
        (0..4).for_each(|i| a[i][i] += 2.5e-4 * trace + 1e-3);
        for i in 0..4 {
            for k in i + 1..4 {
                let factor = a[k][i] / a[i][i];
                (i..4).for_each(|l| a[k][l] -= factor * a[i][l]);
                b[k] -= factor * b[i];
            }
        }
        for i in (0..4).rev() {
            let known: f32 = (i + 1..4).map(|k| a[i][k] * b[k]).sum();
            b[i] = (b[i] - known) / a[i][i];
        }
        b.iter().all(|one| one.is_finite()).then_some(b)
    }
}
