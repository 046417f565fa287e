//! XMP beside a manifest: it says nothing in its name (C2PA 2.4, 9.2.6, 15.5.3).

use touchmark_core::manifest::State;
use touchmark_core::media::{self, MediaType};

use crate::bound::{bound, picture};
use crate::forge::{Forge, Manifest, created, store};

fn packet(inner: &str) -> String {
    format!(
        r#"<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about="" xmlns:dcterms="http://purl.org/dc/terms/" xmlns:dc="http://purl.org/dc/elements/1.1/" {inner}</rdf:RDF></x:xmpmeta>"#
    )
}

const ELSEWHERE: &str = r#"dcterms:provenance="http://169.254.169.254/latest/meta-data"/>"#;

#[test]
fn an_address_in_xmp_does_not_replace_the_manifest_that_is_there() {
    let forge = Forge::new();
    for media_type in [MediaType::Jpeg, MediaType::Png] {
        let image = media::write_xmp(&picture(media_type), media_type, &packet(ELSEWHERE)).expect("written");
        let reading = forge.judge(&image);
        assert_eq!(
            (reading.state, reading.elsewhere.is_some()),
            (State::None, true),
            "{media_type}: without a manifest"
        );
        let manifest = Manifest::new(vec![created()]);
        let file = bound(&image, media_type, |binding| {
            let mut manifest = manifest.clone();
            manifest.created.push(binding);
            store(&[forge.seal(&manifest).whole()])
        });
        let reading = forge.judge(&file);
        assert_eq!((reading.state, reading.elsewhere), (State::Trusted, None), "{media_type}: {:?}", reading.codes);
    }
}

#[test]
fn a_second_packet_and_a_definition_of_entities_cost_nothing() {
    let forge = Forge::new();
    let mut laughs = String::from("<!DOCTYPE lolz [<!ENTITY l0 \"lol\">");
    for level in 1..12 {
        laughs.push_str(&format!("<!ENTITY l{level} \"{}\">", format!("&l{};", level - 1).repeat(10)));
    }
    laughs.push_str("]>");
    let inner = r#"dcterms:provenance="&l11;"><dc:title>&l11;</dc:title></rdf:Description>"#;
    for (name, packet) in [
        ("a definition of entities", format!("{laughs}{}", packet(inner))),
        ("two packets", format!("{}{}", packet("/>"), packet(ELSEWHERE))),
        ("an address that is a file", packet(r#"dcterms:provenance="file:///etc/passwd"/>"#)),
    ] {
        let image = media::write_xmp(&picture(MediaType::Png), MediaType::Png, &packet).expect("written");
        let reading = forge.judge(&image);
        assert_eq!(reading.state, State::None, "{name}");
        let named = reading.elsewhere.unwrap_or_default();
        assert!(named.is_empty() || named.starts_with("http://"), "{name}: {named}");
    }
}
