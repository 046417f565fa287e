//! The text of a proof of absence.
//!
//! ```text
//! touchmark/absence@v1
//! name sha256:…
//!
//! anchor 65536
//! {"body":{"segment":{"end":65536,"first":0,"leaves":91214,"root":"sha256:…"}},…}
//! B95lDa8R83lS8n0eG+o0buTxRKQTYFi//1U8anccXmA=
//! left 41 sha256:…
//! gSKyXoYZUgZ6jduWYrkDOARinOMGJveXjgMkBTcdPlQ=
//! right 42 sha256:…
//! EKNzoDWG8LGC0Yp9o+sv3qllpMP9uHQ9B20KNL+Q1zs=
//!
//! example.com/log
//! 70000
//! sFodV/vSp5O8n9a8QpW6PRY97tfOSW5bsc2Xl/EQi08=
//!
//! — example.com/log hI2DJw…
//! ```
//!
//! What is absent; a paragraph for each sealed run, in order; the signed checkpoint that covers them all. A run's paragraph has the
//! position of its ANCHOR record, the record's public part as it stands in the log, and the record's inclusion proof, the leaf's
//! sibling first; then the neighbours of the name in the run's sorted tree, each with its index and its inclusion proof there. A
//! neighbour is left out where there is none.
#![warn(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use std::fmt;
use std::iter::Peekable;
use std::str::Split;

use crate::event::record;
use crate::hash::Hash;
use crate::tlog::Error;
use crate::tlog::checkpoint::SignedCheckpoint;
use crate::tlog::proof::MAX_HASHES;
use crate::tlog::text::{decimal, hash, malformed, to_base64, utf8};

use super::Name;

const HEADER: &str = "touchmark/absence@v1";
const WHAT: &str = "proof of absence";

/// The most bytes of a proof: some 20,000 runs.
pub const MAX_PROOF: usize = 64 << 20;

/// A proof that parses; whether it holds is for [`verify`](Self::verify). `Display` is the whole text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proof {
    /// What is absent.
    pub name: Name,
    /// The sealed runs, one behind the other.
    pub runs: Vec<Run>,
    /// What covers them.
    pub checkpoint: SignedCheckpoint,
}

/// One sealed run: its ANCHOR record, and the place where the name would stand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Run {
    /// The position of the ANCHOR record in the log.
    pub anchor: u64,
    /// Its public part, as stored.
    pub record: String,
    /// Its inclusion proof under the checkpoint.
    pub hashes: Vec<Hash>,
    /// The last name before the one that is absent.
    pub left: Option<Neighbour>,
    /// The first name behind it.
    pub right: Option<Neighbour>,
}

/// A name in a run's sorted tree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Neighbour {
    /// Its place, from 0.
    pub index: u64,
    /// The name.
    pub name: Name,
    /// Its inclusion proof, the leaf's sibling first.
    pub hashes: Vec<Hash>,
}

impl Proof {
    /// Parses the whole text. What is accepted is written again byte for byte.
    pub fn parse(bytes: &[u8]) -> Result<Self, Error> {
        let whole = utf8(MAX_PROOF, WHAT, bytes)?;
        let bad = |expected| malformed(WHAT, expected, whole);
        let rest = whole.strip_prefix(HEADER).and_then(|rest| rest.strip_prefix("\nname "));
        let rest =
            rest.ok_or_else(|| bad("touchmark/absence@v1 in the first line, and in the second what is absent"))?;
        let (name, mut rest) = rest.split_once("\n\n").ok_or_else(|| bad("an empty line behind the name"))?;
        let name = parse_name(name)?;
        let mut runs = Vec::new();
        while rest.starts_with("anchor ") {
            let (run, behind) = rest.split_once("\n\n").ok_or_else(|| bad("an empty line behind each run"))?;
            runs.push(parse_run(run)?);
            rest = behind;
        }
        Ok(Self { name, runs, checkpoint: SignedCheckpoint::parse(rest.as_bytes())? })
    }
}

fn parse_name(text: &str) -> Result<Name, Error> {
    text.parse().map_err(|_| malformed("name", "sha256: or hmac-sha256: and 64 hexadecimal digits", text))
}

fn parse_run(text: &str) -> Result<Run, Error> {
    let mut lines = text.split('\n').peekable();
    let anchor = lines.next().and_then(|line| decimal(line.strip_prefix("anchor ")?));
    let anchor = anchor.ok_or_else(|| malformed("anchor line", "the word anchor, a space and a position", text))?;
    let record = lines.next().filter(|line| line.starts_with('{') && line.len() <= record::MAX_BYTES);
    let record = record.ok_or_else(|| malformed("anchor", "the record's public part on the next line", text))?;
    let record = record.to_owned();
    let hashes = parse_hashes(&mut lines)?;
    let left = parse_neighbour("left ", &mut lines)?;
    let right = parse_neighbour("right ", &mut lines)?;
    match lines.next() {
        None => Ok(Run { anchor, record, hashes, left, right }),
        Some(line) => Err(malformed("run", "left, right, or an empty line", line)),
    }
}

fn parse_neighbour(side: &str, lines: &mut Peekable<Split<'_, char>>) -> Result<Option<Neighbour>, Error> {
    let Some(line) = lines.next_if(|line| line.starts_with(side)) else { return Ok(None) };
    let parts = line.strip_prefix(side).and_then(|rest| rest.split_once(' '));
    let parts = parts.and_then(|(index, name)| Some((decimal(index)?, name)));
    let (index, name) = parts.ok_or_else(|| malformed("neighbour", "its side, its index and its name", line))?;
    Ok(Some(Neighbour { index, name: parse_name(name)?, hashes: parse_hashes(lines)? }))
}

fn parse_hashes(lines: &mut Peekable<Split<'_, char>>) -> Result<Vec<Hash>, Error> {
    let mut hashes = Vec::new();
    while let Some(line) = lines.next_if(|line| !line.starts_with("left ") && !line.starts_with("right ")) {
        if hashes.len() >= MAX_HASHES {
            return Err(Error::TooMany { what: "proof hashes", limit: MAX_HASHES });
        }
        hashes.push(hash(line).ok_or_else(|| malformed("proof hash", "32 bytes in base64", line))?);
    }
    Ok(hashes)
}

impl fmt::Display for Proof {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{HEADER}\nname {}\n\n", self.name)?;
        for run in &self.runs {
            write!(f, "anchor {}\n{}\n", run.anchor, run.record)?;
            write_hashes(f, &run.hashes)?;
            for (side, neighbour) in [("left", &run.left), ("right", &run.right)] {
                if let Some(neighbour) = neighbour {
                    writeln!(f, "{side} {} {}", neighbour.index, neighbour.name)?;
                    write_hashes(f, &neighbour.hashes)?;
                }
            }
            writeln!(f)?;
        }
        write!(f, "{}", self.checkpoint)
    }
}

fn write_hashes(f: &mut fmt::Formatter<'_>, hashes: &[Hash]) -> fmt::Result {
    hashes.iter().try_for_each(|hash| writeln!(f, "{}", to_base64(hash.as_bytes())))
}
