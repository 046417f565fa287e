//! A log's folder with its writer's secrets, to be broken in many ways.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use jiff::{SignedDuration, Timestamp};
use rand_core::{OsRng, RngCore};
use tempfile::TempDir;
use touchmark_core::edge::{Clock, Edge, Moment};
use touchmark_core::event::Event;
use touchmark_core::keys::Signer;
use touchmark_core::keys::file::Ed25519Key;
use touchmark_core::keys::mac::{EpochFile, MacRoot};
use touchmark_core::ledger::check::{Checks, Finding, MacKeys, Problem, Report, Signatures, check};
use touchmark_core::ledger::file::{FileStore, SEGMENT_LINES};
use touchmark_core::ledger::history::{History, Known};
use touchmark_core::ledger::line::{self, Line};
use touchmark_core::ledger::{Error, Keys, Ledger, Reader, Receipt, Store};
use touchmark_core::tlog::note::{SignatureType, VerifierKey};

pub(crate) const ORIGIN: &str = "touchmark/north-0001";

/// A folder with `keys` and `ledger` in it.
pub(crate) struct World {
    dir: TempDir,
    root: MacRoot,
    segment_lines: u64,
    /// The log's keys, as somebody wrote them down elsewhere; before there is a log, none.
    keys: Mutex<Option<History>>,
}

impl World {
    pub(crate) fn new() -> Self {
        Self::with_segments_of(SEGMENT_LINES)
    }

    /// Its segment files have few lines, so that a few records fill several.
    pub(crate) fn with_segments_of(segment_lines: u64) -> Self {
        Self::below(&std::env::temp_dir(), segment_lines)
    }

    /// In a folder of its own below this one.
    pub(crate) fn below(dir: &Path, segment_lines: u64) -> Self {
        let dir = tempfile::tempdir_in(dir).expect("a temporary folder");
        let root = MacRoot::generate(&mut OsRng);
        Ed25519Key::generate(&mut OsRng).save(dir.path().join("log.pem")).expect("saved");
        EpochFile::create(dir.path().join("mac-epoch"), root.first_epoch()).expect("created");
        Self { dir, root, segment_lines, keys: Mutex::default() }
    }

    /// With `records` in it, the KEY record among them.
    pub(crate) fn with_records(records: u64) -> Self {
        let world = Self::new();
        world.fill(records);
        world
    }

    pub(crate) fn fill(&self, records: u64) {
        let mut ledger = self.open();
        let wanted = usize::try_from(records - ledger.size()).expect("few");
        append(&mut ledger, wanted).expect("appended");
        assert_eq!(ledger.size(), records);
    }

    pub(crate) fn ledger_dir(&self) -> PathBuf {
        self.dir.path().join("ledger")
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.ledger_dir().join(name)
    }

    pub(crate) fn segment(&self, number: u64) -> PathBuf {
        self.path(&format!("segments/{number:010}.jsonl"))
    }

    pub(crate) fn epoch_file(&self) -> PathBuf {
        self.dir.path().join("mac-epoch")
    }

    pub(crate) fn root(&self) -> &MacRoot {
        &self.root
    }

    pub(crate) fn signer(&self) -> Ed25519Key {
        Ed25519Key::load(self.dir.path().join("log.pem")).expect("loaded")
    }

    pub(crate) fn keys(&self) -> Keys {
        let mac = EpochFile::open(self.epoch_file()).expect("opened");
        Keys { signer: Arc::new(self.signer()), mac }
    }

    pub(crate) fn writer_store(&self) -> Result<Arc<dyn Store>, Error> {
        Ok(Arc::new(FileStore::writer_of(&self.ledger_dir(), self.segment_lines)?.0))
    }

    pub(crate) fn reader_store(&self) -> Arc<dyn Store> {
        Arc::new(FileStore::reader_of(&self.ledger_dir(), self.segment_lines).expect("a log"))
    }

    pub(crate) fn files(&self) -> FileStore {
        FileStore::reader_of(&self.ledger_dir(), self.segment_lines).expect("a log")
    }

