//! Reading ahead: while a block of lines is looked at, the next one is read.

use std::ops::ControlFlow;
use std::sync::mpsc;
use std::thread;

use super::super::Error;
use super::super::store::{Store, Visit};

/// As [`Store::blocks`] from the first line on; at most two blocks are in memory besides the one that is shown.
pub(super) fn blocks(store: &dyn Store, visit: &mut Visit<'_>) -> Result<(), Error> {
    let (give, take) = mpsc::sync_channel::<(u64, Vec<u8>)>(1);
    let (give_back, take_back) = mpsc::channel::<Vec<u8>>();
    thread::scope(|scope| {
        let reader = scope.spawn(move || {
            store.blocks(0, &mut |first, block| {
                // Memory that was used before costs nothing to get.
                let mut copy = take_back.try_recv().unwrap_or_default();
                copy.clear();
                copy.extend_from_slice(block);
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
