//! Memory of files that are done with, for those that are still to be read.
//!
//! To get it anew from the system, which hands it out zeroed, takes as long as to read the file.

use std::sync::{Mutex, PoisonError};

/// More than this is not kept: about the input of a batch.
const MOST_BYTES: usize = 64 << 20;

/// Buffers that nobody uses any more.
#[derive(Debug, Default)]
pub struct Spare(Mutex<Vec<Vec<u8>>>);

impl Spare {
    /// An empty buffer with at least this capacity, in bytes.
    pub fn take(&self, room: usize) -> Vec<u8> {
        let mut spare = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let fits = |buffer: &Vec<u8>| (room..=room.saturating_mul(4)).contains(&buffer.capacity());
        match spare.iter().position(fits) {
            Some(at) => spare.swap_remove(at),
            None => Vec::with_capacity(room),
        }
    }

    /// Keeps a buffer, and forgets what is in it. The oldest ones go where there are too many.
    pub fn give(&self, mut buffer: Vec<u8>) {
        buffer.clear();
        let mut spare = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        spare.push(buffer);
        let mut kept = spare.iter().map(Vec::capacity).sum::<usize>();
        while kept > MOST_BYTES {
            kept -= spare.remove(0).capacity();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_buffer_comes_back_empty_where_it_fits_and_no_more_are_kept_than_allowed() {
        let spare = Spare::default();
        spare.give(vec![7; 1000]);
        assert!(spare.take(1001).capacity() < 4000, "it is too small, and another one is made");
        assert!(spare.take(200).capacity() < 1000, "it is too large to be given for so little");
        let again = spare.take(900);
        assert_eq!((again.len(), again.capacity()), (0, 1000));
        (0..3).for_each(|_| spare.give(Vec::with_capacity(MOST_BYTES / 2)));
        spare.give(Vec::with_capacity(MOST_BYTES + 1));
        assert_eq!(spare.0.lock().expect("a lock").len(), 0);
        (0..3).for_each(|_| spare.give(Vec::with_capacity(MOST_BYTES / 2)));
        assert_eq!(spare.0.lock().expect("a lock").len(), 2);
    }
}
