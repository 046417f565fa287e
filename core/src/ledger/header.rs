//! The parts of a record by which it is chained, checked and found, read from its bytes.
//!
//! Nearly every record is canonical JSON without an escape in it. [`Header::read`] goes through such a one by itself, which takes a third of
//! the time of a general JSON reader; at whatever else it meets it leaves the record to `serde_json`, which has the last word.
#![warn(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use std::borrow::Cow;

use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

use crate::hash::{self, Hash};

/// Objects and lists inside each other; deeper ones are left to the general reader.
const DEEPEST: u8 = 32;

/// A record's public part, as far as any record has it.
#[derive(Debug, PartialEq, Eq, Deserialize)]
pub(super) struct Header<'a> {
    /// JSON.
    #[serde(borrow, deserialize_with = "unread")]
    pub(super) body: &'a str,
    #[serde(borrow)]
    pub(super) id: Cow<'a, str>,
    pub(super) prev: Hash,
    pub(super) private: Stored,
    pub(super) seq: u64,
    #[serde(borrow)]
    pub(super) time: Cow<'a, str>,
    #[serde(borrow, rename = "type")]
    pub(super) kind: Cow<'a, str>,
}

#[derive(Debug, PartialEq, Eq, Deserialize)]
pub(super) struct Stored {
    pub(super) stored: Hash,
}

fn unread<'de, D: Deserializer<'de>>(deserializer: D) -> Result<&'de str, D::Error> {
    <&RawValue>::deserialize(deserializer).map(RawValue::get)
}

impl<'a> Header<'a> {
    /// Reads a record's public part.
    pub(super) fn read(record: &'a [u8]) -> Result<Self, serde_json::Error> {
        plain(record).map_or_else(|| serde_json::from_slice(record), Ok)
    }
}

/// `None` where the record is not plain enough, or not a record.
fn plain(record: &[u8]) -> Option<Header<'_>> {
    let mut reader = Plain { rest: record };
    let (mut body, mut id, mut prev, mut private) = (None, None, None, None);
    let (mut seq, mut time, mut kind) = (None, None, None);
    reader.take(b'{')?;
    loop {
        let name = reader.text().filter(|name| name.is_ascii())?;
        reader.take(b':')?;
        match name {
            b"body" => once(&mut body, utf8(reader.json()?)?)?,
            b"id" => once(&mut id, utf8(reader.text()?)?)?,
            b"prev" => once(&mut prev, reader.hash()?)?,
            b"private" => once(&mut private, reader.private()?)?,
            b"seq" => once(&mut seq, utf8(reader.number()?)?.parse().ok()?)?,
            b"time" => once(&mut time, utf8(reader.text()?)?)?,
            b"type" => once(&mut kind, utf8(reader.text()?)?)?,
            _ => reader.value(DEEPEST)?,
        }
        if reader.take(b',').is_none() {
            break;
        }
    }
    reader.take(b'}')?;
    reader.rest.is_empty().then_some(())?;
    let (id, time, kind) = (id?.into(), time?.into(), kind?.into());
    Some(Header { body: body?, id, prev: prev?, private: private?, seq: seq?, time, kind })
}

/// Twice the same name is not plain.
fn once<T>(place: &mut Option<T>, value: T) -> Option<()> {
    place.replace(value).is_none().then_some(())
}

fn utf8(text: &[u8]) -> Option<&str> {
    str::from_utf8(text).ok()
}

/// JSON without spaces and escapes.
struct Plain<'a> {
    rest: &'a [u8],
}

impl<'a> Plain<'a> {
    fn take(&mut self, byte: u8) -> Option<()> {
        let (first, rest) = self.rest.split_first()?;
        (*first == byte).then(|| self.rest = rest)
    }

    fn literal(&mut self, literal: &[u8]) -> Option<()> {
        self.rest = self.rest.strip_prefix(literal)?;
        Some(())
    }

