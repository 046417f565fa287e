//! The C2PA library's reader alone, in one thread: signature, certificates, hard binding, whom it trusts.

use std::hint::black_box;
use std::io::Cursor;
use std::path::{Path, PathBuf};
use std::time::Duration;

use c2pa::{Context, Reader, ValidationState};

use crate::time;

pub(crate) fn measure(files: &[PathBuf], anchors: &Path) {
    let anchors = std::fs::read_to_string(anchors).expect("anchors");
    let settings = serde_json::json!({
        "trust": {"trust_anchors": anchors},
        "verify": {"verify_after_reading": true, "verify_trust": true, "verify_timestamp_trust": true,
            "remote_manifest_fetch": false, "ocsp_fetch": false},
    });
    let library = Context::new().with_settings(settings.to_string().as_str()).expect("settings").into_shared();
    let mut sum = Duration::ZERO;
    for path in files {
        let format = image::ImageFormat::from_path(path).expect("a known name").to_mime_type();
        let state = time(&mut sum, || {
            let file = std::fs::read(path).expect("a file");
            let reader = Reader::from_shared_context(&library).with_stream(format, Cursor::new(file));
            black_box(reader.expect("read").validation_state())
        });
        assert_eq!(state, ValidationState::Trusted, "{}", path.display());
    }
    println!(r#"{{"files": {}, "reader": {}}}"#, files.len(), sum.as_secs_f64() / files.len() as f64);
}
