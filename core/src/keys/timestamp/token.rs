//! A time-stamp token: what was stamped, when and by whom.
#![warn(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use cms::signed_data::SignerInfo;
use der::{Any, Decode, Encode};
use jiff::{SignedDuration, Timestamp};
use sha2::{Digest, Sha256, Sha384, Sha512};
use x509_cert::Certificate;
use x509_cert::der::oid::db::rfc5912::{ID_SHA_256, ID_SHA_384, ID_SHA_512};

use super::form::{PkiStatusInfo, TimeStampResp, TstInfo};
use super::roots::subject;
use super::{Refusal, Roots, chain, parsing, signature};
use crate::hash::Hash;

/// The longest token, in bytes. Those of public authorities have 3 to 7 kB; as base64, one of this length still fits into a record.
pub const MAX_TOKEN: usize = 32 * 1024;

/// A token whose form was checked, and not yet who made it: it has one signer, carries that signer's certificate, and its signed
/// attributes bind content and certificate.
#[derive(Debug, Clone)]
pub struct Token {
    pub(super) der: Vec<u8>,
    pub(super) info: TstInfo,
    pub(super) time: Timestamp,
    pub(super) signer: SignerInfo,
    pub(super) certificate: Certificate,
    /// The other certificates that it carries, in no order.
    pub(super) others: Vec<Certificate>,
}

impl Token {
    /// Reads a token (DER), as it stands in a record or in a manifest. The bytes may come from anyone.
    pub fn parse(der: &[u8]) -> Result<Self, Refusal> {
        parsing::token(der)
    }

    /// Reads the token in an authority's whole answer (`TimeStampResp`), as older manifests keep it.
    pub fn from_answer(der: &[u8]) -> Result<Self, Refusal> {
        if der.len() > MAX_TOKEN {
            return Err(Refusal::TooLong { found: der.len(), limit: MAX_TOKEN });
        }
        let answer = TimeStampResp::from_der(der).map_err(Refusal::unreadable("the answer"))?;
        let token = answer.token.ok_or_else(|| Refusal::not_as_asked("the answer holds no token"))?;
        Self::parse(&token.to_der().map_err(Refusal::unreadable("its frame"))?)
    }

    /// Reads a token in base64, as it stands in a record.
    pub fn from_base64(text: &str) -> Result<Self, Refusal> {
        let der = STANDARD.decode(text);
        Self::parse(&der.map_err(|error| Refusal::Unreadable { what: "base64", problem: error.to_string() })?)
    }

    /// The token in DER.
    pub fn as_der(&self) -> &[u8] {
        &self.der
    }

    /// The token in base64, as it stands in a record.
    pub fn to_base64(&self) -> String {
        STANDARD.encode(&self.der)
    }

    /// The token as an authority's answer would bring it (`TimeStampResp`), for software that takes it out by itself.
    pub fn to_answer(&self) -> Result<Vec<u8>, Refusal> {
        let status = PkiStatusInfo { status: 0, status_string: None, fail_info: None };
        let token = Any::from_der(&self.der).map_err(Refusal::unreadable("its frame"))?;
        TimeStampResp { status, token: Some(token) }.to_der().map_err(Refusal::unreadable("its frame"))
    }

    /// The time stamped.
    pub fn time(&self) -> Timestamp {
        self.time
    }

    /// How far off the time may be, by the authority's own word; zero where it gives none.
    pub fn accuracy(&self) -> SignedDuration {
        let Some(accuracy) = &self.info.accuracy else { return SignedDuration::ZERO };
        let seconds = i64::try_from(accuracy.seconds.unwrap_or(0)).unwrap_or(i64::MAX);
        let nanos = i32::from(accuracy.millis.unwrap_or(0) % 1000)
            .saturating_mul(1_000_000)
            .saturating_add(i32::from(accuracy.micros.unwrap_or(0) % 1000).saturating_mul(1000));
        SignedDuration::new(seconds, nanos)
    }

    /// Whose certificate signed it. A claim like all else in the token, until it was verified.
    pub fn authority(&self) -> String {
        subject(&self.certificate)
    }

    /// Whether it stamps this message.
    pub fn covers(&self, message: &[u8]) -> bool {
        let imprint = &self.info.message_imprint;
        let digest = match imprint.hash_algorithm.oid {
            ID_SHA_256 => Sha256::digest(message).to_vec(),
            ID_SHA_384 => Sha384::digest(message).to_vec(),
            ID_SHA_512 => Sha512::digest(message).to_vec(),
            _ => return false,
        };
        imprint.hashed_message.as_bytes() == digest
    }

    /// Whether it stamps the message with this digest.
    pub fn covers_digest(&self, digest: &Hash) -> bool {
        let imprint = &self.info.message_imprint;
        imprint.hash_algorithm.oid == ID_SHA_256 && imprint.hashed_message.as_bytes() == digest.as_bytes()
    }

    /// Whether whoever holds the certificate that it carries made it, and the certificate is one for time-stamps that was valid then. Who
    /// that is remains open: anybody can make such a certificate.
    pub fn signed(&self) -> Result<(), Refusal> {
        chain::for_timestamps(&self.certificate, self.time)?;
        signature::token(self)
    }

    /// Whether it was made by an authority that leads to one of `roots`. Needs no network; whether the certificate was revoked is not
    /// asked.
    pub fn verify(&self, roots: &Roots) -> Result<(), Refusal> {
        self.signed()?;
        chain::leads_to(&self.certificate, &self.others, roots, self.time)
    }
}
