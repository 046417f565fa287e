//! A log that grows by events, on a clock that the test sets, and what an audit says of it.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use rand_core::{OsRng, RngCore};
use serde_json::{Value, json};
use tempfile::TempDir;
use touchmark_core::audit::{Finding, FindingKind, Options, Report, audit};
use touchmark_core::edge::{Clock, Edge, Moment};
use touchmark_core::event::Event;
use touchmark_core::keys::file::Ed25519Key;
use touchmark_core::keys::mac::{EpochFile, MacRoot};
use touchmark_core::ledger::memory::MemoryStore;
use touchmark_core::ledger::{Keys, Ledger, Reader, Store};
use uuid::Uuid;

/// A clock as it should be.
pub(crate) const GOOD: Clock = Clock { synchronised: true, max_error_us: Some(1000) };

/// Some hash.
pub(crate) const HASH: &str = "sha256:31e35c80fc4829d14f90153f4c74cd59c90b779f6afe05a74cd6120b893f7e5b";

/// Another hash.
pub(crate) const OTHER: &str = "sha256:a20ace3c0a8d27be0e873856f9efa4c13941a7b0b323d6334b204b82ca75ad8f";

pub(crate) struct World {
    _dir: TempDir,
    store: Arc<dyn Store>,
    ledger: Ledger,
    /// The log's machine's clock.
    pub(crate) now: Timestamp,
    pub(crate) clock: Clock,
}

impl World {
    /// A new log at noon.
    pub(crate) fn new() -> Self {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let root = MacRoot::generate(&mut OsRng);
        let mac = EpochFile::create(dir.path().join("mac-epoch"), root.first_epoch()).expect("created");
        let keys = Keys { signer: Arc::new(Ed25519Key::generate(&mut OsRng)), mac };
        let store: Arc<dyn Store> = Arc::new(MemoryStore::default());
        let now = time("2026-01-01T12:00:00Z");
        let edge = Edge { now: &|| Moment { time: now, clock: GOOD }, random: &random };
        let ledger = Ledger::open(Arc::clone(&store), "touchmark/north-0001", Vec::new(), keys, edge).expect("opened");
        Self { _dir: dir, store, ledger, now, clock: GOOD }
    }

    /// Lets time pass.
    pub(crate) fn wait(&mut self, seconds: i64) {
        self.now += SignedDuration::from_secs(seconds);
    }

    /// Puts an event on record and says its id.
    #[expect(clippy::needless_pass_by_value, reason = "reads better at the many places where json! makes it")]
    pub(crate) fn add(&mut self, event: Value) -> Uuid {
        let event = Event::parse(event.to_string().as_bytes()).unwrap_or_else(|error| panic!("{error}: {event}"));
        self.add_unchecked(&event)
    }

    /// An event as some other program could have written it.
    pub(crate) fn add_unchecked(&mut self, event: &Event) -> Uuid {
        self.add_all(std::slice::from_ref(event))[0]
    }

    /// Several at once.
    pub(crate) fn add_all(&mut self, events: &[Event]) -> Vec<Uuid> {
        let (now, clock) = (self.now, self.clock);
        let edge = Edge { now: &|| Moment { time: now, clock }, random: &random };
        self.ledger.append(events, edge).expect("appended").iter().map(|receipt| receipt.id).collect()
    }

    /// Somebody asks for a picture.
    pub(crate) fn asked(&mut self) -> Uuid {
        self.add(request("GEN_ATTEMPT"))
    }

    /// It was made.
    pub(crate) fn made(&mut self, attempt: Uuid) -> Uuid {
        self.add(with(request("GEN"), json!({"attempt": attempt})))
    }

    /// It was refused.
    pub(crate) fn denied(&mut self, attempt: Uuid) -> Uuid {
        self.add(
            json!({"type": "GEN_DENY", "attempt": attempt, "category": "OTHER", "score": 0.9, "policy": policy(HASH),
            "system": {"name": "studio", "version": "1"}}),
        )
    }

