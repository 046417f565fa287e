//! A home, the service over it, and requests as a client writes them.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, Once};

use axum::Router;
use axum::body::{Body, Bytes, to_bytes};
use axum::http::{HeaderMap, Method, Request, StatusCode, header};
use rand_core::{OsRng, RngCore};
use serde_json::{Value, json};
use tempfile::TempDir;
use touchmark_core::edge::{Clock, Edge, Moment};
use touchmark_core::home::{CONFIG, Home};
use touchmark_service::App;
use tower::ServiceExt;

/// Clock and randomness of this machine.
pub(crate) const EDGE: Edge<'static> = Edge { now: &now, random: &random };

/// The person in [`gen_event`]; stands in private parts alone.
pub(crate) const SUBJECT: &str = "subject-7d41c0";

/// The prompt in [`gen_event`]; stands nowhere.
pub(crate) const PROMPT: &str = "a harbour at dawn, prompt-51e9ab";

fn now() -> Moment {
    Moment { time: jiff::Timestamp::now(), clock: Clock { synchronised: true, max_error_us: Some(1000) } }
}

fn random(buffer: &mut [u8]) {
    OsRng.fill_bytes(buffer);
}

/// A home with the service over it.
pub(crate) struct World {
    pub(crate) dir: TempDir,
    pub(crate) service: Router,
    token: String,
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl World {
    pub(crate) fn new() -> Self {
        Self::with(|_| {})
    }

    /// A home whose configuration is changed before it is opened.
    pub(crate) fn with(change: impl FnOnce(&mut String)) -> Self {
        capture_logs();
        let dir = tempfile::tempdir().expect("folder");
        let home = dir.path().join("home");
        Home::create(&home, "Test Studio", EDGE).expect("home");
        let config = home.join(CONFIG);
        let mut text = std::fs::read_to_string(&config).expect("configuration");
        change(&mut text);
        std::fs::write(&config, text).expect("configuration");
        let home = Home::open(&home).expect("home");
        let token = home.service_token().expect("token").to_string();
        Self { dir, service: touchmark_service::app(App::open(home, EDGE).expect("service")), token }
    }

    pub(crate) fn home(&self) -> PathBuf {
        self.dir.path().join("home")
    }

    pub(crate) fn ledger(&self) -> PathBuf {
        self.home().join("ledger")
    }

    /// A receipt's proof, checked as a client does who knows the log's key: it leads to the record with this hash.
    pub(crate) fn assert_proved(&self, proof: &str, hash: &Value) {
        let key = std::fs::read_to_string(self.ledger().join("log.vkey")).expect("key");
        let key = key.trim_end().parse().expect("a verifier key");
        let proof = touchmark_core::tlog::proof::Proof::parse(proof.as_bytes()).expect("a tlog-proof");
        let reader = touchmark_core::ledger::Reader::open(&self.ledger()).expect("log");
        let line = reader.line(proof.index()).expect("on record");
        let record = touchmark_core::ledger::line::Line::parse(&line).expect("a line").record;
        assert_eq!(touchmark_core::hash::Hash::of(record).to_string(), *hash);
        proof.verify(&touchmark_core::merkle::leaf_hash(record), &[key]).expect("holds");
    }

    pub(crate) fn token(&self) -> &str {
        &self.token
    }

    /// Sends a request as it is.
    pub(crate) async fn send(&self, request: Request<Body>) -> Answer {
        let response = self.service.clone().oneshot(request).await.expect("a router has no errors of its own");
        let (parts, body) = response.into_parts();
        Answer { status: parts.status, headers: parts.headers, body: to_bytes(body, usize::MAX).await.expect("body") }
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.send(Request::get(path).body(Body::empty()).expect("request")).await
    }

    /// Posts with the token.
    pub(crate) async fn post(&self, path: &str, content_type: &str, body: impl Into<Body>) -> Answer {
        self.send(post(path, content_type, body, Some(&self.token))).await
    }

    /// Posts a form with the token.
    pub(crate) async fn form(&self, path: &str, fields: &[(&str, &[u8])]) -> Answer {
        let (content_type, body) = form(fields);
        self.post(path, &content_type, body).await
    }

    /// Exports a picture that was made as [`gen_event`] says.
    pub(crate) async fn export(&self, image: &[u8]) -> Answer {
        self.form("/v1/export", &[("image", image), ("event", gen_event().to_string().as_bytes())]).await
    }

    pub(crate) async fn verify(&self, image: Vec<u8>) -> Answer {
        self.send(post("/v1/verify", "application/octet-stream", image, None)).await
    }

    /// How many records of a type the log's file has.
    pub(crate) fn count(&self, kind: &str) -> usize {
        let lines = std::fs::read_to_string(self.ledger().join("segments/0000000000.jsonl")).expect("log");
        lines.lines().filter(|line| line.contains(&format!("\"type\":\"{kind}\""))).count()
    }
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|_| panic!("JSON, not {:?}", self.text()))
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().expect("header text"))
    }

    /// Checks that this is a problem with this status, and gives its sentence.
    #[track_caller]
    pub(crate) fn problem(&self, status: u16) -> String {
        assert_eq!(self.status.as_u16(), status, "{}", self.text());
        assert_eq!(self.header("content-type"), "application/problem+json", "{}", self.text());
        let problem = self.json();
        assert_eq!(problem["status"], status);
        assert_eq!(problem["title"], self.status.canonical_reason().expect("title"));
        problem["detail"].as_str().expect("detail").to_owned()
    }

    /// Checks the status and goes on.
    #[track_caller]
    pub(crate) fn is(self, status: u16) -> Self {
        assert_eq!(self.status.as_u16(), status, "{}", self.text());
        self
    }
}

