//! Secrets in files: mode 0600, never world-readable for an instant, durable before the call returns.
//!
//! Knows nothing of what is inside. The mode and kind of the file are read from the open handle and not from the path,
//! so nobody can exchange the file in between.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use super::Error;

/// A PKCS#8 file of our two kinds has some 250 bytes; no key file that we read needs more than this.
const LONGEST: usize = 16 * 1024;

/// Reads the whole file, if only its owner can.
pub(super) fn read(path: &Path) -> Result<Zeroizing<Vec<u8>>, Error> {
    let failed = |source| Error::Io { action: "read", path: path.to_owned(), source };
    // Without NONBLOCK the opening of a named pipe would wait for a writer.
    let flags = rustix::fs::OFlags::NONBLOCK.bits().cast_signed();
    let file = OpenOptions::new().read(true).custom_flags(flags).open(path).map_err(failed)?;
    let metadata = file.metadata().map_err(failed)?;
    if !metadata.is_file() {
        return Err(not_a_key(path, "something that is not a regular file"));
    }
    let mode = metadata.mode() & 0o7777;
    if mode & 0o077 != 0 {
        return Err(Error::OpenToOthers { path: path.to_owned(), mode });
    }
    // One allocation: a vector that grows leaves copies of the secret behind.
    let mut bytes = Zeroizing::new(Vec::with_capacity(2 * LONGEST));
    file.take(LONGEST as u64 + 1).read_to_end(&mut bytes).map_err(failed)?;
    match bytes.len() {
        0 => Err(not_a_key(path, "an empty file")),
        length if length > LONGEST => Err(not_a_key(path, "a file of more than 16 KiB")),
        _ => Ok(bytes),
    }
}

/// Writes a new file. An old one is never touched; a half-written one does not stay.
pub(super) fn create(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    let failed = |source: io::Error| match source.kind() {
        io::ErrorKind::AlreadyExists => Error::KeyExists { path: path.to_owned() },
        _ => Error::Io { action: "create", path: path.to_owned(), source },
    };
    let file = open_new(path).map_err(failed)?;
    if let Err(source) = fill(file, bytes).and_then(|()| sync_directory_of(path)) {
        // The first error is the one to report; the file is ours, because we created it.
        drop(fs::remove_file(path));
        return Err(Error::Io { action: "write", path: path.to_owned(), source });
    }
    Ok(())
}

/// Puts `bytes` in the place of the file at `path` in one step: after a crash either the old or the new bytes are there.
/// The old bytes are then overwritten with zeros.
///
/// An error may come before or after the step. To repeat the call with the same bytes is safe.
///
/// Zeros reach the old blocks on file systems that write in place. They do not on copy-on-write file systems, in
/// snapshots and backups, nor in the spare blocks of a flash disk.
pub(super) fn replace(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    let failed = |action| move |source| Error::Io { action, path: path.to_owned(), source };
    discard_unfinished(path)?;
    let old = match OpenOptions::new().write(true).open(path) {
        Ok(file) => Some(file),
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        Err(error) => return Err(failed("open")(error)),
    };
    let unfinished = unfinished(path);
    open_new(&unfinished).and_then(|file| fill(file, bytes)).map_err(failed("write beside"))?;
    fs::rename(&unfinished, path).map_err(failed("replace"))?;
    sync_directory_of(path).map_err(failed("make durable"))?;
    old.map_or(Ok(()), overwrite_with_zeros).map_err(failed("erase the older content of"))
}

/// Puts `bytes` in the place of the file at `path`, which holds the same secret in another form: as [`replace`], but a crash leaves nothing of
/// the older form that [`discard_rewriting`] does not find and erase. The file keeps its time, and a link to it stays one.
pub(super) fn rewrite(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    let failed = |action| move |source| Error::Io { action, path: path.to_owned(), source };
    let path = &path.canonicalize().map_err(failed("find"))?;
    discard_rewriting(path)?;
    let time = fs::metadata(path).and_then(|metadata| metadata.modified()).map_err(failed("look at"))?;
    let unfinished = unfinished(path);
    create(&unfinished, bytes)?;
    let dated = OpenOptions::new().write(true).open(&unfinished).and_then(|file| file.set_modified(time));
    dated.map_err(failed("date what replaces"))?;
    supersede(&unfinished, path)
}

/// Erases what a crash during [`rewrite`] left behind.
pub(super) fn discard_rewriting(path: &Path) -> Result<(), Error> {
    let failed = |source| Error::Io { action: "find", path: path.to_owned(), source };
    let path = &path.canonicalize().map_err(failed)?;
    // Perhaps half a file with the bare secret.
    erase(&unfinished(path))?;
    discard_superseded(path)
}

/// Removes what a crash during [`replace`] left behind.
pub(super) fn discard_unfinished(path: &Path) -> Result<(), Error> {
    let unfinished = unfinished(path);
    match fs::remove_file(&unfinished) {
        Err(source) if source.kind() != io::ErrorKind::NotFound => {
            Err(Error::Io { action: "remove", path: unfinished, source })
        }
        _ => Ok(()),
    }
}

/// Gives the file `new` the name of `path` in one step, and erases the file that had it.
///
/// Between the two steps the older file has a second name, so that a crash leaves nothing that is not found again
/// ([`discard_superseded`]).
pub(super) fn supersede(new: &Path, path: &Path) -> Result<(), Error> {
    let failed = |action| move |source| Error::Io { action, path: path.to_owned(), source };
    discard_superseded(path)?;
    let old = match OpenOptions::new().write(true).open(path) {
        Ok(file) => Some(file),
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        Err(error) => return Err(failed("open")(error)),
    };
    // A file system without second names loses only that a crash is cleared up after.
    drop(fs::hard_link(path, superseded(path)));
    fs::rename(new, path).map_err(failed("replace"))?;
    sync_directory_of(path).map_err(failed("make durable"))?;
    old.map_or(Ok(()), overwrite_with_zeros).map_err(failed("erase the older content of"))?;
    remove(&superseded(path))
}

