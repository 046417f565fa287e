//! What is sent to an authority, and what comes back: bytes, no socket.

use der::asn1::{Int, OctetString, Uint};
use der::{Decode, Encode};
use x509_cert::der::oid::db::rfc5912::ID_SHA_256;
use x509_cert::spki::AlgorithmIdentifierOwned;

use super::form::{MessageImprint, TimeStampReq, TimeStampResp};
use super::{Refusal, Token};
use crate::hash::Hash;

/// Bytes of a nonce.
pub const NONCE: usize = 8;

/// The longest answer that is parsed: a token and the status around it.
const LONGEST_ANSWER: usize = super::MAX_TOKEN + 4096;

/// A request for one time-stamp.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    digest: Hash,
    nonce: [u8; NONCE],
}

/// An answer that brought no time-stamp.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Declined {
    /// The authority said no.
    #[error("refused (status {status}{}{said})", if said.is_empty() { "" } else { ": " })]
    Rejected {
        /// The `PKIStatus`.
        status: u8,
        /// Its text, and the names of the failure bits.
        said: String,
    },
    /// Not an answer in the form of RFC 3161.
    #[error("gave no answer as RFC 3161 has it: {problem}")]
    NoAnswer {
        /// What is wrong.
        problem: String,
    },
    /// A token that is not to be believed.
    #[error("gave a time-stamp that is not taken: {0}")]
    Refused(#[from] Refusal),
}

impl Request {
    /// A request over a digest. The nonce is fresh and random: an old answer does not fit it.
    pub fn new(digest: Hash, nonce: [u8; NONCE]) -> Self {
        Self { digest, nonce }
    }

    /// The bytes to send, of the media type `application/timestamp-query`.
    pub fn to_der(&self) -> Result<Vec<u8>, Declined> {
        let failed = |error: der::Error| Declined::NoAnswer { problem: error.to_string() };
        let request = TimeStampReq {
            version: 1,
            message_imprint: MessageImprint {
                hash_algorithm: AlgorithmIdentifierOwned { oid: ID_SHA_256, parameters: Some(der::asn1::Null.into()) },
                hashed_message: OctetString::new(self.digest.as_bytes()).map_err(failed)?,
            },
            nonce: Uint::new(&self.nonce).map_err(failed)?,
            cert_req: true,
        };
        request.to_der().map_err(failed)
    }

    /// Takes the token out of an answer (`application/timestamp-reply`), if it answers this request and its signature verifies.
    pub fn accept(&self, answer: &[u8]) -> Result<Token, Declined> {
        let no_answer = |problem: String| Declined::NoAnswer { problem };
        if answer.len() > LONGEST_ANSWER {
            return Err(no_answer(format!("it is longer than {LONGEST_ANSWER} bytes")));
        }
        let answer = TimeStampResp::from_der(answer).map_err(|error| no_answer(error.to_string()))?;
        // 0: granted. 1: granted with modifications, of which a plain request can have none that matter.
        if answer.status.status > 1 {
            return Err(Declined::Rejected { status: answer.status.status, said: said(&answer) });
        }
        let token = answer.token.ok_or_else(|| no_answer("it is granted, and the token is missing".to_owned()))?;
        let token = Token::parse(&token.to_der().map_err(|error| no_answer(error.to_string()))?)?;
        if !token.covers_digest(&self.digest) {
            return Err(Refusal::OtherMessage.into());
        }
        let nonce = token.info.nonce.as_ref().map(Int::as_bytes);
        if nonce.map(without_zeros) != Some(without_zeros(&self.nonce)) {
            return Err(Refusal::OtherNonce.into());
        }
        token.signed()?;
        Ok(token)
    }
}

/// A positive number without what stands before its first digit.
fn without_zeros(number: &[u8]) -> &[u8] {
    let zeros = number.iter().take_while(|byte| **byte == 0).count();
    number.get(zeros..).unwrap_or_default()
}

/// What the authority says of its refusal, on one line.
fn said(answer: &TimeStampResp) -> String {
    const BITS: [(usize, &str); 8] = [
        (0, "badAlg"),
        (2, "badRequest"),
        (5, "badDataFormat"),
        (14, "timeNotAvailable"),
        (15, "unacceptedPolicy"),
        (16, "unacceptedExtension"),
        (17, "addInfoNotAvailable"),
        (25, "systemFailure"),
    ];
    let texts = answer.status.status_string.iter().flatten().map(String::as_str);
    let bits: Vec<bool> = answer.status.fail_info.iter().flat_map(|bits| bits.bits()).collect();
    let names = BITS.iter().filter(|(bit, _)| bits.get(*bit) == Some(&true)).map(|(_, name)| *name);
    let said: String = texts.chain(names).collect::<Vec<_>>().join(", ");
    said.chars().map(|c| if c.is_control() { ' ' } else { c }).take(200).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request() -> Request {
        Request::new(Hash::of(b"a checkpoint"), [0, 0xff, 1, 2, 3, 4, 5, 6])
    }

    /// `openssl ts -query` over the same digest and nonce, with `-cert`.
    #[test]
    fn the_request_is_the_one_that_openssl_writes() {
        let digest = hex::encode(Hash::of(b"a checkpoint").as_bytes());
        // A number whose first bit is set has a zero before it.
        let expected = format!("30430201013031300d060960864801650304020105000420{digest}020800ff0102030405060101ff");
        assert_eq!(hex::encode(request().to_der().expect("encodes")), expected);
    }

    #[test]
    fn a_refusal_is_told_in_the_words_of_the_authority() {
        // TimeStampResp { status 2, "busy", badRequest }
        let answer = hex::decode("3012301002010230060c0462757379030305 2000".replace(' ', "")).expect("hexadecimal");
        let declined = request().accept(&answer).expect_err("refused");
        assert_eq!(declined.to_string(), "refused (status 2: busy, badRequest)");
    }

    #[test]
    fn what_is_no_answer_is_told_apart_from_a_refusal() {
        for answer in [b"".as_slice(), b"<html>", b"\x30\x80", b"\x30\x05\x30\x03\x02\x01\x00"] {
            let declined = request().accept(answer).expect_err("no answer");
            assert!(declined.to_string().starts_with("gave no answer as RFC 3161 has it"), "{declined}");
        }
    }
}