    pub(crate) fn reader(&self) -> Reader {
        Reader::over(self.reader_store()).expect("a log")
    }

    pub(crate) fn open(&self) -> Ledger {
        self.try_open().expect("opened")
    }

    pub(crate) fn try_open(&self) -> Result<Ledger, Error> {
        self.open_over(self.writer_store()?, 0)
    }

    /// Opens the log in this store, on a day.
    pub(crate) fn open_over(&self, store: Arc<dyn Store>, day: i64) -> Result<Ledger, Error> {
        on_day(day, |edge| Ledger::open(store, ORIGIN, Vec::new(), self.keys(), edge))
    }

    pub(crate) fn key(&self) -> VerifierKey {
        let public = self.signer().public_key().try_into().expect("32 bytes");
        let public = ed25519_dalek::VerifyingKey::from_bytes(&public).expect("a key");
        VerifierKey::new(ORIGIN, SignatureType::Ed25519, public).expect("a verifier key")
    }

    /// The log's keys, as somebody wrote them down elsewhere.
    pub(crate) fn known(&self) -> History {
        let mut keys = self.keys.lock().expect("no panic");
        keys.get_or_insert_with(|| History::of(self.key())).clone()
    }

    /// Hands over to a new key, and answers the old one.
    pub(crate) fn rotate(&self) -> Ed25519Key {
        let (old, new) = (self.signer(), Ed25519Key::generate(&mut OsRng));
        let [path, next] = ["log.pem", "next.pem"].map(|name| self.dir.path().join(name));
        new.save(&next).expect("saved");
        let mut ledger = self.open();
        on_day(0, |edge| ledger.rotate(Arc::new(new), edge)).expect("rotated");
        *self.keys.lock().expect("no panic") = Some(ledger.history().clone());
        drop(ledger);
        fs::rename(next, path).expect("moved");
        old
    }

    /// Everything checked, with the root of the MAC keys.
    pub(crate) fn check(&self) -> Report {
        self.check_over(self.reader_store().as_ref())
    }

    pub(crate) fn check_over(&self, store: &dyn Store) -> Report {
        let keys = self.known();
        let checks = Checks {
            origin: ORIGIN,
            known: &[Known::History(&keys)],
            macs: Some(MacKeys::Root(&self.root)),
            signatures: Signatures::All,
            from: 0,
        };
        check(store, &checks).expect("could look")
    }

    /// As somebody without any secret checks it.
    pub(crate) fn check_in_public(&self) -> Report {
        let keys = self.known();
        let checks = Checks {
            origin: ORIGIN,
            known: &[Known::History(&keys)],
            macs: None,
            signatures: Signatures::All,
            from: 0,
        };
        check(self.reader_store().as_ref(), &checks).expect("could look")
    }

    /// The first thing that is wrong, and where.
    pub(crate) fn first_finding(&self) -> (Option<u64>, Problem) {
        let finding = self.check().findings.into_iter().next().expect("something is found");
        (finding.seq, finding.problem)
    }

    /// The lines of the first segment, without their line feeds.
    pub(crate) fn lines(&self) -> Vec<Vec<u8>> {
        let text = fs::read(self.segment(0)).expect("read");
        text.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()).map(<[u8]>::to_vec).collect()
    }

    pub(crate) fn set_lines(&self, lines: &[Vec<u8>]) {
        fs::write(self.segment(0), [lines.join(&b'\n'), b"\n".to_vec()].concat()).expect("written");
    }

    /// Changes the lines of the first segment.
    pub(crate) fn change(&self, change: impl FnOnce(&mut Vec<Vec<u8>>)) {
        let mut lines = self.lines();
        change(&mut lines);
        self.set_lines(&lines);
    }

    /// A copy of the log's folder elsewhere, as it is now.
    pub(crate) fn copy(&self) -> TempDir {
        let copy = tempfile::tempdir().expect("a temporary folder");
        copy_dir(&self.ledger_dir(), copy.path());
        copy
    }

    /// Puts a copy in the place of the log's folder.
    pub(crate) fn put_back(&self, copy: &TempDir) {
        fs::remove_dir_all(self.ledger_dir()).expect("removed");
        copy_dir(copy.path(), &self.ledger_dir());
    }
}

