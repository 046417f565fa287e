//! One block as a gzip member: packed, unpacked, and what still comes out of a damaged one.

use std::io::{self, Read as _, Write as _};

use flate2::Compression;
use flate2::bufread::GzDecoder;
use flate2::write::GzEncoder;

/// How each member begins: no name, no time, of an unknown system.
const BEGIN: [u8; 10] = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff];

/// Packs lines.
pub(super) fn pack(lines: &[u8]) -> io::Result<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::with_capacity(lines.len()), Compression::default());
    encoder.write_all(lines)?;
    encoder.finish()
}

/// The lines of a member that holds so many, of so many bytes. A member with anything else in it is damaged; no more than these bytes
/// are ever unpacked.
pub(super) fn unpack(member: &[u8], lines: u64, bytes: usize) -> Result<Vec<u8>, String> {
    if !member.starts_with(&BEGIN) {
        return Err("it does not begin as a block does".to_owned());
    }
    let mut found = Vec::with_capacity(bytes);
    let mut decoder = GzDecoder::new(member);
    decoder.by_ref().take(bytes as u64 + 1).read_to_end(&mut found).map_err(|error| error.to_string())?;
    let counted = memchr::memchr_iter(b'\n', &found).count() as u64;
    if found.len() != bytes || counted != lines || found.last() != Some(&b'\n') || !decoder.get_ref().is_empty() {
        return Err(format!("it does not hold {lines} lines of {bytes} bytes together"));
    }
    Ok(found)
}

/// The whole lines that come out of a damaged member, at most so many. What they say may be wrong: whoever reads them judges.
pub(super) fn salvage(member: &[u8], lines: u64, bytes: usize) -> Vec<u8> {
    let mut found = Vec::with_capacity(bytes);
    let mut decoder = GzDecoder::new(member);
    let mut byte = [0];
    // One by one: a longer read that comes to the damage would lose what it found before.
    while found.len() < bytes && matches!(decoder.read(&mut byte), Ok(1)) {
        found.push(byte[0]);
    }
    let most = usize::try_from(lines).unwrap_or(usize::MAX);
    let end = memchr::memchr_iter(b'\n', &found).take(most).last().map_or(0, |last| last + 1);
    found.truncate(end);
    found
}
