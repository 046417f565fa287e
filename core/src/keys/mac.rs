//! The keys of the log writer's MAC chain: each epoch's key follows from the one before, and the one before is erased.
//!
//! Whoever steals the key of today can forge from today on, but not what was written before (forward security). The
//! [`MacRoot`], from which every epoch can be derived again, belongs to the auditor and not on the writer's machine.
//!
//! Leaves out when an epoch ends and how records name theirs: the room `ledger` decides that.
//!
//! - epoch 0: HKDF-SHA256(ikm = root, info = `touchmark mac root v1`)
//! - epoch n: HKDF-SHA256(ikm = key of epoch n − 1, info = `touchmark mac epoch v1` ‖ n as 8 bytes, big-endian)
//! - MAC of a record: HMAC-SHA256(epoch key, previous MAC ‖ record bytes)

use std::fmt;
use std::path::Path;

use hkdf::Hkdf;
use hmac::digest::CtOutput;
use hmac::{Hmac, Mac as _};
use rand_core::CryptoRngCore;
use sha2::Sha256;
use touchmark_machine::sha256::{self, Message, Start};
use zeroize::{ZeroizeOnDrop, Zeroizing};

use super::{Error, FilesOnly, Keyring, file, secret_file};

mod epoch_file;

pub use epoch_file::EpochFile;

/// The highest epoch that [`MacRoot::epoch`] derives: some ten seconds of work. One an hour, it lasts a thousand years.
pub const HIGHEST_EPOCH: u64 = 10_000_000;

const ROOT_INFO: &[u8] = b"touchmark mac root v1";
const EPOCH_INFO: &[u8] = b"touchmark mac epoch v1";

/// The first word of a root's file; the key follows in hexadecimal digits.
const ROOT_FILE: &str = "touchmark-mac-root-v1";

/// The 32 secret bytes from which all epochs follow. Zeroised on drop, never printed.
#[derive(ZeroizeOnDrop)]
pub struct MacRoot([u8; 32]);

impl MacRoot {
    /// A new root.
    pub fn generate(rng: &mut impl CryptoRngCore) -> Self {
        let mut root = Self([0; 32]);
        rng.fill_bytes(&mut root.0);
        root
    }

    /// Reads a root from a file that only its owner may open.
    pub fn load(path: impl AsRef<Path>) -> Result<Self, Error> {
        Self::load_with(path, &FilesOnly)
    }

    /// The same, with the passphrase that the keyring knows.
    pub fn load_with(path: impl AsRef<Path>, keyring: &dyn Keyring) -> Result<Self, Error> {
        let path = path.as_ref();
        let bytes = file::read(path, keyring)?;
        let mut root = Self([0; 32]);
        match words(&bytes) {
            Some([ROOT_FILE, digits]) if hex::decode_to_slice(digits, &mut root.0).is_ok() => Ok(root),
            _ => Err(Error::NotAKey {
                path: path.to_owned(),
                expected: "the root of a MAC chain",
                found: "something else".to_owned(),
            }),
        }
    }

    /// Writes the root to a new file with mode 0600. Durable on return; never overwrites.
    pub fn save(&self, path: impl AsRef<Path>) -> Result<(), Error> {
        let digits = Zeroizing::new(hex::encode(self.0));
        let line = Zeroizing::new(format!("{ROOT_FILE} {}\n", *digits));
        secret_file::create(path.as_ref(), line.as_bytes())
    }

    /// The key of epoch 0. [`EpochKey::advance`] leads from there through all others in turn.
    pub fn first_epoch(&self) -> EpochKey {
        EpochKey { epoch: 0, key: derive(&self.0, &[ROOT_INFO]) }
    }

    /// Whether both are the same root.
    pub fn is(&self, other: &Self) -> bool {
        self.first_epoch().agrees(&other.first_epoch())
    }

    /// Whether `key` follows from this root.
    pub fn leads_to(&self, key: &EpochKey) -> Result<bool, Error> {
        Ok(self.epoch(key.epoch)?.agrees(key))
    }

    /// The key of any epoch up to [`HIGHEST_EPOCH`], in as many steps: for verification.
    pub fn epoch(&self, epoch: u64) -> Result<EpochKey, Error> {
        if epoch > HIGHEST_EPOCH {
            return Err(Error::TooManyEpochs { epoch, highest: HIGHEST_EPOCH });
        }
        let mut key = self.first_epoch();
        for _ in 0..epoch {
            key.advance()?;
        }
        Ok(key)
    }
}

impl fmt::Debug for MacRoot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MacRoot").finish_non_exhaustive()
    }
}

