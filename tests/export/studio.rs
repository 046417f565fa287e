//! A studio with a home of its own, the pictures that it exports, and a judge who trusts whom they want.

use std::path::{Path, PathBuf};

use rand_core::{OsRng, RngCore};
use tempfile::TempDir;
use touchmark_core::edge::{Clock, Edge, Moment};
use touchmark_core::event::{Body, Event, Kind, Record, body};
use touchmark_core::export::{Error, Exported, Exporter, Making, Options, Order};
use touchmark_core::gallery::Gallery;
use touchmark_core::home::Home;
use touchmark_core::ledger::Ledger;
use touchmark_core::ledger::check::{Checks, MacKeys, Signatures, check};
use touchmark_core::ledger::history::{History, Known};
use touchmark_core::manifest::facts::Facts;
use touchmark_core::manifest::{Issuer, Request, Trust};
use touchmark_core::media::{Limits, MediaType, Pieces};
use touchmark_core::verify::records::Records;
use touchmark_core::verify::{Means, Verdict, verify};

/// Clock and randomness of this machine.
pub(crate) const EDGE: Edge<'static> = Edge { now: &now, random: &random };

/// The prompt in [`event`]: it must stand nowhere.
pub(crate) const PROMPT: &str = "a harbour at dawn, prompt-51e9ab";

fn now() -> Moment {
    Moment { time: jiff::Timestamp::now(), clock: Clock { synchronised: true, max_error_us: Some(1000) } }
}

fn random(buffer: &mut [u8]) {
    OsRng.fill_bytes(buffer);
}

/// How a picture was made.
pub(crate) fn event() -> Event {
    event_by("sdxl")
}

/// The same, made by another model.
pub(crate) fn event_by(model: &str) -> Event {
    let hash = "31".repeat(32);
    let text = format!(
        r#"{{"type": "GEN", "actor": {{"subject": "emp-1042", "auth": "oidc"}}, "system": {{"name": "studio", "version": "1.4"}},
        "model": {{"id": "{model}", "version": "1.0", "version_hash": "sha256:{hash}"}},
        "prompt": "{PROMPT}", "parameters": {{"seed": "42"}}}}"#
    );
    Event::parse(text.as_bytes()).expect("an event")
}

pub(crate) fn made() -> Making {
    Making::Event(Box::new(event()))
}

/// A picture from `test-images`.
pub(crate) fn picture(name: &str) -> Vec<u8> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../test-images").join(name);
    std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// To sign a picture as it is, by hand and without the exporter.
pub(crate) fn request<'a>(image: &'a [u8], facts: &'a Facts) -> Request<'a, 'a> {
    let media_type = MediaType::sniff(image).expect("a picture");
    Request { media_type, image: Pieces::of(image), hash: None, original: image, facts, sidecar: false }
}

/// Every picture of `test-images`, by name.
pub(crate) fn pictures() -> Vec<(String, Vec<u8>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../test-images");
    let entries = std::fs::read_dir(folder).expect("test-images");
    let names = entries.map(|entry| entry.expect("entry").file_name().into_string().expect("a name"));
    let mut names: Vec<String> = names.filter(|name| !name.ends_with(".md")).collect();
    names.sort();
    names.into_iter().map(|name| (name.clone(), picture(&name))).collect()
}

/// A picture of each type that is signed.
pub(crate) const ONE_OF_EACH: [&str; 7] =
    ["astronaut.jpg", "horse-alpha.png", "rocket.webp", "clock.gif", "retina.tif", "chelsea.avif", "touchmark.svg"];

/// An operator.
pub(crate) struct Studio {
    folder: TempDir,
    pub(crate) home: Home,
}

impl Studio {
    pub(crate) fn new() -> Self {
        Self::named("Test Studio")
    }

    pub(crate) fn named(organisation: &str) -> Self {
        let folder = tempfile::tempdir().expect("folder");
        std::fs::create_dir(folder.path().join("out")).expect("folder");
        let home = Home::create(&folder.path().join("home"), organisation, EDGE).expect("home");
        Self { folder, home }
    }

    /// A name in the folder where signed files go.
    pub(crate) fn out(&self, name: &str) -> PathBuf {
        self.folder.path().join("out").join(name)
    }

    /// The names in that folder, hidden ones too.
    pub(crate) fn released(&self) -> Vec<String> {
        names(&self.out(""))
    }

    pub(crate) fn ledger(&self) -> Ledger {
        self.home.ledger(EDGE).expect("the log").0
    }

    /// The key that signs the log now.
    pub(crate) fn log_signer(&self) -> touchmark_core::keys::file::Ed25519Key {
        touchmark_core::keys::file::Ed25519Key::load(self.home.dir().join("keys/log.pem")).expect("loaded")
    }

    /// One run of the job with everything as the home has it.
    pub(crate) fn export(&self, orders: Vec<Order>, options: &Options) -> Vec<Result<Exported, Error>> {
        self.export_with(&mut self.ledger(), &self.home.issuer().expect("issuer"), orders, options)
    }

