//! Small files that a crash must not spoil: written beside and renamed into place. And folders that one process at a time works in.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

/// Puts `bytes` in the place of the file at `path` in one step, making the folders above it. Durable when it returns.
pub fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let beside = beside(path);
    make_folder_of(path)?;
    write(&beside, bytes)?;
    fs::rename(&beside, path)?;
    File::open(folder_of(path))?.sync_all()
}

/// A whole file, durable.
fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = File::create(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

/// As [`replace`], but not durable: for many files that are made durable together ([`Working::sync_all`]).
pub fn put(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let beside = beside(path);
    let write = || fs::write(&beside, bytes).and_then(|()| fs::rename(&beside, path));
    match write() {
        Err(error) if error.kind() == io::ErrorKind::NotFound => make_folder_of(path).and_then(|()| write()),
        other => other,
    }
}

/// Puts `bytes` in a file of that name, whole and durable, unless there is one already: then nothing is written, and the answer is `false`.
pub fn create(path: &Path, bytes: &[u8]) -> io::Result<bool> {
    let beside = beside(path);
    let write = || -> io::Result<bool> {
        write(&beside, bytes)?;
        match fs::hard_link(&beside, path) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(false),
            Err(_) if path.symlink_metadata().is_ok() => Ok(false),
            // Not every file system has links.
            Err(_) => fs::rename(&beside, path).map(|()| true),
            Ok(()) => Ok(true),
        }
    };
    let written = write();
    match fs::remove_file(&beside) {
        Err(error) if error.kind() != io::ErrorKind::NotFound && written.is_ok() => return Err(error),
        _ => {}
    }
    if matches!(written, Ok(true)) {
        File::open(folder_of(path))?.sync_all()?;
    }
    written
}

/// The file, to be written to behind its first `length` bytes: what an interrupted write left there is gone.
pub fn behind(path: &Path, length: u64) -> io::Result<File> {
    let mut file = OpenOptions::new().create(true).truncate(false).write(true).open(path)?;
    file.set_len(length)?;
    file.seek(SeekFrom::End(0))?;
    Ok(file)
}

/// Puts each of two folders in the place of the other. In one step, where the file system can; else in two.
pub fn exchange(a: &Path, b: &Path) -> io::Result<()> {
    use rustix::fs::{CWD, RenameFlags, renameat_with};
    use rustix::io::Errno;
    match renameat_with(CWD, a, CWD, b, RenameFlags::EXCHANGE) {
        Err(Errno::INVAL | Errno::NOSYS | Errno::OPNOTSUPP) => {
            let old = a.with_extension("old");
            fs::rename(b, &old)?;
            fs::rename(a, b)?;
            fs::rename(&old, a)
        }
        other => Ok(other?),
    }
}

/// Removes what [`replace`] and [`put`] left in a folder when they were killed: the half files beside those that `is_ours` names.
pub fn clear(folder: &Path, is_ours: impl Fn(&str) -> bool) -> io::Result<()> {
    let entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        other => other?,
    };
    for entry in entries {
        let entry = entry?;
        let name = entry.file_name();
        let name = name.to_str().and_then(|name| name.strip_prefix('.')?.strip_suffix(".new"));
        if name.is_some_and(&is_ours) && entry.file_type()?.is_file() {
            fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}

/// Reads a file of at most `limit` bytes; `None` where there is none. A longer one is an error: it is not what was expected there.
pub fn read(path: &Path, limit: usize) -> io::Result<Option<Vec<u8>>> {
    let file = match File::open(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        other => other?,
    };
    let mut bytes = Vec::new();
    file.take(limit as u64 + 1).read_to_end(&mut bytes)?;
    if bytes.len() > limit {
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, format!("it has more than {limit} bytes")));
    }
    Ok(Some(bytes))
}

/// A folder in which no other process works, until this is dropped.
#[derive(Debug)]
pub struct Working(File);

