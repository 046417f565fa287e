//! CBOR from a stranger: looked over before it is read.
//!
//! The walk needs no recursion, keeps no more than a list of what is open, and believes no length. What passes is well-formed (RFC 8949, appendix
//! C), no deeper than [`MAX_DEPTH`], has no key twice in a map and nothing behind its end; only then the library makes values of it.
#![warn(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use std::collections::HashSet;

use serde_cbor::Value;

/// How deep values may be nested, whatever the limits: the library builds values by recursion.
const MAX_DEPTH: usize = 64;

/// Why bytes are no CBOR that is read here.
pub(super) type Problem = &'static str;

/// The one value in `bytes`. No string in it is longer than all of it: else the library would make room for whatever length is claimed.
pub(super) fn value(bytes: &[u8]) -> Result<Value, Problem> {
    serde_cbor::from_slice_with_limit(bytes, bytes.len()).map_err(|_| "it holds a value that is not known here")
}

/// What a map has under a name.
pub(super) fn entry<'v>(value: &'v Value, name: &str) -> Option<&'v Value> {
    match value {
        Value::Map(entries) => entries.get(&Value::Text(name.to_owned())),
        _ => None,
    }
}

/// The parts of an array; none of anything else.
pub(super) fn array(value: Option<&Value>) -> &[Value] {
    value.and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
}

/// An array, map, tag or string of parts whose end was not reached yet.
struct Open<'a> {
    kind: Kind<'a>,
    /// Items that have not begun yet; `None`: up to a break.
    left: Option<u64>,
}

enum Kind<'a> {
    Plain,
    /// Parts of this major type.
    Parts(u8),
    Map {
        keys: HashSet<&'a [u8]>,
        /// Where the key began whose value comes next.
        key: Option<usize>,
    },
}

/// Whether the bytes may be read at all.
pub(super) fn look_over(bytes: &[u8]) -> Result<(), Problem> {
    let mut open: Vec<Open<'_>> = Vec::new();
    let mut at = 0_usize;
    loop {
        let start = at;
        let (major, value, content) = head(bytes, at)?;
        at = content;
        if major == 7 && value.is_none() {
            let ended =
                open.pop().filter(|ended| ended.left.is_none()).ok_or("a break stands where nothing is open")?;
            if matches!(ended.kind, Kind::Map { key: Some(_), .. }) {
                return Err("a map ends behind a key");
            }
        } else {
            if let Some(around) = open.last_mut() {
                around.begin(bytes, start, (major, value))?;
            }
            let inner = opened(bytes, major, value, &mut at)?;
            if open.len() >= MAX_DEPTH && inner.is_some() {
                return Err("it is nested too deeply");
            }
            open.extend(inner);
        }
        while open.last().is_some_and(|last| last.left == Some(0)) {
            open.pop();
        }
        if open.is_empty() {
            return if at == bytes.len() { Ok(()) } else { Err("something stands behind its end") };
        }
    }
}

impl<'a> Open<'a> {
    /// An item begins in it.
    fn begin(&mut self, bytes: &'a [u8], start: usize, (major, value): (u8, Option<u64>)) -> Result<(), Problem> {
        self.left = self.left.map(|left| left.saturating_sub(1));
        match &mut self.kind {
            Kind::Parts(kind) if *kind != major || value.is_none() => {
                return Err("a string has a part of another kind");
            }
            Kind::Plain | Kind::Parts(_) => {}
            Kind::Map { keys, key } => match key.take() {
                None => *key = Some(start),
                Some(from) if !keys.insert(bytes.get(from..start).unwrap_or_default()) => {
                    return Err("a map has one key twice");
                }
                Some(_) => {}
            },
        }
        Ok(())
    }
}

/// What an item opens; `None` where it is whole already. Strings are stepped over.
fn opened<'a>(bytes: &[u8], major: u8, value: Option<u64>, at: &mut usize) -> Result<Option<Open<'a>>, Problem> {
    let open = |kind, left| Some(Open { kind, left });
    Ok(match (major, value) {
        (2 | 3, Some(length)) => {
            let end = usize::try_from(length).ok().and_then(|length| at.checked_add(length));
            let text = end.and_then(|end| bytes.get(*at..end)).ok_or("a string is longer than what holds it")?;
            if major == 3 && std::str::from_utf8(text).is_err() {
                return Err("a text is not UTF-8");
            }
            *at = at.saturating_add(text.len());
            None
        }
        (2 | 3, None) => open(Kind::Parts(major), None),
        (4, left) => open(Kind::Plain, left),
        (5, pairs) => {
            let left = pairs.map(|pairs| pairs.checked_mul(2).ok_or("a map is longer than what holds it"));
            open(Kind::Map { keys: HashSet::new(), key: None }, left.transpose()?)
        }
        (6, _) => open(Kind::Plain, Some(1)),
        _ => None,
    })
}

/// Major type, argument (`None`: of no fixed length, or a break) and where the content begins.
pub(super) fn head(bytes: &[u8], at: usize) -> Result<(u8, Option<u64>, usize), Problem> {
    let first = *bytes.get(at).ok_or("it is cut off")?;
    let (major, info) = (first >> 5, first & 31);
    let at = at.saturating_add(1);
    let (value, size) = match info {
        0..=23 => (Some(u64::from(info)), 0),
        24..=27 => {
            let size = 1_usize << (info & 3);
            let argument = bytes.get(at..at.saturating_add(size)).ok_or("it is cut off")?;
            (Some(argument.iter().fold(0, |value, byte| value << 8 | u64::from(*byte))), size)
        }
        31 if !matches!(major, 0 | 1 | 6) => (None, 0),
        _ => return Err("an item begins with a byte that is reserved"),
    };
    Ok((major, value, at.saturating_add(size)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_well_formed_passes() {
        for good in [
            &[0x00][..],
            &[0xf6],
            &[0xa0],
            &[0xa1, 0x61, b'a', 0x01],
            &[0x82, 0xa1, 0x01, 0x80, 0x40],
            &[0xbf, 0x61, b'a', 0x9f, 0x01, 0x02, 0xff, 0xff],
            &[0x5f, 0x41, 0x01, 0x41, 0x02, 0xff],
            &[0xc1, 0x1a, 0, 0, 0, 1],
            &[0xa2, 0x01, 0xa1, 0x01, 0x02, 0x02, 0x03],
        ] {
            assert_eq!(look_over(good), Ok(()), "{good:x?}");
        }
    }

    #[test]
    fn what_is_not_is_refused_whatever_it_promises() {
        let deep = [vec![0x81; 200_000], vec![0]].concat();
        let deep_tags = [vec![0xc1; 200_000], vec![0]].concat();
        for bad in [
            &[][..],
            &[0x18],
            &[0xf6, 0x00],
            &[0xff],
            &[0x1c],
            &[0x1f],
            &[0xdf, 0x00],
            &[0x61, 0xff],
            &[0x81],
            &[0x9a, 0xff, 0xff, 0xff, 0xff],
            &[0xbb, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
            &[0x5b, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
            &[0x5f, 0x61, b'a', 0xff],
            &[0x5f, 0x5f, 0xff, 0xff],
            &[0xa2, 0x61, b'a', 0x01, 0x61, b'a', 0x02],
            &[0xbf, 0x61, b'a', 0xff],
            &[0xa1, 0x61, b'a', 0xff],
            &deep,
            &deep_tags,
        ] {
            assert!(look_over(bad).is_err(), "{:x?}", &bad[..bad.len().min(20)]);
        }
    }
}
