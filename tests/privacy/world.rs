//! A home with people in its log, and a log in memory over any vault and store.

use std::ops::ControlFlow;
use std::path::PathBuf;
use std::sync::Arc;

use rand_core::{OsRng, RngCore};
use serde_json::{Value, json};
use tempfile::TempDir;
use touchmark_core::edge::{Clock, Edge, Moment};
use touchmark_core::erasure::{Answer, Erased, Eraser, Error};
use touchmark_core::event::prepare::Log;
use touchmark_core::event::private::Actor;
use touchmark_core::event::terms::ErasureReason;
use touchmark_core::event::{Event, Kind, Opened, Record, Sealer};
use touchmark_core::export::{self, Exported, Exporter, Options, Order};
use touchmark_core::home::Home;
use touchmark_core::keys::file::Ed25519Key;
use touchmark_core::keys::mac::{EpochFile, MacRoot};
use touchmark_core::ledger::check::{Checks, MacKeys, Signatures, check};
use touchmark_core::ledger::memory::MemoryStore;
use touchmark_core::ledger::{self, Keys, Ledger, Reader, Receipt, Store};
use touchmark_core::privacy::Vault;
use touchmark_core::privacy::vault::memory::MemoryVault;

/// Clock and randomness of this machine.
pub(crate) const EDGE: Edge<'static> = Edge { now: &now, random: &random };

fn now() -> Moment {
    Moment { time: jiff::Timestamp::now(), clock: Clock { synchronised: true, max_error_us: Some(1000) } }
}

fn random(buffer: &mut [u8]) {
    OsRng.fill_bytes(buffer);
}

pub(crate) fn event(value: &Value) -> Event {
    Event::parse(value.to_string().as_bytes()).expect("an event")
}

/// Somebody asks for a picture.
pub(crate) fn asked_by(subject: &str) -> Value {
    json!({"type": "GEN_ATTEMPT", "actor": {"subject": subject, "auth": "oidc"}, "tenant": "acme",
        "session": format!("session-of-{subject}"), "network_origin": format!("address-of-{subject}"),
        "system": {"name": "studio", "version": "1"}, "prompt": "a harbour",
        "parameters": {"note": format!("parameter-of-{subject}")},
        "model": {"id": "sdxl-base", "version": "1.0", "version_hash": format!("sha256:{}", "31".repeat(32))}})
}

/// The refusal of an attempt: it names nobody, and has the session and address of whoever asked.
pub(crate) fn refused(attempt: &str, of: &str) -> Value {
    json!({"type": "GEN_DENY", "attempt": attempt, "category": "OTHER", "score": 0.9, "tenant": "acme",
        "session": format!("session-of-{of}"), "network_origin": format!("address-of-{of}"),
        "system": {"name": "studio", "version": "1"},
        "policy": {"id": "rules", "version": "1", "version_hash": format!("sha256:{}", "32".repeat(32))}})
}

/// A home on disk.
pub(crate) struct House {
    folder: TempDir,
    pub(crate) home: Home,
}

impl House {
    pub(crate) fn new() -> Self {
        Self::begun(EDGE)
    }

    pub(crate) fn begun(edge: Edge<'_>) -> Self {
        let folder = tempfile::tempdir().expect("folder");
        let home = Home::create(&folder.path().join("home"), "Test Studio", edge).expect("home");
        Self { folder, home }
    }

