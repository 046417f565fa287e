//! Blocks of 4 KiB: what an index file is read in, and checked by.

/// Bytes of a block.
pub(super) const BLOCK: usize = 4096;

/// Bytes of a block before its checksum.
pub(super) const ROOM: usize = BLOCK - 4;

/// A block that is not what was written there, or is not there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Broken;

/// Writes blocks, the first one with `salt` 0.
#[derive(Debug, Default)]
pub(super) struct Writer {
    bytes: Vec<u8>,
    salt: u32,
    number: u64,
}

impl Writer {
    /// Writes `items` of `size` bytes each, as many in a block as fit whole. The last block is filled up with zeros.
    pub(super) fn items(&mut self, size: usize, items: &[u8]) {
        for content in items.chunks((ROOM / size.max(1)).max(1) * size.max(1)) {
            self.block(content);
        }
    }

    fn block(&mut self, content: &[u8]) {
        let start = self.bytes.len();
        self.bytes.extend_from_slice(content);
        self.bytes.resize(start + ROOM, 0);
        let sum = checksum(self.salt, self.number, &self.bytes[start..]);
        self.bytes.extend_from_slice(&sum.to_le_bytes());
        if self.number == 0 {
            self.salt = sum;
        }
        self.number += 1;
    }

    pub(super) fn finish(self) -> Vec<u8> {
        self.bytes
    }
}

/// The content of block `number`, and its checksum. `salt` is the checksum of its file's first block: a block of another file is broken.
pub(super) fn open(salt: u32, number: u64, block: &[u8]) -> Result<(&[u8; ROOM], u32), Broken> {
    let (content, sum) = block.split_first_chunk::<ROOM>().ok_or(Broken)?;
    let sum = u32::from_le_bytes(sum.try_into().map_err(|_| Broken)?);
    if sum == checksum(salt, number, content) { Ok((content, sum)) } else { Err(Broken) }
}

fn checksum(salt: u32, number: u64, content: &[u8]) -> u32 {
    let mut sum = crc32fast::Hasher::new_with_initial(salt);
    sum.update(&number.to_le_bytes());
    sum.update(content);
    sum.finalize()
}
