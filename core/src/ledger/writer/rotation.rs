//! The log's own words on its keys: another one takes over, the MAC root leaves the house.

use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::edge::Edge;
use crate::event::terms::KeyAction;
use crate::event::{Body, Event, body};
use crate::keys::Signer;

use super::super::Error;
use super::{Ledger, Receipt, prepare, this_system, verifier_key};

impl Ledger {
    /// Hands over to another key: a KEY record that the present one signs, in which both agree. From there on the new one signs records
    /// and checkpoints. On return the record is durable and under a checkpoint of the new key: only then may the old one be erased.
    ///
    /// After an error the record may stand or not; opening the log again tells which of the two keys is in force.
    pub fn rotate(&mut self, new: Arc<dyn Signer>, edge: Edge<'_>) -> Result<Receipt, Error> {
        let (previous, key) = (self.history.newest().clone(), verifier_key(new.as_ref(), &self.log.origin)?);
        let from = self.size().saturating_add(1);
        let mut history = self.history.clone();
        let refused = |problem| Error::Object { name: super::super::VERIFIER_KEY, problem };
        if previous == key {
            return Err(refused(format!("the key {key} is in force already")));
        }
        history.add(from, key.clone()).map_err(refused)?;
        let message = body::rotation_message(&previous.to_string(), &key.to_string(), &self.last.hash);
        let sign = |signer: &dyn Signer| Ok::<_, Error>(STANDARD.encode(signer.sign(&message)?));
        let body = Body::Key(body::Key {
            action: KeyAction::Rotated,
            key: key.to_string(),
            previous: Some(previous.to_string()),
            endorsement: Some(sign(self.keys.signer.as_ref())?),
            acceptance: Some(sign(new.as_ref())?),
        });
        let receipt = self.record(body, edge)?;
        self.keys.signer = new;
        self.history = history;
        // First the keys, then the checkpoint: whoever reads the one finds the key to it in the other.
        self.publish_keys()?;
        self.acknowledge(receipt.seq)?;
        Ok(receipt)
    }

    /// Writes down that the root of the MAC keys was handed over to an auditor.
    pub fn record_escrow(&mut self, edge: Edge<'_>) -> Result<Receipt, Error> {
        let key = self.history.newest().to_string();
        let body = Body::Key(body::Key {
            action: KeyAction::Escrowed,
            key,
            previous: None,
            endorsement: None,
            acceptance: None,
        });
        let receipt = self.record(body, edge)?;
        self.acknowledge(receipt.seq)?;
        Ok(receipt)
    }

    /// Adds one record of the log's own. It is durable, and no checkpoint covers it yet.
    fn record(&mut self, body: Body, edge: Edge<'_>) -> Result<Receipt, Error> {
        let event = Event::new(body, this_system(), None).map_err(|source| Error::Event { number: 1, source })?;
        // Without the ANCHORs that may be due: both keys have signed the hash of the record that stands before this one.
        let mut run = self.run_of(edge.now(), Vec::new())?;
        run.add(prepare(&[event], &self.log, edge)?)?;
        self.write(&run)?;
        run.receipts(0..1).into_iter().next().ok_or(Error::Poisoned)
    }
}
