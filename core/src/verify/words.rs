//! What the standard's result means, in words for a person.

use jiff::Timestamp;

use crate::manifest::read::Claim;
use crate::manifest::{Reading, State};
use crate::plain::plain;

/// Longer names are cut.
pub(super) const LONGEST_NAME: usize = 80;

/// Longer subjects of certificates are cut.
const LONGEST_SUBJECT: usize = 160;

/// Longer explanations are cut.
const LONGEST_WORDS: usize = 400;

/// What the manifest's validation gave, the most important first.
pub(super) fn about_manifest(reading: &Reading, is_beside: bool) -> Vec<String> {
    let signer = || {
        let claim = reading.claim.as_ref();
        let name = claim.and_then(|claim| claim.organisation.as_deref().or(claim.common_name.as_deref()));
        plain(name.unwrap_or("somebody who is not named"), LONGEST_NAME)
    };
    match reading.state {
        State::None => {
            let none = "The file carries no Content Credentials. That says nothing about how it was made.".to_owned();
            let damaged = reading.damaged.as_ref().map(|problem| format!("The file itself is damaged: {problem}."));
            let elsewhere = reading.elsewhere.as_ref().map(|url| {
                let url = plain(url, LONGEST_WORDS);
                format!("The file says that they are at {url}. Nobody is asked there without --online; a file from there can be given with --manifest.")
            });
            std::iter::once(none).chain(damaged).chain(elsewhere).collect()
        }
        State::Trusted => {
            let issued = format!(
                "The Content Credentials are intact. They were issued by {}, whose certificate is trusted here.",
                signer()
            );
            std::iter::once(issued).chain(about_stamp(reading)).collect()
        }
        State::Valid => {
            let issued = format!(
                "The Content Credentials are intact, but {} signed them, and that certificate is not trusted here{}.",
                signer(),
                why_not(reading)
            );
            std::iter::once(issued).chain(about_certificate(reading)).chain(about_stamp(reading)).collect()
        }
        State::Invalid => {
            let codes = reading.codes.iter().zip(&reading.explanations);
            codes.map(|(code, words)| explain(code, words, is_beside)).chain(about_stamp(reading)).collect()
        }
    }
}

/// Why the signer is not trusted, as the end of a sentence.
fn why_not(reading: &Reading) -> String {
    let credential = reading.claim.as_ref().and_then(|claim| claim.credential.as_ref());
    let why = credential.and_then(|credential| credential.trusted.as_ref().err());
    why.map(|why| format!(": {}", plain(&why.to_string(), LONGEST_WORDS))).unwrap_or_default()
}

/// Which certificate it is, for whoever wants to ask about it or allow it.
fn about_certificate(reading: &Reading) -> Option<String> {
    let certificate = &reading.claim.as_ref()?.credential.as_ref()?.description;
    Some(format!(
        "The certificate is that of {:?}, issued by {:?}, serial number {}, {}.",
        plain(&certificate.subject, LONGEST_SUBJECT),
        plain(&certificate.issuer, LONGEST_SUBJECT),
        plain(&certificate.serial, LONGEST_NAME),
        certificate.sha256
    ))
}

/// When it was signed, by the word of somebody who had no part in it.
fn about_stamp(reading: &Reading) -> Option<String> {
    let claim = reading.claim.as_ref()?;
    if let Some(refusal) = &claim.stamp_unreadable {
        return Some(format!("It carries a time-stamp that does not count: {refusal}."));
    }
    let stamp = claim.stamp.as_ref()?;
    let (time, authority) = (crate::event::time::to_text(stamp.time), &stamp.authority);
    Some(match &stamp.refused {
        None => {
            let stamped = format!("It was signed at {time} or before: {authority} stamped the signature then.");
            [Some(stamped), about_skew(claim)].into_iter().flatten().collect::<Vec<_>>().join(" ")
        }
        Some(refusal) => {
            format!("It carries a time-stamp that says {time}, by {authority}, which does not count: {refusal}.")
        }
    })
}

/// A time in it that is later than that: what was stamped was there already.
fn about_skew(claim: &Claim) -> Option<String> {
    let later =
        |stated: Option<Timestamp>| stated.filter(|stated| claim.is_later(*stated)).map(crate::event::time::to_text);
    let said = match (later(claim.stated), later(claim.latest)) {
        (Some(signed), _) => format!("it was signed at {signed}"),
        (None, Some(done)) => format!("something was done to it at {done}"),
        (None, None) => return None,
    };
    Some(format!(
        "Its signer states that {said}, which is later: one of the two clocks was wrong, or the statement is."
    ))
}

/// The standard's failure codes in plain words.
fn explain(code: &str, words: &str, is_beside: bool) -> String {
    let plain = match code {
        // Nobody can tell which (15.5.5).
        "assertion.dataHash.mismatch" | "assertion.bmffHash.mismatch" | "assertion.boxesHash.mismatch" if is_beside => {
            "The image is not the one that was signed: it was changed, or the Content Credentials beside it are those of another image."
        }
        "assertion.dataHash.mismatch" | "assertion.bmffHash.mismatch" | "assertion.boxesHash.mismatch" => {
            "The image was changed after it was signed."
        }
        "assertion.hashedURI.mismatch" => "A statement in the Content Credentials was changed after they were signed.",
        "claimSignature.mismatch" => {
            "The signature does not fit the Content Credentials: they were changed, or copied from elsewhere."
        }
        "claimSignature.missing" => "The signature is missing.",
        "signingCredential.untrusted" => {
            return format!("The signer's certificate is not trusted here: {}. ({code})", plain(words, LONGEST_WORDS));
        }
        "claimSignature.outsideValidity" => {
            "The signature was made outside the certificate's time, or the certificate has expired and no trusted time-stamp shows that it was valid at signing."
        }
        "signingCredential.invalid" => "The signer's certificate is not one that the C2PA standard allows for signing.",
        "signingCredential.ocsp.revoked" => return format!("{} ({code})", sentence(&plain(words, LONGEST_WORDS))),
        "assertion.missing" => "A statement that the Content Credentials list is missing.",
        "algorithm.unsupported" => "The Content Credentials use an algorithm that the standard does not allow.",
        _ => {
            return format!(
                "The Content Credentials do not hold: {code}{}{}.",
                if words.is_empty() { "" } else { ", " },
                plain(words, LONGEST_WORDS)
            );
        }
    };
    format!("{plain} ({code})")
}

/// With a capital and a full stop.
pub(super) fn sentence(words: &str) -> String {
    let mut letters = words.chars();
    letters.next().map_or_else(String::new, |first| format!("{}{}.", first.to_uppercase(), letters.as_str()))
}
