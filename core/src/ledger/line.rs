//! One line of the log's files: the envelope around a record.
//!
//! ```text
//! {"hash":"sha256:…","mac":"hmac-sha256:<epoch>:<64 hex>","private":{…},"record":{…},"sig":"ed25519:<base64>"}
//! ```
//! - `hash`: SHA-256 of the bytes of `record`.
//! - `mac`: HMAC-SHA256 under the epoch's key over the previous line's MAC and the bytes of `record`: the writer's own chain.
//! - `sig`: Ed25519 over [`signed_message`].
//!
//! Readers take the parts out by position and hash the bytes as stored; nothing is serialised again.
#![warn(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use std::sync::LazyLock;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use memchr::memmem::Finder;

use crate::event::Record;
use crate::hash::{Hash, from_digits, to_digits};
use crate::merkle;

use super::Error;

const OPEN: &[u8] = br#"{"hash":"sha256:"#;
const MAC: &[u8] = br#"","mac":"hmac-sha256:"#;
const PRIVATE: &[u8] = br#"","private":"#;
const RECORD: &[u8] = br#","record":"#;
const SIG: &[u8] = br#","sig":"ed25519:"#;
const CLOSE: &[u8] = br#""}"#;

static FIND_RECORD: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new(RECORD));

/// Base64 of 64 bytes.
const SIG_LEN: usize = 88;

/// The most bytes that the frame around both parts may have, with the line feed.
pub(super) const FRAME: usize = 512;

/// The most bytes that a private part may have: as stored, it is a little larger than the event that it came in.
pub const MAX_PRIVATE: usize = 2 << 20;

/// The most bytes that one line may have: both parts, and the frame around them.
pub const MAX_BYTES: usize = crate::event::record::MAX_BYTES + MAX_PRIVATE + FRAME;

/// A writer's MAC, and the epoch whose key made it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mac {
    /// The key's epoch.
    pub epoch: u64,
    /// HMAC-SHA256.
    pub bytes: [u8; 32],
}

/// The parts of a line. Borrowed: nothing is copied.
#[derive(Debug, Clone, Copy)]
pub struct Line<'a> {
    /// As stored.
    pub hash: Hash,
    /// SHA-256 of `record`, computed now.
    pub computed: Hash,
    /// As stored.
    pub mac: Mac,
    /// The private part as stored.
    pub private: &'a [u8],
    /// The public part: canonical JSON.
    pub record: &'a [u8],
    /// As stored.
    pub signature: [u8; 64],
}

/// The line does not have the form of an envelope.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a log line: {part} is missing or malformed")]
pub struct Malformed {
    /// Which part.
    pub part: &'static str,
}

/// What the writer's key signs for a record: a name for this use of the key, and the record's hash.
pub fn signed_message(hash: &Hash) -> [u8; 52] {
    let mut message = *b"touchmark/record/v1\n00000000000000000000000000000000";
    message.iter_mut().skip(20).zip(hash.as_bytes()).for_each(|(to, from)| *to = *from);
    message
}

/// Writes a line, with its line feed, to the end of `out`.
pub fn write(out: &mut Vec<u8>, hash: &Hash, mac: &Mac, private: &[u8], record: &[u8], signature: &[u8]) {
    out.extend_from_slice(OPEN);
    out.extend_from_slice(&to_digits(hash.as_bytes()));
    out.extend_from_slice(MAC);
    out.extend_from_slice(mac.epoch.to_string().as_bytes());
    out.push(b':');
    out.extend_from_slice(&to_digits(&mac.bytes));
    out.extend_from_slice(PRIVATE);
    out.extend_from_slice(private);
    out.extend_from_slice(RECORD);
    out.extend_from_slice(record);
    out.extend_from_slice(SIG);
    out.extend_from_slice(STANDARD.encode(signature).as_bytes());
    out.extend_from_slice(CLOSE);
    out.push(b'\n');
}

impl<'a> Line<'a> {
    /// Takes the line at `seq` apart and checks that its parts belong together: the record gives its hash, stands where it says,
    /// and names the private part beside it. What the record before and the log's key say is for [`check`](super::check).
    pub fn whole(seq: u64, line: &'a [u8]) -> Result<(Self, Record), Error> {
        let line = Self::parse(line).map_err(|source| Error::Damaged { seq, source })?;
        if line.computed != line.hash {
            return Err(Error::Changed { seq, part: "its public part" });
        }
        let record = Record::from_bytes(line.record).map_err(|source| Error::Unreadable { seq, source })?;
        if record.seq != seq {
            return Err(Error::Misplaced { seq, says: record.seq });
        }
        if record.private.stored != Hash::of(line.private) {
            return Err(Error::Changed { seq, part: "its private part" });
        }
        Ok((line, record))
    }