impl Working {
    /// Makes the folder where it does not exist. `None` while another process works in it.
    pub fn begin(folder: &Path) -> io::Result<Option<Self>> {
        fs::create_dir_all(folder)?;
        let open = File::open(folder)?;
        match open.try_lock() {
            Ok(()) => Ok(Some(Self(open))),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) => Err(error),
        }
    }

    /// Makes everything durable that was written on the folder's file system since [`begin`](Self::begin): one call, however many
    /// files. An error that the system met while it wrote any of them is reported here.
    pub fn sync_all(&self) -> io::Result<()> {
        Ok(rustix::fs::syncfs(&self.0)?)
    }
}

impl Drop for Working {
    fn drop(&mut self) {
        // By name: a process that is being started holds a copy of the open file for a moment.
        drop(self.0.unlock());
    }
}

/// Where a file is written before it has its name.
pub(crate) fn beside(path: &Path) -> PathBuf {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    path.with_file_name(format!(".{name}.new"))
}

/// Where the file stands.
pub(crate) fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or_else(|| Path::new("."))
}

fn make_folder_of(path: &Path) -> io::Result<()> {
    fs::create_dir_all(folder_of(path))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_replaced_and_nothing_stands_beside_it() {
        let dir = tempfile::tempdir().expect("folder");
        for (path, write) in [("a/b/one", replace as fn(&Path, &[u8]) -> io::Result<()>), ("c/d/two", put)] {
            let path = dir.path().join(path);
            assert_eq!(read(&path, 10).expect("could look"), None);
            for bytes in [b"old".as_slice(), b"new"] {
                write(&path, bytes).expect("written");
                assert_eq!(read(&path, 10).expect("read").as_deref(), Some(bytes));
            }
            assert_eq!(fs::read_dir(path.parent().expect("folder")).expect("listed").count(), 1);
            assert_eq!(read(&path, 2).expect_err("longer").to_string(), "it has more than 2 bytes");
        }
    }

    #[test]
    fn a_file_that_is_there_is_not_written_over() {
        let dir = tempfile::tempdir().expect("folder");
        let path = dir.path().join("one");
        assert!(create(&path, b"first").expect("written"));
        assert!(!create(&path, b"second").expect("could look"));
        assert_eq!(fs::read(&path).expect("read"), b"first");
        assert_eq!(fs::read_dir(dir.path()).expect("listed").count(), 1, "and nothing stands beside it");
        create(&dir.path().join("none/one"), b"first").expect_err("no folder is made");
    }

    #[test]
    fn two_folders_change_places() {
        let dir = tempfile::tempdir().expect("folder");
        let [a, b] = ["a", "b"].map(|name| dir.path().join(name));
        for folder in [&a, &b] {
            fs::create_dir(folder).expect("made");
            fs::write(folder.join("name"), folder.to_string_lossy().as_bytes()).expect("written");
        }
        exchange(&a, &b).expect("exchanged");
        assert_eq!(fs::read(a.join("name")).expect("read"), b.to_string_lossy().as_bytes());
        assert_eq!(fs::read(b.join("name")).expect("read"), a.to_string_lossy().as_bytes());
    }

    #[test]
    fn only_half_files_beside_our_own_are_cleared_away() {
        let dir = tempfile::tempdir().expect("folder");
        for name in [".one.new", ".two.new", "one", ".one", "one.new", ".new", "..new"] {
            fs::write(dir.path().join(name), "half").expect("written");
        }
        clear(dir.path(), |name| name == "one").expect("cleared");
        let mut left: Vec<_> =
            fs::read_dir(dir.path()).expect("listed").map(|e| e.expect("entry").file_name()).collect();
        left.sort();
        assert_eq!(left, ["..new", ".new", ".one", ".two.new", "one", "one.new"]);
        clear(&dir.path().join("none"), |_| true).expect("nothing to clear");
    }

    #[test]
    fn two_do_not_work_in_one_folder() {
        let dir = tempfile::tempdir().expect("folder");
        let first = Working::begin(dir.path()).expect("could look").expect("free");
        assert!(Working::begin(dir.path()).expect("could look").is_none());
        first.sync_all().expect("durable");
        drop(first);
        assert!(Working::begin(dir.path()).expect("could look").is_some());
    }
}
