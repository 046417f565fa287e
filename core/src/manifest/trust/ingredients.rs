//! What issuers say of the signers of ingredients (C2PA 2.4, 15.9, 15.11.3.3.1), by the responses that came along: stapled to the ingredient's own
//! signature, or added to the store later. That one is not trusted is no failure of the whole; that one is revoked is, unless who took it in said so.
#![warn(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use c2pa::Reader;
use jiff::Timestamp;

use crate::keys::certificate::{Asked, Chain, Revocation};

use super::super::checks::Below;
use super::super::reading::{Held, Reading, State};
use super::super::statuses::REVOKED;
use super::super::{jumbf, timestamp};
use super::Trust;
use super::revocation::{MOST, in_signature, said_later};

/// The most signers that are looked at: an honest file has few with a response about them, and each costs up to 64 signatures.
const MOST_SIGNERS: usize = 64;

/// The same reading with the ingredients whose signers are revoked.
pub(in crate::manifest) fn held(
    mut reading: Reading,
    below: &[Below],
    reader: &Reader,
    trust: &Trust,
    at: Timestamp,
) -> Reading {
    if below.is_empty() {
        return reading;
    }
    let later = reading.store.as_deref().map(said_later).unwrap_or_default();
    let alone = !reading.codes.iter().any(|code| code == REVOKED);
    let mut looked_at = 0_usize;
    for Below { label, inside } in below {
        let Some(manifest) = jumbf::with_inside(inside) else { continue };
        let signature = reader.get_manifest(label).and_then(|manifest| manifest.signature_info());
        let Some(chain) = signature.and_then(|info| Chain::from_pem(info.cert_chain().as_bytes()).ok()) else {
            continue;
        };
        let own = in_signature(&manifest).unwrap_or_default();
        let mut responses: Vec<Vec<u8>> = own.into_iter().chain(later.iter().cloned()).take(MOST).collect();
        responses.retain(|response| chain.is_spoken_of(response));
        if responses.is_empty() || looked_at >= MOST_SIGNERS {
            continue;
        }
        looked_at = looked_at.saturating_add(1);
        let stamp = timestamp::of(&manifest, &trust.timestamps).and_then(Result::ok);
        let signed = stamp.filter(|stamp| stamp.refused.is_none()).map(|stamp| stamp.time);
        let said = chain.revocation(&responses, trust.lists.signers_authorities(), Asked { signed, now: at });
        if let Some(Revocation::Revoked { since }) = said {
            let words =
                format!("the issuer has revoked the certificate of the signer of an ingredient ({label}) at {since}");
            reading.fails(REVOKED, &words);
            reading.state = State::Invalid;
            reading.ingredients.push(Held { manifest_id: label.clone(), code: REVOKED, words, alone });
        }
    }
    reading
}
