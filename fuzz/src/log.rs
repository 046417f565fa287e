//! What stands in the log's files, and what an image brings along of it.

use std::ops::ControlFlow;

use touchmark_core::ledger::absence::{Name, Proof};
use touchmark_core::ledger::cold::Pointer;
use touchmark_core::ledger::history::History;
use touchmark_core::ledger::line::{self, Line};
use touchmark_core::ledger::packed::Packed;
use touchmark_core::ledger::store::lines_of;
use touchmark_core::link::{Generation, LedgerLink};
use touchmark_core::opening::Opening;

use crate::tlog::strangers;

pub(crate) fn line(bytes: &[u8]) {
    let Ok(parsed) = Line::parse(bytes) else { return };
    let mut again = Vec::new();
    line::write(&mut again, &parsed.hash, &parsed.mac, parsed.private, parsed.record, &parsed.signature);
    assert_eq!(again.strip_suffix(b"\n"), Some(bytes), "a line that is read is written again byte for byte");
    for seq in 0..4 {
        if let Ok((whole, record)) = Line::whole(seq, bytes) {
            assert_eq!((record.seq, whole.computed), (seq, whole.hash));
        }
    }
}

/// The published history of a log's keys.
pub(crate) fn keys(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    if let Ok(history) = text.parse::<History>() {
        assert_eq!(history.to_string().parse(), Ok(history.clone()), "a history is read again as it was written");
        assert_eq!(history.at(u64::MAX), history.newest());
    }
}

pub(crate) fn absence(bytes: &[u8]) {
    let Ok(proof) = Proof::parse(bytes) else { return };
    assert_eq!(proof.to_string().as_bytes(), bytes);
    assert!(proof.verify(&strangers().map(History::of)).is_err(), "nothing is proved under keys that signed nothing");
}

pub(crate) fn opening(bytes: &[u8]) {
    let Ok(opening) = Opening::parse(bytes) else { return };
    assert_eq!(opening.to_string().as_bytes(), bytes);
    assert!(opening.verify(&strangers().map(History::of)).is_err(), "nothing is proved under keys that signed nothing");
}

/// A packed segment: whatever stands in it, no more comes out than its head says, and each line is read as all of them are.
pub(crate) fn packed(bytes: &[u8]) {
    let Ok(packed) = Packed::open(bytes) else { return };
    let (lines, length) = (packed.head().lines, packed.head().bytes);
    let mut seen = Vec::new();
    let whole = packed.blocks(0, &mut |_, block| {
        seen.extend_from_slice(block);
        ControlFlow::Continue(())
    });
    assert!(seen.len() as u64 <= length, "more came out than there is");
    if let Ok(answer) = whole {
        assert_eq!((answer, seen.len() as u64), (Some(lines), length));
        for (at, line) in (0..).zip(lines_of(&seen)) {
            assert_eq!(packed.read(at).ok().flatten().as_deref(), Some(line));
        }
    }
    assert!(matches!(packed.read(lines), Ok(None)), "there is no line behind the last");
}

/// What stays of a segment in the archive.
pub(crate) fn pointer(bytes: &[u8]) {
    let Ok(pointer) = Pointer::parse(bytes) else { return };
    let again = pointer.encode().expect("it was text");
    assert_eq!(Pointer::parse(&again), Ok(pointer), "it is read again as it was written");
}

/// What a record can name, as it is asked for.
pub(crate) fn name(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    if let Ok(name) = text.parse::<Name>() {
        assert_eq!(name.to_string(), text);
    }
}

pub(crate) fn link(bytes: &[u8]) {
    // The errors are answers; only panics are not.
    if let Ok(link) = LedgerLink::from_cbor(bytes)
        && let Ok(opened) = link.open()
    {
        assert!(
            opened.prove(&strangers().map(History::of)).is_err(),
            "nothing is proved under keys that signed nothing"
        );
    }
    drop(Generation::from_cbor(bytes));
}
