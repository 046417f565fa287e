//! Numbers by chance that are the same on every machine.

/// Xorshift.
pub(crate) struct Chance(u64);

impl Chance {
    pub(crate) fn new(number: u64) -> Self {
        let mut chance = Self((number + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15));
        // The first numbers of neighbours are alike.
        for _ in 0..5 {
            chance.next();
        }
        chance
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }
}
