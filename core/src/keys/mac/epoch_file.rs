//! Keeps the present epoch's key in a file, and nothing of the epochs before.

use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use super::{EpochKey, words};
use crate::keys::{Error, secret_file};

/// The first word of the file; the epoch in decimal and the key in hexadecimal digits follow.
const EPOCH_FILE: &str = "touchmark-epoch-key-v1";

/// The file with the present [`EpochKey`], mode 0600. One process at a time may hold it; the log's lock sees to that.
#[derive(Debug)]
pub struct EpochFile {
    path: PathBuf,
    key: EpochKey,
}

impl EpochFile {
    /// Writes `key` to a new file. Durable on return; never overwrites.
    pub fn create(path: impl AsRef<Path>, key: EpochKey) -> Result<Self, Error> {
        let path = path.as_ref().to_owned();
        secret_file::create(&path, text(&key).as_bytes())?;
        Ok(Self { path, key })
    }

    /// Reads the key alone: for whoever checks, perhaps beside the one who holds the file.
    pub fn read(path: impl AsRef<Path>) -> Result<EpochKey, Error> {
        let path = path.as_ref();
        let damaged = || Error::NotAKey {
            path: path.to_owned(),
            expected: "the key of a MAC epoch",
            found: "something else".to_owned(),
        };
        parse(&secret_file::read(path)?).ok_or_else(damaged)
    }

    /// Reads the key, and removes what a crash may have left beside it.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, Error> {
        let path = path.as_ref().to_owned();
        let key = Self::read(&path)?;
        secret_file::discard_unfinished(&path)?;
        Ok(Self { path, key })
    }

    /// The present key.
    pub fn key(&self) -> &EpochKey {
        &self.key
    }

    /// Checks that this key is not older than `last`, the epoch of the log's last record: such a key comes from a backup,
    /// and with it the writer would go on in an epoch whose end is already on record.
    pub fn agree(&self, last: u64) -> Result<(), Error> {
        let epoch = self.key.epoch;
        if epoch < last {
            return Err(Error::OldEpoch { path: self.path.clone(), epoch, last });
        }
        Ok(())
    }

    /// Goes to the next epoch: stores its key in the place of the present one, and only then uses it.
    ///
    /// After an error the present key stays in use and the call may be repeated, but the file may already hold the next:
    /// after a crash [`open`](Self::open) finds this epoch or the next. The old key is overwritten on disk as far as the
    /// file system allows; snapshots, backups and flash memory may keep it.
    pub fn advance(&mut self) -> Result<(), Error> {
        let next = self.key.following()?;
        secret_file::replace(&self.path, text(&next).as_bytes())?;
        self.key = next;
        Ok(())
    }
}

fn text(key: &EpochKey) -> Zeroizing<String> {
    let digits = Zeroizing::new(hex::encode(*key.key));
    Zeroizing::new(format!("{EPOCH_FILE} {} {}\n", key.epoch, *digits))
}

fn parse(bytes: &[u8]) -> Option<EpochKey> {
    let [EPOCH_FILE, epoch, digits] = words(bytes)? else {
        return None;
    };
    let mut key = Zeroizing::new([0; 32]);
    hex::decode_to_slice(digits, &mut *key).ok()?;
    Some(EpochKey { epoch: epoch.parse().ok()?, key })
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;
    use crate::keys::mac::MacRoot;

    fn root() -> MacRoot {
        MacRoot([7; 32])
    }

    fn directory() -> tempfile::TempDir {
        tempfile::tempdir().expect("a temporary directory")
    }

    fn mac(key: &EpochKey) -> [u8; 32] {
        key.mac(&[0; 32], b"record")
    }

    #[test]
    fn the_epoch_goes_on_where_the_last_run_stopped() {
        let directory = directory();
        let path = directory.path().join("epoch");
        EpochFile::create(&path, root().first_epoch()).expect("created");
        for epoch in 1..4 {
            let mut file = EpochFile::open(&path).expect("opened");
            file.advance().expect("advanced");
            assert_eq!(file.key().epoch(), epoch);
            assert_eq!(mac(file.key()), mac(&root().epoch(epoch).expect("near")));
        }
    }

    #[test]
    fn no_file_keeps_the_older_key() {
        let directory = directory();
        let path = directory.path().join("epoch");
        let mut file = EpochFile::create(&path, root().first_epoch()).expect("created");
        let old = hex::encode(*file.key().key);
        file.advance().expect("advanced");
        for entry in fs::read_dir(directory.path()).expect("listed") {
            let content = fs::read_to_string(entry.expect("an entry").path()).expect("read");
            assert!(!content.contains(&old));
        }
        assert_eq!(fs::metadata(&path).expect("there").permissions().mode() & 0o777, 0o600);
    }

    #[test]
    fn a_failed_advance_keeps_the_key_and_can_be_repeated() {
        let directory = directory();
        let place = directory.path().join("place");
        fs::create_dir(&place).expect("a directory");
        let mut file = EpochFile::create(place.join("epoch"), root().first_epoch()).expect("created");
        let away = directory.path().join("away");
        fs::rename(&place, &away).expect("moved");
        assert!(file.advance().is_err());
        assert_eq!(file.key().epoch(), 0);
        fs::rename(&away, &place).expect("moved back");
        file.advance().expect("advanced");
        assert_eq!(file.key().epoch(), 1);
    }

    #[test]
    fn a_second_keeper_cannot_be_created_over_the_first() {
        let directory = directory();
        let path = directory.path().join("epoch");
        EpochFile::create(&path, root().epoch(5).expect("near")).expect("created");
        assert!(matches!(EpochFile::create(&path, root().first_epoch()), Err(Error::KeyExists { .. })));
        assert_eq!(EpochFile::open(&path).expect("opened").key().epoch(), 5);
    }

    #[test]
    fn a_key_from_a_backup_does_not_agree_with_the_log() {
        let directory = directory();
        let path = directory.path().join("epoch");
        let file = EpochFile::create(&path, root().epoch(3).expect("near")).expect("created");
        assert!(file.agree(3).is_ok());
        assert!(file.agree(2).is_ok(), "the process stopped between the new key and the next record");
        let error = file.agree(4).expect_err("too old").to_string();
        assert!(error.ends_with("is of epoch 3 and the log has reached 4; it is an old copy"), "{error}");
    }

    #[test]
    fn a_damaged_file_is_refused() {
        let directory = directory();
        let good = text(&root().first_epoch());
        let cases = [&good[..good.len() - 1], &good[..40], &good.replace(" 0 ", " -1 "), &good.replace("v1", "v2")];
        for (number, content) in cases.iter().enumerate() {
            let path = directory.path().join(number.to_string());
            secret_file::create(&path, content.as_bytes()).expect("written");
            let error = EpochFile::open(&path).expect_err("refused").to_string();
            assert!(error.ends_with("expected the key of a MAC epoch, found something else"), "{error}");
        }
    }
}
