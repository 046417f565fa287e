//! Everything at once: ids that several give, what is refused, groups of all sizes, and those who want the log alone.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::thread;

use touchmark_core::ledger::{Error, Sequencer};
use uuid::Uuid;

use super::{add, assert_proved, not_acceptable, too_long, with_id};
use crate::world::{World, assert_whole, moderation, on_day};

/// What the calls were told.
#[derive(Default)]
struct Told {
    /// Id and position of each record that was acknowledged.
    acknowledged: Vec<(Uuid, u64)>,
    /// Of each record that was said to be there already.
    on_record: Vec<(Uuid, u64)>,
}

/// So many callers, each of which does so many things, in an order of its own.
const CALLERS: u64 = 12;
const CALLS: u64 = 24;

fn call(sequencer: &Sequencer, caller: u64, call: u64, told: &Mutex<Told>) {
    // Two or three others give the same id at about the same time.
    let shared = call * 4 + caller % 4;
    let own = 1_000_000 + caller * CALLS + call;
    let answer = match (caller + call * 7) % 11 {
        0..=2 => add(sequencer, &[with_id(shared)]),
        3 => add(sequencer, &[moderation(), with_id(shared), with_id(own)]),
        4 => add(sequencer, &[with_id(own), not_acceptable()]),
        5 => add(sequencer, &[with_id(shared), too_long()]),
        6 => add(sequencer, &vec![moderation(); 300]),
        7 => {
            let alone = on_day(0, |edge| {
                sequencer.exclusive(|ledger, reader| {
                    reader.refuse_known(&[with_id(shared)])?;
                    ledger.append(&[with_id(shared)], edge)
                })
            });
            alone.expect("its turn").map(|receipts| {
                let mut told = told.lock().expect("no panic");
                told.acknowledged.extend(receipts.iter().map(|receipt| (receipt.id, receipt.seq)));
                Vec::new()
            })
        }
        _ => add(sequencer, &[moderation()]),
    };
    let mut told = told.lock().expect("no panic");
    match answer {
        Ok(proved) => told.acknowledged.extend(proved.iter().map(|proved| (proved.receipt.id, proved.receipt.seq))),
        Err(Error::OnRecord { id, seq }) => told.on_record.push((id, seq)),
        Err(Error::Event { .. }) => {}
        Err(other) => panic!("{other}"),
    }
}

#[test]
fn every_id_stands_once_and_everybody_was_told_what_is_so() {
    let world = World::with_segments_of(512);
    let ledger = world.try_open().expect("opened");
    let sequencer = Sequencer::new(ledger, Arc::new(world.reader()));
    let told = Mutex::new(Told::default());
    thread::scope(|scope| {
        for caller in 0..CALLERS {
            let (sequencer, told) = (&sequencer, &told);
            scope.spawn(move || (0..CALLS).for_each(|number| call(sequencer, caller, number, told)));
        }
    });
    let proved = add(&sequencer, &[moderation()]).expect("appended");
    assert_proved(&world, world.reader_store(), &proved[0]);
    let size = proved[0].receipt.seq + 1;
    assert_whole(&world.check(), size);

    let reader = world.reader();
    let mut stands: BTreeMap<Uuid, u64> = BTreeMap::new();
    for seq in 0..size {
        let earlier = stands.insert(reader.record(seq).expect("there").id, seq);
        assert_eq!(earlier, None, "the id of record {seq}");
    }
    let told = told.into_inner().expect("no panic");
    for (id, seq) in told.acknowledged.iter().chain(&told.on_record) {
        assert_eq!(stands.get(id), Some(seq), "{id}");
    }
    let refused = told.on_record.len();
    assert!(refused > 20, "{refused} came with an id that somebody else had given before");
    let log_s_own = size - 1 - told.acknowledged.len() as u64;
    assert_eq!(log_s_own, 1, "all that stands was acknowledged, but the KEY record");
}
