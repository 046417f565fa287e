//! Records events.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Request, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use touchmark_core::event::{Event, Kind, lines};
use touchmark_core::hash::Hash;
use touchmark_core::ledger::{self, Proved};
use utoipa::ToSchema;
use uuid::Uuid;

use super::verify::content_type;
use crate::auth::Authorised;
use crate::error::{ApiError, Code, Problem};
use crate::state::App;
use crate::upload;

/// Media type of JSON Lines.
const LINES: &str = "application/x-ndjson";

/// Proof that a record is durable.
#[derive(Serialize, ToSchema)]
pub(crate) struct Receipt {
    /// The record's id, a UUID of version 7.
    #[schema(value_type = String)]
    id: Uuid,
    /// Its type.
    #[serde(rename = "type")]
    #[schema(value_type = String)]
    kind: Kind,
    /// Its position in the log, from 0.
    seq: u64,
    /// Its hash, `sha256:…`.
    #[schema(value_type = String)]
    hash: Hash,
    /// The C2SP `tlog-proof`: the inclusion proof, and the checkpoint that the log signed once the record was durable.
    proof: String,
    /// Whoever it belongs to was erased before: from this record on they have a new key.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    new_key_after_erasure: bool,
}

/// Record one event, or many as JSON Lines
///
/// All of them or none. On answer they are durable, and each receipt has the proof that the record is in the log. Requests that come at
/// the same time share one commit; what is refused in one of them does not touch the others.
///
/// An event with an id of its own can be sent again safely: it is refused as recorded already.
#[utoipa::path(
    post,
    path = "/v1/events",
    tag = "record",
    security(("token" = [])),
    request_body(description = "One event, or one a line", content(
        (Object = "application/json"),
        (String = "application/x-ndjson"),
    )),
    responses(
        (status = 201, description = "Receipts, in the order of the events", content(
            (Receipt = "application/json"),
            (String = "application/x-ndjson"),
        )),
        (status = 400, description = "An event is malformed", body = Problem, content_type = "application/problem+json"),
        (status = 401, description = "Token missing or wrong", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "An event is on record already", body = Problem, content_type = "application/problem+json"),
        (status = 413, description = "Too many bytes", body = Problem, content_type = "application/problem+json"),
        (status = 415, description = "Neither JSON nor JSON Lines", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "Understood and not accepted", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "The log cannot be written: nothing is acknowledged", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn append(State(app): State<Arc<App>>, _: Authorised, request: Request) -> Result<Response, ApiError> {
    let is_lines = match content_type(request.headers()).as_deref() {
        Some("application/json") => false,
        Some(LINES | "application/ndjson" | "application/jsonl") => true,
        _ => {
            return Err(ApiError::new(
                Code::UnsupportedType,
                "send one event as application/json, or one a line as application/x-ndjson",
            ));
        }
    };
    let room = app.room(length(&request)).await?;
    let text = upload::raw(request).await?;
    let receipts = app
        .record(move |app| {
            let _room = room;
            let events = parse(&text, is_lines)?;
            app.log.append(&events, &app.home, app.edge)?.map_err(|error| about(error, is_lines))
        })
        .await?;
    Ok(answer(receipts, is_lines))
}

/// How many bytes the client says that it sends.
fn length(request: &Request) -> Option<usize> {
    request.headers().get(header::CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

fn parse(text: &[u8], is_lines: bool) -> Result<Vec<Event>, ApiError> {
    if !is_lines {
        return Ok(vec![accept(text)?]);
    }
    let events = lines::read(text, accept).map_err(|(number, error)| error.at(format_args!("line {number}")))?;
    if events.is_empty() { Err(ApiError::malformed("there is no event in the body")) } else { Ok(events) }
}

fn accept(text: &[u8]) -> Result<Event, ApiError> {
    let event = Event::parse(text)?;
    let kind = event.body.kind();
    if kind.is_written_by_the_log() {
        return Err(ApiError::new(
            Code::Refused,
            format!("{kind} records are written by the log itself and cannot be handed in"),
        ));
    }
    Ok(event)
}

/// One event is not counted.
fn about(error: ledger::Error, is_lines: bool) -> ApiError {
    match error {
        ledger::Error::Event { source, .. } if !is_lines => source.into(),
        other => other.into(),
    }
}

fn answer(receipts: Vec<Proved>, is_lines: bool) -> Response {
    let mut receipts = receipts.into_iter().map(|Proved { receipt, proof }| {
        let ledger::Receipt { id, kind, seq, hash, returned } = receipt;
        Receipt { id, kind, seq, hash, proof: proof.to_string(), new_key_after_erasure: returned }
    });
    if !is_lines && let Some(receipt) = receipts.next() {
        let location = format!("/v1/records/{}", receipt.id);
        return (StatusCode::CREATED, [(header::LOCATION, location)], Json(receipt)).into_response();
    }
    let mut lines = String::new();
    for receipt in receipts {
        lines += &serde_json::to_string(&receipt).unwrap_or_default();
        lines.push('\n');
    }
    (StatusCode::CREATED, [(header::CONTENT_TYPE, LINES)], lines).into_response()
}
