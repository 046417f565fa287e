//! The program in a folder of its own.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use serde_json::Value;

/// A folder with a home.
pub(crate) struct Scratch {
    folder: tempfile::TempDir,
}

impl Scratch {
    pub(crate) fn new() -> Self {
        let scratch = Self { folder: tempfile::tempdir().expect("folder") };
        assert!(scratch.run(&["init", "--org", "Test"]).status.success());
        scratch
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_touchmark"));
        command.args(arguments).arg("--json").current_dir(self.folder.path());
        command.env("TOUCHMARK_HOME", self.path("home")).env_remove("TOUCHMARK_USER").env_remove("RUST_LOG");
        command
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().expect("the program starts")
    }

    pub(crate) fn start(&self, arguments: &[&str]) -> Child {
        self.command(arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the program starts")
    }

    /// The JSON Lines that a command answers.
    pub(crate) fn lines(&self, arguments: &[&str]) -> Vec<Value> {
        json_lines(&self.run(arguments).stdout)
    }
}

pub(crate) fn json_lines(bytes: &[u8]) -> Vec<Value> {
    let lines = bytes.split(|b| *b == b'\n').filter(|line| !line.is_empty());
    lines.map(|line| serde_json::from_slice(line).expect("a line of JSON")).collect()
}

pub(crate) fn test_images() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../test-images")
}

/// A GEN event as a user writes it.
pub(crate) const EVENT: &str = r#"{"type": "GEN", "actor": {"subject": "emp-1042", "auth": "oidc"},
 "system": {"name": "studio", "version": "4.2.0"},
 "model": {"id": "sdxl-base", "version": "1.0", "version_hash": "sha256:31e35c80fc4829d14f90153f4c74cd59c90b779f6afe05a74cd6120b893f7e5b"},
 "prompt": "a lighthouse at dusk", "parameters": {"seed": "7"}}"#;
