//! Whether the library's answer about a signer stands, by our own view of time, time-stamps and certificates.

use std::io::Cursor;

use c2pa::Reader;
use jiff::Timestamp;

use crate::keys::certificate::Chain;
use crate::keys::timestamp::Roots;
use crate::media::MediaType;

use super::super::reading::{Reading, State};
use super::super::statuses::{failures, succeeded};
use super::super::{Error, credential, timestamp};
use super::Trust;

/// The same reading with what we think of its time-stamp.
pub(in crate::manifest) fn stamped(mut reading: Reading, roots: &Roots) -> Reading {
    if let (Some(claim), Some(store)) = (&mut reading.claim, &reading.store) {
        match timestamp::of(store, roots) {
            Some(Ok(stamp)) => claim.stamp = Some(stamp),
            Some(Err(refusal)) => claim.stamp_unreadable = Some(refusal),
            None => {}
        }
    }
    reading
}

/// The same reading where the library believed a time-stamp that we do not: as if there were none. It knows what time it is now, and with
/// nobody to trust, it believes no time-stamp.
pub(in crate::manifest) fn without_stamp(
    mut reading: Reading,
    file: &[u8],
    media_type: MediaType,
    sidecar: Option<&[u8]>,
) -> Result<Reading, Error> {
    const OF_NOW: [&str; 2] = ["claimSignature.outsideValidity", "signingCredential.expired"];
    let nobody = Trust::new("")?;
    let reader = Reader::from_shared_context(&nobody.context);
    let mut stream = Cursor::new(file);
    let read = match sidecar {
        Some(store) => reader.with_manifest_data_and_stream(store, media_type.mime(), &mut stream),
        None => reader.with_stream(media_type.mime(), &mut stream),
    };
    let again = read.map_err(Error::c2pa("read"))?;
    for status in failures(&again).into_iter().filter(|status| OF_NOW.contains(&status.code())) {
        reading.state = State::Invalid;
        if !reading.codes.iter().any(|code| code == status.code()) {
            reading.codes.push(status.code().to_owned());
            reading.explanations.push(status.explanation().unwrap_or_default().to_owned());
        }
    }
    Ok(reading)
}

/// The same reading with the certificate judged at another time than now: that of its time-stamp, or one that was asked for.
pub(in crate::manifest) fn at_time(mut reading: Reading, reader: &Reader, trust: &Trust, at: Timestamp) -> Reading {
    const OF_TIME: [&str; 3] =
        ["claimSignature.outsideValidity", "signingCredential.expired", "signingCredential.untrusted"];
    let Some(claim) = reading.claim.as_ref() else { return reading };
    let Ok(chain) = Chain::from_pem(claim.certificates.as_bytes()) else { return reading };
    let leaf = chain.describe().into_iter().next();
    let keep: Vec<bool> = reading.codes.iter().map(|code| !OF_TIME.contains(&code.as_str())).collect();
    let mut keep_codes = keep.iter();
    reading.codes.retain(|_| *keep_codes.next().unwrap_or(&true));
    let mut keep_words = keep.iter();
    reading.explanations.retain(|_| *keep_words.next().unwrap_or(&true));
    let in_time = leaf.is_some_and(|leaf| (leaf.not_before..=leaf.not_after).contains(&at));
    let der = chain.into_der();
    let trusted = der
        .split_first()
        .is_some_and(|(leaf, rest)| trust.policy.check_certificate_trust(rest, leaf, Some(at.as_second())).is_ok());
    let validated = succeeded(reader, "claimSignature.validated");
    reading.state = if !validated || !reading.codes.is_empty() {
        State::Invalid
    } else if !in_time {
        reading.codes.push("signingCredential.expired".to_owned());
        reading.explanations.push(format!("not valid at {at}"));
        State::Invalid
    } else if trusted {
        State::Trusted
    } else {
        State::Valid
    };
    if in_time && !trusted {
        reading.codes.push("signingCredential.untrusted".to_owned());
        reading.explanations.push("signing certificate untrusted".to_owned());
    }
    reading
}

/// The same reading, or an invalid one where the library let a certificate pass that may not sign claims.
pub(in crate::manifest) fn by_a_claim_signer(mut reading: Reading, at: Option<Timestamp>) -> Reading {
    let Some(claim) = reading.claim.as_ref().filter(|_| reading.state != State::Invalid) else { return reading };
    if let Some(problem) = credential::invalid(&claim.certificates, at) {
        reading.state = State::Invalid;
        reading.codes.push("signingCredential.invalid".to_owned());
        reading.explanations.push(problem);
    }
    reading
}
