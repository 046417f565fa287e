//! Looks for the record of a picture whose metadata is gone. Keeps nothing of it.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Request, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use touchmark_core::find::Finder;

use super::verify::{content_type, may_be_image};
use crate::error::{ApiError, Code, Problem};
use crate::forms;
use crate::state::App;
use crate::upload;

/// Look for the records of a picture whose metadata is gone
///
/// Names exported pictures that look like the image: a hint and no proof. Needs no token. Nothing of the request is kept. That nothing is found
/// is an answer, and says nothing of how the image was made.
#[utoipa::path(
    post,
    path = "/v1/find",
    tag = "check",
    request_body(description = "The image as it is", content(
        (Vec<u8> = "image/*"),
        (Vec<u8> = "application/octet-stream"),
    )),
    responses(
        (status = 200, description = "What looks like it", body = forms::Sight),
        (status = 400, description = "The file is malformed", body = Problem, content_type = "application/problem+json"),
        (status = 413, description = "Too many bytes or pixels", body = Problem, content_type = "application/problem+json"),
        (status = 415, description = "Not an image, or one whose pixels cannot be had here", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "The log cannot be read, or the request took too long", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn find(State(app): State<Arc<App>>, request: Request) -> Result<Response, ApiError> {
    let place = App::place(&app.verifying).await?;
    if !may_be_image(content_type(request.headers()).as_deref()) {
        return Err(ApiError::new(Code::UnsupportedType, "send the image as image/* or application/octet-stream"));
    }
    let image = upload::raw(request).await?;
    let sight = app
        .read(move |app, reader| {
            let _place = place;
            let finder = Finder::new(reader, Some(app.shelf.gallery()))?;
            Ok(finder.look_for_file(&image, &app.limits)?)
        })
        .await?;
    Ok(([(header::CACHE_CONTROL, "no-store")], Json(sight)).into_response())
}
