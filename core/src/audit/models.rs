//! Which models were used, against the register; and whether one version ever had two hashes.

use std::collections::{BTreeMap, BTreeSet};

use super::register::Register;
use super::report::Run;
use super::{Finding, FindingKind};
use crate::event::terms::{Model, PolicyRef};
use crate::event::{Body, Record};
use crate::hash::Hash;

/// A version, by name and hash.
type Version = (String, String, Hash);

/// What was used so far: for each version of a model, and for each of a policy, its hashes.
pub(super) struct Uses<'a> {
    register: Option<&'a Register>,
    /// The hash that a version had first, and where.
    models: BTreeMap<(String, String), (Hash, u64)>,
    policies: BTreeMap<(String, String), (Hash, u64)>,
    used: BTreeSet<Version>,
    problems: BTreeMap<(FindingKind, Version), (String, Option<Run>)>,
}

impl<'a> Uses<'a> {
    pub(super) fn new(register: Option<&'a Register>) -> Self {
        Self {
            register,
            models: BTreeMap::new(),
            policies: BTreeMap::new(),
            used: BTreeSet::new(),
            problems: BTreeMap::new(),
        }
    }

    pub(super) fn take(&mut self, record: &Record) {
        match &record.body {
            Body::GenAttempt(body) => self.model(&body.model, record),
            Body::Gen(body) => self.model(&body.model, record),
            Body::Train(body) => body.base_model.iter().for_each(|model| self.model(model, record)),
            _ => {}
        }
        match &record.body {
            Body::GenAttempt(body) => body.policy.iter().for_each(|policy| self.policy(policy, record)),
            Body::GenDeny(body) => self.policy(&body.policy, record),
            Body::Moderation(body) => self.policy(&body.policy, record),
            Body::Policy(body) => self.policy(&body.policy, record),
            _ => {}
        }
    }

    fn model(&mut self, model: &Model, record: &Record) {
        let Model { id, version, version_hash, .. } = model;
        let name = (id.clone(), version.clone());
        let this = (id.clone(), version.clone(), *version_hash);
        self.used.insert(this.clone());
        let (first, seq) = *self.models.entry(name).or_insert((*version_hash, record.seq));
        let problem = match self.register {
            Some(register) => register.judge(model, record.time),
            None if first != *version_hash => {
                let sentence = format!(
                    "a silent upgrade: {id} {version} has the hash {version_hash} here, and had {first} before (record {seq})"
                );
                Some((FindingKind::SilentUpgrade, sentence))
            }
            None => None,
        };
        if let Some((kind, sentence)) = problem {
            self.problem(kind, this, sentence, record);
        }
    }

    fn policy(&mut self, policy: &PolicyRef, record: &Record) {
        let PolicyRef { id, version, version_hash } = policy;
        let (first, seq) = *self.policies.entry((id.clone(), version.clone())).or_insert((*version_hash, record.seq));
        if first != *version_hash {
            let sentence = format!(
                "policy {id} {version} has the hash {version_hash} here, and had {first} before (record {seq}): its text was changed under the same version"
            );
            self.problem(FindingKind::PolicyChanged, (id.clone(), version.clone(), *version_hash), sentence, record);
        }
    }

    fn problem(&mut self, kind: FindingKind, version: Version, sentence: String, record: &Record) {
        let (_, run) = self.problems.entry((kind, version)).or_insert((sentence, None));
        Run::add(run, record);
    }

    /// Reports each problem once, with the records that it touches. Says how many versions were used.
    pub(super) fn finish(self, found: &mut dyn FnMut(Finding)) -> u64 {
        for ((kind, _), (sentence, run)) in self.problems {
            if let Some(run) = run {
                let sentence = format!("{sentence} ({})", run.words());
                found(Finding { kind, seq: run.first.0, id: run.first.1, sentence });
            }
        }
        self.used.len() as u64
    }
}
