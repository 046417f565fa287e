//! The tree cut into tiles of 256 hashes, and the names of the files (<https://c2sp.org/tlog-tiles>).
//!
//! ```text
//! tile/0/x001/x234/067        level 0 (leaf hashes), tile 1,234,067, full: 256 hashes, 8,192 bytes
//! tile/0/x001/x234/067.p/112  the same tile while it has 112 hashes
//! tile/1/000                  level 1: each hash is the root of a full tile of level 0
//! tile/entries/000.p/7        the seven entries behind the first leaf hashes
//! ```
//!
//! A tile stands for a subtree of height 8; the nodes between its hashes and the next level are computed from them
//! ([`HashTile::node`]). So a tree of any size is read through a few tiles ([`TileNodes`]), and what an append must
//! write is easily listed ([`Tile::between`]). Reading and writing themselves are the caller's.
#![warn(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

mod hashes;
mod nodes;
mod path;

pub use hashes::{HashTile, MAX_TILE};
pub use nodes::{NodePlace, TileNodes};
pub use path::MAX_PATH;

use super::Error;
use super::text::malformed;

/// The number of hashes in a full tile, and of entries in a full bundle.
pub const WIDTH: u16 = 256;

/// The height of the subtree that a tile stands for: 2^8 is [`WIDTH`].
pub const HEIGHT: u8 = 8;

/// The highest level that a tile's name may have. A tree of at most 2^64 - 1 leaves reaches level 7.
pub const MAX_LEVEL: u8 = 63;

/// What is in a tile.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Content {
    /// The entries themselves, as a [`bundle`](super::bundle).
    Entries,
    /// Hashes of nodes at tree level 8 times this level, as a [`HashTile`].
    Hashes {
        /// The level of the tile, 0 to [`MAX_LEVEL`].
        level: u8,
    },
}

/// The coordinates of one tile. `Display` and `FromStr` are its path, relative to the log's prefix.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Tile {
    content: Content,
    index: u64,
    width: u16,
}

impl Tile {
    /// The tile `index`, from 0, with so many hashes or entries: 1 to 256.
    pub fn new(content: Content, index: u64, width: u16) -> Result<Self, Error> {
        if matches!(content, Content::Hashes { level } if level > MAX_LEVEL) {
            return Err(malformed("tile", "a level of 0 to 63", &format!("{content:?}")));
        }
        if width == 0 || width > WIDTH {
            return Err(malformed("tile", "a width of 1 to 256", &width.to_string()));
        }
        Ok(Self { content, index, width })
    }

    /// The tile `index` as wide as it is in a tree of `size` leaves, or `None` if it is empty there.
    pub fn in_tree(content: Content, index: u64, size: u64) -> Option<Self> {
        let level = match content {
            Content::Entries => 0,
            Content::Hashes { level } => level,
        };
        let first = index.checked_mul(u64::from(WIDTH))?;
        let hashes = hashes_at(level, size).checked_sub(first)?;
        let width = u16::try_from(hashes.min(u64::from(WIDTH))).ok()?;
        Self::new(content, index, width).ok()
    }

    /// The tiles and bundles to write when a tree grows from `old` to `new` leaves: each that is new or wider, once,
    /// as wide as it becomes.
    pub fn between(old: u64, new: u64) -> impl Iterator<Item = Self> {
        let entries = std::iter::once((Content::Entries, 0));
        let hashes = (0..HEIGHT).map(|level| (Content::Hashes { level }, level));
        entries.chain(hashes).flat_map(move |(content, level)| {
            let (before, after) = (hashes_at(level, old), hashes_at(level, new));
            let grows = after > before;
            let first = before >> HEIGHT;
            let end = if grows { after.div_ceil(u64::from(WIDTH)) } else { first };
            (first..end).filter_map(move |index| Self::in_tree(content, index, new))
        })
    }

    /// What is in the tile.
    pub fn content(&self) -> Content {
        self.content
    }

    /// Its index within the level, from 0.
    pub fn index(&self) -> u64 {
        self.index
    }

    /// The number of hashes or entries, 1 to 256.
    pub fn width(&self) -> u16 {
        self.width
    }

    /// Whether it will never grow.
    pub fn is_full(&self) -> bool {
        self.width == WIDTH
    }

    /// The same tile when full: where to look when a log has deleted the partial one.
    #[must_use]
    pub fn full(self) -> Self {
        Self { width: WIDTH, ..self }
    }
}

/// The number of hashes that all tiles of a level have together.
fn hashes_at(level: u8, size: u64) -> u64 {
    size.checked_shr(u32::from(level).saturating_mul(u32::from(HEIGHT))).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paths(tiles: impl Iterator<Item = Tile>) -> Vec<String> {
        tiles.map(|tile| tile.to_string()).collect()
    }

    #[test]
    fn the_example_of_the_specification_has_the_tiles_it_names() {
        let tiles: Vec<Tile> = Tile::between(0, 70_000).collect();
        let level = |wanted| tiles.iter().filter(move |tile| tile.content() == Content::Hashes { level: wanted });
        assert_eq!(level(0).filter(|tile| tile.is_full()).count(), 273);
        let partial = tiles.iter().copied().filter(|tile| !tile.is_full());
        let expected = ["tile/entries/273.p/112", "tile/0/273.p/112", "tile/1/001.p/17", "tile/2/000.p/1"];
        assert_eq!(paths(partial), expected);
        assert_eq!(level(1).count(), 2);
        let expected = ["tile/entries/000", "tile/0/000", "tile/1/000.p/1"];
        assert_eq!(paths(Tile::between(0, 256)), expected);
    }

    #[test]
    fn growing_writes_only_what_changed() {
        assert_eq!(paths(Tile::between(7, 7)), [""; 0]);
        assert_eq!(paths(Tile::between(8, 7)), [""; 0]);
        assert_eq!(paths(Tile::between(7, 9)), ["tile/entries/000.p/9", "tile/0/000.p/9"]);
        let expected = ["tile/entries/000", "tile/entries/001.p/1", "tile/0/000", "tile/0/001.p/1", "tile/1/000.p/1"];
        assert_eq!(paths(Tile::between(255, 257)), expected);
        assert_eq!(paths(Tile::between(u64::MAX - 1, u64::MAX)).len(), 2);
    }

    #[test]
    fn a_tile_that_a_tree_does_not_have_is_none() {
        let leaves = Content::Hashes { level: 0 };
        assert_eq!(Tile::in_tree(leaves, 0, 0), None);
        assert_eq!(Tile::in_tree(leaves, 1, 256), None);
        assert_eq!(Tile::in_tree(leaves, u64::MAX, u64::MAX), None);
        assert_eq!(Tile::in_tree(Content::Hashes { level: 63 }, 0, u64::MAX), None);
        assert_eq!(Tile::in_tree(leaves, 1, 257).map(|tile| tile.width()), Some(1));
        assert!(Tile::new(leaves, 0, 0).is_err());
        assert!(Tile::new(leaves, 0, 257).is_err());
        assert!(Tile::new(Content::Hashes { level: 64 }, 0, 1).is_err());
    }
}
