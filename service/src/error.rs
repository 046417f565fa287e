//! Core's refusals as `application/problem+json` (RFC 9457).
//!
//! A caller's mistake is told to the caller and not logged. What the caller cannot help is logged once, with its causes, and answered
//! without them: paths and keys are nobody's business.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
pub(crate) use touchmark_core::causes::in_words as chain;
use touchmark_core::{event, export, find, ledger, manifest, media, verify};
use utoipa::ToSchema;

/// Media type of a problem.
pub(crate) const PROBLEM: &str = "application/problem+json";

/// Why a request was not done.
#[derive(Debug)]
pub(crate) struct ApiError {
    code: Code,
    detail: String,
    /// For the log only.
    cause: Option<String>,
}

/// The reason in a word that does not change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Code {
    /// Not understood.
    Malformed,
    /// Token missing or wrong.
    Unauthorised,
    /// Signed by nobody who is known for it.
    Forbidden,
    /// No such record or address.
    NotFound,
    /// The address takes another method.
    MethodNotAllowed,
    /// What is on record says otherwise.
    Conflict,
    /// More bytes or pixels than are taken.
    TooLarge,
    /// Not a type of file, or of request body, that is taken.
    UnsupportedType,
    /// Understood and not accepted.
    Refused,
    /// The service failed.
    Internal,
    /// The log cannot be used.
    LogUnavailable,
    /// No time-stamp could be had.
    NoTimestamp,
    /// Not done in time.
    Timeout,
}

/// A problem (RFC 9457).
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Problem {
    /// Always `about:blank`: `code` tells the reason.
    #[serde(rename = "type")]
    kind: &'static str,
    /// The status in words.
    title: &'static str,
    /// The HTTP status.
    status: u16,
    /// A sentence: what is wrong and what to do.
    detail: String,
    /// The reason in a word that does not change.
    code: Code,
}

impl Code {
    const fn status(self) -> StatusCode {
        match self {
            Self::Malformed => StatusCode::BAD_REQUEST,
            Self::Unauthorised => StatusCode::UNAUTHORIZED,
            Self::Forbidden => StatusCode::FORBIDDEN,
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
            Self::Conflict => StatusCode::CONFLICT,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::UnsupportedType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::Refused => StatusCode::UNPROCESSABLE_ENTITY,
            Self::Internal => StatusCode::INTERNAL_SERVER_ERROR,
            Self::LogUnavailable | Self::NoTimestamp | Self::Timeout => StatusCode::SERVICE_UNAVAILABLE,
        }
    }
}

impl ApiError {
    pub(crate) fn new(code: Code, detail: impl Into<String>) -> Self {
        Self { code, detail: detail.into(), cause: None }
    }

    pub(crate) fn malformed(detail: impl Into<String>) -> Self {
        Self::new(Code::Malformed, detail)
    }

    pub(crate) fn too_large() -> Self {
        Self::new(
            Code::TooLarge,
            "the body is larger than is taken here: an image may have limits.image_bytes of touchmark.toml, events 16 MiB",
        )
    }

    /// Something that should not happen.
    pub(crate) fn internal(cause: impl Into<String>) -> Self {
        let detail = "the service failed: its log tells why, under the id in the header x-request-id".to_owned();
        Self { code: Code::Internal, detail, cause: Some(cause.into()) }
    }

    /// The log failed. Nothing is released or acknowledged.
    pub(crate) fn log(cause: impl Into<String>) -> Self {
        let detail = "the log cannot be used, so nothing is released or acknowledged: send the request again, what is on record already is found again"
            .to_owned();
        Self { code: Code::LogUnavailable, detail, cause: Some(cause.into()) }
    }

    /// Whether the log failed, so that it must be opened anew.
    pub(crate) fn is_log_failure(&self) -> bool {
        self.code == Code::LogUnavailable
    }

    /// The same with words in front that say where.
    pub(crate) fn at(mut self, place: impl std::fmt::Display) -> Self {
        self.detail = format!("{place}: {}", self.detail);
        self
    }

    fn because(code: Code, error: &dyn std::error::Error) -> Self {
        Self::new(code, chain(error))
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let status = self.code.status();
        if let Some(cause) = &self.cause {
            tracing::error!(code = ?self.code, cause, "request failed");
        }
        let problem = Problem {
            kind: "about:blank",
            title: status.canonical_reason().unwrap_or_default(),
            status: status.as_u16(),
            detail: self.detail,
            code: self.code,
        };
        let body = serde_json::to_vec(&problem).unwrap_or_default();
        let mut response =
            (status, [(header::CONTENT_TYPE, PROBLEM), (header::CACHE_CONTROL, "no-store")], body).into_response();
        if status == StatusCode::UNAUTHORIZED {
            response
                .headers_mut()
                .insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer realm=\"touchmark\""));
        }
        response
    }
}

