//! Pictures from anybody, and what stands in them.

use std::sync::OnceLock;

use jiff::Timestamp;
use touchmark_core::fingerprint::{Algorithm, Fingerprint};
use touchmark_core::manifest::{Trust, jumbf as boxes};
use touchmark_core::media::xmp::{self, Property};
use touchmark_core::media::{self, Limits, generator};
use touchmark_core::verify::{Answer, Means, verify};

const LIMITS: Limits = Limits { max_bytes: 1 << 20, max_pixels: 1 << 20 };

const MARKS: [Property<'_>; 2] =
    [Property::digital_source_type("http://example.com/made?by=a&b"), Property::ai_system_used("Imago <2>")];

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
    if let Ok(merged) = xmp::merge(Some(&packet), &MARKS)
        && let Ok(written) = media::write_xmp(bytes, media_type, &merged)
    {
        let read = media::read_xmp(&written, media_type).expect("a packet that was written can be read");
        assert_eq!(read, Some(merged), "one packet, and that one");
    }
    if media::has_manifest(bytes, media_type)
        && let Ok(without) = media::remove_manifest(bytes, media_type)
    {
        assert!(!media::has_manifest(&without, media_type), "what was removed is gone");
    }
    if let Ok(bare) = media::strip_metadata(bytes, media_type) {
        assert!(!media::has_manifest(&bare, media_type), "a manifest is metadata");
        assert!(!matches!(media::read_xmp(&bare, media_type), Ok(Some(_))), "XMP is metadata");
    }
}

/// A packet of metadata as it stands in a picture, and what an export puts into it.
pub(crate) fn packet(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let Ok(merged) = xmp::merge(Some(text), &MARKS) else { return };
    for Property { namespace, name, value, .. } in MARKS {
        let found = xmp::value(&merged, namespace, name).expect("what was merged can be read");
        assert_eq!(found.as_deref(), Some(value), "what was merged is there");
    }
    assert_eq!(xmp::merge(Some(&merged), &MARKS).expect("merged again"), merged, "merging again changes nothing");
}

pub(crate) fn decode(bytes: &[u8]) {
    // Small, for many a second.
    let limits = Limits { max_pixels: 1 << 14, ..LIMITS };
    if let Ok(media_type) = media::recognise(bytes, &limits) {
        drop(media::decode(bytes, media_type, &limits));
    }
}

/// A file from anybody, verified by somebody who trusts nobody.
pub(crate) fn verdict(bytes: &[u8]) {
    judge(bytes, None);
}

/// A manifest store from anybody, beside a picture.
pub(crate) fn store(bytes: &[u8]) {
    judge(include_bytes!("../seeds/picture/plain.gif"), Some(bytes));
}

fn judge(file: &[u8], store: Option<&[u8]>) {
    static NOBODY: OnceLock<Trust> = OnceLock::new();
    let trust = NOBODY.get_or_init(|| Trust::new("").expect("no anchors"));
    let at = Timestamp::UNIX_EPOCH;
    let means = Means { trust, log_keys: &[], records: None, log: None, at, limits: &LIMITS, pixels: true };
    if let Ok(verdict) = verify(file, store, &means) {
        assert_ne!(verdict.verdict, Answer::Verified, "nobody is trusted");
        drop(serde_json::to_string(&verdict).expect("a verdict can be written"));
    }
}