/// Erases what a crash during [`supersede`] left behind. A second name of the file that is still in use is only taken away.
pub(super) fn discard_superseded(path: &Path) -> Result<(), Error> {
    let old = superseded(path);
    let inode = |path: &Path| fs::metadata(path).map(|metadata| (metadata.dev(), metadata.ino())).ok();
    match inode(&old) {
        None => Ok(()),
        same if same == inode(path) => remove(&old),
        _ => erase(&old),
    }
}

/// Overwrites the file with zeros and removes it, durable on return. One that is not there needs nothing.
pub(super) fn erase(path: &Path) -> Result<(), Error> {
    let failed = |source| Error::Io { action: "erase", path: path.to_owned(), source };
    match OpenOptions::new().write(true).open(path) {
        Ok(file) => overwrite_with_zeros(file).map_err(failed)?,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(failed(error)),
    }
    remove(path)
}

fn remove(path: &Path) -> Result<(), Error> {
    match fs::remove_file(path).and_then(|()| sync_directory_of(path)) {
        Err(source) if source.kind() != io::ErrorKind::NotFound => {
            Err(Error::Io { action: "remove", path: path.to_owned(), source })
        }
        _ => Ok(()),
    }
}

/// The second name of the file that [`supersede`] is about to erase.
fn superseded(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".old");
    name.into()
}

/// The path beside `path` that [`replace`] writes to first.
fn unfinished(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".new");
    name.into()
}

fn open_new(path: &Path) -> io::Result<File> {
    OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)
}

fn fill(mut file: File, bytes: &[u8]) -> io::Result<()> {
    file.write_all(bytes)?;
    file.sync_all()
}

fn sync_directory_of(path: &Path) -> io::Result<()> {
    let directory = path.parent().filter(|parent| !parent.as_os_str().is_empty());
    File::open(directory.unwrap_or_else(|| Path::new(".")))?.sync_all()
}

fn overwrite_with_zeros(mut file: File) -> io::Result<()> {
    let length = file.metadata()?.len().min(LONGEST as u64);
    io::copy(&mut io::repeat(0).take(length), &mut file)?;
    file.sync_all()
}

fn not_a_key(path: &Path, found: &str) -> Error {
    Error::NotAKey { path: path.to_owned(), expected: "a file with a secret key", found: found.to_owned() }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    fn directory() -> tempfile::TempDir {
        tempfile::tempdir().expect("a temporary directory")
    }

    #[test]
    fn a_created_file_is_the_owners_alone_and_is_not_overwritten() {
        let directory = directory();
        let path = directory.path().join("a.key");
        create(&path, b"one").expect("created");
        assert_eq!(fs::metadata(&path).expect("there").mode() & 0o777, 0o600);
        let error = create(&path, b"two").expect_err("it exists");
        assert!(matches!(error, Error::KeyExists { .. }), "{error}");
        assert_eq!(**read(&path).expect("read"), *b"one");
    }

    #[test]
    fn a_file_that_others_may_open_is_refused_with_the_command_that_mends_it() {
        let directory = directory();
        let path = directory.path().join("a.key");
        create(&path, b"one").expect("created");
        for mode in [0o640, 0o604, 0o620, 0o644, 0o660] {
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).expect("chmod");
            let error = read(&path).expect_err("too open").to_string();
            let expected = format!("{path:?} is open to other users (mode {mode:04o}); run: chmod 600 {path:?}");
            assert_eq!(error, expected);
        }
        fs::set_permissions(&path, fs::Permissions::from_mode(0o400)).expect("chmod");
        assert!(read(&path).is_ok());
    }

    #[test]
    fn empty_long_missing_and_strange_files_are_refused() {
        let directory = directory();
        let [empty, long, missing] = ["empty", "long", "missing"].map(|name| directory.path().join(name));
        create(&empty, b"").expect("created");
        create(&long, &vec![b'a'; LONGEST + 1]).expect("created");
        let says = |path: &Path| read(path).expect_err("refused").to_string();
        assert!(says(&empty).ends_with("found an empty file"));
        assert!(says(&long).ends_with("found a file of more than 16 KiB"));
        assert_eq!(says(&missing), format!("cannot read {missing:?}"));
        assert!(says(directory.path()).ends_with("found something that is not a regular file"));
    }

    #[test]
    fn replacing_erases_the_older_bytes_even_for_one_who_holds_the_file_open() {
        let directory = directory();
        let path = directory.path().join("a.key");
        create(&path, b"old secret").expect("created");
        let mut held = File::open(&path).expect("opened");
        replace(&path, b"new secret").expect("replaced");
        let mut seen = Vec::new();
        held.read_to_end(&mut seen).expect("read");
        assert_eq!(seen, [0; 10]);
        assert_eq!(**read(&path).expect("read"), *b"new secret");
    }

    #[test]
    fn what_a_crash_left_behind_does_not_stop_the_next_replacement() {
        let directory = directory();
        let path = directory.path().join("a.key");
        create(&path, b"old").expect("created");
        create(&unfinished(&path), b"half").expect("created");
        replace(&path, b"new").expect("replaced");
        assert_eq!(fs::read_dir(directory.path()).expect("listed").count(), 1);
    }
}