/// Adds so many records on the first day.
pub(crate) fn append(ledger: &mut Ledger, count: usize) -> Result<Vec<Receipt>, Error> {
    append_on_day(ledger, count, 0)
}

pub(crate) fn append_on_day(ledger: &mut Ledger, count: usize, day: i64) -> Result<Vec<Receipt>, Error> {
    let events: Vec<Event> = (0..count).map(|_| moderation()).collect();
    on_day(day, |edge| ledger.append(&events, edge))
}

pub(crate) fn moderation() -> Event {
    let text = format!(
        r#"{{"type":"MODERATION","system":{{"name":"filter","version":"2"}},"subject":"019a2b3c-0000-7000-8000-000000000000",
            "stage":"output","classifier":{{"id":"nsfw","version":"3"}},"score":0.02,"flagged":false,"tenant":"north",
            "policy":{{"id":"house","version":"7","version_hash":"sha256:{}"}}}}"#,
        "07".repeat(32)
    );
    Event::parse(text.as_bytes()).expect("an event")
}

/// Noon of a day, counted from the first of January 2026.
pub(crate) fn on_day<T>(day: i64, work: impl FnOnce(Edge<'_>) -> T) -> T {
    let first: Timestamp = "2026-01-01T12:00:00Z".parse().expect("a time");
    let time = first + SignedDuration::from_hours(24 * day);
    let clock = Clock { synchronised: true, max_error_us: None };
    work(Edge { now: &|| Moment { time, clock }, random: &|bytes| OsRng.fill_bytes(bytes) })
}

/// Takes a line apart, lets `change` at its parts, and puts it together again.
pub(crate) fn rewrite(line: &mut Vec<u8>, change: impl FnOnce(&mut Parts)) {
    let parsed = Line::parse(line).expect("a line");
    let mut parts = Parts {
        mac: parsed.mac,
        private: parsed.private.to_vec(),
        record: parsed.record.to_vec(),
        signature: parsed.signature.to_vec(),
    };
    change(&mut parts);
    *line = parts.to_line();
}

/// The parts of a line that somebody may change; the hash always fits the record.
pub(crate) struct Parts {
    pub(crate) mac: line::Mac,
    pub(crate) private: Vec<u8>,
    pub(crate) record: Vec<u8>,
    pub(crate) signature: Vec<u8>,
}

impl Parts {
    pub(crate) fn hash(&self) -> touchmark_core::hash::Hash {
        touchmark_core::hash::Hash::of(&self.record)
    }

    /// Replaces text in the record; the two must be there and different.
    pub(crate) fn replace(&mut self, from: &str, to: &str) {
        let record = String::from_utf8(self.record.clone()).expect("text");
        let changed = record.replacen(from, to, 1);
        assert_ne!(changed, record, "{from} is not in the record");
        self.record = changed.into_bytes();
    }

    pub(crate) fn to_line(&self) -> Vec<u8> {
        let mut line = Vec::new();
        line::write(&mut line, &self.hash(), &self.mac, &self.private, &self.record, &self.signature);
        line.pop();
        line
    }
}

/// The findings that name a record, in order.
pub(crate) fn named(report: &Report) -> Vec<u64> {
    report.findings.iter().filter_map(|finding: &Finding| finding.seq).collect()
}

pub(crate) fn assert_whole(report: &Report, records: u64) {
    assert_eq!(report.findings, [], "{} records", report.records);
    assert_eq!((report.records, report.checkpoint), (records, Some(records)));
}

fn copy_dir(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("created");
    for entry in fs::read_dir(from).expect("listed") {
        let entry = entry.expect("an entry");
        let target = to.join(entry.file_name());
        if entry.file_type().expect("a type").is_dir() {
            copy_dir(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).expect("copied");
        }
    }
}
