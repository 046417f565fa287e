//! A signer that does what the thread wishes on which it signs.

use std::cell::Cell;
use std::io;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex};

use touchmark_core::keys::file::Ed25519Key;
use touchmark_core::keys::{Algorithm, Error, Signer};
use touchmark_core::ledger::{Keys, Ledger, Reader, Sequencer, Store};

use crate::world::{ORIGIN, World, on_day};

/// What becomes of signatures on a thread.
#[derive(Clone, Copy)]
pub(super) enum Wish {
    /// They wait until [`Wishing::release`].
    Wait,
    Fail,
    WaitAndFail,
    Panic,
}

thread_local! {
    static WISH: Cell<Option<Wish>> = const { Cell::new(None) };
}

/// Has a wish for what is signed on this thread while `work` runs.
pub(super) fn wishing<T>(wish: Wish, work: impl FnOnce() -> T) -> T {
    WISH.set(Some(wish));
    let done = work();
    WISH.set(None);
    done
}

/// The log's key.
#[derive(Debug)]
pub(super) struct Wishing {
    key: Ed25519Key,
    is_released: Mutex<bool>,
    released: Condvar,
    waiting: AtomicUsize,
}

impl Wishing {
    /// A log that is signed with it.
    pub(super) fn sequencer(world: &World, store: Arc<dyn Store>) -> (Arc<Self>, Sequencer) {
        let wishing = Arc::new(Self {
            key: world.signer(),
            is_released: Mutex::default(),
            released: Condvar::new(),
            waiting: AtomicUsize::new(0),
        });
        let keys = Keys { signer: wishing.clone(), ..world.keys() };
        let opened = on_day(0, |edge| Ledger::open(Arc::clone(&store), ORIGIN, Vec::new(), keys, edge));
        let reader = Arc::new(Reader::over(store).expect("opened"));
        (wishing, Sequencer::new(opened.expect("opened"), reader))
    }

    /// How many signatures wait, or have waited.
    pub(super) fn waiting(&self) -> usize {
        self.waiting.load(Ordering::SeqCst)
    }

    pub(super) fn release(&self) {
        *self.is_released.lock().expect("no panic") = true;
        self.released.notify_all();
    }
}

impl Signer for Wishing {
    fn algorithm(&self) -> Algorithm {
        self.key.algorithm()
    }

    fn public_key(&self) -> &[u8] {
        self.key.public_key()
    }

    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, Error> {
        let wish = WISH.get();
        if let Some(Wish::Wait | Wish::WaitAndFail) = wish {
            self.waiting.fetch_add(1, Ordering::SeqCst);
            let is_released = self.is_released.lock().expect("no panic");
            drop(self.released.wait_while(is_released, |released| !*released).expect("no panic"));
        }
        match wish {
            Some(Wish::Fail | Wish::WaitAndFail) => {
                let source = io::Error::from(io::ErrorKind::ConnectionReset);
                Err(Error::Io { action: "reach", path: "the token".into(), source })
            }
            Some(Wish::Panic) => panic!("a defect in the signer, which this test wants"),
            Some(Wish::Wait) | None => self.key.sign(message),
        }
    }
}
