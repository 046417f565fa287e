//! A file as memory: what is looked at is read by the kernel when it is looked at, and shared between processes.
//!
//! Unsafe, since the language cannot know what others do to the file meanwhile. A search touches some hundred places of a file of
//! gigabytes: reading it whole first takes seconds, and a call to the kernel for each place more than the search itself
//! (`benches/find`).

use std::fs::File;
use std::io;
use std::ops::Deref;

/// The first bytes of a file.
#[derive(Debug)]
pub struct Pages(Option<memmap2::Mmap>);

impl Pages {
    /// The first `length` bytes, for whoever only ever appends to the file, or puts another in its place. If it is cut below `length`
    /// nevertheless, the process is ended by the kernel when it looks there; if it is written over, other bytes are seen.
    ///
    /// # Errors
    /// What the system says; `UnexpectedEof` for a length beyond the file's end.
    pub fn of(file: &File, length: usize) -> io::Result<Self> {
        if file.metadata()?.len() < length as u64 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        if length == 0 {
            return Ok(Self(None));
        }
        // SAFETY: the pages are mapped for reading and privately, are all within the file, and are read as bytes, of which every value is
        // one. The files that are looked at in this way are only appended to, or replaced as a whole.
        #[expect(unsafe_code, reason = "no safe wrapper exists; see the module's documentation")]
        let pages = unsafe { memmap2::MmapOptions::new().len(length).map(file)? };
        Ok(Self(Some(pages)))
    }

    /// No bytes.
    #[must_use]
    pub const fn none() -> Self {
        Self(None)
    }
}

impl Deref for Pages {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        self.0.as_deref().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    #[test]
    fn what_is_appended_later_is_not_seen_and_an_end_beyond_the_file_is_refused() {
        let mut file = tempfile::tempfile().expect("file");
        file.write_all(b"first").expect("write");
        let pages = Pages::of(&file, 5).expect("pages");
        file.write_all(b" and more").expect("write");
        assert_eq!(&*pages, b"first");
        assert_eq!(Pages::of(&file, 15).map(|_| ()).expect_err("too far").kind(), io::ErrorKind::UnexpectedEof);
        assert!(Pages::of(&file, 0).expect("nothing").is_empty());
    }
}
