//! Real samples: a dry run's log, manifests and pictures, a token of an authority made of openssl, and what the documentation shows.

use std::fs;
use std::ops::ControlFlow;
use std::path::Path;

use ed25519_dalek::SigningKey;
use image::ImageFormat;
use rand_core::{OsRng, RngCore};
use touchmark_core::dry_run::{Plan, run};
use touchmark_core::edge::{Clock, Edge, Moment};
use touchmark_core::event::Opened;
use touchmark_core::fingerprint;
use touchmark_core::hash::Hash;
use touchmark_core::home::{CONFIG, Home};
use touchmark_core::keys::timestamp::{Request, Token};
use touchmark_core::ledger::Reader;
use touchmark_core::ledger::line::Line;
use touchmark_core::link;
use touchmark_core::manifest::{self, jumbf};
use touchmark_core::media::{self, MediaType};
use touchmark_core::opening::{Field, Opening};
use touchmark_core::privacy::Disclosure;
use touchmark_core::tlog::note::{SignatureType, VerifierKey};
use touchmark_core::tlog::{bundle, cosignature};
use touchmark_core::witness::request;
use touchmark_fuzz::named;

use crate::folder;
use crate::tsa::Authority;

fn now() -> Moment {
    Moment { time: jiff::Timestamp::now(), clock: Clock { synchronised: true, max_error_us: Some(1000) } }
}

fn random(bytes: &mut [u8]) {
    OsRng.fill_bytes(bytes);
}

fn keep(target: &str, name: &str, bytes: &[u8]) {
    assert!(named(target).is_some(), "there is no target {target}");
    let folder = folder().join(target);
    fs::create_dir_all(&folder).expect("folder");
    fs::write(folder.join(name), bytes).expect("written");
}

