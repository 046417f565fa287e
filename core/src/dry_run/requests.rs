//! The requests: as a studio would send them, through the calls that serve in earnest.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use uuid::Uuid;

use super::{Error, Plan, pictures};
use crate::edge::Edge;
use crate::event::Event;
use crate::export::{self, Exporter, Making, Order};
use crate::hash::Hash;
use crate::home::Home;
use crate::ledger::Ledger;

/// How many requests are on their way at a time.
const BATCH: usize = 100;

/// What becomes of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fate {
    /// Made, signed, released.
    Exported,
    /// Made, and held back by a reviewer.
    Withheld,
    /// Refused by a rule.
    Denied,
    /// The model did not answer.
    Failed,
    /// Left without an outcome on purpose.
    LeftOpen,
}

impl Fate {
    /// Of 20 requests 14 are exported, 1 held back, 3 refused, 2 fail; of 100, and of each dry run, one is left open.
    fn of(number: usize, all: usize) -> Self {
        match number % 20 {
            _ if number % 100 == 99 || number + 1 == all => Self::LeftOpen,
            13 => Self::Withheld,
            14..=16 => Self::Denied,
            17 | 18 => Self::Failed,
            _ => Self::Exported,
        }
    }
}

/// A request, and what is on record of it.
pub(super) struct Request {
    pub(super) number: usize,
    pub(super) fate: Fate,
    pub(super) attempt: Uuid,
    pub(super) prompt: String,
    pub(super) outcome: Option<Uuid>,
    pub(super) file: Option<PathBuf>,
}

/// Sends all requests through.
pub(super) fn make(home: &Home, ledger: &mut Ledger, signed: &Path, plan: &Plan<'_>) -> Result<Vec<Request>, Error> {
    let edge = plan.edge;
    let mut requests: Vec<Request> = (0..plan.requests)
        .map(|number| Request {
            number,
            fate: Fate::of(number, plan.requests),
            attempt: edge.uuid_v7(edge.now().time),
            prompt: format!("dry run, request {number}: {}", hex::encode(edge.bytes::<8>())),
            outcome: None,
            file: None,
        })
        .collect();
    let (reader, issuer, shelf, limits) = (home.reader()?, home.issuer()?, home.shelf(), home.limits());
    let organisation = &home.config().organisation;
    for batch in requests.chunks_mut(BATCH) {
        ask(batch, ledger, edge)?;
        refuse_and_fail(batch, ledger, edge)?;
        withhold(batch, ledger, edge)?;
        let mut exporter = Exporter {
            ledger: &mut *ledger,
            reader: &reader,
            issuer: &issuer,
            shelf: &shelf,
            organisation,
            limits: &limits,
            edge,
        };
        export(batch, &mut exporter, signed)?;
    }
    Ok(requests)
}

/// The attempts, and the classifier's word on each.
fn ask(batch: &[Request], ledger: &mut Ledger, edge: Edge<'_>) -> Result<(), Error> {
    let attempts = batch.iter().map(|request| event(&asked(request))).collect::<Result<Vec<_>, _>>()?;
    ledger.append(&attempts, edge)?;
    let judged = |request: &Request| {
        let flagged = request.fate == Fate::Denied;
        let judged = json!({"type": "MODERATION", "subject": request.attempt, "trace": {"parent": request.attempt},
            "stage": "input", "score": if flagged { 0.97 } else { 0.02 }, "flagged": flagged, "policy": policy(),
            "classifier": {"id": "dry-run-classifier", "version": "1"}, "system": system()});
        event(&judged)
    };
    ledger.append(&batch.iter().map(judged).collect::<Result<Vec<_>, _>>()?, edge)?;
    Ok(())
}

