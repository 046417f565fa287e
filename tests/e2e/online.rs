//! A manifest that is elsewhere, on a server of this machine: fetched only where that was typed, and believed only if it fits the file.

use serde_json::Value;
use touchmark_core::media::{self, MediaType};

use crate::place::Place;
use crate::program::{EVENT, Scratch, test_images};

/// A picture that says in its XMP where its manifest is.
fn pointing_to(url: &str, name: &str) -> Vec<u8> {
    let picture = std::fs::read(test_images().join(name)).expect("a picture");
    let packet = format!(
        r#"<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about="" xmlns:dcterms="http://purl.org/dc/terms/" dcterms:provenance="{url}"/></rdf:RDF></x:xmpmeta>"#
    );
    media::write_xmp(&picture, MediaType::Jpeg, &packet).expect("written")
}

/// Signs a picture with its manifest beside it, and takes that away.
fn signed_beside(scratch: &Scratch, name: &str, picture: &[u8]) -> Vec<u8> {
    std::fs::write(scratch.path(name), picture).expect("written");
    std::fs::write(scratch.path("event.json"), EVENT).expect("written");
    let run = scratch.run(&["export", name, "--event", "event.json", "--out", "signed", "--sidecar"]);
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
    let sidecar = scratch.path("signed").join(name).with_extension("c2pa");
    let store = std::fs::read(&sidecar).expect("a manifest");
    std::fs::remove_file(&sidecar).expect("removed");
    store
}

#[test]
fn a_manifest_that_is_elsewhere_is_fetched_only_when_asked_to_and_must_fit() {
    let (scratch, server) = (Scratch::new(), Place::new(Vec::new()));
    let store = signed_beside(&scratch, "away.jpg", &pointing_to(&server.url, "astronaut.jpg"));
    let other = signed_beside(&scratch, "other.jpg", &pointing_to(&server.url, "hubble.jpg"));
    let answer = |more: &[&str]| {
        let line = scratch.lines(&[&["verify", "signed/away.jpg"], more].concat()).pop().expect("an answer");
        let codes = line["c2pa"]["codes"].as_array().cloned().unwrap_or_default();
        let codes: Vec<String> = codes.iter().filter_map(Value::as_str).map(str::to_owned).collect();
        (line["c2pa"]["state"].as_str().unwrap_or_default().to_owned(), codes.join(", "), line["findings"].to_string())
    };
    let online = ["--online", "--online-allow", "127.0.0.1"];
    server.serves(&store);

    let (state, codes, _) = answer(&[]);
    assert_eq!((state.as_str(), codes.as_str()), ("none", "manifest.inaccessible"));
    let (state, codes, findings) = answer(&["--online"]);
    assert_eq!((state.as_str(), codes.as_str()), ("none", "manifest.inaccessible"));
    assert!(findings.contains("127.0.0.1 is an address inside of a network"), "{findings}");
    assert_eq!(server.asked(), 0, "nobody connected");

    let (state, codes, findings) = answer(&online);
    assert_eq!((state.as_str(), codes.as_str()), ("trusted", ""), "{findings}");
    assert!(findings.contains(&format!("they were fetched from {}", server.url)), "{findings}");
    assert_eq!(server.asked(), 1);

    server.serves(&other);
    let (state, codes, _) = answer(&online);
    assert_eq!((state.as_str(), codes.as_str()), ("invalid", "assertion.dataHash.mismatch"));
    for body in [b"<html>not here</html>".as_slice(), b"", &store[..store.len() / 2]] {
        server.serves(body);
        let (state, codes, findings) = answer(&online);
        assert_eq!((state.as_str(), codes.as_str()), ("none", "manifest.inaccessible"), "{findings}");
        assert!(findings.contains("what is there is no manifest store"), "{findings}");
    }
}

#[test]
fn where_a_manifest_is_embedded_nobody_is_asked() {
    let (scratch, server) = (Scratch::new(), Place::new(Vec::new()));
    std::fs::write(scratch.path("here.jpg"), pointing_to(&server.url, "astronaut.jpg")).expect("written");
    std::fs::write(scratch.path("event.json"), EVENT).expect("written");
    let run = scratch.run(&["export", "here.jpg", "--event", "event.json", "--out", "signed"]);
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
    let verified = scratch.run(&["verify", "signed/here.jpg", "--online", "--online-allow", "127.0.0.1"]);
    assert!(verified.status.success(), "{}", String::from_utf8_lossy(&verified.stdout));
    assert_eq!(server.asked(), 0);
}
