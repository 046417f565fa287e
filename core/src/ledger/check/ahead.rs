//! Reading ahead: while a block of lines is looked at, the next one is read and cut into lines.

use std::ops::ControlFlow;
use std::sync::mpsc;
use std::thread;

use super::super::Error;
use super::super::store::Store;

/// Some lines that stand one behind the other.
#[derive(Default)]
pub(super) struct Block {
    bytes: Vec<u8>,
    /// Where each line ends, without its line feed.
    ends: Vec<usize>,
}

impl Block {
    fn fill(&mut self, block: &[u8]) {
        self.bytes.clear();
        self.bytes.extend_from_slice(block);
        self.ends.clear();
        self.ends.extend(memchr::memchr_iter(b'\n', block));
    }

    /// How many lines.
    pub(super) fn len(&self) -> usize {
        self.ends.len()
    }

    /// One of the lines.
    pub(super) fn line(&self, at: usize) -> &[u8] {
        let start = at.checked_sub(1).and_then(|before| self.ends.get(before)).map_or(0, |end| end + 1);
        self.ends.get(at).and_then(|end| self.bytes.get(start..*end)).unwrap_or_default()
    }
}

/// As [`Store::blocks`]; at most two blocks are in memory besides the one that is shown.
pub(super) fn blocks(
    store: &dyn Store,
    from: u64,
    visit: &mut dyn FnMut(u64, &Block) -> ControlFlow<()>,
) -> Result<(), Error> {
    let (give, take) = mpsc::sync_channel::<(u64, Block)>(1);
    let (give_back, take_back) = mpsc::channel::<Block>();
    thread::scope(|scope| {
        let reader = scope.spawn(move || {
            store.blocks(from, &mut |first, block| {
                // Memory that was used before costs nothing to get.
                let mut copy = take_back.try_recv().unwrap_or_default();
                copy.fill(block);
                match give.send((first, copy)) {
                    Ok(()) => ControlFlow::Continue(()),
                    Err(_nobody_looks_any_more) => ControlFlow::Break(()),
                }
            })
        });
        for (first, block) in take {
            if visit(first, &block).is_break() {
                break;
            }
            drop(give_back.send(block));
        }
        reader.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    })
}
