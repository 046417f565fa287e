//! Many who add to the log at the same time.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Barrier};
use std::thread;
use std::time::Duration;

use criterion::Criterion;
use touchmark_core::keys::file::Ed25519Key;
use touchmark_core::keys::{Algorithm, Error, Signer};
use touchmark_core::ledger::{Reader, Sequencer};

use crate::moderation::event;
use crate::turns::{Aim, against, time};
use crate::world::{EDGE, World};

const CLIENTS: u32 = 64;

/// Against the same number of records by one: 0.05 times is twenty times the rate.
pub(crate) fn all(criterion: &mut Criterion) {
    crowd(criterion, "append by 64 clients", 256, |key| Arc::new(key));
    let far = |key| Arc::new(Far { key, away: Duration::from_millis(5) }) as Arc<dyn Signer>;
    crowd(criterion, "append by 64 clients, with a key 5 ms away", 8, far);
}

/// The clients stay, as those of a service do, and call so many times in a round.
fn crowd(criterion: &mut Criterion, name: &str, calls: u32, key: impl Fn(Ed25519Key) -> Arc<dyn Signer>) {
    let worlds = [World::new(), World::new()];
    let [alone, together] = [&worlds[0], &worlds[1]].map(|world| {
        let ledger = world.open_with(key(world.key()));
        Sequencer::new(ledger, Arc::new(Reader::open(&world.ledger_dir()).expect("opened")))
    });
    let events = [event()];
    let add = |sequencer: &Sequencer| {
        for _ in 0..calls {
            sequencer.append(&events, EDGE).expect("appended");
        }
    };
    // All of them and the one who looks at the clock meet before a round, and after it.
    let (meet, is_over) = (Barrier::new(CLIENTS as usize + 1), AtomicBool::new(false));
    let client = || {
        meet.wait();
        while !is_over.load(Ordering::Acquire) {
            add(&together);
            meet.wait();
            meet.wait();
        }
    };
    let round = || {
        meet.wait();
        meet.wait();
    };
    thread::scope(|scope| {
        for _ in 0..CLIENTS {
            scope.spawn(client);
        }
        let aim = Aim { floor: "the same number of records by one client", records: u64::from(CLIENTS * calls) };
        against(criterion, name, aim, || time(|| add(&alone)) * CLIENTS, || time(round));
        is_over.store(true, Ordering::Release);
        meet.wait();
    });
}

/// A key that takes its time, as one behind a network does.
#[derive(Debug)]
struct Far {
    key: Ed25519Key,
    away: Duration,
}

impl Signer for Far {
    fn algorithm(&self) -> Algorithm {
        self.key.algorithm()
    }

    fn public_key(&self) -> &[u8] {
        self.key.public_key()
    }

    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, Error> {
        thread::sleep(self.away);
        self.key.sign(message)
    }
}
