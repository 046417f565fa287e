//! This home as a witness of other logs, over HTTP (<https://c2sp.org/tlog-witness>). `/v1/witness` is the submission prefix.

use std::sync::{Arc, PoisonError};

use axum::body::Bytes;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use touchmark_core::tlog::consistency::Consistency;
use touchmark_core::witness::{Answer, Refusal};

use crate::error::{ApiError, Code, Problem, chain};
use crate::state::App;

/// The form in which the standard wants the size that a client should have begun at.
pub(crate) const TLOG_SIZE: &str = "text/x.tlog.size";

/// Cosigns another log's checkpoint (C2SP tlog-witness)
///
/// The logs are those whose keys were given with `touchmark log cosign --log-key`.
#[utoipa::path(
    post,
    path = "/v1/witness/add-checkpoint",
    tag = "log",
    request_body(content = String, content_type = "text/plain", description = "`old` and the older size, the consistency proof, an empty line, the checkpoint"),
    responses(
        (status = 200, description = "The witness's signature line", body = String, content_type = "text/plain; charset=utf-8"),
        (status = 400, description = "Not such a request, or the older size is the larger one", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "Not signed by a known key of the log", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "Not a log that is witnessed here", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "The size that was cosigned last; or another log of the same size", body = String, content_type = "text/x.tlog.size"),
        (status = 422, description = "The proof does not hold: the log was rewritten, or the proof is wrong", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "Another process is at work with what the witness keeps", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn add_checkpoint(State(app): State<Arc<App>>, body: Bytes) -> Result<Response, ApiError> {
    let request = Consistency::parse(&body).map_err(|error| ApiError::malformed(chain(&error)))?;
    let (old, size) = (request.old(), request.checkpoint().unverified().size());
    if old > size {
        return Err(ApiError::malformed(format!("the older size is {old}, and the checkpoint has {size}")));
    }
    let answer = app
        .read(move |app, _| {
            if !app.home.is_witness() {
                return Err(ApiError::new(Code::NotFound, "this home witnesses no other log"));
            }
            let witness = app.home.witness(app.edge).map_err(|error| ApiError::internal(chain(&error)))?;
            let seconds = u64::try_from(app.edge.now().time.as_second());
            let seconds = seconds.map_err(|_| ApiError::internal("the clock stands before 1970"))?;
            let _one_at_a_time = app.witnessing.lock().unwrap_or_else(PoisonError::into_inner);
            Ok(witness.cosign(&request, seconds)?)
        })
        .await?;
    match answer {
        Answer::Cosigned(note) => {
            let line = note.signatures().last().map(|line| format!("{line}\n")).unwrap_or_default();
            let headers = [(header::CONTENT_TYPE, "text/plain; charset=utf-8"), (header::CACHE_CONTROL, "no-store")];
            Ok((headers, line).into_response())
        }
        Answer::Refused(refusal) => refused(&refusal, size),
    }
}

/// The statuses are the standard's. What is kept as evidence is no business of the caller.
fn refused(refusal: &Refusal, size: u64) -> Result<Response, ApiError> {
    let problem = |code, detail: &str| Err(ApiError::new(code, detail));
    match refusal {
        Refusal::UnknownLog { .. } | Refusal::OwnLog { .. } => {
            problem(Code::NotFound, "the log is not one that is witnessed here")
        }
        Refusal::NotSigned { problem: why, .. } => Err(ApiError::new(Code::Forbidden, why.clone())),
        Refusal::OtherSize { seen, .. } => {
            let headers = [(header::CONTENT_TYPE, TLOG_SIZE), (header::CACHE_CONTROL, "no-store")];
            Ok((StatusCode::CONFLICT, headers, format!("{seen}\n")).into_response())
        }
        Refusal::Forked { seen, .. } if *seen == size => {
            problem(Code::Conflict, "another checkpoint of the same size was cosigned: there are two of this log")
        }
        _ => problem(
            Code::Refused,
            "the checkpoint does not continue the last one that was cosigned, or the proof is wrong",
        ),
    }
}
