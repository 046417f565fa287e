//! Files that do not exist until they are released.
//!
//! On Linux a file is written without a name (`O_TMPFILE`): whatever kills the process, nothing half-written stays behind. Where
//! the file system cannot do that, a hidden temporary file stands in.

use std::fs::{self, File, Permissions};
use std::io::{self, Write};
use std::os::fd::AsRawFd;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use rustix::fs::{AtFlags, CWD, Mode, OFlags, linkat, openat};
use rustix::io::Errno;
use tempfile::NamedTempFile;

use super::Error;
use crate::media::Pieces;

/// Readable by all, as far as the umask allows.
const MODE: u32 = 0o644;

/// A file that is written and not yet released.
#[derive(Debug)]
pub(super) struct Staged {
    path: PathBuf,
    file: Hidden,
}

#[derive(Debug)]
enum Hidden {
    Nameless(File),
    Named(NamedTempFile),
}

impl Staged {
    /// Writes a file for `path`, in the folder where it will stand. Disk space and permissions are settled here.
    pub(super) fn write(path: &Path, content: &Pieces<'_>) -> io::Result<Self> {
        let dir = match path.parent() {
            Some(dir) if !dir.as_os_str().is_empty() => dir,
            _ => Path::new("."),
        };
        let flags = OFlags::TMPFILE | OFlags::WRONLY | OFlags::CLOEXEC;
        let mut file = match openat(CWD, dir, flags, Mode::from_raw_mode(MODE)) {
            Ok(fd) => Hidden::Nameless(File::from(fd)),
            Err(Errno::OPNOTSUPP | Errno::ISDIR | Errno::NOENT) if dir.is_dir() => Hidden::Named(named(dir)?),
            Err(error) => return Err(error.into()),
        };
        for piece in content.iter() {
            match &mut file {
                Hidden::Nameless(file) => file.write_all(piece)?,
                Hidden::Named(file) => file.write_all(piece)?,
            }
        }
        Ok(Self { path: path.to_owned(), file })
    }

    /// Where the file will stand.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Gives the files of one image their names: all of them, or none where a name is somebody else's by now.
    pub(super) fn release_all(staged: Vec<Self>) -> Result<(), Error> {
        let failed = |path: &Path, source| Error::Write { path: path.to_owned(), source };
        for file in &staged {
            file.may_stand().map_err(|source| failed(&file.path, source))?;
        }
        staged.into_iter().try_for_each(|file| {
            let path = file.path.clone();
            file.release().map_err(|source| failed(&path, source))
        })
    }

    fn may_stand(&self) -> io::Result<()> {
        if fs::symlink_metadata(&self.path).is_err() {
            return Ok(());
        }
        stands_already(io::ErrorKind::AlreadyExists.into(), &self.path, &self.written())
    }

    /// Where the bytes can be read until the file has its name.
    fn written(&self) -> PathBuf {
        match &self.file {
            Hidden::Nameless(file) => PathBuf::from(format!("/proc/self/fd/{}", file.as_raw_fd())),
            Hidden::Named(file) => file.path().to_owned(),
        }
    }

    /// Gives the file its name, in one step. Nothing is ever replaced: the same bytes under that name will do, others are an error.
    fn release(self) -> io::Result<()> {
        let written = self.written();
        match self.file {
            Hidden::Nameless(_) => linkat(CWD, &written, CWD, &self.path, AtFlags::SYMLINK_FOLLOW)
                .or_else(|error| stands_already(error.into(), &self.path, &written)),
            Hidden::Named(file) => file
                .persist_noclobber(&self.path)
                .map(drop)
                .or_else(|failed| stands_already(failed.error, &self.path, failed.file.path())),
        }
    }
}

/// A temporary file with the permissions that any new file gets.
fn named(dir: &Path) -> io::Result<NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    builder.permissions(Permissions::from_mode(MODE)).prefix(".touchmark-").suffix(".part").tempfile_in(dir)
}

/// Whether `path` has the bytes of `written`, so that there is nothing left to do.
fn stands_already(error: io::Error, path: &Path, written: &Path) -> io::Result<()> {
    if error.kind() == io::ErrorKind::AlreadyExists && fs::read(path)? == fs::read(written)? {
        return Ok(());
    }
    Err(error)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A file written in either way.
    fn staged(path: &Path, bytes: &[u8], hidden: bool) -> Staged {
        if hidden {
            return Staged::write(path, &Pieces::of(bytes)).expect("written");
        }
        let mut file = named(path.parent().expect("folder")).expect("a temporary file");
        file.write_all(bytes).expect("written");
        Staged { path: path.to_owned(), file: Hidden::Named(file) }
    }

    #[test]
    fn nothing_stands_under_the_name_until_release_and_nothing_stays_after_a_failure() {
        for hidden in [true, false] {
            let dir = tempfile::tempdir().expect("folder");
            let names = || fs::read_dir(dir.path()).expect("folder").count();
            let path = dir.path().join("image.png");
            let file = staged(&path, b"new", hidden);
            assert!(!path.exists());
            drop(file);
            assert_eq!(names(), 0, "a job that stops leaves nothing behind");
            staged(&path, b"new", hidden).release().expect("released");
            assert_eq!(fs::read(&path).expect("file"), b"new");
            let mode = fs::metadata(&path).expect("file").permissions().mode() & 0o777;
            assert!(mode & 0o600 == 0o600 && mode & 0o133 == 0, "{mode:o}: the usual permissions, whichever way");
            staged(&path, b"new", hidden).release().expect("it stands already");
            let refused = staged(&path, b"other", hidden).release().expect_err("somebody's file");
            assert_eq!(refused.kind(), io::ErrorKind::AlreadyExists);
            assert_eq!((fs::read(&path).expect("file").as_slice(), names()), (b"new".as_slice(), 1));
        }
    }

    #[test]
    fn a_folder_that_cannot_be_written_is_found_before_anything_is_recorded() {
        let dir = tempfile::tempdir().expect("folder");
        assert!(Staged::write(&dir.path().join("missing/image.png"), &Pieces::of(b"x")).is_err());
    }
}
