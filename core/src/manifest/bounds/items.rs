//! The items of a piece of CBOR (RFC 8949), counted without building any.

use super::{Bounds, Count, TooMuch};

/// What an open array, map or tag still waits for.
#[derive(Clone, Copy)]
enum Open {
    /// So many items.
    Items(u64),
    /// A break.
    UntilBreak,
}

/// Refuses CBOR with too many items, or too many in one another. What is malformed ends the walk.
pub(super) fn judge(mut cbor: &[u8], bounds: &Bounds) -> Result<(), TooMuch> {
    let limit = bounds.cbor_items;
    let mut items = Count { what: "CBOR items in one box", found: 0, limit, key: "limits.cbor_items" };
    let mut stack: Vec<Open> = Vec::new();
    loop {
        // Whatever ends with the item before this one.
        while let Some(Open::Items(0)) = stack.last() {
            stack.pop();
        }
        let Some((head, rest)) = Head::read(cbor) else { return Ok(()) };
        cbor = rest;
        if let Some(Open::Items(left)) = stack.last_mut() {
            *left = left.saturating_sub(1);
        }
        items.add(1)?;
        match head.major {
            2..=5 if head.is_open() => stack.push(Open::UntilBreak),
            2 | 3 => match usize::try_from(head.argument).ok().and_then(|length| cbor.get(length..)) {
                Some(rest) => cbor = rest,
                None => return Ok(()),
            },
            4 => stack.push(Open::Items(head.argument)),
            5 => stack.push(Open::Items(head.argument.saturating_mul(2))),
            6 => stack.push(Open::Items(1)),
            7 if head.is_open() => match stack.pop() {
                Some(Open::UntilBreak) => {}
                _ => return Ok(()),
            },
            _ => {}
        }
        if stack.len() as u64 > bounds.cbor_depth {
            let limit = bounds.cbor_depth;
            return Err(TooMuch { what: "levels of CBOR", limit, key: "limits.cbor_depth" });
        }
    }
}

struct Head {
    major: u8,
    info: u8,
    argument: u64,
}

impl Head {
    /// The first item's head, and what follows it.
    fn read(cbor: &[u8]) -> Option<(Self, &[u8])> {
        let (first, rest) = cbor.split_first()?;
        let (major, info) = (first >> 5, first & 31);
        let bytes = match info {
            0..24 | 31 => 0,
            24 => 1,
            25 => 2,
            26 => 4,
            27 => 8,
            _ => return None,
        };
        let (argument, rest) = rest.split_at_checked(bytes)?;
        let argument = match bytes {
            0 => u64::from(info),
            _ => argument.iter().fold(0, |number, byte| (number << 8) | u64::from(*byte)),
        };
        Some((Self { major, info, argument }, rest))
    }

    /// Of unknown length; of the last major type, a break.
    const fn is_open(&self) -> bool {
        self.info == 31
    }
}
