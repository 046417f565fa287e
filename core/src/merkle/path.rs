//! The way from a node up to the root, shared by those who make a proof and those who check one.

/// Goes up from a node `(level, index)` in a tree whose last leaf is known, and names the sibling at each level.
///
/// At a level, `index` is the node on the way and `last` the rightmost one. An odd node has a complete sibling on its
/// left. An even one has its sibling on the right, which may be ragged when it is the last; the last node itself, when
/// even, has none and is carried up as it is.
#[derive(Debug, Clone)]
pub(super) struct Path {
    level: u8,
    index: u64,
    last: u64,
}

/// A sibling on the way up, on the side where it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sibling {
    /// The complete node `(level, index)`.
    Left { level: u8, index: u64 },
    /// The leaves from `index << level`, up to `1 << level` of them: fewer at the right edge.
    Right { level: u8, index: u64 },
}

impl Path {
    /// From leaf `index` in a tree of `size` leaves. The caller has checked that `index < size`.
    pub(super) fn from_leaf(index: u64, size: u64) -> Self {
        Self { level: 0, index, last: size.saturating_sub(1) }
    }

    /// From the last complete subtree of a tree of `old` leaves, in a tree of `new` leaves, as RFC 6962, section 2.1.2
    /// has it. The caller has checked that `0 < old < new`.
    pub(super) fn from_old_edge(old: u64, new: u64) -> Self {
        let level = old.trailing_zeros();
        let index = (old >> level).saturating_sub(1);
        // old < new <= 2^64 - 1, so level is at most 63.
        Self { level: u8::try_from(level).unwrap_or(u8::MAX), index, last: new.saturating_sub(1) >> level }
    }

    /// The node at which the way begins.
    pub(super) fn start(&self) -> (u8, u64) {
        (self.level, self.index)
    }
}

impl Iterator for Path {
    type Item = Sibling;

    fn next(&mut self) -> Option<Sibling> {
        while self.last > 0 {
            let level = self.level;
            let sibling = self.index ^ 1;
            let found = if self.index & 1 == 1 {
                Some(Sibling::Left { level, index: sibling })
            } else if self.index < self.last {
                Some(Sibling::Right { level, index: sibling })
            } else {
                None
            };
            self.level = level.saturating_add(1);
            self.index >>= 1;
            self.last >>= 1;
            if found.is_some() {
                return found;
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_way_of_the_example_in_the_module_map() {
        let way: Vec<_> = Path::from_leaf(4, 6).collect();
        assert_eq!(way, [Sibling::Right { level: 0, index: 5 }, Sibling::Left { level: 2, index: 0 }]);
        assert_eq!(Path::from_leaf(0, 1).next(), None);
    }

    #[test]
    fn the_largest_tree_is_no_special_case() {
        assert_eq!(Path::from_leaf(0, u64::MAX).count(), 64);
        assert!(Path::from_leaf(u64::MAX - 1, u64::MAX).count() <= 64);
        let path = Path::from_old_edge(1 << 63, u64::MAX);
        assert_eq!(path.start(), (63, 0));
        assert_eq!(path.count(), 1);
    }
}
