//! Whom we trust: to sign claims, and to say when.

pub(super) mod judgement;

use std::sync::Arc;

use c2pa::Context;
use c2pa::crypto::cose::CertificateTrustPolicy;

use crate::keys::timestamp::Roots;

use super::Error;

/// Certificates that the reader of an image trusts, and the settings made of them. Shared by threads.
pub struct Trust {
    pub(super) context: Arc<Context>,
    policy: CertificateTrustPolicy,
    pub(super) timestamps: Roots,
}

impl std::fmt::Debug for Trust {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Trust")
    }
}

impl Trust {
    /// Trusts chains that end in one of these certificates (PEM, any number of them); without any, nobody. They are trusted for
    /// time-stamps too, until [`with_timestamp_roots`](Self::with_timestamp_roots) names others for that.
    pub fn new(anchors: &str) -> Result<Self, Error> {
        // The library refuses a list that is there and empty.
        let anchors = Some(anchors).filter(|anchors| !anchors.trim().is_empty());
        let settings = serde_json::json!({
            "trust": {"trust_anchors": anchors},
            "verify": {"verify_after_reading": true, "verify_trust": true, "verify_timestamp_trust": true,
                "remote_manifest_fetch": false, "ocsp_fetch": false},
        });
        let context = Context::new()
            .with_settings(settings.to_string().as_str())
            .map_err(|source| Error::Certificate { source })?;
        let mut policy = CertificateTrustPolicy::new();
        policy.add_default_valid_ekus();
        let refuse = |error: c2pa::crypto::cose::InvalidCertificateError| Error::Store { problem: error.to_string() };
        policy.add_trust_anchors(anchors.unwrap_or_default().as_bytes()).map_err(refuse)?;
        let timestamps = match anchors {
            Some(anchors) => Roots::from_pem(anchors).map_err(|error| Error::Store { problem: error.to_string() })?,
            None => Roots::default(),
        };
        Ok(Self { context: context.into_shared(), policy, timestamps })
    }

    /// Time-stamps count when they lead to one of `roots`, and only then: whom we trust to sign claims is not whom we trust to say when.
    #[must_use]
    pub fn with_timestamp_roots(self, roots: Roots) -> Self {
        Self { timestamps: roots, ..self }
    }
}
