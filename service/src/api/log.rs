//! What the log signs: its checkpoint, and proofs under it.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use touchmark_core::ledger;
use touchmark_core::tlog::checkpoint::SignedCheckpoint;

use super::record_id;
use crate::error::{ApiError, Code, Problem};
use crate::state::App;

const TEXT: &str = "text/plain; charset=utf-8";

/// The newest checkpoint, a C2SP signed note, with the cosignatures that it has
#[utoipa::path(
    get,
    path = "/v1/log/checkpoint",
    tag = "log",
    responses(
        (status = 200, description = "A C2SP `tlog-checkpoint`", body = String, content_type = "text/plain; charset=utf-8"),
        (status = 503, description = "The log cannot be read", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn checkpoint(State(app): State<Arc<App>>) -> Result<Response, ApiError> {
    let note = app
        .read(|app, reader| {
            let note = reader.checkpoint()?;
            let parsed = SignedCheckpoint::parse(note.as_bytes()).map_err(ledger::Error::from)?;
            Ok(app.home.cosigned().completed(&parsed)?.to_string())
        })
        .await?;
    Ok(text(note))
}

/// The proof that a record is in the log, under the newest checkpoint
#[utoipa::path(
    get,
    path = "/v1/log/proof/{id}",
    tag = "log",
    params(("id" = String, Path, description = "The record's id")),
    responses(
        (status = 200, description = "A C2SP `tlog-proof`, with the checkpoint in it", body = String, content_type = "text/plain; charset=utf-8"),
        (status = 400, description = "Not an id", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "No such record, or none yet under a checkpoint", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "The log cannot be read", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn proof(State(app): State<Arc<App>>, Path(id): Path<String>) -> Result<Response, ApiError> {
    let id = record_id(&id)?;
    let proof = app
        .read(move |_, reader| match reader.prove(reader.find(id)?) {
            Ok(proof) => Ok(proof.to_string()),
            Err(ledger::Error::NoSuchRecord { .. }) => Err(ApiError::new(
                Code::NotFound,
                "the record is being written and not under a checkpoint yet: ask again",
            )),
            Err(error) => Err(error.into()),
        })
        .await?;
    Ok(text(proof))
}

fn text(text: String) -> Response {
    ([(header::CONTENT_TYPE, TEXT), (header::CACHE_CONTROL, "no-cache")], text).into_response()
}