/// The key of one epoch. Zeroised on drop, never printed, not to be cloned.
pub struct EpochKey {
    epoch: u64,
    key: Zeroizing<[u8; 32]>,
}

impl EpochKey {
    /// Counted from 0.
    pub fn epoch(&self) -> u64 {
        self.epoch
    }

    /// Becomes the key of the next epoch. The old one is zeroised; there is no way back.
    pub fn advance(&mut self) -> Result<(), Error> {
        *self = self.following()?;
        Ok(())
    }

    /// The MAC of a record whose predecessor had the MAC `previous`; the first record follows 32 zero bytes.
    pub fn mac(&self, previous: &[u8; 32], record: &[u8]) -> [u8; 32] {
        self.ready().mac(previous, record)
    }

    /// Whether `mac` is the MAC of this record, in constant time.
    pub fn verify(&self, previous: &[u8; 32], record: &[u8], mac: &[u8; 32]) -> bool {
        self.ready().verify(previous, record, mac)
    }

    /// The key for many MACs in a row.
    pub fn ready(&self) -> ReadyKey {
        let pad = |byte: u8| {
            let mut block = Zeroizing::new([byte; 64]);
            block.iter_mut().zip(self.key.iter()).for_each(|(to, key)| *to ^= key);
            Start::behind(&block)
        };
        ReadyKey { state: self.state(), inner: pad(0x36), outer: pad(0x5c) }
    }

    fn state(&self) -> Hmac<Sha256> {
        Hmac::<Sha256>::new_from_slice(&*self.key).expect("HMAC takes a key of any length")
    }

    /// Whether both keys make the same MACs, in constant time.
    fn agrees(&self, other: &Self) -> bool {
        other.verify(&[0; 32], b"", &self.mac(&[0; 32], b""))
    }

    /// The key of the next epoch, with this one kept: for verification.
    pub fn following(&self) -> Result<Self, Error> {
        let beyond = Error::TooManyEpochs { epoch: u64::MAX, highest: u64::MAX };
        let epoch = self.epoch.checked_add(1).ok_or(beyond)?;
        Ok(Self { epoch, key: derive(&self.key, &[EPOCH_INFO, &epoch.to_be_bytes()]) })
    }
}

/// A MAC that is to be checked.
#[derive(Debug, Clone, Copy)]
pub struct Claim<'a> {
    /// That of the record before.
    pub previous: &'a [u8; 32],
    /// The record.
    pub record: &'a [u8],
    /// What is said to be its MAC.
    pub mac: &'a [u8; 32],
}

/// An epoch's key with its own blocks hashed already: half the work where records are short. For one run of records, no longer: what it holds is
/// not zeroised.
pub struct ReadyKey {
    state: Hmac<Sha256>,
    /// The state behind the key's two blocks (RFC 2104, section 2), for two MACs at once.
    inner: Start,
    outer: Start,
}

impl ReadyKey {
    /// As [`EpochKey::mac`].
    pub fn mac(&self, previous: &[u8; 32], record: &[u8]) -> [u8; 32] {
        self.over(previous, record).finalize().into_bytes().into()
    }

    /// As [`EpochKey::verify`].
    pub fn verify(&self, previous: &[u8; 32], record: &[u8], mac: &[u8; 32]) -> bool {
        self.over(previous, record).verify_slice(mac).is_ok()
    }

    /// As [`Self::verify`], of two: in hardly more time than one takes, where the processor can.
    pub fn verify_two(&self, claims: [Claim<'_>; 2]) -> [bool; 2] {
        let under = |start, head, body| Message { start: Some(start), head, body };
        let inner = sha256::two(claims.map(|claim| under(&self.inner, claim.previous, claim.record)));
        let macs = sha256::two(inner.each_ref().map(|digest| under(&self.outer, &[], digest)));
        // Compared in constant time.
        let output = |bytes: [u8; 32]| CtOutput::<Hmac<Sha256>>::new(bytes.into());
        std::array::from_fn(|at| output(macs[at]) == output(*claims[at].mac))
    }

    /// `previous` has a fixed length, so the two parts cannot be cut differently.
    fn over(&self, previous: &[u8; 32], record: &[u8]) -> Hmac<Sha256> {
        let mut state = self.state.clone();
        state.update(previous);
        state.update(record);
        state
    }
}

impl fmt::Debug for ReadyKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReadyKey").finish_non_exhaustive()
    }
}

impl fmt::Debug for EpochKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EpochKey").field("epoch", &self.epoch).finish_non_exhaustive()
    }
}

