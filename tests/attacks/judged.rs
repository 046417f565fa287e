//! What we say of a forged file.

use touchmark_core::manifest::{Bounds, Reading, State, Trust, read};
use touchmark_core::media::{self, Limits};

use crate::forge::Forge;

/// As good as none: what stands behind the limits is to hold by itself.
const NO_BOUNDS: Bounds = Bounds {
    bytes: u64::MAX,
    manifests: u64::MAX,
    boxes: u64::MAX,
    depth: u64::MAX,
    cbor_items: u64::MAX,
    cbor_depth: u64::MAX,
};

impl Forge {
    /// The reading of a file by somebody who trusts the forge's certificate.
    pub(crate) fn judge(&self, file: &[u8]) -> Reading {
        self.judge_with(file, None)
    }

    #[expect(clippy::disallowed_methods, reason = "tests are an edge: they read the clock for the library")]
    pub(crate) fn judge_with(&self, file: &[u8], sidecar: Option<&[u8]>) -> Reading {
        let trust = Trust::new(&self.anchors).expect("anchors").with_bounds(NO_BOUNDS);
        let media_type = media::recognise(file, &Limits::default()).expect("a picture");
        read::read(file, media_type, sidecar, &trust, jiff::Timestamp::now()).expect("looked at")
    }

    #[track_caller]
    pub(crate) fn holds(&self, file: &[u8], what: &str) {
        self.holds_with(file, None, what);
    }

    #[track_caller]
    pub(crate) fn holds_with(&self, file: &[u8], sidecar: Option<&[u8]>, what: &str) {
        let reading = self.judge_with(file, sidecar);
        assert_eq!(
            (reading.state, reading.codes.as_slice()),
            (State::Trusted, [].as_slice()),
            "{what}: {:?}",
            reading.explanations
        );
    }

    #[track_caller]
    pub(crate) fn refuses(&self, file: &[u8], code: &str, what: &str) {
        self.refuses_with(file, None, code, what);
    }

    #[track_caller]
    pub(crate) fn refuses_with(&self, file: &[u8], sidecar: Option<&[u8]>, code: &str, what: &str) {
        let reading = self.judge_with(file, sidecar);
        let said = (reading.state, reading.codes.iter().any(|found| found == code));
        assert_eq!(
            said,
            (State::Invalid, true),
            "{what}: {code} is expected, not {:?}: {:?}",
            reading.codes,
            reading.explanations
        );
    }
}
