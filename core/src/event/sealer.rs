//! Whose keys a private part is sealed under.
//!
//! The person is whoever answers for the act: `actor.on_behalf_of`, else `actor`. What names nobody but is about another record (the
//! outcome of an attempt, a classifier's word on it) is the person's of that record; what is left is the log's own. The shelf is the
//! month of writing, for the tenant that the part names and the retention class that the rules give it.

use std::collections::{HashMap, HashSet, VecDeque};
use std::fmt::Debug;
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::Value;
use uuid::Uuid;

use crate::edge::Edge;
use crate::privacy::Vault;
use crate::privacy::vault::{self, Found, Given, Key, KeyId, Made, Mark, Owner};

use super::classes::{Classes, DEFAULT};
use super::{Body, Event, time};

/// The keys of so many records of late are remembered.
const REMEMBERED: usize = 1 << 14;

/// Whom the records of a log belong to.
pub trait Whose: Send + Sync + Debug {
    /// The person's key that the private part of this record is sealed under; `None` where there is no such record, or it is not sealed.
    fn key_of(&self, record: Uuid) -> Option<KeyId>;
}

/// Finds the keys for what is to be written.
#[derive(Debug)]
pub struct Sealer {
    vault: Arc<dyn Vault>,
    records: Option<Arc<dyn Whose>>,
    classes: Classes,
    recent: Mutex<Recent>,
}

#[derive(Debug, Default)]
struct Recent {
    keys: HashMap<Uuid, KeyId>,
    order: VecDeque<Uuid>,
}

/// The keys for one private part. Their Debug form shows no secret.
#[derive(Debug, Clone)]
pub struct SealingKeys {
    pub(super) ids: [KeyId; 2],
    pub(super) person: Arc<Key>,
    pub(super) shelf: Arc<Key>,
    pub(super) tenant: Option<Mark>,
    /// Not the default one.
    pub(super) class: Option<String>,
    /// The person was erased before, and got this key now.
    pub(super) returned: bool,
}

/// Whose key it shall be.
#[derive(Clone)]
enum Person {
    /// The owner at this place.
    Named(usize),
    /// That of another record's person.
    OfRecord(KeyId, Arc<Key>),
}

impl Sealer {
    /// Over a vault that makes keys.
    pub fn new(vault: Arc<dyn Vault>) -> Self {
        Self { vault, records: None, classes: Classes::default(), recent: Mutex::default() }
    }

    /// With the records that events may be about.
    #[must_use]
    pub fn with_records(self, records: Arc<dyn Whose>) -> Self {
        Self { records: Some(records), ..self }
    }

    /// With rules for how long private parts are kept.
    #[must_use]
    pub fn with_classes(self, classes: Classes) -> Self {
        Self { classes, ..self }
    }

    /// The vault.
    pub fn vault(&self) -> &Arc<dyn Vault> {
        &self.vault
    }

    /// The keys for each of several events, which those that come later may be about. Keys that are made are durable on return.
    pub fn keys(&self, events: &[Event], edge: Edge<'_>) -> Result<Vec<SealingKeys>, vault::Error> {
        let mut month = time::to_text(edge.now().time);
        month.truncate("2026-01".len());
        let mut owners = Owners { all: Vec::with_capacity(2), ..Owners::default() };
        let shelves: Vec<usize> =
            events.iter().map(|event| owners.shelf(self.class(event), tenant(event), &month)).collect();
        let mut people: Vec<Person> = Vec::with_capacity(events.len());
        let mut here: HashMap<Uuid, usize> = HashMap::new();
        for (at, event) in events.iter().enumerate() {
            let person = match (subject(event), about(event)) {
                (Some(subject), _) => owners.person(subject),
                (None, Some(record)) => match here.get(&record).and_then(|at| people.get(*at)) {
                    Some(person) => person.clone(),
                    None => self.person_of(record, edge)?.unwrap_or_else(|| owners.person("")),
                },
                (None, None) => owners.person(""),
            };
            people.push(person);
            if let Some(id) = event.id {
                here.insert(id, at);
            }
        }
        let given = self.vault.keys(&owners.all, edge)?;
        let marks: Vec<Option<Mark>> = owners.tenants().map(|tenant| Some(self.vault.mark(tenant?))).collect();
        let missing = || vault::Error::Contract { rule: "each owner gets a key" };
        // That a key is new is said of the first record that it seals.
        let mut told = HashSet::new();
        let one = |((event, person), shelf): ((&Event, Person), usize)| {
            let tenant = marks.get(shelf).copied().flatten();
            let shelf = given.get(shelf).ok_or_else(missing)?;
            let (id, key, made) = match person {
                Person::Named(at) => {
                    let Given { id, key, made } = given.get(at).ok_or_else(missing)?;
                    (*id, Arc::clone(key), made.filter(|_| told.insert(at)))
                }
                Person::OfRecord(id, key) => (id, key, None),
            };
            if let Some(record) = event.id {
                self.remember(record, id);
            }
            Ok(SealingKeys {
                ids: [id, shelf.id],
                person: key,
                shelf: Arc::clone(&shelf.key),
                tenant,
                class: Some(self.class(event)).filter(|class| *class != DEFAULT).map(str::to_owned),
                returned: made == Some(Made::AfterErasure),
            })
        };
        events.iter().zip(people).zip(shelves).map(one).collect()
    }

