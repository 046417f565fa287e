//! What the standard holds against a signer's certificates (C2PA 2.4, 14.5.1) and the library lets pass: a certificate for time-stamps that signs
//! claims, a key that may not sign, an intermediate that has expired.

use jiff::Timestamp;

use crate::keys::certificate::{Chain, Problem};

/// What speaks against signing with this chain at `now`, the most important first.
pub(super) fn unsuitable(chain: &Chain, now: Timestamp) -> Option<String> {
    chain.profile_problems(now).first().map(ToString::to_string)
}

/// What speaks against a claim that was signed with this chain at that time, as far as the library did not judge it.
/// The dates of the leaf are the caller's. A signer who is `allowed` by the certificate itself may have issued it.
pub(super) fn invalid(chain: &Chain, at: Timestamp, allowed: bool) -> Option<String> {
    let is_date = |problem: &Problem| matches!(problem, Problem::Expired { .. } | Problem::NotYetValid { .. });
    let findings = chain.profile_problems(at);
    let mut counted = findings.iter().filter(|finding| match finding.number {
        1 => !(is_date(&finding.problem) || allowed && finding.problem == Problem::SelfSigned),
        _ => is_date(&finding.problem),
    });
    counted.next().map(ToString::to_string)
}
