//! Keys in the AWS key management service, or in one that speaks as it does: `GetPublicKey`, `Sign`, `Encrypt`, `Decrypt`.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::json;
use sha2::{Digest as _, Sha256};
use touchmark_core::keys::place::{AwsKms, Outside};
use touchmark_core::keys::{self, Algorithm, Error, Signer, Wrapper};
use ureq::Agent;
use ureq::http::header;
use zeroize::Zeroizing;

use crate::{Address, post, sigv4};

const JSON: &str = "application/x-amz-json-1.1";

/// The longest message that is signed as it is, by the service's own word.
const LONGEST_RAW: usize = 4096;

/// What the service binds to what it wraps.
const PURPOSE: &str = "touchmark wrapped key v1";

/// Who asks.
pub struct Credentials {
    /// The id of the access key.
    pub access_key: String,
    /// Its secret.
    pub secret_key: Zeroizing<String>,
    /// For credentials that pass.
    pub session_token: Option<Zeroizing<String>>,
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials").field("access_key", &self.access_key).finish_non_exhaustive()
    }
}

/// A key of the service. Shared by threads.
#[derive(Debug)]
pub struct Kms {
    place: AwsKms,
    address: Address,
    credentials: Credentials,
    agent: Agent,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct PublicKey {
    public_key: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Signed {
    signature: String,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Encrypt<'a> {
    key_id: &'a str,
    plaintext: &'a str,
    encryption_context: serde_json::Value,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Encrypted {
    ciphertext_blob: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Decrypted {
    plaintext: String,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Refused {
    #[serde(rename = "__type")]
    kind: String,
    #[serde(alias = "Message")]
    message: String,
}

impl Kms {
    /// The key at `place`, asked by who has the credentials. Nothing is asked yet.
    pub fn new(place: &AwsKms, credentials: Credentials) -> Result<Self, String> {
        if !place.region.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-') {
            return Err(format!("{:?} is no region", place.region));
        }
        let own = format!("https://kms.{}.amazonaws.com", place.region);
        let address =
            Address::of_key_service(place.endpoint.as_ref().unwrap_or(&own)).map_err(|error| error.to_string())?;
        let agent = post::agent(&address, place.timeout);
        Ok(Self { place: place.clone(), address, credentials, agent })
    }

    /// The key as one that signs, if it is of that algorithm.
    pub fn signer(self, algorithm: Algorithm) -> Result<KmsSigner, String> {
        let given: PublicKey = self.call("GetPublicKey", &json!({ "KeyId": self.place.key }))?;
        let info = STANDARD.decode(&given.public_key).map_err(|_| "its public key is not base64".to_owned())?;
        match keys::public_key_of(&info) {
            Some((found, public_key)) if found == algorithm => Ok(KmsSigner { kms: self, algorithm, public_key }),
            Some((found, _)) => Err(format!("it is a key for {found:?}, and one for {algorithm:?} is needed")),
            None => Err(format!(
                "it is of no kind that signs here: make one of the kind ECC_NIST_P256 for claims, ECC_NIST_EDWARDS25519 for the log ({algorithm:?} is needed)"
            )),
        }
    }

    fn call<T: for<'de> Deserialize<'de>>(&self, action: &str, question: &impl Serialize) -> Result<T, String> {
        let body = Zeroizing::new(serde_json::to_vec(question).map_err(|error| error.to_string())?);
        let target = format!("TrentService.{action}");
        let time = sigv4::time(Timestamp::now());
        let host = self.address.url().authority().map(ToString::to_string).unwrap_or_default();
        let mut headers = vec![("content-type", JSON), ("host", host.as_str()), ("x-amz-date", time.as_str())];
        if let Some(token) = &self.credentials.session_token {
            headers.push(("x-amz-security-token", token.as_str()));
        }
        headers.push(("x-amz-target", target.as_str()));
        let scope = sigv4::Scope { region: &self.place.region, service: "kms" };
        let authorization = sigv4::authorization(&self.credentials, &scope, &time, &headers, &body);
        let mut request = self.agent.post(self.address.url()).header(header::AUTHORIZATION, authorization);
        for (name, value) in headers.into_iter().filter(|(name, _)| *name != "host") {
            request = request.header(name, value);
        }
        let (status, answer) = post::send(request, &body, self.place.timeout)?;
        if status.is_success() {
            return serde_json::from_slice(&answer)
                .map_err(|error| format!("its answer to {action} is not understood: {error}"));
        }
        let Refused { kind, message } = serde_json::from_slice(&answer).unwrap_or_default();
        let kind = kind.rsplit('#').next().unwrap_or_default();
        let said: String = format!("{kind} {message}").chars().filter(|c| !c.is_control()).take(300).collect();
        Err(format!("it refused {action} with HTTP {status}: {}", said.trim()))
    }

    fn failed(&self) -> impl Fn(String) -> Error {
        |problem| Error::outside(&Outside::AwsKms(self.place.clone()), problem)
    }
}

impl Wrapper for Kms {
    fn wrap(&self, secret: &[u8; 32]) -> Result<Vec<u8>, Error> {
        let text = Zeroizing::new(STANDARD.encode(secret));
        let encryption_context = json!({ "purpose": PURPOSE });
        let question = Encrypt { key_id: &self.place.key, plaintext: &text, encryption_context };
        let answer: Encrypted = self.call("Encrypt", &question).map_err(self.failed())?;
        STANDARD.decode(&answer.ciphertext_blob).map_err(|_| self.failed()("what it wrapped is not base64".to_owned()))
    }

    fn unwrap(&self, wrapped: &[u8]) -> Result<Zeroizing<[u8; 32]>, Error> {
        let question = json!({
            "KeyId": self.place.key, "CiphertextBlob": STANDARD.encode(wrapped), "EncryptionContext": { "purpose": PURPOSE },
        });
        let answer: Decrypted = self.call("Decrypt", &question).map_err(self.failed())?;
        let plaintext = Zeroizing::new(answer.plaintext);
        let opened = STANDARD.decode(plaintext.as_bytes()).map(Zeroizing::new);
        let secret = opened.ok().and_then(|opened| <[u8; 32]>::try_from(opened.as_slice()).ok());
        secret.map(Zeroizing::new).ok_or_else(|| self.failed()("what it unwrapped does not have 32 bytes".to_owned()))
    }
}

/// A key of the service that signs.
#[derive(Debug)]
pub struct KmsSigner {
    kms: Kms,
    algorithm: Algorithm,
    public_key: Vec<u8>,
}

impl KmsSigner {
    fn signature(&self, message: &[u8]) -> Result<Vec<u8>, String> {
        let key = &self.kms.place.key;
        let question = match self.algorithm {
            // The digest alone: a message may be longer than the service takes.
            Algorithm::Es256 => json!({
                "KeyId": key, "Message": STANDARD.encode(Sha256::digest(message)), "MessageType": "DIGEST",
                "SigningAlgorithm": "ECDSA_SHA_256",
            }),
            // Plain Ed25519 signs the message itself.
            _ if message.len() > LONGEST_RAW => {
                let length = message.len();
                return Err(format!(
                    "the service signs at most {LONGEST_RAW} bytes with Ed25519, and these are {length}"
                ));
            }
            _ => json!({
                "KeyId": key, "Message": STANDARD.encode(message), "MessageType": "RAW", "SigningAlgorithm": "ED25519_SHA_512",
            }),
        };
        let answer: Signed = self.kms.call("Sign", &question)?;
        let signature = STANDARD.decode(&answer.signature).map_err(|_| "its signature is not base64".to_owned())?;
        match self.algorithm {
            Algorithm::Es256 => {
                keys::es256_from_der(&signature).ok_or_else(|| "its signature is none in DER".to_owned())
            }
            _ => Ok(signature),
        }
    }
}

impl Signer for KmsSigner {
    fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    fn public_key(&self) -> &[u8] {
        &self.public_key
    }

    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, Error> {
        let signature = self.signature(message).map_err(self.kms.failed())?;
        if !keys::verify(self.algorithm, &self.public_key, message, &signature)? {
            return Err(self.kms.failed()("it gave a signature that its public key does not verify".to_owned()));
        }
        Ok(signature)
    }
}
