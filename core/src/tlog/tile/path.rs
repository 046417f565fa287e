//! The names of tiles.
#![warn(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use std::fmt;
use std::str::FromStr;

use super::super::Error;
use super::super::text::{at_most, decimal, malformed};
use super::{Content, Tile, WIDTH};

/// The longest path, in bytes: `tile/entries/`, 2^64 in seven groups of which six have an `x` before and a slash after
/// the three digits, and `.p/255`.
pub const MAX_PATH: usize = 13 + 6 * 5 + 3 + 6;

impl fmt::Display for Tile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.content() {
            Content::Entries => f.write_str("tile/entries/")?,
            Content::Hashes { level } => write!(f, "tile/{level}/")?,
        }
        // The highest power of 1000 that the index reaches; 1000^6 < 2^64 < 1000^7.
        let groups = self.index().checked_ilog(1000).unwrap_or(0);
        for group in (1..=groups).rev() {
            write!(f, "x{:03}/", self.index().checked_div(1000_u64.pow(group)).unwrap_or(0) % 1000)?;
        }
        write!(f, "{:03}", self.index() % 1000)?;
        if self.is_full() { Ok(()) } else { write!(f, ".p/{}", self.width()) }
    }
}

impl FromStr for Tile {
    type Err = Error;

    fn from_str(path: &str) -> Result<Self, Error> {
        const WHAT: &str = "tile path";
        at_most(MAX_PATH, WHAT, path.len())?;
        let tile = parse(path).ok_or_else(|| malformed(WHAT, "tile/<level or entries>/<index>[.p/<width>]", path))?;
        // One tile has one path: no group of zeros in front, no width of a full tile behind.
        if tile.to_string() == path { Ok(tile) } else { Err(malformed(WHAT, "the one path of that tile", path)) }
    }
}

fn parse(path: &str) -> Option<Tile> {
    let (level, rest) = path.strip_prefix("tile/")?.split_once('/')?;
    let content = match level {
        "entries" => Content::Entries,
        level => Content::Hashes { level: decimal(level)?.try_into().ok()? },
    };
    let (index, width) = match rest.split_once(".p/") {
        Some((index, width)) => (index, decimal(width)?.try_into().ok()?),
        None => (rest, WIDTH),
    };
    let mut groups = index.split('/');
    let mut number = digits(groups.next_back()?)?;
    let mut scale = 1_u64;
    for group in groups.rev() {
        scale = scale.checked_mul(1000)?;
        number = number.checked_add(digits(group.strip_prefix('x')?)?.checked_mul(scale)?)?;
    }
    Tile::new(content, number, width).ok()
}

fn digits(group: &str) -> Option<u64> {
    let three = group.len() == 3 && group.bytes().all(|byte| byte.is_ascii_digit());
    if three { group.parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_written_and_read() {
        let hashes = |level| Content::Hashes { level };
        let cases = [
            (hashes(0), 0, 256, "tile/0/000"),
            (hashes(1), 999, 1, "tile/1/999.p/1"),
            (hashes(2), 1000, 255, "tile/2/x001/000.p/255"),
            (hashes(63), 1_234_067, 256, "tile/63/x001/x234/067"),
            (Content::Entries, 1_000_000, 256, "tile/entries/x001/x000/000"),
            (Content::Entries, u64::MAX, 255, "tile/entries/x018/x446/x744/x073/x709/x551/615.p/255"),
        ];
        for (content, index, width, path) in cases {
            let tile = Tile::new(content, index, width).expect("in range");
            assert_eq!(tile.to_string(), path);
            assert_eq!(path.parse::<Tile>().expect(path), tile);
            assert!(path.len() <= MAX_PATH, "{path}");
        }
    }

    #[test]
    fn paths_that_are_not_exact_are_refused() {
        let wrong = [
            "",
            "tile",
            "tile/0",
            "tile/0/",
            "/tile/0/000",
            "tile/0/0",
            "tile/0/0000",
            "tile/0/000/",
            "tile/00/000",
            "tile/64/000",
            "tile/300/000",
            "tile/-1/000",
            "tile/+1/000",
            "tile/data/000",
            "tile/0/x000/067",
            "tile/0/001/067",
            "tile/0/x01/067",
            "tile/0/X001/067",
            "tile/0/x001/x067",
            "tile/0/x001",
            "tile/0/+01",
            "tile/0/../000",
            "tile/0/000.p",
            "tile/0/000.p/",
            "tile/0/000.p/0",
            "tile/0/000.p/01",
            "tile/0/000.p/256",
            "tile/0/000.p/65537",
            "tile/0/000.p/1/",
            "tile/0/000.p/1.p/1",
            "tile/0/x018/x446/x744/x073/x709/x551/616",
            "tile/0/x001/x000/x000/x000/x000/x000/x000/000",
        ];
        for path in wrong {
            assert!(path.parse::<Tile>().is_err(), "{path} was accepted");
        }
    }
}