fn derive(secret: &[u8; 32], info: &[&[u8]]) -> Zeroizing<[u8; 32]> {
    let mut key = Zeroizing::new([0; 32]);
    Hkdf::<Sha256>::new(None, secret)
        .expand_multi_info(info, &mut *key)
        .expect("32 bytes are within what HKDF-SHA256 can give");
    key
}

/// The words of the one line in a key file, if there are as many as wanted.
fn words<const N: usize>(bytes: &[u8]) -> Option<[&str; N]> {
    let line = str::from_utf8(bytes).ok()?.strip_suffix('\n')?;
    line.split(' ').collect::<Vec<_>>().try_into().ok()
}

#[cfg(test)]
mod tests {
    use rand_core::OsRng;

    use super::*;

    /// Bytes 0 to 31.
    fn root() -> MacRoot {
        MacRoot(std::array::from_fn(|index| u8::try_from(index).expect("below 32")))
    }

    #[test]
    fn two_at_once_are_answered_as_one_after_the_other() {
        let key = root().first_epoch().ready();
        let records: [&[u8]; 4] = [b"", b"{}", &[b'a'; 700], &[b'b'; 31]];
        let (previous, right) = ([7; 32], records.map(|record| key.mac(&[7; 32], record)));
        let wrong = right.map(|mut mac| {
            mac[31] ^= 1;
            mac
        });
        let claim = |at: usize, mac| Claim { previous: &previous, record: records[at], mac };
        for one in 0..4 {
            for other in 0..4 {
                let answers = |first, second| key.verify_two([claim(one, first), claim(other, second)]);
                assert_eq!(answers(&right[one], &right[other]), [true, true]);
                assert_eq!(answers(&wrong[one], &right[other]), [false, true]);
                assert_eq!(answers(&right[one], &wrong[other]), [true, false]);
            }
        }
    }

    /// Computed with Python's hmac and hashlib by the formulas at the top of this file.
    #[test]
    fn an_independent_computation_gives_the_same_macs() {
        let first = root().first_epoch().mac(&[0; 32], br#"{"seq":0}"#);
        assert_eq!(hex::encode(first), "3e0d3e7fb89e9bf412e7dc666667a53a0203de87e2a768cf64becfa433702b91");
        let fourth = root().epoch(3).expect("near").mac(&first, br#"{"seq":1}"#);
        assert_eq!(hex::encode(fourth), "2e48cb3737ed7ceb75cbdcdf1144c8827ebfba01a807b406d2b1d2b7413e93fe");
    }

    #[test]
    fn advancing_and_deriving_lead_to_the_same_key() {
        let mut key = root().first_epoch();
        for epoch in 0..5 {
            assert_eq!(key.epoch(), epoch);
            let derived = root().epoch(epoch).expect("near");
            assert_eq!(key.mac(&[1; 32], b"record"), derived.mac(&[1; 32], b"record"));
            key.advance().expect("far from the end");
        }
    }

    #[test]
    fn a_changed_record_predecessor_or_epoch_has_another_mac() {
        let key = root().first_epoch();
        let mac = key.mac(&[1; 32], b"record");
        assert!(key.verify(&[1; 32], b"record", &mac));
        assert!(!key.verify(&[1; 32], b"Record", &mac));
        assert!(!key.verify(&[2; 32], b"record", &mac));
        assert!(!root().epoch(1).expect("near").verify(&[1; 32], b"record", &mac));
    }

    #[test]
    fn an_absurd_epoch_is_refused_at_once() {
        let error = root().epoch(u64::MAX).expect_err("too far").to_string();
        assert!(error.ends_with("is beyond the highest that can be derived, 10000000"), "{error}");
    }

    #[test]
    fn a_saved_root_is_the_root_that_is_loaded_and_other_files_are_refused() {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let path = directory.path().join("root");
        let root = MacRoot::generate(&mut OsRng);
        root.save(&path).expect("saved");
        assert_eq!(MacRoot::load(&path).expect("loaded").0, root.0);
        for (number, content) in
            ["touchmark-mac-root-v2 00\n", "touchmark-mac-root-v1 0g\n", "secret"].iter().enumerate()
        {
            let path = directory.path().join(number.to_string());
            secret_file::create(&path, content.as_bytes()).expect("written");
            let error = MacRoot::load(&path).expect_err("refused").to_string();
            assert!(error.ends_with("expected the root of a MAC chain, found something else"), "{error}");
        }
    }

    #[test]
    fn printing_shows_no_secret() {
        let shown = format!("{:?} {:?}", root(), root().first_epoch());
        assert_eq!(shown, "MacRoot { .. } EpochKey { epoch: 0, .. }");
    }
}
