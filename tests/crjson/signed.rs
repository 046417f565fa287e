//! Files that we signed, in each way that we sign, and their crJSON.

use std::sync::{Arc, OnceLock};

use touchmark_core::event::private::Actor;
use touchmark_core::export::{Making, Options, Order};
use touchmark_core::manifest::{Timestamps, Trust};
use touchmark_core::media::Limits;
use touchmark_core::verify::{Means, verify_and_look};

use crate::judge::Document;
use crate::studio::{ONE_OF_EACH, Studio, made, picture};
use crate::tsa::Authority;

/// What `--crjson` prints for a file.
pub(crate) fn crjson(name: &str, file: &[u8], sidecar: Option<&[u8]>, trust: &Trust, at: jiff::Timestamp) -> Document {
    let limits = &Limits::default();
    let means = Means { trust, log_keys: &[], records: None, log: None, at, limits, pixels: true };
    let (_, detail) = verify_and_look(file, sidecar, &means).unwrap_or_else(|error| panic!("{name}: {error}"));
    let crjson = detail.crjson().expect("crJSON").unwrap_or_else(touchmark_core::manifest::detail::no_crjson);
    Document { name: name.to_owned(), crjson }
}

/// A picture of each type: made by us, opened by us with another studio's manifest below, as a sidecar, from what a generator wrote in it, and,
/// where there is openssl, with a time-stamp.
pub(crate) fn exports() -> &'static [Document] {
    static EXPORTS: OnceLock<Vec<Document>> = OnceLock::new();
    EXPORTS.get_or_init(made_now)
}

fn made_now() -> Vec<Document> {
    let (studio, upstream) = (Studio::new(), Studio::named("Upstream Studio"));
    let mut files: Vec<(String, Vec<u8>, Option<Vec<u8>>)> = Vec::new();
    let mut sign = |what: &str, name: &str, bytes: &[u8], making: Making, options: &Options| {
        let exported = studio.one(bytes, making, None, options).expect(name);
        let file = exported.file.unwrap_or_else(|| bytes.to_vec());
        files.push((format!("{name}, {what}"), file, exported.sidecar));
    };
    let person = Some(Actor::person("emp-1042", "command-line"));
    for name in ONE_OF_EACH {
        sign("made", name, &picture(name), made(), &Options::default());
        sign("opened", name, &upstream.sign(&picture(name)), made(), &Options::default());
        let beside = Options { sidecar: true, ..Options::default() };
        sign("opened, beside", name, &upstream.sign(&picture(name)), made(), &beside);
    }
    for name in ["chelsea-a1111.png", "coffee-comfyui.png"] {
        sign(
            "by a generator",
            name,
            &picture(name),
            Making::File,
            &Options { person: person.clone(), ..Options::default() },
        );
    }
    let authority = Authority::new("Honest").map(Arc::new);
    let anchors = [studio.anchors(), upstream.anchors()].concat();
    let mut trust = Trust::new(&anchors).expect("anchors");
    if let Some(authority) = authority {
        let stamps = Timestamps { authority: authority.clone(), required: true };
        let issuer = studio.home.issuer().and_then(|issuer| Ok(issuer.with_timestamps(stamps)?)).expect("an issuer");
        for name in ONE_OF_EACH {
            let order = Order { bytes: picture(name), making: made(), target: None };
            let answers = studio.export_with(&mut studio.ledger(), &issuer, vec![order], &Options::default());
            let exported = answers.into_iter().next().expect("an answer").expect(name);
            files.push((format!("{name}, stamped"), exported.file.expect("a file"), None));
        }
        trust = trust.with_timestamp_roots(authority.roots());
    }
    let now = jiff::Timestamp::now();
    files.iter().map(|(name, file, sidecar)| crjson(name, file, sidecar.as_deref(), &trust, now)).collect()
}