    /// A place outside of the home.
    pub(crate) fn beside(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn append(&self, events: &[Value]) -> Vec<Receipt> {
        self.write(events, EDGE)
    }

    /// The same at a time of its own.
    pub(crate) fn write(&self, events: &[Value], edge: Edge<'_>) -> Vec<Receipt> {
        let events: Vec<Event> = events.iter().map(event).collect();
        let mut ledger = self.home.ledger(edge).expect("the log").0;
        ledger.append(&events, edge).expect("appended")
    }

    /// Exports one picture.
    pub(crate) fn export(&self, order: Order, options: &Options) -> Result<Exported, export::Error> {
        let mut ledger = self.home.ledger(EDGE).expect("the log").0;
        let (reader, issuer) = (self.home.reader().expect("the log"), self.home.issuer().expect("a signer"));
        let (shelf, limits) = (self.home.shelf(), self.home.limits());
        let organisation = &self.home.config().organisation;
        let mut exporter = Exporter {
            ledger: &mut ledger,
            reader: &reader,
            issuer: &issuer,
            shelf: &shelf,
            organisation,
            limits: &limits,
            edge: EDGE,
        };
        exporter.export(vec![order], options).pop().expect("an answer")
    }

    pub(crate) fn erase(&self, subject: &str) -> Answer {
        self.erase_by(subject, None).expect("could")
    }

    pub(crate) fn erase_by(&self, subject: &str, by: Option<&Actor>) -> Result<Answer, Error> {
        let mut ledger = self.home.ledger(EDGE).expect("the log").0;
        let reader = self.home.reader().expect("the log");
        let mut eraser = Eraser { ledger: &mut ledger, reader: &reader, edge: EDGE };
        eraser.erase(subject, ErasureReason::SubjectRequest, by)
    }

    /// What a record's private part says now.
    pub(crate) fn opened(&self, seq: u64) -> Opened {
        let reader = self.home.reader().expect("the log");
        let stored = reader.line(seq).expect("a line");
        let line = ledger::line::Line::parse(&stored).expect("a line");
        let (opener, closed) = self.home.opener();
        assert!(closed.is_none(), "{closed:?}");
        opener.open(&reader.record(seq).expect("a record"), line.private).expect("could look")
    }

    /// Its fields, which must be open.
    pub(crate) fn fields(&self, seq: u64) -> Value {
        match self.opened(seq) {
            Opened::Fields(private) => serde_json::to_value(&private.fields).expect("JSON"),
            other => panic!("record {seq} is {other}"),
        }
    }

    pub(crate) fn records(&self, kind: Kind) -> Vec<Record> {
        records(&self.home.reader().expect("the log"), kind)
    }

    /// What is wrong with the log, read from end to end with its MAC keys.
    pub(crate) fn findings(&self) -> Vec<String> {
        let reader = self.home.reader().expect("the log");
        let root = self.home.mac_root().expect("the root");
        let macs = root.as_ref().map(MacKeys::Root);
        let checks =
            Checks { origin: &self.home.config().log.origin, known: &[], macs, signatures: Signatures::All, from: 0 };
        let report = check(reader.store(), &checks).expect("could look");
        report.findings.iter().map(ToString::to_string).collect()
    }
}

pub(crate) fn records(reader: &Reader, kind: Kind) -> Vec<Record> {
    let mut found = Vec::new();
    let read = reader.records(0, &mut |record, _| {
        if record.kind() == kind {
            found.push(record.clone());
        }
        ControlFlow::Continue(())
    });
    read.expect("the log");
    found
}

/// A log and a vault in memory, to be opened through faulty ones.
pub(crate) struct Bench {
    keys: TempDir,
    pub(crate) store: Arc<dyn Store>,
    pub(crate) vault: Arc<dyn Vault>,
}

impl Bench {
    pub(crate) fn new() -> Self {
        let keys = tempfile::tempdir().expect("folder");
        Ed25519Key::generate(&mut OsRng).save(keys.path().join("log.pem")).expect("saved");
        let root = MacRoot::generate(&mut OsRng);
        EpochFile::create(keys.path().join("mac-epoch"), root.first_epoch()).expect("created");
        Self { keys, store: Arc::new(MemoryStore::default()), vault: Arc::new(MemoryVault::default()) }
    }

    pub(crate) fn open(&self, store: &Arc<dyn Store>, vault: &Arc<dyn Vault>) -> Result<Ledger, ledger::Error> {
        let signer = Ed25519Key::load(self.keys.path().join("log.pem")).expect("loaded");
        let mac = EpochFile::open(self.keys.path().join("mac-epoch")).expect("opened");
        let sealer = Some(Arc::new(Sealer::new(Arc::clone(vault))));
        let log = Log { origin: "touchmark/bench".to_owned(), publish: Vec::new(), sealer };
        Ledger::open_log(Arc::clone(store), log, Keys { signer: Arc::new(signer), mac }, EDGE)
    }

    /// Tries to erase a person, with the log and the vault as they are given.
    pub(crate) fn erase(
        &self,
        store: &Arc<dyn Store>,
        vault: &Arc<dyn Vault>,
        subject: &str,
    ) -> Result<Erased, String> {
        let words = |error: &dyn std::error::Error| error.to_string();
        let mut ledger = self.open(store, vault).map_err(|error| words(&error))?;
        let reader = Reader::over(Arc::clone(store)).map_err(|error| words(&error))?;
        let mut eraser = Eraser { ledger: &mut ledger, reader: &reader, edge: EDGE };
        match eraser.erase(subject, ErasureReason::SubjectRequest, None).map_err(|error| words(&error))? {
            Answer::Erased(erased) => Ok(erased),
            other => Err(format!("{other:?}")),
        }
    }
}
