//! One of the files: where in it each key stands.

use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::{FileExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use super::super::ids::ById;
use super::super::slot::{Name, SLOT, Slot, State};
use super::super::{Error, KeyId};
use super::at;

/// How many slots are read at a time: half a megabyte.
const AT_ONCE: usize = 4096;

/// A file of slots. It is read when somebody asks for the first of its keys.
pub(super) struct Drawer {
    path: PathBuf,
    file: Option<File>,
    is_new: bool,
    is_read: bool,
    /// The last slot with a name.
    by_name: ById<Name, u64>,
    by_id: ById<KeyId, u64>,
    /// Behind the last slot that holds something.
    end: u64,
}

/// The name of the file for keys whose ids begin with this byte.
pub(super) fn file_name(first: u8) -> String {
    format!("{first:02x}")
}

impl Drawer {
    pub(super) fn new(dir: &Path, number: usize) -> Self {
        Self {
            path: dir.join(format!("{number:02x}")),
            file: None,
            is_new: false,
            is_read: false,
            by_name: ById::default(),
            by_id: ById::default(),
            end: 0,
        }
    }

    /// The newest slot with a name. `again`: where there is none, another process may have added it.
    pub(super) fn newest(&mut self, name: &Name, again: bool) -> Result<Option<(u64, Slot)>, Error> {
        self.read()?;
        let found = self.stands(self.by_name.get(name).copied())?.filter(|(_, slot)| slot.name() == *name);
        if found.is_some() || !again {
            return Ok(found);
        }
        self.read_again()?;
        self.stands(self.by_name.get(name).copied())
    }

    /// The slot of a key.
    pub(super) fn with_id(&mut self, id: &KeyId, again: bool) -> Result<Option<(u64, Slot)>, Error> {
        self.read()?;
        let found = self.stands(self.by_id.get(id).copied())?.filter(|(_, slot)| slot.id() == *id);
        if found.is_some() || !again {
            return Ok(found);
        }
        self.read_again()?;
        self.stands(self.by_id.get(id).copied())
    }

    /// Where the next key is put.
    pub(super) const fn end(&self) -> u64 {
        self.end
    }

    /// Shows all slots as they stand now.
    pub(super) fn each(&mut self, visit: &mut dyn FnMut(&Slot)) -> Result<(), Error> {
        self.open_existing()?;
        self.slots(&mut |_, slot| visit(slot))
    }

    /// Writes a slot. It is not durable yet, and not found yet if it is new.
    pub(super) fn write(&mut self, at_slot: u64, slot: &Slot) -> Result<(), Error> {
        self.open_existing()?;
        let written = match &self.file {
            Some(file) => file.write_all_at(slot.as_bytes(), at_slot * SLOT as u64),
            None => self.make().and_then(|file| file.write_all_at(slot.as_bytes(), at_slot * SLOT as u64)),
        };
        written.map_err(at("write", &self.path))
    }

    /// Makes what was written durable. Answers whether the file's name has to be made so too.
    pub(super) fn sync(&mut self) -> Result<bool, Error> {
        if let Some(file) = &self.file {
            file.sync_data().map_err(at("make durable", &self.path))?;
        }
        Ok(std::mem::take(&mut self.is_new))
    }

    /// A key that was made is found from now on.
    pub(super) fn add(&mut self, name: Name, id: KeyId, at_slot: u64) {
        self.by_name.insert(name, at_slot);
        self.by_id.insert(id, at_slot);
        self.end = self.end.max(at_slot + 1);
    }

    fn read(&mut self) -> Result<(), Error> {
        if self.is_read { Ok(()) } else { self.read_again() }
    }

    /// Reads the whole file.
    fn read_again(&mut self) -> Result<(), Error> {
        self.open_existing()?;
        self.by_name.clear();
        self.by_id.clear();
        self.end = 0;
        let mut found = Vec::new();
        self.slots(&mut |number, slot| {
            if slot.state() != State::Nothing {
                found.push((slot.name(), slot.id(), number));
            }
        })?;
        for (name, id, number) in found {
            self.add(name, id, number);
        }
        self.is_read = true;
        Ok(())
    }

    /// Shows all whole slots.
    fn slots(&self, visit: &mut dyn FnMut(u64, &Slot)) -> Result<(), Error> {
        let Some(file) = &self.file else { return Ok(()) };
        let mut next = 0;
        let mut block = vec![0; AT_ONCE * SLOT];
        loop {
            let read = read_up_to(file, &mut block, next * SLOT as u64).map_err(at("read", &self.path))?;
            let slots = block.get(..read).unwrap_or_default().as_chunks::<SLOT>().0;
            for slot in slots {
                visit(next, &Slot::from_bytes(*slot));
                next += 1;
            }
            if slots.len() < AT_ONCE {
                return Ok(());
            }
        }
    }

    fn stands(&self, number: Option<u64>) -> Result<Option<(u64, Slot)>, Error> {
        let (Some(number), Some(file)) = (number, &self.file) else { return Ok(None) };
        let mut bytes = [0; SLOT];
        file.read_exact_at(&mut bytes, number * SLOT as u64).map_err(at("read", &self.path))?;
        Ok(Some((number, Slot::from_bytes(bytes))))
    }

    fn open_existing(&mut self) -> Result<(), Error> {
        if self.file.is_none() {
            self.file = match OpenOptions::new().read(true).write(true).open(&self.path) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => None,
                // On a medium that cannot be written, or as another user, it can still be read.
                Err(error) if is_refused(&error) => Some(File::open(&self.path).map_err(at("open", &self.path))?),
                other => Some(other.map_err(at("open", &self.path))?),
            };
        }
        Ok(())
    }

    fn make(&mut self) -> io::Result<&File> {
        let made = OpenOptions::new().read(true).write(true).create_new(true).mode(0o600).open(&self.path)?;
        self.is_new = true;
        Ok(self.file.insert(made))
    }
}

fn is_refused(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem)
}

/// Fills the buffer as far as the file goes.
fn read_up_to(file: &File, buffer: &mut [u8], start: u64) -> io::Result<usize> {
    let mut filled = 0;
    while let Some(rest) = buffer.get_mut(filled..).filter(|rest| !rest.is_empty()) {
        match file.read_at(rest, start + filled as u64) {
            Ok(0) => break,
            Ok(read) => filled += read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(filled)
}