/// Makes all seeds.
pub(crate) fn all() {
    let edge = Edge { now: &now, random: &random };
    let dir = tempfile::tempdir().expect("folder");
    let operator = Home::create(&dir.path().join("operator"), "Seeds", edge).expect("home");
    let scratch = dir.path().join("scratch");
    fs::create_dir(&scratch).expect("folder");
    let report = run(&Plan { dir: &scratch, requests: 20, config: operator.config(), edge }).expect("a dry run");
    assert!(report.holds());
    let home = Home::open(&scratch.join("home")).expect("home");
    let reader = home.reader().expect("log");
    let (opener, _) = home.opener();
    let mut seen = std::collections::BTreeSet::new();
    let mut entries = vec![3];
    let read = reader.records(0, &mut |record, line| {
        if record.seq < 4 {
            bundle::append(&mut entries, line.record).expect("an entry");
        }
        let kind = record.kind();
        if seen.insert(kind) {
            keep("line", kind.name(), &reader.line(record.seq).expect("line"));
            keep("record", kind.name(), line.record);
            keep("private", &format!("{}-sealed", kind.name()), line.private);
            let Ok(Opened::Fields(private)) = opener.open(record, line.private) else {
                panic!("a private part is closed")
            };
            keep("private", kind.name(), &private.to_bytes().expect("json"));
            if let Some((name, _)) = record.body.commitments().and_then(|all| all.first_key_value()) {
                let proof = reader.prove(record.seq).expect("proof").with_extra(line.record.to_vec()).expect("fits");
                let key = private.seed.commitment_key(&home.config().log.origin, &record.id.to_string(), name);
                let field = Field::Commitment { name: name.clone(), value: "a lighthouse".to_owned(), key };
                let opening = Opening::new(field, proof).expect("an opening");
                keep("opening", &format!("{}-{name}", kind.name()), opening.to_string().as_bytes());
            }
            if let Ok(Some(opened)) = Disclosure::of(&private.seed, &private.fields, "actor") {
                keep("disclosure", kind.name(), &serde_json::to_vec(&opened).expect("json"));
                let proof = reader.prove(record.seq).expect("proof").with_extra(line.record.to_vec()).expect("fits");
                let opening = Opening::new(Field::Private(opened), proof).expect("an opening");
                keep("opening", kind.name(), opening.to_string().as_bytes());
            }
        }
        ControlFlow::Continue(())
    });
    read.expect("the log");
    keep("bundle", "four", &entries);
    let checkpoint = reader.checkpoint().expect("checkpoint");
    keep("note", "checkpoint", checkpoint.as_bytes());
    keep("checkpoint", "signed", checkpoint.as_bytes());
    keep(
        "checkpoint",
        "body",
        checkpoint.split("\n\n").next().map(|text| format!("{text}\n")).expect("text").as_bytes(),
    );
    keep("proof", "record-7", reader.prove(7).expect("proof").to_string().as_bytes());
    keep("consistency", "from-5", request(&home.dir().join("ledger"), 5).expect("a proof").to_string().as_bytes());
    keep("cosignature", "one", &cosignature::encode(1_767_225_600, &[7; 64]));
    let lines = checkpoint.split_once("\n\n").expect("text and signatures").1;
    keep("cosignature", "lines", lines.as_bytes());
    keep("absence", "two-runs", absence(&reader).as_bytes());
    keep("keys", "one", reader.history().to_string().as_bytes());
    let next = SigningKey::from_bytes(&[3; 32]).verifying_key();
    let next = VerifierKey::new(reader.key().name(), SignatureType::Ed25519, next).expect("a key");
    keep("keys", "two", format!("{}\n{next} 9\n", reader.key()).as_bytes());
    keep("key", "log", reader.key().to_string().as_bytes());
    keep("key", "two", format!("{}\n{next}\n", reader.key()).as_bytes());
    keep("tile", "four", &std::iter::once(3).chain(0_u8..128).collect::<Vec<u8>>());
    for (name, path) in
        [("hashes", "tile/0/x001/234"), ("entries", "tile/entries/000.p/4"), ("top", "tile/7/000.p/255")]
    {
        keep("tile-path", name, path.as_bytes());
    }
    for name in ["mac-root", "mac-epoch", "log.pem", "claim.pem"] {
        keep("key-file", name, &fs::read(home.dir().join("keys").join(name)).expect("key"));
    }
    for name in ["root.pem", "signer.pem"] {
        keep("certificate", name, &fs::read(home.dir().join("certs").join(name)).expect("certificate"));
    }
    for (name, text) in [("asset", "sha256:"), ("commitment", "hmac-sha256:")] {
        keep("name", name, format!("{text}{}", "5a".repeat(32)).as_bytes());
    }
    keep("config", "of-init", &fs::read(home.dir().join(CONFIG)).expect("configuration"));
    pictures(&scratch.join("signed"));
    shelf(&scratch.join("home"));
    token();
    documentation();
}

/// A proof of absence with everything that the format has. It proves nothing: sealed runs are longer than a dry run.
fn absence(reader: &Reader) -> String {
    let (name, proof) = ("sha256:".to_owned() + &"5a".repeat(32), reader.prove(7).expect("proof").to_string());
    let hashes: Vec<&str> = proof.lines().filter(|line| line.ends_with('=') && line.len() == 44).take(2).collect();
    let line = reader.line(0).expect("line");
    let record = String::from_utf8(Line::parse(&line).expect("line").record.to_vec()).expect("text");
    let hashes = hashes.join("\n");
    let run = format!("anchor 16\n{record}\n{hashes}\nleft 3 {name}\n{hashes}\nright 4 {name}\n{hashes}\n\n");
    format!("touchmark/absence@v1\nname {name}\n\n{run}{run}{}", reader.checkpoint().expect("checkpoint"))
}

