//! The outside of PEM files (RFC 7468): where the blocks lie and what they call themselves.
//!
//! Decodes nothing. Text around the blocks, as OpenSSL and trust stores write it, is skipped.

/// One `-----BEGIN …-----` to `-----END …-----`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Block<'a> {
    /// What stands after BEGIN.
    pub(super) label: &'a str,
    /// The block with its first and last line.
    pub(super) text: &'a str,
}

/// The blocks of `text`, in order. Stops at one that does not end.
pub(super) fn blocks(text: &str) -> impl Iterator<Item = Block<'_>> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let (block, after) = first_block(rest)?;
        rest = after;
        Some(block)
    })
}

fn first_block(text: &str) -> Option<(Block<'_>, &str)> {
    const BEGIN: &str = "-----BEGIN ";
    let (_, from) = text.split_at_checked(text.find(BEGIN)?)?;
    let (label, _) = from.strip_prefix(BEGIN)?.split_once("-----")?;
    let end = format!("-----END {label}-----");
    let length = from.find(&end)?.checked_add(end.len())?;
    let (text, after) = from.split_at_checked(length)?;
    Some((Block { label, text }, after))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(text: &str) -> Vec<&str> {
        blocks(text).map(|block| block.label).collect()
    }

    #[test]
    fn blocks_are_found_between_other_text() {
        let text =
            "subject: A\n-----BEGIN A-----\nAAAA\n-----END A-----\n\n# note\n-----BEGIN B C-----\n-----END B C-----";
        assert_eq!(labels(text), ["A", "B C"]);
        assert_eq!(blocks(text).next().map(|block| block.text), Some("-----BEGIN A-----\nAAAA\n-----END A-----"));
    }

    #[test]
    fn a_block_without_an_end_is_none() {
        for text in ["", "-----BEGIN ", "-----BEGIN A", "-----BEGIN A-----\nAAAA", "-----BEGIN A-----\n-----END B-----"]
        {
            assert!(labels(text).is_empty(), "{text:?}");
        }
    }
}
