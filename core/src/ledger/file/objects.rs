//! Derived objects as files.
//!
//! A small object that is put again with as many bytes is written over in its place: a checkpoint at each commit. Under a new name each
//! time it would be a new file, and the next commit's sync would have to wait for that file's name and blocks too: measured, one and a
//! half times the sync itself. Who reads holds a lock meanwhile, so that nobody sees half of two; where a reader holds it, the writer does
//! not wait and takes the way of a new name.

use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use rustix::fs::{AtFlags, Stat, fstat, statat};

use super::super::Error;
use crate::files;

/// What a disk writes whole or not at all: a crash leaves the old object or the new one.
const SECTOR: usize = 512;

/// Puts objects in their places.
#[derive(Debug, Default)]
pub(super) struct Objects {
    open: Option<Open>,
}

/// The one that was written over last, held open with its folder: to look what stands there takes less time than to open it at each
/// commit, and from its folder less than along the whole path.
#[derive(Debug)]
struct Open {
    path: PathBuf,
    folder: File,
    file: File,
    /// Its device and number there. While it is open, no other can have them.
    place: (i128, i128),
}

impl Objects {
    /// Replaces an object.
    pub(super) fn put(&mut self, path: &Path, bytes: &[u8]) -> Result<(), Error> {
        if self.over(path, bytes).unwrap_or(false) {
            return Ok(());
        }
        files::put(path, bytes).map_err(Error::at(path))
    }

    /// Writes over what stands there, if that is as long, short enough, and no other name's too. `false`: it was left as it is.
    fn over(&mut self, path: &Path, bytes: &[u8]) -> io::Result<bool> {
        if bytes.is_empty() || bytes.len() > SECTOR {
            return Ok(false);
        }
        let held = match self.open.take() {
            Some(held) if held.path == path => held,
            _other_or_none => Open::at(path)?,
        };
        let stands = held.stands()?;
        let is_the_one = place(&stands) == held.place && stands.st_nlink == 1;
        if !is_the_one || u64::try_from(stands.st_size) != Ok(bytes.len() as u64) || held.file.try_lock().is_err() {
            return Ok(false);
        }
        let written = held.file.write_all_at(bytes, 0);
        drop(held.file.unlock()); // By name: a process that is just being started holds a copy of the open file.
        self.open = Some(held);
        written.map(|()| true)
    }
}

impl Open {
    fn at(path: &Path) -> io::Result<Self> {
        let folder = File::open(files::folder_of(path))?;
        let file = OpenOptions::new().write(true).open(path)?;
        let place = place(&fstat(&file)?);
        Ok(Self { path: path.to_owned(), folder, file, place })
    }

    /// What stands there under its name now.
    fn stands(&self) -> io::Result<Stat> {
        let name = self.path.file_name().ok_or(io::ErrorKind::InvalidInput)?;
        Ok(statat(&self.folder, name, AtFlags::empty())?)
    }
}

/// How wide the two numbers are differs from system to system.
fn place(stat: &Stat) -> (i128, i128) {
    (stat.st_dev.into(), stat.st_ino.into())
}

/// Reads an object; `None` where there is none.
pub(super) fn get(path: &Path) -> Result<Option<Vec<u8>>, Error> {
    match File::open(path).and_then(|file| whole(&file)) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Error::at(path)(error)),
    }
}

fn whole(file: &File) -> io::Result<Vec<u8>> {
    let length = usize::try_from(file.metadata()?.len()).unwrap_or(usize::MAX);
    // Longer ones are never written over. A medium that knows no locks is a copy: nobody writes there.
    let locked = length <= SECTOR && file.lock_shared().is_ok();
    let mut bytes = Vec::with_capacity(length.min(1 << 20));
    let read = io::Read::read_to_end(&mut { file }, &mut bytes);
    if locked {
        drop(file.unlock());
    }
    read.map(|_| bytes)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn inode(path: &Path) -> u64 {
        rustix::fs::stat(path).expect("there").st_ino
    }

    #[test]
    fn what_is_as_long_as_before_is_written_over_and_anything_else_is_a_new_file() {
        let dir = tempfile::tempdir().expect("folder");
        let (path, mut objects) = (dir.path().join("object"), Objects::default());
        objects.put(&path, b"first").expect("put");
        let first = inode(&path);
        objects.put(&path, b"again").expect("put");
        assert_eq!((get(&path).expect("read").as_deref(), inode(&path)), (Some(b"again".as_slice()), first));
        // The old file is held open: a new one cannot get its number.
        let _old = File::open(&path).expect("opened");
        objects.put(&path, b"longer").expect("put");
        assert_ne!(inode(&path), first);
        assert_eq!(get(&path).expect("read").as_deref(), Some(b"longer".as_slice()));
    }

    #[test]
    fn a_copy_under_another_name_is_left_as_it_was() {
        let dir = tempfile::tempdir().expect("folder");
        let (path, copy, mut objects) = (dir.path().join("object"), dir.path().join("backup"), Objects::default());
        objects.put(&path, b"first").expect("put");
        fs::hard_link(&path, &copy).expect("linked");
        objects.put(&path, b"again").expect("put");
        assert_eq!(get(&copy).expect("read").as_deref(), Some(b"first".as_slice()));
        assert_eq!(get(&path).expect("read").as_deref(), Some(b"again".as_slice()));
    }

    #[test]
    fn what_somebody_else_put_there_is_written_over_and_not_what_stood_there_before() {
        let dir = tempfile::tempdir().expect("folder");
        let (path, mut objects) = (dir.path().join("object"), Objects::default());
        objects.put(&path, b"first").expect("put");
        objects.put(&path, b"again").expect("put");
        let old = File::open(&path).expect("opened");
        fs::write(dir.path().join("other"), b"other").expect("written");
        fs::rename(dir.path().join("other"), &path).expect("renamed");
        objects.put(&path, b"third").expect("put");
        assert_eq!(
            (whole(&old).expect("read"), get(&path).expect("read").as_deref()),
            (b"again".to_vec(), Some(b"third".as_slice()))
        );
    }

    #[test]
    fn who_is_reading_keeps_what_they_began_to_read_and_nobody_waits_for_them() {
        let dir = tempfile::tempdir().expect("folder");
        let (path, mut objects) = (dir.path().join("object"), Objects::default());
        objects.put(&path, b"first").expect("put");
        let reading = File::open(&path).expect("opened");
        reading.lock_shared().expect("locked");
        objects.put(&path, b"again").expect("put");
        assert_eq!(whole(&reading).expect("read"), b"first");
        assert_eq!(get(&path).expect("read").as_deref(), Some(b"again".as_slice()));
    }

    #[test]
    fn many_readers_see_one_or_the_other_and_never_half_of_each() {
        let dir = tempfile::tempdir().expect("folder");
        let (path, mut objects) = (dir.path().join("object"), Objects::default());
        let texts = [[b'a'; SECTOR], [b'b'; SECTOR]];
        objects.put(&path, &texts[0]).expect("put");
        std::thread::scope(|scope| {
            for _ in 0..2 {
                scope.spawn(|| {
                    for _ in 0..2000 {
                        let seen = get(&path).expect("read").expect("there");
                        assert!(texts.iter().any(|text| seen == text), "{}", String::from_utf8_lossy(&seen));
                    }
                });
            }
            for number in 0..2000 {
                objects.put(&path, &texts[number % 2]).expect("put");
            }
        });
    }
}
