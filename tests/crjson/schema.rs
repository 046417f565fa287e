//! Every document fits the schema, whatever it is of.

use touchmark_core::manifest::Trust;
use touchmark_core::media::{self, Limits, MediaType};

use crate::bound::{picture, settled};
use crate::forge::{Forge, Manifest, actions, created, map, note, store, text};
use crate::index;
use crate::judge::{Document, Judge};
use crate::signed::{crjson, exports};

fn all_fit(documents: &[Document]) {
    let Some(judge) = Judge::new() else { return };
    let wrong = judge.against_schema(documents);
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn crjson_of_our_exports_fits_the_schema() {
    if Judge::new().is_some() {
        all_fit(exports());
    }
}

#[test]
fn so_does_that_of_updates_and_of_files_that_are_not_what_they_say() {
    let forge = Forge::new();
    let trust = Trust::new(&forge.anchors).expect("anchors");
    let now = jiff::Timestamp::now();
    let mut documents = Vec::new();
    for media_type in [MediaType::Jpeg, MediaType::Png] {
        let first = settled(&forge, media_type, &Manifest::new(vec![created()]), |first| vec![first.whole()]);
        let published = actions(vec![map([("action", text("c2pa.published"))])]);
        let update = forge.seal(&Manifest::update(&first, vec![published, note("more")]));
        let of = |manifests: &[Vec<u8>]| {
            touchmark_core::manifest::embed::restore(&picture(media_type), media_type, &store(manifests))
                .expect("embedded")
        };
        let updated = of(&[first.whole(), update.whole()]);
        let name = media_type.name();
        documents.push(crjson(&format!("{name}, updated"), &updated, None, &trust, now));
        let mut changed = updated.clone();
        let at = media::pixel_byte_offset(&changed, media_type).expect("pixels");
        changed[at] ^= 1;
        documents.push(crjson(&format!("{name}, changed"), &changed, None, &trust, now));
        let nobody = Trust::new("").expect("nobody");
        documents.push(crjson(&format!("{name}, by a stranger"), &updated, None, &nobody, now));
        documents.push(crjson(&format!("{name}, none"), &picture(media_type), None, &trust, now));
        let twice = of(&[first.whole(), first.whole()]);
        documents.push(crjson(&format!("{name}, not to be taken apart"), &twice, None, &trust, now));
        let empty = of(&[b"\0\0\0\x0ajumb\0\0".to_vec()]);
        documents.push(crjson(&format!("{name}, no manifest at all"), &empty, None, &trust, now));
    }
    all_fit(&documents);
}

/// What the standard's text asks for and its schema does not.
#[test]
fn algorithms_are_named_as_the_standard_names_them_and_lists_stand_there_when_they_are_empty() {
    for document in exports() {
        let manifest = &document.crjson["manifests"][0];
        assert_eq!(manifest["signature"]["algorithm"], "ES256", "{}", document.name);
        for list in ["gathered_assertions", "redacted_assertions"] {
            assert!(manifest["claim.v2"][list].is_array(), "{}: {list}", document.name);
        }
    }
}

#[test]
fn so_does_that_of_every_published_file_that_can_be_looked_at() {
    let Some(rows) = index::rows() else { return };
    let trust = Trust::new(&index::anchors()).expect("anchors");
    let now = "2026-11-24T00:00:00Z".parse().expect("a time");
    let is_picture = |file: &[u8]| media::recognise(file, &Limits::default()).is_ok();
    let files = rows.iter().map(|row| (row, row.bytes())).filter(|(_, file)| is_picture(file));
    let documents: Vec<Document> = files.map(|(row, file)| crjson(&row.path, &file, None, &trust, now)).collect();
    let with_manifest = documents.iter().filter(|document| document.crjson["manifests"][0].is_object());
    let with_manifest = with_manifest.count();
    assert!(with_manifest >= 70, "only {with_manifest} of {} files have a manifest", documents.len());
    all_fit(&documents);
}