/// A signed picture of each format, and what its manifest store holds.
fn pictures(signed: &Path) {
    let mut stores = Vec::new();
    for name in ["000000.png", "000001.jpg", "000002.webp"] {
        let picture = fs::read(signed.join(name)).expect("picture");
        let media_type = MediaType::sniff(&picture).expect("a type");
        let store = manifest::embed::extract(&picture, media_type).expect("read").expect("a store");
        keep_picture("signed", media_type, &picture);
        stores.push(store);
    }
    let store = &stores[0];
    keep("jumbf", "store", store);
    let picture = image::open(signed.join("000000.png")).expect("a picture");
    for fingerprint in fingerprint::compute(&picture) {
        keep("fingerprint", fingerprint.algorithm().name(), &serde_json::to_vec(&fingerprint).expect("json"));
    }
    for (name, label) in [("ledger-link", link::LEDGER_LINK), ("generation", link::GENERATION)] {
        keep("link", name, jumbf::active_assertion(store, label).expect("read").expect("an assertion"));
    }
    let signed = fs::read(signed.join("000000.png")).expect("picture");
    let packet = media::read_xmp(&signed, MediaType::Png).expect("read").expect("a packet");
    keep("xmp", "signed", packet.as_bytes());
    let dots = image::RgbImage::from_fn(24, 16, |x, y| image::Rgb([x, y, x ^ y].map(|n| n.to_le_bytes()[0] << 3)));
    let written = |format| {
        let mut bytes = std::io::Cursor::new(Vec::new());
        dots.write_to(&mut bytes, format).expect("a picture");
        bytes.into_inner()
    };
    let mine = |name: &str| fs::read(folder().join("../../test-images").join(name)).expect("picture");
    let others = [written(ImageFormat::Tiff), written(ImageFormat::Gif), mine("chelsea.avif"), mine("touchmark.svg")];
    for picture in others {
        let media_type = MediaType::sniff(&picture).expect("a type");
        // Its binding is that of another picture; the place and the frame are the right ones.
        let with = manifest::embed::restore(&picture, media_type, store).expect("put in");
        keep_picture("with-manifest", media_type, &with);
        keep_picture("plain", media_type, &picture);
    }
    for name in ["coffee-turned.jpg", "horse-alpha.png", "rocket.webp"] {
        let picture = mine(name);
        keep_picture("plain", MediaType::sniff(&picture).expect("a type"), &picture);
    }
}

fn keep_picture(what: &str, media_type: MediaType, bytes: &[u8]) {
    keep("picture", &format!("{what}.{}", media_type.extension()), bytes);
}

/// The shelf of a home, as its target takes it: the length of the index, the index, the pack.
fn shelf(home: &Path) {
    let [index, pack] = ["manifests.index", "manifests.pack"].map(|name| fs::read(home.join(name)).expect("shelf"));
    // Two entries of 40 bytes, and the first manifest store with the head of the second.
    let end = usize::from_le_bytes(index[72..80].try_into().expect("8 bytes"));
    keep("shelf", "one-and-a-half", &[&[80, 0], &index[..80], &pack[..end]].concat());
}

/// A time-stamp token. Without openssl, the one that is there stays.
fn token() {
    let Some(authority) = Authority::new("Seeds") else { return };
    let request = Request::new(Hash::of(b"seed"), [7; 8]).to_der().expect("a request");
    let answer = authority.answer(&request);
    keep("token", "answer", &answer);
    keep("token", "token", Token::from_answer(&answer).expect("a token").as_der());
    keep("certificate", "tsa-root.pem", authority.root().as_bytes());
}

/// The events and the register that the documentation shows.
fn documentation() {
    let blocks = |page: &str, mark: &str| -> Vec<String> {
        let rest = page.split(mark).skip(1);
        rest.filter_map(|rest| rest.split("```").next().map(str::to_owned)).collect()
    };
    let events = blocks(include_str!("../../../docs/record.md"), "```json event\n");
    for (number, event) in events.iter().enumerate() {
        keep("event", &format!("{number:02}"), event.as_bytes());
    }
    for register in blocks(include_str!("../../../docs/configuration.md"), "```toml register\n") {
        keep("register", "documented", register.as_bytes());
    }
}
