//! Text with signatures under it (<https://c2sp.org/signed-note>).
//!
//! ```text
//! This is an example message.
//!
//! — example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=
//! ```
//!
//! The text ends with a newline and may have empty lines; the last empty line parts it from the signature lines. Each
//! of those names a key and carries the key's id and signature in base64. The text means nothing until a key that the
//! reader trusts has been found under it: [`Note::verify`].
#![warn(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

mod key;
mod signature;
mod signer;

use std::fmt;

pub use key::{MAX_KEYS, MAX_KEYS_TEXT, MAX_NAME, MAX_VERIFIER_KEY, SignatureType, VerifierKey, read_keys, write_keys};
pub use signature::{MAX_SIGNATURE, MAX_SIGNATURE_LINE, Signature};
pub use signer::{LocalSigner, NoteSigner};

use super::text::{at_most, malformed, no_control_characters, utf8};
use super::{Error, Refusal, cosignature};

/// The longest text, in bytes. A checkpoint has about 100; this leaves room for extension lines.
pub const MAX_TEXT: usize = 16 * 1024;

/// The most signatures under one note. The specification asks for at least 16.
pub const MAX_SIGNATURES: usize = 32;

/// The longest note, in bytes: the text, the empty line, and the longest signature lines with their newlines.
pub const MAX_NOTE: usize = MAX_TEXT + 1 + MAX_SIGNATURES * (MAX_SIGNATURE_LINE + 1);

/// A text and the signatures under it, which nothing has checked yet. `Display` is the whole note.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    text: String,
    signatures: Vec<Signature>,
}

/// A key that was found to have signed a note.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Signed<'k> {
    /// The key, one of those that the reader trusts.
    pub key: &'k VerifierKey,
    /// When it signed, in seconds since 1970, by its own clock. Only cosignatures say so.
    pub time: Option<u64>,
}

impl Note {
    /// A text without signatures. It is a note only after the first [`sign`](Self::sign).
    pub fn new(text: String) -> Result<Self, Error> {
        const WHAT: &str = "note text";
        at_most(MAX_TEXT, WHAT, text.len())?;
        no_control_characters(WHAT, &text)?;
        if !text.ends_with('\n') {
            return Err(malformed(WHAT, "a newline at the end", &text));
        }
        Ok(Self { text, signatures: Vec::new() })
    }

    /// Parses a whole note.
    pub fn parse(bytes: &[u8]) -> Result<Self, Error> {
        const WHAT: &str = "note";
        let whole = utf8(MAX_NOTE, WHAT, bytes)?;
        let Some((text, lines)) = whole.rsplit_once("\n\n") else {
            return Err(malformed(WHAT, "an empty line before the signatures", whole));
        };
        let mut note = Self::new(format!("{text}\n"))?;
        for signature in parse_signatures(lines)? {
            note.add(signature)?;
        }
        Ok(note)
    }

    /// The text with its last newline. Do not act on it before [`verify`](Self::verify).
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The signature lines in their order.
    pub fn signatures(&self) -> &[Signature] {
        &self.signatures
    }

    /// Adds a signature that was made elsewhere. It is not checked.
    pub fn add(&mut self, signature: Signature) -> Result<(), Error> {
        if self.signatures.len() >= MAX_SIGNATURES {
            return Err(Error::TooMany { what: "signatures", limit: MAX_SIGNATURES });
        }
        self.signatures.push(signature);
        Ok(())
    }

    /// Takes all signatures away.
    pub(super) fn clear(&mut self) {
        self.signatures.clear();
    }

    /// Signs the text with a key of type [`SignatureType::Ed25519`].
    pub fn sign(&mut self, signer: &dyn NoteSigner) -> Result<(), Error> {
        let bytes = signature_of(signer, SignatureType::Ed25519, self.text.as_bytes())?;
        self.add_own(signer, bytes.to_vec())
    }

    /// Signs the text and the time (seconds since 1970) with a key of type [`SignatureType::Cosignature`]. Only
    /// checkpoints are cosigned, so this is theirs to offer.
    pub(super) fn cosign(&mut self, signer: &dyn NoteSigner, time: u64) -> Result<(), Error> {
        if time > cosignature::MAX_TIME {
            return Err(malformed("cosignature time", "at most 2^63 - 1", &time.to_string()));
        }
        let message = cosignature::message(time, &self.text);
        let bytes = signature_of(signer, SignatureType::Cosignature, &message)?;
        self.add_own(signer, cosignature::encode(time, &bytes))
    }

    fn add_own(&mut self, signer: &dyn NoteSigner, bytes: Vec<u8>) -> Result<(), Error> {
        let key = signer.verifier();
        self.add(Signature::new(key.name(), key.id(), bytes))
    }

    /// Which of these keys signed the note, each named once.
    ///
    /// Signatures by other keys are ignored, as the specification asks. A signature that claims one of these keys and
    /// does not verify refuses the whole note, and so does a note that none of them signed.
    pub fn verify<'k>(&self, keys: &'k [VerifierKey]) -> Result<Vec<Signed<'k>>, Refusal> {
        let mut signed: Vec<Signed<'k>> = Vec::new();
        for signature in &self.signatures {
            let (name, id) = (signature.name(), signature.id());
            let mut claimed = keys.iter().filter(|key| key.name() == name && key.id() == id).peekable();
            if claimed.peek().is_none() {
                continue;
            }
            let Some(found) = claimed.find_map(|key| key.check(&self.text, signature.bytes())) else {
                return Err(Refusal::BadSignature { name: name.to_owned(), id });
            };
            if signed.iter().all(|earlier| earlier.key != found.key) {
                signed.push(found);
            }
        }
        if signed.is_empty() {
            return Err(Refusal::NotSigned { signer: "the reader".to_owned() });
        }
        Ok(signed)
    }
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Room for a checkpoint with its log's signature.
        let mut whole = String::with_capacity(512);
        whole.push_str(&self.text);
        whole.push('\n');
        for signature in &self.signatures {
            signature.append_to(&mut whole);
            whole.push('\n');
        }
        f.write_str(&whole)
    }
}

/// Parses signature lines, each with its newline: the end of a note, or what a witness answers
/// (<https://c2sp.org/tlog-witness>). At least one and at most [`MAX_SIGNATURES`].
pub fn parse_signatures(lines: &str) -> Result<Vec<Signature>, Error> {
    at_most(MAX_NOTE, "signature lines", lines.len())?;
    let Some(lines) = lines.strip_suffix('\n') else {
        return Err(malformed("signature lines", "a newline at the end", lines));
    };
    let mut signatures = Vec::new();
    for line in lines.split('\n') {
        if signatures.len() >= MAX_SIGNATURES {
            return Err(Error::TooMany { what: "signatures", limit: MAX_SIGNATURES });
        }
        signatures.push(Signature::parse(line)?);
    }
    Ok(signatures)
}

/// Has a message signed and, where a key could be mixed up, checks the signature, so that this is found here and not by a reader years
/// later.
fn signature_of(signer: &dyn NoteSigner, wanted: SignatureType, message: &[u8]) -> Result<[u8; 64], Error> {
    let key = signer.verifier();
    let name = || key.name().to_owned();
    if key.signature_type() != wanted {
        return Err(Error::KeyType { name: name(), actual: key.signature_type() as u8, wanted: wanted as u8 });
    }
    let signature = signer.sign(message).map_err(|source| Error::Signer { name: name(), source })?;
    if signer.is_sure() || key.check_bytes(message, &signature) {
        Ok(signature)
    } else {
        Err(Error::WrongSignature { name: name() })
    }
}

#[cfg(test)]
mod tests;
