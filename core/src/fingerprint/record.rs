//! The form of a fingerprint in records: `{"alg": "pdq", "value": "<base64>", "quality": 100}`.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::Fingerprint;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Stored {
    alg: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    quality: Option<u8>,
    value: String,
}

impl Serialize for Fingerprint {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let alg = self.algorithm.name().to_owned();
        Stored { alg, quality: self.quality, value: BASE64.encode(self.value()) }.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Fingerprint {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        use serde::de::Error as _;

        let stored = Stored::deserialize(deserializer)?;
        let algorithm = stored.alg.parse().map_err(D::Error::custom)?;
        let value = BASE64.decode(&stored.value).map_err(D::Error::custom)?;
        Self::from_value(algorithm, &value, stored.quality).map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::super::vectors::{fingerprints, open};
    use super::*;

    #[test]
    fn a_record_gives_back_the_fingerprint() {
        for fingerprint in fingerprints(&open("horse-alpha.png")) {
            let json = serde_json::to_string(&fingerprint).expect("JSON");
            assert_eq!(serde_json::from_str::<Fingerprint>(&json).expect("a fingerprint"), fingerprint, "{json}");
        }
    }

    #[test]
    fn records_that_do_not_fit_are_refused_with_the_reason() {
        let cases = [
            (r#"{"alg":"dhash","value":""}"#, "unknown fingerprint algorithm \"dhash\""),
            (r#"{"alg":"pdq","value":"AAAA","quality":9}"#, "a pdq fingerprint has 32 bytes, found 3"),
            (r#"{"alg":"pdq","value":"AAAA","quality":101}"#, "a fingerprint's quality is 0 to 100, found 101"),
            (r#"{"alg":"io.iscc.v0","value":"AAAA"}"#, "not a sequence of ISCC units: a body is cut off at byte 0"),
            (r#"{"alg":"pdq","value":"?"}"#, "Invalid symbol"),
            (r#"{"alg":"pdq","value":"","verified":true}"#, "unknown field `verified`"),
        ];
        for (json, reason) in cases {
            let refusal = serde_json::from_str::<Fingerprint>(json).expect_err(json).to_string();
            assert!(refusal.contains(reason), "{json}: {refusal}");
        }
    }
}
