//! Adding to the log.

use std::fs::OpenOptions;
use std::io::Write;

use criterion::Criterion;
use rayon::prelude::*;
use touchmark_core::event::{Event, lines};
use touchmark_core::keys::Signer;
use touchmark_core::keys::file::Ed25519Key;

use crate::moderation::{event, event_text};
use crate::turns::{Aim, against, time};
use crate::world::{EDGE, World};

/// One after the other, against the sync of the same bytes alone.
pub(crate) fn one(criterion: &mut Criterion) {
    let world = World::new();
    let mut ledger = world.open();
    let events = [event()];
    let receipt = ledger.append(&events, EDGE).expect("appended")[0];
    let mut line = ledger.store().read(receipt.seq).expect("read").expect("there");
    line.push(b'\n');
    let mut bare = OpenOptions::new().create(true).append(true).open(world.dir().join("bare")).expect("created");
    let sync = || {
        time(|| {
            bare.write_all(&line).expect("written");
            bare.sync_data().expect("synced");
        })
    };
    let aim = Aim { floor: "a bare fdatasync of the same bytes", records: 1 };
    against(criterion, "append one at a time", aim, sync, || time(|| ledger.append(&events, EDGE).expect("appended")));
}

/// Thousands in one call, against their signatures alone on all cores; as events, and as JSON Lines, as `touchmark log append` reads them.
pub(crate) fn import(criterion: &mut Criterion) {
    const EVENTS: usize = 20_000;
    let world = World::new();
    let mut ledger = world.open();
    let signer = Ed25519Key::load(world.dir().join("log.pem")).expect("loaded");
    let sign = || time(|| (0..EVENTS).into_par_iter().for_each(|_| drop(signer.sign(&[7; 52]).expect("signed"))));
    let events = vec![event(); EVENTS];
    let text = [event_text().replace('\n', ""), "\n".to_owned()].concat().repeat(EVENTS);
    let aim = Aim { floor: "their signatures alone", records: EVENTS as u64 };
    against(criterion, "import events", aim, sign, || time(|| ledger.append(&events, EDGE).expect("appended")));
    against(criterion, "import JSON lines", aim, sign, || {
        time(|| {
            let events = lines::read(text.as_bytes(), Event::parse).expect("events");
            ledger.append_all(events, EDGE).expect("appended")
        })
    });
}
