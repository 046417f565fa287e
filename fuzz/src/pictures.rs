//! Pictures from anybody, and what stands in them.

use std::sync::OnceLock;

use jiff::Timestamp;
use touchmark_core::fingerprint::{Algorithm, Fingerprint};
use touchmark_core::manifest::{Trust, jumbf as boxes};
use touchmark_core::media::{self, Limits, generator};
use touchmark_core::verify::{Answer, Means, verify};

const LIMITS: Limits = Limits { max_bytes: 1 << 20, max_pixels: 1 << 20 };

pub(crate) fn fingerprint(bytes: &[u8]) {
    if let Ok(fingerprint) = serde_json::from_slice::<Fingerprint>(bytes) {
        let again = serde_json::to_vec(&fingerprint).expect("what was read can be written");
        assert_eq!(serde_json::from_slice::<Fingerprint>(&again).expect("and read again"), fingerprint);
    }
    for algorithm in [Algorithm::Iscc, Algorithm::Pdq, Algorithm::DoubleGradient] {
        if let Ok(fingerprint) = Fingerprint::from_value(algorithm, bytes, None) {
            assert_eq!(Fingerprint::from_value(algorithm, &fingerprint.value(), None), Ok(fingerprint));
        }
    }
}

pub(crate) fn jumbf(bytes: &[u8]) {
    if let Ok(store) = boxes::trimmed(bytes) {
        assert!(bytes.starts_with(store));
    }
    for manifest in boxes::manifests(bytes).unwrap_or_default() {
        for assertion in boxes::assertions(&manifest).unwrap_or_default() {
            drop(assertion.cbor());
            drop(assertion.children());
        }
    }
    drop(boxes::active_binding(bytes));
    drop(boxes::active_assertion(bytes, touchmark_core::link::LEDGER_LINK));
}

pub(crate) fn picture(bytes: &[u8]) {
    drop(media::check(bytes, &LIMITS));
    let Ok(media_type) = media::recognise(bytes, &LIMITS) else { return };
    let _ = media::dimensions(bytes, media_type);
    let _ = media::pixel_byte_offset(bytes, media_type);
    drop(generator::read(bytes, media_type));
    let packet = media::read_xmp(bytes, media_type).ok().flatten().unwrap_or_default();
    drop(media::xmp::merge(Some(&packet), &[]));
    if media::has_manifest(bytes, media_type)
        && let Ok(without) = media::remove_manifest(bytes, media_type)
    {
        assert!(!media::has_manifest(&without, media_type), "what was removed is gone");
    }
    drop(media::strip_metadata(bytes, media_type));
}

pub(crate) fn decode(bytes: &[u8]) {
    if let Ok(media_type) = media::recognise(bytes, &LIMITS) {
        drop(media::decode(bytes, media_type, &LIMITS));
    }
}

/// A file from anybody, verified by somebody who trusts nobody.
pub(crate) fn verdict(bytes: &[u8]) {
    static NOBODY: OnceLock<Trust> = OnceLock::new();
    let trust = NOBODY.get_or_init(|| Trust::new("").expect("no anchors"));
    let at = Some(Timestamp::UNIX_EPOCH);
    let means = Means { trust, log_keys: &[], records: None, at, limits: &LIMITS };
    if let Ok(verdict) = verify(bytes, None, &means) {
        assert_ne!(verdict.verdict, Answer::Verified, "nobody is trusted");
        drop(serde_json::to_string(&verdict).expect("a verdict can be written"));
    }
}
