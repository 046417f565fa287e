//! Checks an image. Keeps nothing of it: not in memory, not on a disk, not in the log.

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::{FromRequest, Multipart, Request, State};
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use touchmark_core::verify::records::Records;
use touchmark_core::verify::{Means, verify as look};
use utoipa::ToSchema;

use crate::error::{ApiError, Code, Problem};
use crate::forms;
use crate::state::App;
use crate::upload::{self, Form};

const FIELDS: [&str; 2] = ["image", "manifest"];

/// An image and the manifest beside it.
#[derive(ToSchema)]
#[expect(dead_code, reason = "for the OpenAPI document; the form is read field by field")]
pub(crate) struct VerifyForm {
    /// The image.
    #[schema(content_media_type = "application/octet-stream")]
    image: Vec<u8>,
    /// The manifest store beside it (`.c2pa`), where it is not in the image.
    #[schema(content_media_type = "application/c2pa")]
    manifest: Option<Vec<u8>>,
}

/// What was sent.
struct Sent {
    image: Bytes,
    manifest: Option<Bytes>,
}

/// Check an image: is the manifest intact, who signed it, was the making on record?
///
/// Needs no token. Nothing of the request is kept. A forged, unsigned or unknown image is an answer, not an error.
#[utoipa::path(
    post,
    path = "/v1/verify",
    tag = "check",
    request_body(description = "The image as it is, or a form with the image and its manifest", content(
        (Vec<u8> = "image/*"),
        (Vec<u8> = "application/octet-stream"),
        (VerifyForm = "multipart/form-data"),
    )),
    responses(
        (status = 200, description = "The verdict", body = forms::Verdict),
        (status = 400, description = "The file is malformed", body = Problem, content_type = "application/problem+json"),
        (status = 413, description = "Too many bytes or pixels", body = Problem, content_type = "application/problem+json"),
        (status = 415, description = "Not an image", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "The log cannot be read, or the request took too long", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn verify(State(app): State<Arc<App>>, request: Request) -> Result<Response, ApiError> {
    let place = App::place(&app.verifying).await?;
    let sent = Sent::read(request).await?;
    let verdict = app
        .read(move |app, reader| {
            let _place = place;
            let means = Means {
                trust: &app.trust,
                log_keys: &[reader.history().clone()],
                records: Some(&Records { reader, gallery: Some(app.shelf.gallery()) }),
                log: None,
                at: app.edge.now().time,
                limits: &app.limits,
                pixels: true,
            };
            Ok(look(&sent.image, sent.manifest.as_deref(), &means)?)
        })
        .await?;
    Ok(([(header::CACHE_CONTROL, "no-store")], Json(verdict)).into_response())
}

impl Sent {
    async fn read(request: Request) -> Result<Self, ApiError> {
        match content_type(request.headers()).as_deref() {
            Some("multipart/form-data") => {
                let mut form = Form::read(Multipart::from_request(request, &()).await, &FIELDS).await?;
                Ok(Self { image: form.needed("image")?, manifest: form.file("manifest") })
            }
            kind if may_be_image(kind) || kind == Some("application/pdf") => {
                Ok(Self { image: upload::raw(request).await?, manifest: None })
            }
            _ => {
                let detail = "send the image as image/* or application/octet-stream, or as multipart/form-data with the fields image and manifest";
                Err(ApiError::new(Code::UnsupportedType, detail))
            }
        }
    }
}

/// Whether an image may be sent under this type. What it really is, its bytes tell.
pub(super) fn may_be_image(kind: Option<&str>) -> bool {
    kind.is_none_or(|kind| kind == "application/octet-stream" || kind.starts_with("image/"))
}

/// The media type without its parameters, in lower case.
pub(super) fn content_type(headers: &HeaderMap) -> Option<String> {
    let value = headers.get(header::CONTENT_TYPE)?;
    let text = value.to_str().unwrap_or("unreadable");
    Some(text.split(';').next().unwrap_or_default().trim().to_ascii_lowercase())
}
