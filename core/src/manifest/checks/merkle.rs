//! A hash over a still picture in blocks (C2PA 2.4, 15.12.2.1, A.5.4): each block of each `mdat`, in order, and all that is before it.
//!
//! The library follows the boxes that stand beside the picture and say which block is which, though no hash covers these: whoever swaps two of them
//! may swap the blocks. Here the tree is built from the picture alone. Nor does it ask what is left when the hash of the whole is left out, when
//! `mdat` is left out with its beginning, or when the file calls itself a film in fragments.
#![warn(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use std::ops::Range;

use serde_cbor::Value;

use crate::manifest::cbor;
use crate::media;

use super::Finding;
use super::binding::Parts;
use super::manifest::{array, digest, entry};

/// What of an `mdat` is covered by the hash of the whole: its header, and a little more.
const COVERED: usize = 16;

/// So many zeros at the end of such a box may be the end of a digest.
const LONGEST_DIGEST: usize = 64;

/// The most blocks that are hashed.
const MOST_BLOCKS: usize = 1 << 20;

pub(super) fn check(binding: &Value, claim_alg: Option<&str>, parts: &Parts<'_>) -> Result<(), Finding> {
    let boxes = media::top_boxes(parts.file, parts.media_type).ok_or_else(|| mismatch("its boxes cannot be read"))?;
    if !matches!(entry(binding, "hash"), Some(Value::Bytes(_))) {
        return Err(mismatch("it hashes the picture in blocks, and what stands before them not at all"));
    }
    if boxes.iter().any(|(kind, _)| kind == b"moof") {
        return Err(mismatch("it is a still picture, and has a fragment of a film in it"));
    }
    let left_out = array(entry(binding, "exclusions")).iter();
    let mut of_pictures = left_out.filter(|one| entry(one, "xpath").and_then(Value::as_str) == Some("/mdat"));
    if !of_pictures.all(leaves_the_beginning) {
        return Err(mismatch("it leaves out /mdat with its beginning, which no block covers"));
    }
    let pictures: Vec<&[u8]> = boxes
        .iter()
        .filter(|(kind, _)| kind == b"mdat")
        .filter_map(|(_, place)| parts.file.get(place.clone()))
        .collect();
    let trees = array(entry(binding, "merkle"));
    if trees.len() != pictures.len() {
        return Err(mismatch("it does not have one tree for each mdat"));
    }
    let alg = entry(binding, "alg").and_then(Value::as_str).or(claim_alg);
    let mut built = Vec::new();
    for (tree, picture) in trees.iter().zip(pictures) {
        let alg = entry(tree, "alg").and_then(Value::as_str).or(alg);
        let alg = alg.ok_or_else(|| mismatch("it names no algorithm"))?;
        built.push((tree, held(tree, picture.get(COVERED..).unwrap_or_default(), alg)?));
    }
    beside(&built, parts)
}

fn mismatch(words: &str) -> Finding {
    Finding::new("assertion.bmffHash.mismatch", words)
}

fn malformed(words: &str) -> Finding {
    Finding::new("assertion.bmffHash.malformed", words)
}

fn number(value: &Value, name: &str) -> Option<usize> {
    entry(value, name).and_then(count)
}

fn count(value: &Value) -> Option<usize> {
    match value {
        Value::Integer(number) => usize::try_from(*number).ok(),
        _ => None,
    }
}

/// As the standard has it (A.5.6): from the 16th byte to the end, and nothing else.
fn leaves_the_beginning(exclusion: &Value) -> bool {
    let [subset] = array(entry(exclusion, "subset")) else { return false };
    (number(subset, "offset"), number(subset, "length")) == (Some(COVERED), Some(0))
}

/// The rows of a tree, those of the blocks first.
type Rows = Vec<Vec<Vec<u8>>>;

/// The tree over the blocks of a picture, if it leads to the row of hashes that was signed.
fn held(tree: &Value, picture: &[u8], alg: &str) -> Result<Rows, Finding> {
    let blocks = blocks(tree, picture.len())?;
    if Some(blocks.len()) != number(tree, "count") {
        return Err(malformed("its blocks are not as many as it says"));
    }
    let hash = |bytes: &[u8]| digest(alg, bytes).ok_or_else(|| mismatch("its algorithm is not known"));
    let mut row =
        blocks.into_iter().map(|block| hash(picture.get(block).unwrap_or_default())).collect::<Result<Vec<_>, _>>()?;
    let mut rows = Vec::new();
    while row.len() > 1 {
        let above = row.chunks(2).map(|pair| match pair {
            [alone] => Ok(alone.clone()),
            both => hash(&both.concat()),
        });
        let above = above.collect::<Result<_, _>>()?;
        rows.push(std::mem::replace(&mut row, above));
    }
    rows.push(row);
    let signed = array(entry(tree, "hashes"));
    let same = |(signed, found): (&Value, &Vec<u8>)| matches!(signed, Value::Bytes(signed) if signed == found);
    if rows.iter().any(|row| row.len() == signed.len() && signed.iter().zip(row).all(same)) {
        return Ok(rows);
    }
    Err(mismatch("a block of the picture is not as it was"))
}