fn refuse_and_fail(batch: &mut [Request], ledger: &mut Ledger, edge: Edge<'_>) -> Result<(), Error> {
    let mut ended: Vec<&mut Request> =
        batch.iter_mut().filter(|request| matches!(request.fate, Fate::Denied | Fate::Failed)).collect();
    let outcome = |request: &&mut Request| {
        let attempt = request.attempt;
        event(&if request.fate == Fate::Denied {
            json!({"type": "GEN_DENY", "attempt": attempt, "trace": {"parent": attempt}, "category": "OTHER", "score": 0.97,
                "policy": policy(), "tenant": "dry-run", "system": system()})
        } else {
            json!({"type": "GEN_ERROR", "attempt": attempt, "trace": {"parent": attempt}, "code": "UPSTREAM_TIMEOUT",
                "retryable": true, "tenant": "dry-run", "system": system()})
        })
    };
    let events = ended.iter().map(outcome).collect::<Result<Vec<_>, _>>()?;
    for (request, receipt) in ended.iter_mut().zip(ledger.append(&events, edge)?) {
        request.outcome = Some(receipt.id);
    }
    Ok(())
}

/// Pictures that a reviewer held back: made, and not exported.
fn withhold(batch: &mut [Request], ledger: &mut Ledger, edge: Edge<'_>) -> Result<(), Error> {
    for request in batch.iter_mut().filter(|request| request.fate == Fate::Withheld) {
        let (picture, _) = pictures::make(request.number, edge.bytes())?;
        let made = event(&made(request, &picture))?;
        let receipts = ledger.append(&[made], edge)?;
        let Some(receipt) = receipts.first() else { continue };
        let review = json!({"type": "REVIEW", "subject": receipt.id, "trace": {"parent": receipt.id}, "decision": "reject",
            "reason": "dry run: held back on purpose", "actor": person(request), "system": system()});
        ledger.append(&[event(&review)?], edge)?;
        request.outcome = Some(receipt.id);
    }
    Ok(())
}

fn export(batch: &mut [Request], exporter: &mut Exporter<'_>, signed: &Path) -> Result<(), Error> {
    let mut exported: Vec<&mut Request> = batch.iter_mut().filter(|request| request.fate == Fate::Exported).collect();
    let mut orders = Vec::new();
    for request in &mut exported {
        let (bytes, ending) = pictures::make(request.number, exporter.edge.bytes())?;
        let target = signed.join(format!("{:06}.{ending}", request.number));
        let making = Making::Event(Box::new(event(&made(request, &bytes))?));
        request.file = Some(target.clone());
        orders.push(Order { bytes, making, target: Some(target) });
    }
    let options = export::Options { destination: Some("dry run".to_owned()), ..export::Options::default() };
    for (request, answer) in exported.iter_mut().zip(exporter.export(orders, &options)) {
        let answer = answer.map_err(|source| Error::Export { number: request.number + 1, source })?;
        request.outcome = Some(answer.gen_record);
    }
    Ok(())
}

pub(super) fn asked(request: &Request) -> Value {
    json!({"type": "GEN_ATTEMPT", "id": request.attempt, "input": "text", "prompt": request.prompt, "style": "plain",
        "parameters": {"seed": request.number.to_string(), "steps": 30}, "model": model(), "policy": policy(),
        "actor": person(request), "tenant": "dry-run", "session": format!("s-{}", request.number), "system": system()})
}

fn made(request: &Request, picture: &[u8]) -> Value {
    json!({"type": "GEN", "attempt": request.attempt, "trace": {"parent": request.attempt}, "prompt": request.prompt,
        "parameters": {"seed": request.number.to_string(), "steps": 30}, "model": model(), "actor": person(request),
        "outputs": [{"hash": Hash::of(picture)}], "latency_ms": 900, "finish_reason": "stop", "tenant": "dry-run",
        "usage": {"input_tokens": 12, "cost": "0.00", "currency": "EUR"}, "system": system()})
}

/// One of the people who ask.
fn person(request: &Request) -> Value {
    json!({"subject": format!("dry-run-{}", request.number % 7), "auth": "oidc", "role": "designer"})
}

pub(super) fn model() -> Value {
    json!({"id": "dry-run-model", "version": "1.0", "version_hash": Hash::of(b"no weights: a dry run")})
}

pub(super) fn policy() -> Value {
    json!({"id": "dry-run-rules", "version": "1", "version_hash": Hash::of(b"no rules: a dry run")})
}

pub(super) fn system() -> Value {
    json!({"name": "touchmark dry run", "version": env!("CARGO_PKG_VERSION")})
}

/// As it would come in: text, read with all its checks.
pub(super) fn event(value: &Value) -> Result<Event, Error> {
    Ok(Event::parse(value.to_string().as_bytes())?)
}
