//! What lies around every route: one span a request, and one form for every refusal.

use std::sync::Arc;
use std::time::Instant;

use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use tracing::Instrument;

use crate::api::witness::TLOG_SIZE;
use crate::error::{ApiError, Code, PROBLEM};
use crate::state::App;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// When a client is told to come again, in seconds.
const RETRY_AFTER: HeaderValue = HeaderValue::from_static("5");

/// Opens the request's span. It knows method, path template and a number drawn here: nothing that came from outside, for paths carry
/// record ids and bodies carry people.
pub(crate) async fn observe(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    let id = format!("{:016x}", u64::from_be_bytes(app.edge.bytes()));
    let path = request.extensions().get::<MatchedPath>().map_or("unmatched", MatchedPath::as_str).to_owned();
    let method = if request.method().as_str().len() > 16 { "unusual" } else { request.method().as_str() };
    let span = tracing::info_span!("request", method, path, id);
    let start = Instant::now();
    let mut response = next.run(request).instrument(span.clone()).await;
    let milliseconds = u64::try_from(start.elapsed().as_millis()).unwrap_or(u64::MAX);
    span.in_scope(|| tracing::info!(status = response.status().as_u16(), milliseconds, "answered"));
    if let Ok(id) = HeaderValue::from_str(&id) {
        response.headers_mut().insert(REQUEST_ID, id);
    }
    response
}

/// Gives refusals that did not come from our routes (no such path, other method, body too large, too slow) the form of ours.
pub(crate) async fn errors_as_problems(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let status = response.status();
    // A witness's answer 409 has a form of its own.
    let is_own = |value: &HeaderValue| value == PROBLEM || value == TLOG_SIZE;
    let is_problem = response.headers().get(header::CONTENT_TYPE).is_some_and(is_own);
    if (status.is_client_error() || status.is_server_error()) && !is_problem {
        let mut problem = bare(status).into_response();
        if let Some(allow) = response.headers_mut().remove(header::ALLOW) {
            problem.headers_mut().insert(header::ALLOW, allow);
        }
        response = problem;
    }
    if response.status() == StatusCode::SERVICE_UNAVAILABLE {
        response.headers_mut().insert(header::RETRY_AFTER, RETRY_AFTER);
    }
    response
}

fn bare(status: StatusCode) -> ApiError {
    match status {
        StatusCode::NOT_FOUND => {
            ApiError::new(Code::NotFound, "there is nothing at this address: /v1/openapi.json lists what there is")
        }
        StatusCode::METHOD_NOT_ALLOWED => {
            ApiError::new(Code::MethodNotAllowed, "this address takes another method: see the header Allow")
        }
        StatusCode::PAYLOAD_TOO_LARGE => ApiError::too_large(),
        StatusCode::SERVICE_UNAVAILABLE => ApiError::new(
            Code::Timeout,
            "the request was not done in time: send it again, what is on record already is found again",
        ),
        status if status.is_client_error() => ApiError::new(Code::Malformed, "the request is not understood"),
        status => ApiError::internal(format!("a bare answer with status {status}")),
    }
}
