//! Who may write: whoever has the home's token.

use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use touchmark_core::hash::Hash;

use crate::error::{ApiError, Code};
use crate::state::App;

/// The least length of a token, in bytes.
pub(crate) const LEAST_TOKEN: usize = 16;

/// The token, as its digest: the text itself is not kept, and digests of one length can be compared in one time.
pub(crate) struct Token(Hash);

impl Token {
    pub(crate) fn new(text: &str) -> Self {
        Self(Hash::of(text.as_bytes()))
    }

    /// In constant time, whatever is given.
    fn is(&self, given: &[u8]) -> bool {
        let given = Hash::of(given);
        let differences =
            self.0.as_bytes().iter().zip(given.as_bytes()).fold(0, |seen, (a, b)| std::hint::black_box(seen | (a ^ b)));
        std::hint::black_box(differences) == 0
    }
}

/// The request carries the token. Extracted before the body is read.
pub(crate) struct Authorised;

impl FromRequestParts<Arc<App>> for Authorised {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, ApiError> {
        let refuse = |detail| Err(ApiError::new(Code::Unauthorised, detail));
        let mut headers = parts.headers.get_all(AUTHORIZATION).iter();
        let (Some(header), None) = (headers.next(), headers.next()) else {
            return refuse(
                "this needs the header Authorization: Bearer and the token in the home's keys/service-token",
            );
        };
        let Some((scheme, token)) = header.as_bytes().split_at_checked(7) else {
            return refuse(
                "the header Authorization is not understood: Bearer and the token in the home's keys/service-token",
            );
        };
        if !scheme.eq_ignore_ascii_case(b"Bearer ") || !app.token.is(token.trim_ascii()) {
            return refuse("the token is not the one in the home's keys/service-token");
        }
        Ok(Self)
    }
}
