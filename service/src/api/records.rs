//! Single records, as far as they are public.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use touchmark_core::ledger;
use touchmark_core::ledger::line::Line;

use super::record_id;
use crate::error::{ApiError, Problem};
use crate::state::App;

/// A record's public part, byte for byte as it stands in the log
///
/// Its SHA-256 is the record's hash (header `ETag`). The private part is never given out here.
#[utoipa::path(
    get,
    path = "/v1/records/{id}",
    tag = "record",
    params(("id" = String, Path, description = "The record's id")),
    responses(
        (status = 200, description = "The public part, canonical JSON (RFC 8785)", body = Object, content_type = "application/json",
            headers(("ETag" = String, description = "The record's hash, `\"sha256:…\"`"))),
        (status = 400, description = "Not an id", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "No such record", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "The log cannot be read", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn record(State(app): State<Arc<App>>, Path(id): Path<String>) -> Result<Response, ApiError> {
    let id = record_id(&id)?;
    let (hash, record) = app
        .read(move |_, reader| {
            let seq = reader.find(id)?;
            let bytes = reader.line(seq)?;
            let line = Line::parse(&bytes).map_err(|source| ledger::Error::Damaged { seq, source })?;
            if line.hash != line.computed {
                return Err(ApiError::log(format!(
                    "record {seq} does not have the hash that its line names; see log verify"
                )));
            }
            Ok((line.hash, line.record.to_vec()))
        })
        .await?;
    let headers = [(header::CONTENT_TYPE, "application/json".to_owned()), (header::ETAG, format!("\"{hash}\""))];
    Ok((headers, record).into_response())
}
