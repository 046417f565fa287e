//! Who may write: the lock on the file `lock`.

use std::fs::{File, OpenOptions, TryLockError};
use std::path::Path;

use super::super::Error;

/// The lock, held until it is dropped.
///
/// It is given back by name: a process that is just being started elsewhere in this one holds a copy of the open file until it has
/// become another program, and closing ours alone would leave the lock with it.
#[derive(Debug)]
pub(super) struct Lock(File);

impl Lock {
    /// The writer's. Somebody else's is an error.
    pub(super) fn exclusive(path: &Path) -> Result<Self, Error> {
        let open = OpenOptions::new().create(true).truncate(false).write(true).open(path);
        let file = open.map_err(Error::at(path))?;
        match file.try_lock() {
            Ok(()) => Ok(Self(file)),
            Err(TryLockError::WouldBlock) => Err(Error::Busy { lock: path.to_owned() }),
            Err(TryLockError::Error(error)) => Err(Error::at(path)(error)),
        }
    }

    /// A reader's, which keeps writers away. `None` where somebody writes, or there is nothing to lock.
    pub(super) fn shared(path: &Path) -> Shared {
        let Ok(file) = File::open(path) else { return Shared::NoLock };
        match file.try_lock_shared() {
            Ok(()) => Shared::Held(Self(file)),
            Err(TryLockError::WouldBlock) => Shared::Writing,
            Err(TryLockError::Error(_)) => Shared::NoLock,
        }
    }
}

/// The answer to a reader.
#[derive(Debug)]
pub(super) enum Shared {
    /// Nobody begins to write until this is dropped.
    Held(#[expect(dead_code, reason = "it is held, not read")] Lock),
    /// Somebody writes.
    Writing,
    /// There is nothing that could be locked: a copy on a medium that knows no locks.
    NoLock,
}

impl Drop for Lock {
    fn drop(&mut self) {
        // Closing the file does the same later, if this fails.
        drop(self.0.unlock());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_copy_of_the_open_file_does_not_keep_the_lock() {
        let dir = tempfile::tempdir().expect("folder");
        let path = dir.path().join("lock");
        let lock = Lock::exclusive(&path).expect("free");
        let copy = lock.0.try_clone().expect("as a process that is being started has it");
        assert!(matches!(Lock::exclusive(&path), Err(Error::Busy { .. })));
        assert!(matches!(Lock::shared(&path), Shared::Writing));
        drop(lock);
        drop(Lock::exclusive(&path).expect("free again"));
        drop(copy);
    }
}
