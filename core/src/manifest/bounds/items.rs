//! The items of a piece of CBOR (RFC 8949), counted without building any.

use super::super::cbor::head;
use super::{Bounds, TooMuch, within};

/// Refuses CBOR with too many items, or too many in one another. What is malformed ends the walk.
pub(super) fn judge(cbor: &[u8], bounds: &Bounds) -> Result<(), TooMuch> {
    // What each open array, map or tag still waits for: so many items, or a break.
    let mut open: Vec<Option<u64>> = Vec::new();
    let (mut items, mut at) = (0_u64, 0_usize);
    loop {
        // Whatever ends with the item before this one.
        while let Some(Some(0)) = open.last() {
            open.pop();
        }
        let Ok((major, argument, content)) = head(cbor, at) else { return Ok(()) };
        at = content;
        if let Some(Some(left)) = open.last_mut() {
            *left = left.saturating_sub(1);
        }
        items = items.saturating_add(1);
        within(items, bounds.cbor_items, "CBOR items in one box", "limits.cbor_items")?;
        match (major, argument) {
            (2 | 3, Some(length)) => match usize::try_from(length).ok().and_then(|length| at.checked_add(length)) {
                Some(end) if end <= cbor.len() => at = end,
                _ => return Ok(()),
            },
            (2..=4, left) => open.push(left),
            (5, left) => open.push(left.map(|pairs| pairs.saturating_mul(2))),
            (6, _) => open.push(Some(1)),
            (7, None) => match open.pop() {
                Some(None) => {}
                _ => return Ok(()),
            },
            _ => {}
        }
        within(open.len() as u64, bounds.cbor_depth, "levels of CBOR", "limits.cbor_depth")?;
    }
}
