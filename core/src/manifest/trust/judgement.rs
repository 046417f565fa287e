//! Who signed, whether we trust them, and when: by our own lists, dates and time-stamps. What the library says of that is not taken: it has
//! one list of anchors without dates, takes any certificate for an authority's, and knows no other time than now.

use std::mem::take;

use c2pa::Reader;
use jiff::Timestamp;

use crate::causes::in_words;
use crate::keys::certificate::{Asked, Chain, NoPath};
use crate::keys::timestamp::{Refusal, Roots};
use crate::trust::Untrusted;

use super::super::reading::{Credential, Reading, State};
use super::super::statuses::{is_of_ocsp, succeeded};
use super::super::{credential, jumbf, timestamp};
use super::{Trust, revocation, stated};

/// The codes that are ours to give, as those of revocation are: the first two with the third are of the library's present day.
const OURS: [&str; 3] = ["claimSignature.outsideValidity", "signingCredential.expired", "signingCredential.untrusted"];

/// The same reading with what we think of its time-stamp.
pub(in crate::manifest) fn stamped(mut reading: Reading, roots: &Roots) -> Reading {
    let (Some(claim), Some(store)) = (&mut reading.claim, &reading.store) else { return reading };
    reading.informational.retain(|code| !code.to_ascii_lowercase().starts_with("timestamp."));
    reading.successes.retain(|code| !code.starts_with("timeStamp."));
    match jumbf::active(store).and_then(|active| timestamp::of(&active, roots)) {
        Some(Ok(stamp)) => {
            match &stamp.refused {
                Some(refusal) => reading.informational.push(code_of(refusal).to_owned()),
                None => reading.successes.extend(["timeStamp.validated", "timeStamp.trusted"].map(str::to_owned)),
            }
            claim.stamp = Some(stamp);
        }
        Some(Err(refusal)) => {
            reading.informational.push(code_of(&refusal).to_owned());
            claim.stamp_unreadable = Some(refusal);
        }
        None => {}
    }
    reading
}

/// The standard's code for a time-stamp that does not count (C2PA 2.4, 15.8.2).
fn code_of(refusal: &Refusal) -> &'static str {
    match refusal {
        Refusal::OtherMessage | Refusal::Changed | Refusal::Signature { .. } => "timeStamp.mismatch",
        Refusal::Untrusted { .. }
        | Refusal::NotInForce { .. }
        | Refusal::Chain { .. }
        | Refusal::Algorithm { .. }
        | Refusal::NoCertificate => "timeStamp.untrusted",
        Refusal::Purpose { .. } => "timeStamp.credentialInvalid",
        Refusal::OutsideValidity { .. } => "timeStamp.outsideValidity",
        _ => "timeStamp.malformed",
    }
}

/// The same reading with the signer judged: at the time of the time-stamp, or else at `at`.
pub(in crate::manifest) fn signed(mut reading: Reading, reader: &Reader, trust: &Trust, at: Timestamp) -> Reading {
    let Some(claim) = reading.claim.as_mut() else { return reading };
    let asked = Asked { signed: claim.time(), now: at };
    let at = asked.signed.unwrap_or(at);
    let responses = reading.store.as_deref().map(revocation::responses).unwrap_or_default();
    let answers = take(&mut reading.codes).into_iter().zip(take(&mut reading.explanations));
    (reading.codes, reading.explanations) =
        answers.filter(|(code, _)| !OURS.contains(&code.as_str()) && !is_of_ocsp(code)).unzip();
    reading.successes.retain(|code| code != "signingCredential.trusted" && code != "claimSignature.insideValidity");
    let chain = Chain::from_pem(claim.certificates.as_bytes());
    let leaf = chain.as_ref().ok().map(Chain::describe_leaf);
    let trusted = match &chain {
        Ok(chain) => {
            let trusted = trust.lists.signer_by(chain, at, &trust.memo);
            trusted.and_then(|trusted| revocation::through(trusted, chain, &responses, trust, asked))
        }
        Err(error) => Err(Untrusted::NoPath(NoPath::Unreadable { problem: in_words(error) })),
    };
    let in_time = leaf.as_ref().is_some_and(|leaf| leaf.is_valid_at(at));
    let is_trusted = trusted.is_ok();
    let is_allowed = trusted.as_ref().is_ok_and(|by| by.authority.is_none());
    let chain = chain.ok();
    let unsuitable = chain.as_ref().and_then(|chain| credential::invalid(chain, at, is_allowed));
    let why = trusted.as_ref().err().map(ToString::to_string).unwrap_or_default();
    claim.credential = leaf.map(|description| Credential { description, trusted, at });
    let stands = succeeded(reader, "claimSignature.validated") && reading.codes.is_empty();
    if let Some(chain) = &chain {
        revocation::put(&mut reading, chain, &responses, trust, asked);
        stated::put(&mut reading, chain);
    }
    if !in_time {
        reading.fails("claimSignature.outsideValidity", &format!("the signer's certificate is not valid at {at}"));
    } else if let Some(problem) = unsuitable.filter(|_| stands) {
        reading.fails("signingCredential.invalid", &problem);
    }
    let holds = stands && reading.codes.is_empty();
    if in_time {
        reading.successes.push("claimSignature.insideValidity".to_owned());
    }
    if is_trusted {
        reading.successes.push("signingCredential.trusted".to_owned());
    } else if in_time {
        reading.fails("signingCredential.untrusted", &why);
    }
    reading.state = match (holds, is_trusted) {
        (false, _) => State::Invalid,
        (true, true) => State::Trusted,
        (true, false) => State::Valid,
    };
    reading
}