    pub(crate) fn export_with(
        &self,
        ledger: &mut Ledger,
        issuer: &Issuer,
        orders: Vec<Order>,
        options: &Options,
    ) -> Vec<Result<Exported, Error>> {
        let reader = self.home.reader().expect("reader");
        let (limits, shelf) = (self.home.limits(), self.home.shelf());
        let organisation = &self.home.config().organisation;
        let mut exporter =
            Exporter { ledger, reader: &reader, issuer, shelf: &shelf, organisation, limits: &limits, edge: EDGE };
        exporter.export(orders, options)
    }

    /// Exports one picture.
    pub(crate) fn one(
        &self,
        picture: &[u8],
        making: Making,
        target: Option<&Path>,
        options: &Options,
    ) -> Result<Exported, Error> {
        let order = Order { bytes: picture.to_vec(), making, target: target.map(Path::to_owned) };
        self.export(vec![order], options).pop().expect("an answer")
    }

    /// The signed bytes of a picture that was made as [`event`] says.
    pub(crate) fn sign(&self, picture: &[u8]) -> Vec<u8> {
        let exported = self.one(picture, made(), None, &Options::default()).expect("exported");
        exported.file.expect("the file, where no target is given")
    }

    /// A judge with this home's anchors, log key and log.
    pub(crate) fn judge(&self) -> Judge {
        let reader = self.home.reader().expect("reader");
        Judge {
            keys: vec![reader.history().clone()],
            reader: Some(reader),
            gallery: Some(self.home.shelf().gallery().clone()),
            ..Judge::trusting(&self.anchors())
        }
    }

    pub(crate) fn anchors(&self) -> String {
        self.home.anchors().expect("anchors")
    }

    /// The records of a type, the oldest first.
    pub(crate) fn records(&self, kind: Kind) -> Vec<Record> {
        let mut found = Vec::new();
        let reader = self.home.reader().expect("reader");
        let read = reader.records(0, &mut |record, _| {
            if record.kind() == kind {
                found.push(record.clone());
            }
            std::ops::ControlFlow::Continue(())
        });
        read.expect("the log");
        found
    }

    pub(crate) fn exports(&self) -> Vec<body::Export> {
        let export = |record: Record| match record.body {
            Body::Export(export) => export,
            other => panic!("a {} among the EXPORT records", other.kind()),
        };
        self.records(Kind::Export).into_iter().map(export).collect()
    }

    /// What is wrong with the log, read from end to end with its MAC keys.
    pub(crate) fn findings(&self) -> Vec<String> {
        let reader = self.home.reader().expect("reader");
        let mac_root = self.home.mac_root().expect("the root of the MAC keys");
        let origin = &self.home.config().log.origin;
        let known = [Known::History(reader.history())];
        let checks = Checks {
            origin,
            known: &known,
            macs: mac_root.as_ref().map(MacKeys::Root),
            signatures: Signatures::All,
            from: 0,
        };
        let report = check(reader.store(), &checks).expect("the log");
        report.findings.iter().map(ToString::to_string).collect()
    }

    /// Every file below the home, as bytes.
    pub(crate) fn kept(&self) -> Vec<(PathBuf, Vec<u8>)> {
        let mut found = Vec::new();
        let mut folders = vec![self.home.dir().to_owned()];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).expect("folder") {
                let path = entry.expect("entry").path();
                if path.is_dir() {
                    folders.push(path);
                } else {
                    found.push((path.clone(), std::fs::read(&path).expect("file")));
                }
            }
        }
        found
    }
}

/// Whoever checks a file.
pub(crate) struct Judge {
    pub(crate) trust: Trust,
    pub(crate) keys: Vec<History>,
    pub(crate) reader: Option<touchmark_core::ledger::Reader>,
    pub(crate) gallery: Option<Gallery>,
    pub(crate) at: Option<jiff::Timestamp>,
    pub(crate) pixels: bool,
}

impl Judge {
    /// A stranger who has these anchors and nothing else.
    pub(crate) fn trusting(anchors: &str) -> Self {
        Self {
            trust: Trust::new(anchors).expect("anchors"),
            keys: Vec::new(),
            reader: None,
            gallery: None,
            at: None,
            pixels: true,
        }
    }

    pub(crate) fn judge(&self, file: &[u8]) -> Verdict {
        self.look(file, None).unwrap_or_else(|error| panic!("could not look: {error}"))
    }

    pub(crate) fn look(&self, file: &[u8], sidecar: Option<&[u8]>) -> Result<Verdict, touchmark_core::verify::Error> {
        let gallery = self.gallery.as_ref();
        let records = self.reader.as_ref().map(|reader| Records { reader, gallery });
        let limits = Limits::default();
        let (trust, log_keys) = (&self.trust, self.keys.as_slice());
        let records = records.as_ref();
        let at = self.at.unwrap_or_else(jiff::Timestamp::now);
        let means = Means { trust, log_keys, records, log: None, at, limits: &limits, pixels: self.pixels };
        verify(file, sidecar, &means)
    }
}

/// The names in a folder, hidden ones too.
pub(crate) fn names(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).expect("folder");
    let mut names: Vec<String> =
        entries.map(|entry| entry.expect("entry").file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

pub(crate) fn contains(haystack: &[u8], needle: &str) -> bool {
    haystack.windows(needle.len()).any(|window| window == needle.as_bytes())
}