    fn class(&self, event: &Event) -> &str {
        self.classes.of(event.body.kind(), tenant(event))
    }

    /// The key of whoever a record belongs to. What is said of somebody who was erased meanwhile is sealed under a key that nobody keeps.
    fn person_of(&self, record: Uuid, edge: Edge<'_>) -> Result<Option<Person>, vault::Error> {
        let Some(id) = self.of(record) else { return Ok(None) };
        Ok(match self.vault.key(&id)? {
            Found::Live(key) => Some(Person::OfRecord(id, key)),
            Found::Destroyed => Some(Person::OfRecord(id, Arc::new(Key::passing(edge)))),
            Found::NotFound => None,
        })
    }

    fn of(&self, record: Uuid) -> Option<KeyId> {
        let known = self.recent.lock().unwrap_or_else(PoisonError::into_inner).keys.get(&record).copied();
        known.or_else(|| self.records.as_ref()?.key_of(record))
    }

    fn remember(&self, record: Uuid, id: KeyId) {
        let mut recent = self.recent.lock().unwrap_or_else(PoisonError::into_inner);
        if recent.keys.insert(record, id).is_none() {
            recent.order.push_back(record);
        }
        if recent.order.len() > REMEMBERED
            && let Some(oldest) = recent.order.pop_front()
        {
            recent.keys.remove(&oldest);
        }
    }
}

/// Whose keys are needed, each once.
#[derive(Default)]
struct Owners<'a> {
    all: Vec<Owner>,
    people: HashMap<&'a str, usize>,
    shelves: HashMap<(&'a str, Option<&'a str>), usize>,
}

impl<'a> Owners<'a> {
    fn person(&mut self, subject: &'a str) -> Person {
        let Self { all, people, .. } = self;
        Person::Named(*people.entry(subject).or_insert_with(|| {
            all.push(Owner::Person(subject.to_owned()));
            all.len() - 1
        }))
    }

    fn shelf(&mut self, class: &'a str, tenant: Option<&'a str>, month: &str) -> usize {
        let Self { all, shelves, .. } = self;
        *shelves.entry((class, tenant)).or_insert_with(|| {
            let (class, tenant, month) = (class.to_owned(), tenant.map(str::to_owned), month.to_owned());
            all.push(Owner::Shelf { class, tenant, month });
            all.len() - 1
        })
    }

    /// For each owner, the tenant of whom it is a shelf.
    fn tenants(&self) -> impl Iterator<Item = Option<&str>> {
        self.all.iter().map(|owner| match owner {
            Owner::Shelf { tenant, .. } => tenant.as_deref(),
            Owner::Person(_) => None,
        })
    }
}

/// Who answers for it.
fn subject(event: &Event) -> Option<&str> {
    let actor = event.private.get("actor")?;
    actor.get("on_behalf_of").unwrap_or(actor).get("subject").and_then(Value::as_str)
}

fn tenant(event: &Event) -> Option<&str> {
    event.private.get("tenant").and_then(Value::as_str)
}

/// The record that an event is about.
fn about(event: &Event) -> Option<Uuid> {
    match &event.body {
        Body::Gen(body) => body.attempt,
        Body::GenDeny(body) => Some(body.attempt),
        Body::GenError(body) => Some(body.attempt),
        Body::Moderation(body) => Some(body.subject),
        Body::Review(body) => Some(body.subject),
        Body::Export(body) => Some(body.gen_record),
        _ => event.trace.parent,
    }
}
