//! The home as a witness of other logs, and the witnesses of its own.

use std::sync::Arc;

use super::{CONFIG, Error, Home};
use crate::edge::Edge;
use crate::keys::file::Ed25519Key;
use crate::tlog::note::{SignatureType, VerifierKey};
use crate::witness::{Cosigned, Witness};

impl Home {
    /// This home as a witness. Its key is made when it is first asked for.
    pub fn witness(&self, edge: Edge<'_>) -> Result<Witness, Error> {
        let path = self.dir.join("keys/witness.pem");
        if !path.exists() {
            let passphrase = self.passphrase_for_new()?;
            let passphrase = passphrase.as_ref().map(|text| text.as_str());
            Ed25519Key::generate(&mut { edge }).save_with(&path, passphrase, &mut { edge })?;
        }
        let key = Ed25519Key::load_with(path, self.keyring.as_ref())?;
        let origin = &self.config.log.origin;
        let name = self.config.witness.name.clone().unwrap_or_else(|| format!("{origin}/witness"));
        if name == *origin {
            return Err(self.misconfigured("witness.name: a witness does not bear the name of a log".to_owned()));
        }
        Ok(Witness::new(&self.dir.join("witness"), &name, origin, Arc::new(key))?)
    }

    /// Whether this home was ever asked to be a witness.
    pub fn is_witness(&self) -> bool {
        self.dir.join("keys/witness.pem").exists()
    }

    /// What witnesses said about this home's log.
    pub fn cosigned(&self) -> Cosigned {
        Cosigned::of(&self.ledger_dir())
    }

    /// The keys of the witnesses whose word counts, from the configuration.
    pub fn witnesses(&self) -> Result<Vec<VerifierKey>, Error> {
        let read = |text: &String| {
            let wrong = |problem: String| self.misconfigured(format!("log.witnesses: {problem}"));
            let key: VerifierKey = text.parse().map_err(|error| wrong(format!("{error}")))?;
            if key.signature_type() == SignatureType::Cosignature {
                Ok(key)
            } else {
                Err(wrong(format!(
                    "{text} is a log's key and not a witness's: a witness shows its own with touchmark log cosign --key"
                )))
            }
        };
        self.config.log.witnesses.iter().map(read).collect()
    }

    fn misconfigured(&self, problem: String) -> Error {
        Error::Config { path: self.dir.join(CONFIG), problem }
    }
}