impl From<event::Error> for ApiError {
    fn from(error: event::Error) -> Self {
        Self::because(about_event(&error), &error)
    }
}

impl From<media::Error> for ApiError {
    fn from(error: media::Error) -> Self {
        Self::because(about_media(&error), &error)
    }
}

impl From<ledger::Error> for ApiError {
    fn from(error: ledger::Error) -> Self {
        match &error {
            ledger::Error::Event { source, .. } => Self::because(about_event(source), &error),
            ledger::Error::NoSuchId { .. } => Self::because(Code::NotFound, &error),
            ledger::Error::TwiceGiven { .. } => Self::malformed(error.to_string()),
            ledger::Error::OnRecord { .. } => Self::because(Code::Conflict, &error),
            _ => Self::log(chain(&error)),
        }
    }
}

impl From<touchmark_core::witness::Error> for ApiError {
    fn from(error: touchmark_core::witness::Error) -> Self {
        use touchmark_core::witness::Error as E;
        match error {
            E::Ledger(source) => source.into(),
            // Another process is at it: to be asked again.
            busy @ E::Busy { .. } => Self {
                code: Code::Timeout,
                detail: "another process is at work with what the witness keeps: ask again".to_owned(),
                cause: Some(chain(&busy)),
            },
            other => Self::internal(chain(&other)),
        }
    }
}

impl From<verify::Error> for ApiError {
    fn from(error: verify::Error) -> Self {
        match error {
            verify::Error::Media(error) => error.into(),
            verify::Error::Manifest(error) => error.into(),
            verify::Error::Records(error) => error.into(),
            verify::Error::Find(error) => error.into(),
            other => Self::internal(chain(&other)),
        }
    }
}

impl From<find::Error> for ApiError {
    fn from(error: find::Error) -> Self {
        match error {
            find::Error::Media(error) => error.into(),
            find::Error::Ledger(error) => error.into(),
            other @ find::Error::NoPixels { .. } => Self::because(Code::UnsupportedType, &other),
            other => Self::internal(chain(&other)),
        }
    }
}

impl From<manifest::Error> for ApiError {
    fn from(error: manifest::Error) -> Self {
        match &error {
            manifest::Error::CannotSign { .. } => Self::because(Code::UnsupportedType, &error),
            manifest::Error::Media(source) => Self::because(about_media(source), &error),
            manifest::Error::Unstamped(_) => Self::because(Code::NoTimestamp, &error),
            manifest::Error::TooMuch(_) => Self::because(Code::TooLarge, &error),
            _ => Self::internal(chain(&error)),
        }
    }
}

impl From<export::Error> for ApiError {
    fn from(error: export::Error) -> Self {
        use export::Error as E;
        match error {
            E::Media(source) => source.into(),
            E::Event(source) => source.into(),
            E::Ledger(source) => source.into(),
            E::Manifest(source) => source.into(),
            // The log, or the store of manifests that belongs to it.
            E::Shelf(_) | E::Batch { .. } | E::Open(_) => Self::log(chain(&error)),
            // Core's sentences name the command line's options.
            E::ToldNothing => Self::new(
                Code::Refused,
                "nothing is known about how this image was made: send the field event or gen_record",
            ),
            E::NoPerson => Self::new(
                Code::Refused,
                "nobody answers for this export: send the field user, or an actor in the event",
            ),
            E::PersonUnknown { record, state } => Self::new(
                Code::Refused,
                format!("the private part of the record of its making ({record}) is {state}: send the field user"),
            ),
            E::NotAGeneration { .. } => Self::because(Code::Refused, &error),
            E::OtherModel { recorded, claimed, record } => {
                let detail = format!(
                    "this very file is on record as made by {recorded} (record {record}), the event says {claimed}: send gen_record {record}, or correct the event"
                );
                Self::new(Code::Conflict, detail)
            }
            E::OtherOutput { .. } => Self::because(Code::Conflict, &error),
            other => Self::internal(chain(&other)),
        }
    }
}

fn about_event(error: &event::Error) -> Code {
    match error {
        event::Error::TooLarge { .. } => Code::TooLarge,
        event::Error::Missing { .. }
        | event::Error::NotAPerson { .. }
        | event::Error::Future { .. }
        | event::Error::RecordTooLarge { .. } => Code::Refused,
        event::Error::Vault { .. } => Code::LogUnavailable,
        _ => Code::Malformed,
    }
}

fn about_media(error: &media::Error) -> Code {
    match error {
        media::Error::TooManyBytes { .. } | media::Error::TooManyPixels { .. } => Code::TooLarge,
        media::Error::UnknownType { .. } | media::Error::Unsupported { .. } => Code::UnsupportedType,
        media::Error::TextTooLarge { .. } | media::Error::XmpTooLarge { .. } | media::Error::Property { .. } => {
            Code::Refused
        }
        _ => Code::Malformed,
    }
}