    fn text(&mut self) -> Option<&'a [u8]> {
        self.take(b'"')?;
        let end = memchr::memchr2(b'"', b'\\', self.rest)?;
        let (text, rest) = self.rest.split_at_checked(end)?;
        self.rest = rest;
        self.take(b'"')?;
        // A minimum is a few instructions for any text; to stop at the first control character is not.
        let least = text.iter().fold(u8::MAX, |least, byte| least.min(*byte));
        (least >= 0x20).then_some(text)
    }

    fn hash(&mut self) -> Option<Hash> {
        let digits = self.text()?.strip_prefix(b"sha256:")?.try_into().ok()?;
        hash::from_digits(digits).map(Hash::from_bytes)
    }

    fn private(&mut self) -> Option<Stored> {
        self.literal(br#"{"fields":"#)?;
        self.text()?;
        self.literal(br#","stored":"#)?;
        let stored = self.hash()?;
        self.take(b'}')?;
        Some(Stored { stored })
    }

    /// RFC 8259, section 6.
    fn number(&mut self) -> Option<&'a [u8]> {
        let begin = self.rest;
        let _negative = self.take(b'-');
        if self.take(b'0').is_none() {
            self.digits()?;
        }
        if self.take(b'.').is_some() {
            self.digits()?;
        }
        if self.take(b'e').or_else(|| self.take(b'E')).is_some() {
            let _sign = self.take(b'+').or_else(|| self.take(b'-'));
            self.digits()?;
        }
        self.since(begin)
    }

    fn digits(&mut self) -> Option<()> {
        let digits = self.rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
        self.rest = self.rest.get(digits..)?;
        (digits > 0).then_some(())
    }

    /// A value as it stands there.
    fn json(&mut self) -> Option<&'a [u8]> {
        let begin = self.rest;
        self.value(DEEPEST)?;
        self.since(begin)
    }

    /// What was read since.
    fn since(&self, begin: &'a [u8]) -> Option<&'a [u8]> {
        begin.get(..begin.len().checked_sub(self.rest.len())?)
    }

    fn value(&mut self, depth: u8) -> Option<()> {
        let below = depth.checked_sub(1)?;
        match self.rest.first()? {
            b'"' => self.text().map(drop),
            b'{' => {
                self.take(b'{')?;
                self.list(b'}', |reader| {
                    reader.text()?;
                    reader.take(b':')?;
                    reader.value(below)
                })
            }
            b'[' => {
                self.take(b'[')?;
                self.list(b']', |reader| reader.value(below))
            }
            b't' => self.literal(b"true"),
            b'f' => self.literal(b"false"),
            b'n' => self.literal(b"null"),
            _ => self.number().map(drop),
        }
    }

    fn list(&mut self, end: u8, mut item: impl FnMut(&mut Self) -> Option<()>) -> Option<()> {
        if self.take(end).is_some() {
            return Some(());
        }
        loop {
            item(self)?;
            if self.take(b',').is_none() {
                return self.take(end);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RECORD: &str = r#"{"body":{"a":[1,-2.5e+3,true,false,null,{}],"b":"é","c":[]},"clock":{},"id":"an id","prev":"sha256:0000000000000000000000000000000000000000000000000000000000000001","private":{"fields":"sha256:02","stored":"sha256:0000000000000000000000000000000000000000000000000000000000000003"},"seq":70,"time":"noon","type":"GEN","v":1}"#;

    fn general(record: &[u8]) -> Option<Header<'_>> {
        serde_json::from_slice(record).ok()
    }

    #[test]
    fn a_plain_record_is_read_without_the_general_reader() {
        let header = plain(RECORD.as_bytes()).expect("plain");
        assert_eq!((header.seq, &*header.id, &*header.time, &*header.kind), (70, "an id", "noon", "GEN"));
        assert_eq!(header.body, r#"{"a":[1,-2.5e+3,true,false,null,{}],"b":"é","c":[]}"#);
        assert_eq!(Some(header), general(RECORD.as_bytes()));
    }

    /// Whatever a byte is changed to, dropped or put between: what is read as plain, the general reader reads in the same way.
    #[test]
    fn never_is_more_read_than_by_the_general_reader() {
        let record = RECORD.as_bytes();
        for at in 0..record.len() {
            for byte in (0..=0x7f).chain([0xc3, 0xff]) {
                let (before, after) = record.split_at(at);
                for changed in [[before, &[byte], &after[1..]].concat(), [before, &[byte], after].concat()] {
                    if let Some(header) = plain(&changed) {
                        assert_eq!(Some(header), general(&changed), "{}", String::from_utf8_lossy(&changed));
                    }
                }
            }
            assert!(plain(&record[..at]).is_none(), "cut at {at}");
        }
    }

    #[test]
    fn what_is_not_plain_is_left_to_the_general_reader() {
        for (from, to) in [("an id", "an\\u0020id"), (":70", ": 70"), ("\"clock\":{}", "\"clock\":{\"a\\\"\":1}")] {
            let changed = RECORD.replace(from, to);
            assert!(plain(changed.as_bytes()).is_none(), "{changed}");
            assert!(Header::read(changed.as_bytes()).is_ok(), "{changed}");
        }
        let in_a_text = RECORD.replace(",\"seq\"", r#","role":"\",\"type\":\"KEY","seq""#);
        assert_eq!(Header::read(in_a_text.as_bytes()).expect("read").kind, "GEN");
        let deep = RECORD.replace("\"c\":[]", &format!("\"c\":{}{}", "[".repeat(100), "]".repeat(100)));
        assert!(plain(deep.as_bytes()).is_none() && Header::read(deep.as_bytes()).is_ok());
        for twice in [r#","seq":70,"v""#, r#","id":"an id","v""#, r#","body":{},"v""#, r#","time":"noon","v""#] {
            let changed = RECORD.replace(",\"v\"", twice);
            assert!(Header::read(changed.as_bytes()).is_err(), "{changed}");
        }
    }
}