/// Where each block begins and ends.
fn blocks(tree: &Value, length: usize) -> Result<Vec<Range<usize>>, Finding> {
    let sizes: Vec<usize> = match (entry(tree, "fixedBlockSize"), entry(tree, "variableBlockSizes")) {
        (Some(_), Some(_)) => return Err(malformed("its blocks have one size and several")),
        (None, None) => vec![length],
        (Some(_), None) => {
            let size = number(tree, "fixedBlockSize").filter(|size| *size > 0);
            let size = size.ok_or_else(|| malformed("its blocks have no size"))?;
            if length.div_ceil(size) > MOST_BLOCKS {
                return Err(mismatch("it has more blocks than are looked at"));
            }
            let whole = std::iter::repeat_n(size, length.checked_div(size).unwrap_or_default());
            whole.chain(length.checked_rem(size).filter(|rest| *rest > 0)).collect()
        }
        (None, Some(sizes)) => {
            let sizes: Option<Vec<usize>> = array(Some(sizes)).iter().map(count).collect();
            sizes.ok_or_else(|| malformed("a block has no size"))?
        }
    };
    let mut end = 0_usize;
    let ends = sizes.into_iter().map(|size| {
        let start = end;
        end = end.saturating_add(size);
        start..end
    });
    let blocks: Vec<Range<usize>> = ends.collect();
    if blocks.last().map_or(0, |last| last.end) != length {
        return Err(malformed("its blocks are not all of the picture"));
    }
    Ok(blocks)
}

/// The boxes beside the picture, which are there for whoever has only a part of it: one for each block, in order, and nothing else in them.
fn beside(trees: &[(&Value, Rows)], parts: &Parts<'_>) -> Result<(), Finding> {
    let boxes = media::provenance(parts.file, parts.media_type).into_iter();
    let found: Vec<&[u8]> = boxes.filter(|(purpose, _)| *purpose == b"merkle").map(|(_, held)| held).collect();
    let mut expected = trees.iter().flat_map(|(tree, rows)| {
        let blocks = rows.first().map_or(0, Vec::len);
        (0..blocks).map(move |location| (*tree, rows, location))
    });
    for content in &found {
        let held = value(content).zip(expected.next());
        if !held.is_some_and(|(value, (tree, rows, location))| is_of(&value, tree, rows, location)) {
            return Err(mismatch("a box that no hash covers holds something else than its part of the hash"));
        }
    }
    if !found.is_empty() && expected.next().is_some() {
        return Err(malformed("not every block has its part of the hash"));
    }
    Ok(())
}

/// What stands in such a box, in front of zeros.
fn value(content: &[u8]) -> Option<Value> {
    let end = content.iter().rposition(|byte| *byte != 0).map_or(0, |last| last.saturating_add(1));
    (end..content.len().saturating_add(1)).take(LONGEST_DIGEST).find_map(|end| {
        let bytes = content.get(..end)?;
        cbor::look_over(bytes).ok()?;
        cbor::value(bytes).ok()
    })
}

/// Whether this is the part of that block, and no more: the hashes beside its way up, as far as they are given.
fn is_of(value: &Value, tree: &Value, rows: &Rows, location: usize) -> bool {
    let Value::Map(entries) = value else { return false };
    let hashes = array(entry(value, "hashes"));
    let mut beside = rows.iter().enumerate().filter_map(|(height, row)| {
        let at = location.checked_shr(u32::try_from(height).ok()?)?;
        row.get(at ^ 1).filter(|_| row.len() > 1)
    });
    let same = |hash: &Value| matches!(hash, Value::Bytes(hash) if Some(hash) == beside.next());
    let names = if hashes.is_empty() { 3 } else { 4 };
    let is_given = |name| entry(value, name).is_some() && entry(value, name) == entry(tree, name);
    entries.len() == names
        && is_given("uniqueId")
        && is_given("localId")
        && number(value, "location") == Some(location)
        && hashes.iter().all(same)
}
