//! Request bodies: forms and raw bytes. Everything is held in memory; nothing touches a disk.

use std::collections::BTreeMap;

use axum::body::Bytes;
use axum::extract::multipart::{Multipart, MultipartError, MultipartRejection};
use axum::extract::rejection::BytesRejection;
use axum::extract::{FromRequest, Request};
use axum::http::StatusCode;

use crate::error::{ApiError, Code, chain};

/// The most bytes of a text field: a person, a destination.
const MAX_TEXT: usize = 4096;

/// The fields of a form, each at most once. File names are not looked at.
pub(crate) struct Form(BTreeMap<String, Bytes>);

impl Form {
    /// Reads a `multipart/form-data` body that may have the fields `known`.
    pub(crate) async fn read(form: Result<Multipart, MultipartRejection>, known: &[&str]) -> Result<Self, ApiError> {
        let fields_known = || known.join(", ");
        let mut form = form
            .map_err(|_| ApiError::malformed(format!("send multipart/form-data with the fields {}", fields_known())))?;
        let mut fields = BTreeMap::new();
        while let Some(field) = form.next_field().await.map_err(|error| broken(&error))? {
            let name = field.name().unwrap_or_default().to_owned();
            if !known.contains(&name.as_str()) {
                let name: String = name.chars().take(80).collect();
                return Err(ApiError::malformed(format!("unknown field {name:?}: the fields are {}", fields_known())));
            }
            let content = field.bytes().await.map_err(|error| broken(&error))?;
            if fields.insert(name.clone(), content).is_some() {
                return Err(ApiError::malformed(format!("the field {name} is given twice")));
            }
        }
        Ok(Self(fields))
    }

    /// A field's bytes.
    pub(crate) fn file(&mut self, name: &str) -> Option<Bytes> {
        self.0.remove(name)
    }

    /// The bytes of a field that must be there.
    pub(crate) fn needed(&mut self, name: &str) -> Result<Bytes, ApiError> {
        self.file(name).ok_or_else(|| ApiError::malformed(format!("the field {name} is missing")))
    }

    /// A field as a short text, of which the log keeps every byte.
    pub(crate) fn text(&mut self, name: &str) -> Result<Option<String>, ApiError> {
        if let Some(long) = self.0.get(name).filter(|content| content.len() > MAX_TEXT) {
            let detail = format!("the field {name} has {} bytes, at most {MAX_TEXT} are taken", long.len());
            return Err(ApiError::new(Code::TooLarge, detail));
        }
        let text = self.file(name).map(|bytes| String::from_utf8(bytes.into()));
        text.transpose().map_err(|_| ApiError::malformed(format!("the field {name} is not UTF-8 text")))
    }
}

/// Reads a raw body.
pub(crate) async fn raw(request: Request) -> Result<Bytes, ApiError> {
    Bytes::from_request(request, &()).await.map_err(|rejection: BytesRejection| cut(rejection.status(), &rejection))
}

fn broken(error: &MultipartError) -> ApiError {
    cut(error.status(), error)
}

/// Too long, or broken off: axum tells by the status where it knows, otherwise the cause does.
fn cut(status: StatusCode, error: &dyn std::error::Error) -> ApiError {
    if status == StatusCode::PAYLOAD_TOO_LARGE || chain(error).contains("length limit exceeded") {
        ApiError::too_large()
    } else {
        ApiError::malformed("the body is broken off, or is not the form that its Content-Type names")
    }
}