pub(crate) fn post(path: &str, content_type: &str, body: impl Into<Body>, token: Option<&str>) -> Request<Body> {
    let mut request = Request::builder().method(Method::POST).uri(path).header(header::CONTENT_TYPE, content_type);
    if let Some(token) = token {
        request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
    }
    request.body(body.into()).expect("request")
}

/// A `multipart/form-data` body with its content type.
pub(crate) fn form(fields: &[(&str, &[u8])]) -> (String, Vec<u8>) {
    const BOUNDARY: &str = "touchmark-test-boundary";
    let mut body = Vec::new();
    for (name, content) in fields {
        let file = if *name == "image" { "; filename=\"secret-file-name.jpg\"" } else { "" };
        body.extend_from_slice(
            format!("--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{name}\"{file}\r\n\r\n").as_bytes(),
        );
        body.extend_from_slice(content);
        body.extend_from_slice(b"\r\n");
    }
    body.extend_from_slice(format!("--{BOUNDARY}--\r\n").as_bytes());
    (format!("multipart/form-data; boundary={BOUNDARY}"), body)
}

/// A picture from `test-images`.
pub(crate) fn picture(name: &str) -> Vec<u8> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../test-images").join(name);
    std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// How a picture was made.
pub(crate) fn gen_event() -> Value {
    json!({
        "type": "GEN",
        "system": {"name": "studio", "version": "1.4"},
        "model": {"id": "sdxl", "version": "1.0", "version_hash": format!("sha256:{}", "31".repeat(32))},
        "actor": {"subject": SUBJECT, "auth": "oidc"},
        "prompt": PROMPT,
        "parameters": {"seed": "42"},
    })
}

/// A judgement about a record.
pub(crate) fn moderation() -> Value {
    json!({
        "type": "MODERATION",
        "system": {"name": "filter", "version": "2"},
        "subject": "019a2b3c-0000-7000-8000-000000000000",
        "stage": "output",
        "classifier": {"id": "nsfw", "version": "3"},
        "score": 0.02,
        "flagged": false,
        "policy": {"id": "house", "version": "7", "version_hash": format!("sha256:{}", "07".repeat(32))},
    })
}

static LOGS: Mutex<Vec<u8>> = Mutex::new(Vec::new());

struct Logs;

impl std::io::Write for Logs {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        LOGS.lock().expect("logs").extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

fn capture_logs() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        tracing_subscriber::fmt().with_max_level(tracing::Level::TRACE).with_ansi(false).with_writer(|| Logs).init();
    });
}

/// Everything that was logged so far, by all tests, at the finest level.
pub(crate) fn logs() -> String {
    String::from_utf8_lossy(&LOGS.lock().expect("logs")).into_owned()
}

/// A second owner of a home, as another process would be.
pub(crate) fn second(world: &World) -> Result<App, touchmark_service::Error> {
    App::open(Home::open(&world.home()).expect("home"), EDGE)
}
