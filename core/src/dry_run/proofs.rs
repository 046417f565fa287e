//! Each request is proved by what a stranger, or an auditor with what the operator hands over, would use.

use jiff::Timestamp;
use rayon::prelude::*;
use serde::Serialize;
use uuid::Uuid;

use super::Error;
use super::requests::{Fate, Request};
use crate::event::{Body, Opened, Opener, Record};
use crate::home::Home;
use crate::ledger::Reader;
use crate::ledger::history::History;
use crate::ledger::line::Line;
use crate::manifest::{State, Trust};
use crate::media::Limits;
use crate::merkle;
use crate::privacy::Disclosure;
use crate::privacy::commitment::Commitment;
use crate::verify::records::Records;
use crate::verify::{self, Answer, LedgerState, Means};

/// One thing that was to be proved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Row {
    /// What.
    pub what: &'static str,
    /// How often it was to be.
    pub of: u64,
    /// How often it was.
    pub proved: u64,
}

impl Row {
    /// Whether it was proved each time.
    pub const fn holds(&self) -> bool {
        self.proved == self.of
    }
}

/// What is proved, in this order.
const WHAT: [&str; 6] = [
    "attempts found by their id",
    "outcomes found, each naming its attempt",
    "inclusion proofs under the signed checkpoint",
    "prompts that open their commitment, where another text does not",
    "tenants disclosed alone, under the record's hash",
    "signed files: trusted, their making proved, their export on record",
];

const ATTEMPT: usize = 0;
const OUTCOME: usize = 1;
const INCLUSION: usize = 2;
const COMMITMENT: usize = 3;
const DISCLOSURE: usize = 4;
const FILE: usize = 5;

/// How often each was to be proved, and was.
#[derive(Default)]
struct Tally([(u64, u64); WHAT.len()]);

impl Tally {
    fn count(&mut self, what: usize, proved: bool) {
        let (of, so_far) = &mut self.0[what];
        *of += 1;
        *so_far += u64::from(proved);
    }

    fn with(mut self, other: &Self) -> Self {
        for ((of, proved), (more, also)) in self.0.iter_mut().zip(&other.0) {
            *of += more;
            *proved += also;
        }
        self
    }
}

/// With what it is proved.
struct Tools<'a> {
    reader: &'a Reader,
    keys: History,
    opener: Opener,
    trust: Trust,
    limits: Limits,
    now: Timestamp,
}

/// Proves every request.
pub(super) fn prove(home: &Home, reader: &Reader, requests: &[Request], now: Timestamp) -> Result<Vec<Row>, Error> {
    let (keys, opener, trust) = (reader.history().clone(), home.opener().0, home.trust()?);
    let tools = Tools { reader, keys, opener, trust, limits: home.limits(), now };
    let tallies = requests.par_iter().map(|request| tools.request(request)).collect::<Result<Vec<_>, Error>>()?;
    let total = tallies.iter().fold(Tally::default(), Tally::with);
    Ok(WHAT.iter().zip(total.0).map(|(what, (of, proved))| Row { what, of, proved }).collect())
}

impl Tools<'_> {
    fn request(&self, request: &Request) -> Result<Tally, Error> {
        let mut tally = Tally::default();
        let attempt = self.record(request.attempt, request, &mut tally)?;
        tally.count(ATTEMPT, matches!(&attempt, Some(record) if matches!(record.body, Body::GenAttempt(_))));
        if request.fate != Fate::LeftOpen {
            let outcome = match request.outcome {
                Some(id) => self.record(id, request, &mut tally)?,
                None => None,
            };
            tally.count(OUTCOME, outcome.is_some_and(|outcome| answers(&outcome, request)));
        }
        if let Some(path) = &request.file {
            let file = std::fs::read(path).map_err(|source| Error::Io { path: path.clone(), source })?;
            tally.count(FILE, self.file(&file)?);
        }
        Ok(tally)
    }

    /// Looks a record up by its id, and proves what it binds.
    fn record(&self, id: Uuid, request: &Request, tally: &mut Tally) -> Result<Option<Record>, Error> {
        let seq = self.reader.find(id)?;
        let stored = self.reader.line(seq)?;
        let (line, record) = Line::whole(seq, &stored)?;
        let proof = self.reader.prove(seq)?;
        let leaf = merkle::leaf_hash(line.record);
        let is_included =
            proof.index() == record.seq && proof.verify(&leaf, std::slice::from_ref(self.keys.newest())).is_ok();
        tally.count(INCLUSION, is_included);
        let private = match self.opener.open(&record, line.private)? {
            Opened::Fields(private) => private,
            other => {
                let problem = format!("record {seq} is {other}");
                return Err(crate::event::Error::Unreadable { problem }.into());
            }
        };
        if let Some(commitment) = prompt_of(&record) {
            let key = private.seed.commitment_key(self.keys.origin(), &record.id.to_string(), "prompt");
            let opens = |text: &str| commitment.opens_to(&key, text.as_bytes());
            tally.count(COMMITMENT, opens(&request.prompt) && !opens("some other text"));
        }
        let disclosure = Disclosure::of(&private.seed, &private.fields, "tenant")?;
        let is_bound = match disclosure {
            Some(opened) => opened.value == "dry-run" && opened.verify(&record.private.fields)?,
            None => false,
        };
        tally.count(DISCLOSURE, is_bound);
        Ok(Some(record))
    }

    fn file(&self, file: &[u8]) -> Result<bool, Error> {
        let records = Records { reader: self.reader, gallery: None };
        let means = Means {
            trust: &self.trust,
            log_keys: std::slice::from_ref(&self.keys),
            records: Some(&records),
            log: None,
            at: self.now,
            limits: &self.limits,
            pixels: false,
        };
        let verdict = verify::verify(file, None, &means)?;
        Ok(verdict.verdict == Answer::Verified
            && verdict.c2pa.state == State::Trusted
            && verdict.ledger.state == LedgerState::Recorded)
    }
}

/// Whether this is the outcome that the request came to.
fn answers(outcome: &Record, request: &Request) -> bool {
    let attempt = match (&outcome.body, request.fate) {
        (Body::Gen(body), Fate::Exported | Fate::Withheld) => body.attempt,
        (Body::GenDeny(body), Fate::Denied) => Some(body.attempt),
        (Body::GenError(body), Fate::Failed) => Some(body.attempt),
        _ => None,
    };
    attempt == Some(request.attempt)
}

fn prompt_of(record: &Record) -> Option<&Commitment> {
    match &record.body {
        Body::GenAttempt(body) => body.commitments.get("prompt"),
        Body::Gen(body) => body.commitments.get("prompt"),
        _ => None,
    }
}
