//! Messages of many parts, taken block by block. What is short and has two parts goes quicker as it is cut in the module above: in one piece of work, and
//! not from block to block.

use super::rounds::{Block, State, alone, both};
use super::{BLOCK, fill_up};

/// Whole blocks that stand next to each other: in a part of the message, or put together where two parts meet and at the end.
enum Run<'a> {
    There(&'a [Block]),
    Met([Block; 2], std::ops::Range<usize>),
}

impl Run<'_> {
    fn blocks(&self) -> &[Block] {
        match self {
            Self::There(blocks) => blocks,
            Self::Met(blocks, left) => &blocks[left.clone()],
        }
    }

    fn advance(&mut self, by: usize) {
        match self {
            Self::There(blocks) => *blocks = &blocks[by..],
            Self::Met(_, left) => left.start += by,
        }
    }
}

/// A message on its way through the rounds.
struct Feed<'a> {
    parts: std::slice::Iter<'a, &'a [u8]>,
    rest: &'a [u8],
    buffer: Block,
    filled: usize,
    bytes: u64,
    is_at_end: bool,
    run: Run<'a>,
}

impl<'a> Feed<'a> {
    fn new(parts: &'a [&'a [u8]]) -> Self {
        let bytes = parts.iter().map(|part| part.len() as u64).sum();
        let run = Run::There(&[]);
        Self { parts: parts.iter(), rest: &[], buffer: [0; BLOCK], filled: 0, bytes, is_at_end: false, run }
    }

    /// Whether there are blocks to be hashed.
    fn has_more(&mut self) -> bool {
        while self.run.blocks().is_empty() {
            match self.next_run() {
                Some(run) => self.run = run,
                None => return false,
            }
        }
        true
    }

    fn next_run(&mut self) -> Option<Run<'a>> {
        loop {
            if self.rest.is_empty() {
                match self.parts.next() {
                    Some(part) => self.rest = part,
                    None if self.is_at_end => return None,
                    None => return Some(self.end()),
                }
            }
            if self.filled == 0 {
                let (blocks, rest) = self.rest.as_chunks();
                self.rest = rest;
                if !blocks.is_empty() {
                    return Some(Run::There(blocks));
                }
            }
            let (now, rest) = self.rest.split_at(self.rest.len().min(BLOCK - self.filled));
            self.buffer[self.filled..][..now.len()].copy_from_slice(now);
            (self.rest, self.filled) = (rest, self.filled + now.len());
            if self.filled == BLOCK {
                self.filled = 0;
                return Some(Run::Met([self.buffer; 2], 0..1));
            }
        }
    }

    /// What is left, filled up.
    fn end(&mut self) -> Run<'a> {
        self.is_at_end = true;
        let mut blocks = [[0; BLOCK]; 2];
        blocks[0][..self.filled].copy_from_slice(&self.buffer[..self.filled]);
        let count = fill_up(&mut blocks, self.filled, self.bytes);
        Run::Met(blocks, 0..count)
    }
}

/// Both messages as long as both have blocks, and then the longer one alone.
#[target_feature(enable = "sha,ssse3,sse4.1")]
pub(super) fn together(states: &mut [State; 2], messages: [&[&[u8]]; 2]) {
    let [mut one, mut other] = messages.map(Feed::new);
    while one.has_more() && other.has_more() {
        let (first, second) = (one.run.blocks(), other.run.blocks());
        let count = first.len().min(second.len());
        both(states, [first, second], 0..count);
        one.run.advance(count);
        other.run.advance(count);
    }
    for (state, feed) in states.iter_mut().zip([&mut one, &mut other]) {
        while feed.has_more() {
            let blocks = feed.run.blocks();
            let count = blocks.len();
            alone(state, blocks, 0..count);
            feed.run.advance(count);
        }
    }
}