    /// Takes a line (without its line feed) apart. Says nothing yet about whether the parts agree.
    pub fn parse(line: &'a [u8]) -> Result<Self, Malformed> {
        Self::parse_with(line, |record| (Hash::of(record), ())).map(|(line, ())| line)
    }

    /// As [`Self::parse`], with the record's leaf hash in a log's tree.
    pub fn with_leaf(line: &'a [u8]) -> Result<(Self, Hash), Malformed> {
        Self::parse_with(line, merkle::hash_and_leaf)
    }

    /// `digest_of` gives a record's hash, and what else is to be known of it.
    fn parse_with<T>(line: &'a [u8], digest_of: impl Fn(&[u8]) -> (Hash, T)) -> Result<(Self, T), Malformed> {
        let rest = line.strip_prefix(OPEN).ok_or(Malformed { part: "hash" })?;
        let (hash, rest) = digest(rest, "hash")?;
        let rest = rest.strip_prefix(MAC).ok_or(Malformed { part: "mac" })?;
        let (epoch, rest) = epoch(rest)?;
        let (mac, rest) = digest(rest, "mac")?;
        let rest = rest.strip_prefix(PRIVATE).ok_or(Malformed { part: "private" })?;
        let rest = rest.strip_suffix(CLOSE).ok_or(Malformed { part: "end of line" })?;
        let at = rest.len().checked_sub(SIG_LEN).ok_or(Malformed { part: "sig" })?;
        let (rest, sig) = rest.split_at_checked(at).ok_or(Malformed { part: "sig" })?;
        let signature =
            STANDARD.decode(sig).ok().and_then(|bytes| bytes.try_into().ok()).ok_or(Malformed { part: "sig" })?;
        let parts = rest.strip_suffix(SIG).ok_or(Malformed { part: "sig" })?;
        let hash = Hash::from_bytes(hash);
        let (private, record, (computed, more)) = split(parts, &hash, digest_of)?;
        Ok((Self { hash, computed, mac: Mac { epoch, bytes: mac }, private, record, signature }, more))
    }
}

/// Where a line says that it stands. `None` for a line that cannot be read.
pub(super) fn position(line: &[u8]) -> Option<u64> {
    #[derive(serde::Deserialize)]
    struct Position {
        seq: u64,
    }
    let line = Line::parse(line).ok()?;
    serde_json::from_slice::<Position>(line.record).ok().map(|position| position.seq)
}

/// The private part, the public one, and what was computed of that.
type Both<'a, T> = (&'a [u8], &'a [u8], (Hash, T));

/// Parts `private` from `record`.
///
/// The mark between them can also stand inside the private part, as one of its keys. Nearly always it does not, and the hash says so.
/// Where it does, the private part is what reads as one JSON value. Two hashes at most: a line full of marks costs no more.
fn split<'a, T>(
    parts: &'a [u8],
    hash: &Hash,
    digest_of: impl Fn(&[u8]) -> (Hash, T),
) -> Result<Both<'a, T>, Malformed> {
    let refuse = Malformed { part: "record" };
    let at = |at: usize| {
        let (private, rest) = parts.split_at_checked(at)?;
        let record = rest.strip_prefix(RECORD)?;
        Some((private, record, digest_of(record)))
    };
    let first = FIND_RECORD.find(parts).and_then(at).ok_or(refuse)?;
    if first.2.0 == *hash {
        return Ok(first);
    }
    let mut values = serde_json::Deserializer::from_slice(parts).into_iter::<serde::de::IgnoredAny>();
    match values.next() {
        Some(Ok(_)) => at(values.byte_offset()).ok_or(refuse),
        _ => Ok(first),
    }
}

fn digest<'a>(bytes: &'a [u8], part: &'static str) -> Result<([u8; 32], &'a [u8]), Malformed> {
    let (digits, rest) = bytes.split_first_chunk().ok_or(Malformed { part })?;
    Ok((from_digits(digits).ok_or(Malformed { part })?, rest))
}

