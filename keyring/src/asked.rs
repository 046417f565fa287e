//! Keys behind somebody who answers: one object of JSON for a question, one for its answer.
//!
//! ```text
//! {"ask":"public-key","algorithm":"ES256"}                → {"public_key":"<base64>"}
//! {"ask":"sign","algorithm":"ES256","message":"<base64>"} → {"signature":"<base64>"}
//! {"ask":"wrap","secret":"<base64>"}                      → {"wrapped":"<base64>"}
//! {"ask":"unwrap","wrapped":"<base64>"}                   → {"secret":"<base64>"}
//! anything                                                → {"error":"a sentence"}
//! ```
//! Keys and signatures have the form that `touchmark_core::keys::Algorithm` names; docs/keys.md has the table.

use std::fmt::Debug;
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use touchmark_core::keys::place::Outside;
use touchmark_core::keys::{self, Algorithm, Error, Signer, Wrapper};
use touchmark_net::key_service::KeyService;
use zeroize::Zeroizing;

/// The longest answer, in bytes.
pub(crate) const LONGEST_ANSWER: usize = 64 * 1024;

/// The longest sentence of somebody else's that is passed on.
const LONGEST_SENTENCE: usize = 300;

/// Somebody who answers questions.
pub(crate) trait Ask: Send + Sync + Debug {
    /// The answer to a question: one line of JSON without its end, or a sentence why there is none.
    fn ask(&self, question: &[u8]) -> Result<Zeroizing<Vec<u8>>, String>;
}

impl Ask for KeyService {
    fn ask(&self, question: &[u8]) -> Result<Zeroizing<Vec<u8>>, String> {
        self.post(question)
    }
}

#[derive(Serialize)]
#[serde(tag = "ask", rename_all = "kebab-case")]
enum Question<'a> {
    PublicKey { algorithm: &'static str },
    Sign { algorithm: &'static str, message: &'a str },
    Wrap { secret: &'a str },
    Unwrap { wrapped: &'a str },
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Answer {
    public_key: Option<String>,
    signature: Option<String>,
    wrapped: Option<String>,
    secret: Option<String>,
    error: Option<String>,
}

/// Asks, and takes the one field out of the answer that the question is about.
fn put(
    to: &dyn Ask,
    question: &Question<'_>,
    name: &str,
    field: impl FnOnce(&mut Answer) -> Option<String>,
) -> Result<Zeroizing<Vec<u8>>, String> {
    let text = Zeroizing::new(serde_json::to_vec(question).map_err(|error| error.to_string())?);
    let answer = to.ask(&text)?;
    let mut answer: Answer = serde_json::from_slice(&answer)
        .map_err(|error| format!("its answer is not the object that was asked for: {error}"))?;
    if let Some(error) = answer.error.take() {
        let said: String = error.chars().map(|c| if c.is_control() { ' ' } else { c }).take(LONGEST_SENTENCE).collect();
        return Err(format!("it says: {said}"));
    }
    let value = field(&mut answer).map(Zeroizing::new).ok_or_else(|| format!("its answer has no {name:?}"))?;
    let bytes = STANDARD.decode(value.as_bytes()).map_err(|_| format!("{name:?} in its answer is not base64"))?;
    Ok(Zeroizing::new(bytes))
}

fn name(algorithm: Algorithm) -> &'static str {
    match algorithm {
        Algorithm::Es256 => "ES256",
        _ => "Ed25519",
    }
}

/// A key that signs when it is asked.
#[derive(Debug)]
pub(crate) struct AskedSigner {
    place: Outside,
    to: Arc<dyn Ask>,
    algorithm: Algorithm,
    public_key: Vec<u8>,
}

impl AskedSigner {
    pub(crate) fn open(place: &Outside, to: Arc<dyn Ask>, algorithm: Algorithm) -> Result<Self, Error> {
        let question = Question::PublicKey { algorithm: name(algorithm) };
        let public_key = put(to.as_ref(), &question, "public_key", |answer| answer.public_key.take())
            .map_err(|problem| Error::outside(place, problem))?
            .to_vec();
        // Whether it is a key at all, before anything depends on it.
        keys::verify(algorithm, &public_key, b"", b"")?;
        Ok(Self { place: place.clone(), to, algorithm, public_key })
    }
}

impl Signer for AskedSigner {
    fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    fn public_key(&self) -> &[u8] {
        &self.public_key
    }

    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, Error> {
        let failed = |problem: String| Error::outside(&self.place, problem);
        let text = STANDARD.encode(message);
        let question = Question::Sign { algorithm: name(self.algorithm), message: &text };
        let signature = put(self.to.as_ref(), &question, "signature", |answer| answer.signature.take());
        let signature = signature.map_err(failed)?;
        // Whatever stands there is code of others: what does not verify goes nowhere.
        if !keys::verify(self.algorithm, &self.public_key, message, &signature)? {
            return Err(failed("it gave a signature that its public key does not verify".to_owned()));
        }
        Ok(signature.to_vec())
    }
}

/// A key that wraps others when it is asked.
#[derive(Debug)]
pub(crate) struct AskedWrapper {
    place: Outside,
    to: Arc<dyn Ask>,
}

impl AskedWrapper {
    pub(crate) fn new(place: &Outside, to: Arc<dyn Ask>) -> Self {
        Self { place: place.clone(), to }
    }
}

impl Wrapper for AskedWrapper {
    fn wrap(&self, secret: &[u8; 32]) -> Result<Vec<u8>, Error> {
        let text = Zeroizing::new(STANDARD.encode(secret));
        let wrapped =
            put(self.to.as_ref(), &Question::Wrap { secret: &text }, "wrapped", |answer| answer.wrapped.take());
        Ok(wrapped.map_err(|problem| Error::outside(&self.place, problem))?.to_vec())
    }

    fn unwrap(&self, wrapped: &[u8]) -> Result<Zeroizing<[u8; 32]>, Error> {
        let text = STANDARD.encode(wrapped);
        let question = Question::Unwrap { wrapped: &text };
        let secret = put(self.to.as_ref(), &question, "secret", |answer| answer.secret.take());
        let secret = secret.map_err(|problem| Error::outside(&self.place, problem))?;
        let secret: [u8; 32] = secret.as_slice().try_into().map_err(|_| {
            Error::outside(&self.place, format!("it unwrapped {} bytes where 32 were wrapped", secret.len()))
        })?;
        Ok(Zeroizing::new(secret))
    }
}
