//! Every route, and what lies around them all.

use std::sync::Arc;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::StatusCode;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::routing::{MethodRouter, get, post};
use touchmark_core::tlog::consistency::MAX_CONSISTENCY;
use tower_http::limit::RequestBodyLimitLayer;
use tower_http::timeout::TimeoutLayer;

use crate::state::App;
use crate::{REQUEST_TIME, api, outer};

/// Beside the image, a form carries an event (1 MiB at most), a manifest and the frame around them.
const BESIDE_IMAGE: u64 = 4 << 20;

/// The most bytes of events in one request: 16 MiB.
pub(crate) const EVENTS: usize = 16 << 20;

fn routes(image_bytes: u64) -> [(&'static str, MethodRouter<Arc<App>>); 12] {
    let image =
        || RequestBodyLimitLayer::new(usize::try_from(image_bytes.saturating_add(BESIDE_IMAGE)).unwrap_or(usize::MAX));
    [
        ("/v1/export", post(api::export::export).layer(image())),
        ("/v1/verify", post(api::verify::verify).layer(image())),
        ("/v1/find", post(api::find::find).layer(image())),
        ("/v1/events", post(api::events::append).layer(RequestBodyLimitLayer::new(EVENTS))),
        ("/v1/records/{id}", get(api::records::record)),
        ("/v1/log/checkpoint", get(api::log::checkpoint)),
        ("/v1/log/proof/{id}", get(api::log::proof)),
        ("/v1/log/tile/{*path}", get(api::tiles::tile)),
        (
            "/v1/witness/add-checkpoint",
            post(api::witness::add_checkpoint).layer(RequestBodyLimitLayer::new(MAX_CONSISTENCY)),
        ),
        ("/v1/log/anchor", post(api::log::anchor)),
        ("/v1/openapi.json", get(api::health::openapi)),
        ("/healthz", get(api::health::health)),
    ]
}

pub(crate) fn router(app: Arc<App>) -> Router {
    let routes = routes(app.limits.max_bytes).into_iter();
    routes
        .fold(Router::new(), |router, (path, methods)| router.route(path, methods))
        .layer(DefaultBodyLimit::disable())
        .layer(TimeoutLayer::with_status_code(StatusCode::SERVICE_UNAVAILABLE, REQUEST_TIME))
        .layer(from_fn(outer::errors_as_problems))
        .layer(from_fn_with_state(Arc::clone(&app), outer::observe))
        .with_state(app)
}

/// The paths of all routes, as the `OpenAPI` document must have them.
pub fn paths() -> Vec<String> {
    routes(0).into_iter().map(|(path, _)| path.replace("{*", "{")).collect()
}
