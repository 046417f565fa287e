//! The judges: `ajv` for the schema, `@adobe/json-formula` for the rubrics, both from the npm registry, through `judge.mjs`.
//!
//! `TOUCHMARK_NODE_MODULES` names the folder that has them; `.ci/run` makes one. Where it is not set, or there is no `node`, the tests say "skipped".

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::{Value, json};

/// A document and what it is of.
pub(crate) struct Document {
    pub(crate) name: String,
    pub(crate) crjson: Value,
}

/// What the judges need, all there.
pub(crate) struct Judge {
    modules: PathBuf,
    spec: PathBuf,
}

impl Judge {
    /// `None`, said aloud, where something is missing.
    #[expect(clippy::print_stderr, reason = "a test that is skipped says so")]
    pub(crate) fn new() -> Option<Self> {
        let Some(modules) = std::env::var_os("TOUCHMARK_NODE_MODULES").map(PathBuf::from) else {
            eprintln!("skipped: TOUCHMARK_NODE_MODULES names no folder with ajv and @adobe/json-formula");
            return None;
        };
        let spec = std::env::var_os("TOUCHMARK_SPEC").map(PathBuf::from);
        let spec = spec.unwrap_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/spec/c2pa-2.4"));
        if !spec.join("schemas/crJSON").is_dir() || !spec.join("rubrics").is_dir() {
            eprintln!("skipped: {} has no schemas and rubrics (TOUCHMARK_SPEC names another folder)", spec.display());
            return None;
        }
        Some(Self { modules, spec })
    }

    /// What is wrong with documents by the schema, in sentences; nothing, if they fit.
    pub(crate) fn against_schema(&self, documents: &[Document]) -> Vec<String> {
        let schema = self.spec.join("schemas/crJSON/partials/crJSON.schema.json");
        self.ask("schema", &schema, documents)
            .iter()
            .map(|line| line.as_str().expect("a sentence").to_owned())
            .collect()
    }

    /// The answer of each check of a rubric for each document.
    pub(crate) fn by_rubric(&self, rubric: &str, documents: &[Document]) -> Vec<Check> {
        let rubric = self.spec.join("rubrics").join(rubric);
        let text = |line: &Value, key: &str| line[key].as_str().expect("text").to_owned();
        let answers = self.ask("rubric", &rubric, documents);
        let check = |line: &Value| Check {
            document: text(line, "document"),
            id: text(line, "id"),
            holds: line["holds"].as_bool().expect("an answer"),
            report: text(line, "report"),
        };
        answers.iter().map(check).collect()
    }

    fn ask(&self, what: &str, by: &Path, documents: &[Document]) -> Vec<Value> {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/crjson/judge.mjs");
        let mut node = Command::new("node");
        node.arg(script).arg(&self.modules).arg(what).arg(by).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut node = node.spawn().expect("node runs where TOUCHMARK_NODE_MODULES is set");
        let lines = documents.iter().map(|document| json!({"name": document.name, "crjson": document.crjson}));
        let lines: Vec<String> = lines.map(|line| line.to_string()).collect();
        node.stdin.take().expect("a pipe").write_all(lines.join("\n").as_bytes()).expect("node listens");
        let output = node.wait_with_output().expect("node ends");
        assert!(output.status.success(), "node has answered nothing");
        let answers = String::from_utf8(output.stdout).expect("text");
        answers.lines().map(|line| serde_json::from_str(line).expect("a line of JSON")).collect()
    }
}

/// The answer of one check for one document.
#[derive(Debug)]
pub(crate) struct Check {
    pub(crate) document: String,
    pub(crate) id: String,
    pub(crate) holds: bool,
    /// What the rubric has to say of it.
    pub(crate) report: String,
}
