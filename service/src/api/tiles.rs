//! Tiles and entry bundles: with the checkpoint, all that a monitor needs. `/v1/log` is the prefix that it is given.

use std::io::Write;
use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use flate2::Compression;
use flate2::write::GzEncoder;
use touchmark_core::tlog::tile::{Content, Tile};

use crate::error::{ApiError, Code, Problem};
use crate::state::App;

/// What is in a tile of that name never changes, also of a partial one.
const FOREVER: &str = "public, max-age=31536000, immutable";

/// A hash tile or entry bundle of C2SP tlog-tiles, full or partial
///
/// Entry bundles have the public parts of the records, and nothing private.
#[utoipa::path(
    get,
    path = "/v1/log/tile/{path}",
    tag = "log",
    params(("path" = String, Path, description = "`<L>/<N>[.p/<W>]` or `entries/<N>[.p/<W>]`, such as `0/x001/067` or `entries/000.p/7`")),
    responses(
        (status = 200, description = "The tile's hashes, or the entries with their lengths before them", body = Vec<u8>, content_type = "application/octet-stream"),
        (status = 404, description = "The log does not reach so far, or no tile has such a name", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "The log cannot be read", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn tile(
    State(app): State<Arc<App>>,
    Path(path): Path<String>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let unknown = || {
        ApiError::new(
            Code::NotFound,
            "no tile has such a name: they are called 0/000, 0/x001/067.p/12 or entries/000.p/7",
        )
    };
    let tile: Tile = format!("tile/{path}").parse().map_err(|_| unknown())?;
    let squeeze = tile.content() == Content::Entries && takes_gzip(&headers);
    let bytes = app
        .read(move |_, reader| {
            let bytes = reader.snapshot()?.tile(&tile)?;
            let bytes = bytes.ok_or_else(|| {
                ApiError::new(Code::NotFound, "the log does not reach so far: see the size in /v1/log/checkpoint")
            })?;
            if squeeze { gzip(&bytes) } else { Ok(bytes) }
        })
        .await?;
    let headers = [
        (header::CONTENT_TYPE, "application/octet-stream"),
        (header::CACHE_CONTROL, FOREVER),
        (header::VARY, "accept-encoding"),
    ];
    let mut response = (headers, bytes).into_response();
    if squeeze {
        response.headers_mut().insert(header::CONTENT_ENCODING, header::HeaderValue::from_static("gzip"));
    }
    Ok(response)
}

fn gzip(bytes: &[u8]) -> Result<Vec<u8>, ApiError> {
    let mut squeezed = GzEncoder::new(Vec::new(), Compression::default());
    let written = squeezed.write_all(bytes).and_then(|()| squeezed.finish());
    written.map_err(|error| ApiError::internal(error.to_string()))
}

/// Whether the client says that it takes gzip, with a weight that is not 0.
fn takes_gzip(headers: &HeaderMap) -> bool {
    let named = headers.get_all(header::ACCEPT_ENCODING).iter().filter_map(|value| value.to_str().ok());
    named.flat_map(|value| value.split(',')).any(|coding| {
        let mut parts = coding.split(';').map(str::trim);
        let is_gzip = parts.next().is_some_and(|name| name.eq_ignore_ascii_case("gzip"));
        let weight = parts.find_map(|part| part.strip_prefix("q=")).and_then(|weight| weight.parse::<f32>().ok());
        is_gzip && weight.is_none_or(|weight| weight > 0.0)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gzip_is_used_for_those_who_ask_for_it() {
        let takes = |value: &'static str| {
            takes_gzip(&HeaderMap::from_iter([(header::ACCEPT_ENCODING, header::HeaderValue::from_static(value))]))
        };
        assert!(takes("gzip") && takes("identity, GZIP;q=0.5") && takes("br;q=1.0, gzip;q=0.8"));
        assert!(!takes("identity") && !takes("gzip;q=0") && !takes("gzip;q=0.000") && !takes("xgzip") && !takes(""));
        assert!(!takes_gzip(&HeaderMap::new()));
    }
}
