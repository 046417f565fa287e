//! What the log signs: its checkpoint, and proofs under it.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use touchmark_core::anchor::{self, Stamped};
use touchmark_core::event::time::to_text;
use touchmark_core::ledger::{self, Reader};
use touchmark_core::tlog::checkpoint::SignedCheckpoint;
use utoipa::ToSchema;

use super::record_id;
use crate::auth::Authorised;
use crate::error::{ApiError, Code, Problem};
use crate::state::App;

/// What an anchored log answers.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Anchored {
    /// Id of the ANCHOR record.
    id: String,
    /// Its position.
    seq: u64,
    /// How many records the stamped checkpoint covers.
    records: u64,
    /// The time stamped.
    time: String,
    /// Whose certificate stamped it.
    authority: String,
    /// Where it was asked.
    url: String,
}

/// Have the newest checkpoint time-stamped, and keep the time-stamp in the log
///
/// Asks the authorities in `timestamps.authorities`, one after another. Others go on writing meanwhile.
#[utoipa::path(
    post,
    path = "/v1/log/anchor",
    tag = "log",
    security(("token" = [])),
    responses(
        (status = 201, description = "The anchor is durable", body = Anchored),
        (status = 401, description = "Token missing or wrong", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "No authority is named in the configuration", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "No authority gave a time-stamp, and the log goes on as it is; or the log cannot be written", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn anchor(State(app): State<Arc<App>>, _: Authorised) -> Result<Response, ApiError> {
    let Stamped { event, records, stamp } = app.read(stamped).await?;
    let receipt = app
        .write(move |app, ledger, _| {
            let receipts = ledger.append(&[event], app.edge)?;
            receipts.first().copied().ok_or_else(|| ApiError::internal("the log gave no receipt"))
        })
        .await?;
    let answer = Anchored {
        id: receipt.id.to_string(),
        seq: receipt.seq,
        records,
        time: to_text(stamp.token.time()),
        authority: stamp.token.authority(),
        url: stamp.authority,
    };
    Ok((StatusCode::CREATED, [(header::CACHE_CONTROL, "no-store")], Json(answer)).into_response())
}

fn stamped(app: &App, reader: &Reader) -> Result<Stamped, ApiError> {
    let Some(authority) = &app.timestamps else {
        let detail = "no time-stamp authority is named: name some in timestamps.authorities of touchmark.toml, and start the service again";
        return Err(ApiError::new(Code::Conflict, detail));
    };
    match anchor::stamp(&reader.checkpoint()?, authority.as_ref()) {
        Ok(stamped) => Ok(stamped),
        Err(anchor::Error::Unstamped(why)) => {
            let detail = format!("the log was not anchored, and goes on as it is: {why}");
            Err(ApiError::new(Code::NoTimestamp, detail))
        }
        Err(error) => Err(ApiError::internal(crate::error::chain(&error))),
    }
}

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
