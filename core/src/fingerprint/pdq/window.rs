//! The window of PDQ's box filter: how far it reaches, and how many values are in it.

use super::SAMPLES;

/// The window over a side: 1/128 of it, rounded up.
pub(super) const fn window(side: usize) -> usize {
    side.div_ceil(2 * SAMPLES)
}

/// How far a window reaches ahead of its middle: a mean is whole so many steps after its own place has entered.
pub(super) const fn ahead(side: usize) -> usize {
    window(side) / 2
}

/// How many values are in the running sum after the `step`th of `side` has entered (or, from `side` on, none has).
pub(super) fn held(step: usize, side: usize) -> f32 {
    (step + 1).min(side).saturating_sub((step + 1).saturating_sub(window(side))) as f32
}

/// A number of values by which a sum of them becomes their mean.
#[derive(Clone, Copy)]
pub(super) struct Count {
    count: f32,
    /// Of a power of two: to multiply by it gives the very same value, and dividing takes longer.
    inverse: Option<f32>,
}

impl Count {
    /// Of what is [`held`].
    pub(super) fn held(step: usize, side: usize) -> Self {
        let count = held(step, side);
        let is_power = (count as u32).is_power_of_two();
        Self { count, inverse: is_power.then_some(1.0 / count) }
    }

    #[inline(always)]
    pub(super) fn means<const N: usize>(self, sums: [f32; N]) -> [f32; N] {
        match self.inverse {
            Some(inverse) => sums.map(|sum| sum * inverse),
            None => sums.map(|sum| sum / self.count),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mean_is_what_dividing_gives() {
        for side in [5, 129, 512, 640, 1024, 9000] {
            for step in 0..side + ahead(side) {
                let sums = std::array::from_fn::<_, 16, _>(|i| (step * 71 + i) as f32 / 7.0);
                let divided = sums.map(|sum| sum / held(step, side));
                assert_eq!(Count::held(step, side).means(sums).map(f32::to_bits), divided.map(f32::to_bits));
            }
        }
    }
}
