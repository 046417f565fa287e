//! The bytes of a hash tile.
#![warn(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use super::super::Error;
use super::super::text::malformed;
use super::WIDTH;
use crate::hash::Hash;
use crate::merkle::root_of;

/// The length of a full tile, in bytes: 256 hashes of 32 bytes.
pub const MAX_TILE: usize = WIDTH as usize * 32;

/// The hashes of one tile, 1 to 256, in the order of the tree. As bytes they simply follow each other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HashTile(Vec<Hash>);

impl HashTile {
    /// A tile of these hashes.
    pub fn new(hashes: Vec<Hash>) -> Result<Self, Error> {
        if hashes.is_empty() || hashes.len() > usize::from(WIDTH) {
            return Err(malformed("hash tile", "1 to 256 hashes", &hashes.len().to_string()));
        }
        Ok(Self(hashes))
    }

    /// Parses the bytes of a tile that must have exactly `width` hashes.
    pub fn decode(bytes: &[u8], width: u16) -> Result<Self, Error> {
        let (hashes, rest) = bytes.as_chunks::<32>();
        if hashes.len() != usize::from(width) || !rest.is_empty() {
            return Err(malformed("hash tile", "32 bytes for each hash", &format!("{} bytes", bytes.len())));
        }
        Self::new(hashes.iter().copied().map(Hash::from_bytes).collect())
    }

    /// The bytes of the tile.
    pub fn encode(&self) -> Vec<u8> {
        self.0.iter().flat_map(|hash| *hash.as_bytes()).collect()
    }

    /// The hashes.
    pub fn hashes(&self) -> &[Hash] {
        &self.0
    }

    /// The node over `count` hashes from `first` on, or `None` if the tile has no such node: `count` is a power of two
    /// and divides `first`.
    pub fn node(&self, first: u16, count: u16) -> Option<Hash> {
        if !count.is_power_of_two() || !first.is_multiple_of(count) {
            return None;
        }
        let end = first.checked_add(count)?;
        let hashes = self.0.get(usize::from(first)..usize::from(end))?;
        Some(root_of(hashes.iter().copied()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::merkle::{Levels, Nodes, leaf_hash};

    fn hashes(count: u16) -> Vec<Hash> {
        (0..count).map(|n| leaf_hash(&n.to_be_bytes())).collect()
    }

    #[test]
    fn a_tile_gives_every_node_inside_it() {
        let tile = HashTile::new(hashes(256)).expect("full");
        let tree: Levels = hashes(256).into_iter().collect();
        for level in 0..=8_u8 {
            for index in 0..(256_u16 >> level) {
                let node = tree.node(level, u64::from(index)).expect("complete");
                assert_eq!(tile.node(index << level, 1 << level), Some(node), "({level}, {index})");
            }
        }
        assert_eq!(tile.node(1, 2), None, "not a node");
        assert_eq!(tile.node(0, 3), None, "not a node");
        assert_eq!(tile.node(0, 0), None, "not a node");
        let partial = HashTile::new(hashes(5)).expect("partial");
        assert_eq!(partial.node(4, 2), None, "beyond the tile");
        assert_eq!(partial.node(u16::MAX, 1), None, "beyond the tile");
    }

    #[test]
    fn bytes_of_another_length_are_refused() {
        let bytes = HashTile::new(hashes(3)).expect("partial").encode();
        assert_eq!(bytes.len(), 96);
        assert_eq!(HashTile::decode(&bytes, 3).expect("own bytes").hashes(), hashes(3));
        for (bytes, width) in [(&bytes[..], 2), (&bytes[..], 4), (&bytes[..95], 3), (&[], 0)] {
            assert!(HashTile::decode(bytes, width).is_err(), "{} bytes as {width}", bytes.len());
        }
        assert!(HashTile::decode(&[0; 257 * 32], 257).is_err());
        assert!(HashTile::new(Vec::new()).is_err());
    }
}
