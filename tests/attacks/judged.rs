//! What we say of a forged file.

use jiff::Timestamp;
use touchmark_core::keys::timestamp::Roots;
use touchmark_core::manifest::{Bounds, Error, Reading, State, Trust, read};
use touchmark_core::media::{self, Limits};
use touchmark_core::trust::Lists;
use touchmark_core::verify::{Means, verify_and_look};

use crate::alone;
use crate::forge::{Forge, now};

impl Forge {
    /// The reading of a file by somebody who trusts the forge's certificate.
    pub(crate) fn judge(&self, file: &[u8]) -> Reading {
        self.judge_with(file, None)
    }

    pub(crate) fn judge_with(&self, file: &[u8], sidecar: Option<&[u8]>) -> Reading {
        self.look(file, sidecar, Bounds::default()).expect("looked at")
    }

    pub(crate) fn look(&self, file: &[u8], sidecar: Option<&[u8]>, bounds: Bounds) -> Result<Reading, Error> {
        self.look_by(file, sidecar, &self.trust(bounds), now())
    }

    fn trust(&self, bounds: Bounds) -> Trust {
        Trust::of(Lists::of_both("the forge", &self.anchors).expect("anchors"), bounds).expect("trust")
    }

    /// The reading by somebody who trusts `roots` alone to say when.
    pub(crate) fn judge_by(&self, (file, sidecar): (&[u8], &[u8]), roots: Roots, at: Timestamp) -> Reading {
        let trust = self.trust(Bounds::default()).with_timestamp_roots(roots);
        self.look_by(file, Some(sidecar), &trust, at).expect("looked at")
    }

    fn look_by(&self, file: &[u8], sidecar: Option<&[u8]>, trust: &Trust, at: Timestamp) -> Result<Reading, Error> {
        let media_type = media::recognise(file, &Limits::default()).expect("a picture");
        let reading = read::read(file, media_type, sidecar, trust, at)?;
        alone::tell(file, media_type, sidecar, &self.anchors, &reading);
        Ok(reading)
    }

    /// All forms in which we show a file: the verdict, the tree and crJSON.
    pub(crate) fn shown(&self, file: &[u8], sidecar: Option<&[u8]>) -> [serde_json::Value; 3] {
        let (trust, limits) = (&self.trust(Bounds::default()), &Limits::default());
        let means = Means { trust, log_keys: &[], records: None, log: None, at: now(), limits, pixels: true };
        let (verdict, detail) = verify_and_look(file, sidecar, &means).expect("looked at");
        let tree = serde_json::to_value(detail.tree().expect("a manifest")).expect("JSON");
        [serde_json::to_value(verdict).expect("JSON"), tree, detail.crjson().expect("written").expect("a manifest")]
    }

    /// crJSON and tree of a file.
    pub(crate) fn look_closely(&self, file: &[u8]) -> serde_json::Value {
        let [_, tree, crjson] = self.shown(file, None);
        serde_json::json!({"crjson": crjson, "tree": tree})
    }

    /// Not judged, because of the limit with this key.
    #[track_caller]
    pub(crate) fn exceeds(&self, file: &[u8], key: &str, what: &str) {
        match self.look(file, None, Bounds::default()) {
            Err(Error::TooMuch(too_much)) => assert_eq!(too_much.key, key, "{what}"),
            other => panic!("{what}: {key} is expected, not {other:?}"),
        }
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