/// A decimal without leading zeros and a colon.
fn epoch(bytes: &[u8]) -> Result<(u64, &[u8]), Malformed> {
    let refuse = Malformed { part: "mac epoch" };
    let colon = bytes.iter().take(21).position(|b| *b == b':').ok_or(refuse)?;
    let (digits, rest) = bytes.split_at_checked(colon).ok_or(refuse)?;
    let plain = digits == b"0" || (digits.iter().all(u8::is_ascii_digit) && digits.first().is_some_and(|b| *b != b'0'));
    let text = std::str::from_utf8(digits).map_err(|_| refuse)?;
    let epoch = text.parse().ok().filter(|_| plain).ok_or(refuse)?;
    Ok((epoch, rest.strip_prefix(b":").ok_or(refuse)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(private: &[u8], record: &[u8]) -> Vec<u8> {
        let mut out = Vec::new();
        write(&mut out, &Hash::of(record), &Mac { epoch: 7, bytes: [0xab; 32] }, private, record, &[9; 64]);
        out.pop();
        out
    }

    #[test]
    fn parts_come_back_as_stored() {
        let line = sample(br#"{"fields":{}}"#, br#"{"body":{},"seq":1}"#);
        let parsed = Line::parse(&line).expect("line");
        assert_eq!(parsed.private, br#"{"fields":{}}"#);
        assert_eq!(parsed.record, br#"{"body":{},"seq":1}"#);
        assert_eq!(parsed.hash, parsed.computed);
        assert_eq!(parsed.mac, Mac { epoch: 7, bytes: [0xab; 32] });
        assert_eq!(parsed.signature, [9; 64]);
        serde_json::from_slice::<serde_json::Value>(&line).expect("a line is JSON that any tool reads");
    }

    #[test]
    fn a_parameter_named_record_does_not_confuse_the_reader() {
        let line = sample(br#"{"fields":{"parameters":{"a":1,"record":{"x":2}}}}"#, br#"{"body":{"a":1,"record":{}}}"#);
        let parsed = Line::parse(&line).expect("line");
        assert_eq!(parsed.record, br#"{"body":{"a":1,"record":{}}}"#);
    }

    #[test]
    fn a_changed_record_is_told_from_its_private_part_although_that_holds_the_mark() {
        let line = sample(br#"{"fields":{"a":1,"record":{"x":",\"record\":{}"}}}"#, br#"{"body":{"a":1}}"#);
        let changed = String::from_utf8(line).expect("text").replace("\"body\"", "\"Body\"");
        let parsed = Line::parse(changed.as_bytes()).expect("line");
        assert_ne!(parsed.hash, parsed.computed);
        assert_eq!(parsed.record, br#"{"Body":{"a":1}}"#);
        // Where the private part is not JSON either, any division will do: it is found to be wrong.
        let broken = changed.replace("{\"fields\"", "[\"fields\"");
        assert_ne!(Line::parse(broken.as_bytes()).map(|line| line.computed), Ok(parsed.hash));
    }

    #[test]
    fn a_line_full_of_marks_is_taken_apart_at_once() {
        // With one hash for each mark this would take hours.
        let private = format!("{{{}}}", vec![r#""a":1,"record":1"#; 50_000].join(","));
        let mut line = sample(private.as_bytes(), b"{}");
        let last_of_hash = OPEN.len() + 63;
        line[last_of_hash] = if line[last_of_hash] == b'0' { b'1' } else { b'0' };
        let parsed = Line::parse(&line).expect("line");
        assert_eq!((parsed.private, parsed.record), (private.as_bytes(), b"{}".as_slice()));
    }

    #[test]
    fn every_truncation_and_every_change_of_the_frame_is_refused() {
        let line = sample(b"{}", b"{}");
        for end in 0..line.len() {
            assert!(Line::parse(&line[..end]).is_err(), "cut at {end}");
        }
        for (from, to) in [
            ("\"mac\"", "\"Mac\""),
            (":7:", ":07:"),
            (":7:", "::"),
            (":7:", ":+7:"),
            ("sha256:", "sha512:"),
            ("abab", "ABAB"),
        ] {
            let changed = String::from_utf8(line.clone()).expect("text").replacen(from, to, 1);
            assert!(Line::parse(changed.as_bytes()).is_err(), "{from} -> {to}");
        }
    }
}