    /// It failed.
    pub(crate) fn failed(&mut self, attempt: Uuid) -> Uuid {
        self.add(json!({"type": "GEN_ERROR", "attempt": attempt, "code": "UPSTREAM_TIMEOUT",
            "system": {"name": "studio", "version": "1"}}))
    }

    /// Some record that nothing depends on.
    pub(crate) fn other(&mut self) -> Uuid {
        self.add(json!({"type": "INCIDENT", "severity": "info", "category": "drill", "actor": person(),
            "system": {"name": "studio", "version": "1"}}))
    }

    /// Everything up to now.
    pub(crate) fn options(&self) -> Options<'static> {
        Options::all(self.ledger.size(), self.now)
    }

    /// Audits the whole log.
    pub(crate) fn audit(&self) -> (Report, Vec<Finding>) {
        self.audit_with(&self.options())
    }

    pub(crate) fn audit_with(&self, options: &Options<'_>) -> (Report, Vec<Finding>) {
        let reader = Reader::over(Arc::clone(&self.store)).expect("a log");
        let mut findings = Vec::new();
        let report = audit(&reader, options, &mut |finding| findings.push(finding)).expect("could look");
        assert!(report.attempts.adds_up(), "{:?}", report.attempts);
        assert_eq!(report.findings.values().sum::<u64>(), findings.len() as u64);
        (report, findings)
    }

    /// The one thing that an audit finds.
    pub(crate) fn finding(&self) -> Finding {
        let (_, findings) = self.audit();
        let [finding] = findings.try_into().unwrap_or_else(|found| panic!("one finding is expected: {found:?}"));
        finding
    }

    /// Checks that an audit finds nothing but this, about this record, and says so with these words.
    pub(crate) fn assert_finds(&self, kind: FindingKind, id: Uuid, words: &str) {
        let finding = self.finding();
        assert_eq!((finding.kind, finding.id), (kind, id), "{finding}");
        assert!(finding.sentence.contains(words), "{finding}");
    }
}

/// A request, asked or made, by a person and with a model.
pub(crate) fn request(kind: &str) -> Value {
    json!({"type": kind, "actor": person(), "system": {"name": "studio", "version": "1"}, "model": model("sdxl", "1.0", HASH),
        "prompt": "a lighthouse at dusk", "parameters": {}})
}

pub(crate) fn export(made: Uuid, input: &str) -> Value {
    json!({"type": "EXPORT", "gen_record": made, "media_type": "image/png", "input": input, "file": OTHER,
        "manifest": {"id": "urn:c2pa:3fad1ead-8ed5-44d0-873b-ea5f58adea82", "hash": OTHER},
        "hard_binding": {"label": "c2pa.hash.data", "hash": OTHER}, "actor": person(),
        "system": {"name": "touchmark", "version": "0.1.0"}})
}

pub(crate) fn model(id: &str, version: &str, hash: &str) -> Value {
    json!({"id": id, "version": version, "version_hash": hash})
}

pub(crate) fn policy(hash: &str) -> Value {
    json!({"id": "house-rules", "version": "7", "version_hash": hash})
}

pub(crate) fn person() -> Value {
    json!({"subject": "emp-1042", "auth": "oidc"})
}

/// `event` with more fields, or others.
pub(crate) fn with(mut event: Value, more: Value) -> Value {
    if let (Value::Object(event), Value::Object(more)) = (&mut event, more) {
        event.extend(more);
    }
    event
}

pub(crate) fn time(text: &str) -> Timestamp {
    text.parse().expect("a time")
}

/// An id that no record has.
pub(crate) fn nowhere() -> Uuid {
    "019a2b3c-0000-7000-8000-000000000000".parse().expect("an id")
}

fn random(bytes: &mut [u8]) {
    OsRng.fill_bytes(bytes);
}
