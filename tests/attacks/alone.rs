//! What the C2PA library says without our checks, for whoever writes docs/verifier.md: `TOUCHMARK_ALONE=1 cargo test --test attacks -- --nocapture`.
#![expect(
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "it is asked for through the environment, and prints"
)]

use std::io::Cursor;

use c2pa::validation_results::StatusCodes;
use c2pa::{Context, Reader};
use touchmark_core::manifest::Reading;
use touchmark_core::media::MediaType;

/// Prints both answers, if that is wished.
pub(crate) fn tell(file: &[u8], media_type: MediaType, sidecar: Option<&[u8]>, anchors: &str, ours: &Reading) {
    if std::env::var_os("TOUCHMARK_ALONE").is_none() {
        return;
    }
    let name = std::thread::current().name().unwrap_or_default().to_owned();
    println!("{name}: ours {:?} {:?} {:?}", ours.state, ours.codes, ours.informational);
    println!("{name}: alone {}", says(file, media_type, sidecar, anchors));
}

/// The library as anybody would use it: who is trusted to sign is trusted to say when.
fn says(file: &[u8], media_type: MediaType, sidecar: Option<&[u8]>, anchors: &str) -> String {
    let settings = serde_json::json!({
        "trust": {"trust_anchors": anchors},
        "verify": {"verify_after_reading": true, "verify_trust": true, "verify_timestamp_trust": true,
            "remote_manifest_fetch": false, "ocsp_fetch": false},
    });
    let context = Context::new().with_settings(settings.to_string().as_str()).expect("settings").into_shared();
    let reader = Reader::from_shared_context(&context);
    let mut stream = Cursor::new(file);
    let read = match sidecar {
        Some(store) => reader.with_manifest_data_and_stream(store, media_type.mime(), &mut stream),
        None => reader.with_stream(media_type.mime(), &mut stream),
    };
    match read {
        Ok(reader) => {
            let results = reader.validation_results();
            let active = results.and_then(|results| results.active_manifest());
            let codes = |of: fn(&StatusCodes) -> &Vec<c2pa::validation_status::ValidationStatus>| -> Vec<String> {
                active.into_iter().flat_map(of).map(|status| status.code().to_owned()).collect()
            };
            let (failure, other) = (codes(StatusCodes::failure), codes(StatusCodes::informational));
            format!("{:?} {failure:?} {other:?}", reader.validation_state())
        }
        Err(error) => format!("error: {error}"),
    }
}
