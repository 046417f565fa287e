//! Runs one transcript in a folder of its own.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;

use regex::Regex;

pub(crate) struct Session {
    lines: Vec<String>,
    files: String,
    folder: tempfile::TempDir,
    names: Names,
}

impl Session {
    pub(crate) fn new(text: &str) -> Self {
        let (session, files) = match text.find("\n-- ") {
            Some(at) => text.split_at(at + 1),
            None => (text, ""),
        };
        let folder = tempfile::tempdir().expect("folder");
        let images = Path::new(env!("CARGO_MANIFEST_DIR")).join("../test-images");
        std::os::unix::fs::symlink(images.canonicalize().expect("test-images"), folder.path().join("test-images"))
            .expect("link");
        let session = Self {
            lines: session.lines().map(str::to_owned).collect(),
            files: files.to_owned(),
            folder,
            names: Names::new(),
        };
        session.unpack();
        if text.contains(" altered/") {
            alter(&images, &session.folder.path().join("altered"));
        }
        session
    }

    /// The transcript as it reads now.
    pub(crate) fn run(mut self) -> String {
        let mut text = String::new();
        let comments = |line: &String| line.is_empty() || line.starts_with('#');
        let mut is_output = false;
        for line in std::mem::take(&mut self.lines) {
            if let Some(command) = line.strip_prefix("$ ") {
                let output = self.command(command);
                writeln!(text, "{line}\n{output}").expect("string");
                is_output = true;
            } else if comments(&line) && (!is_output || line.starts_with('#')) {
                writeln!(text, "{line}").expect("string");
                is_output = false;
            }
        }
        format!("{text}{}", self.files)
    }

    fn command(&mut self, command: &str) -> String {
        let command = self.names.filled_in(command);
        let program = Path::new(env!("CARGO_BIN_EXE_touchmark")).parent().expect("folder");
        let path = std::env::join_paths([program.to_owned(), "/usr/bin".into(), "/bin".into()]).expect("path");
        let ran = Command::new("sh")
            .args(["-c", &command])
            .env("PATH", path)
            .current_dir(self.folder.path())
            .env("TOUCHMARK_HOME", "home")
            .env_remove("TOUCHMARK_USER")
            .output()
            .expect("sh");
        let mut output = format!("{}{}", String::from_utf8_lossy(&ran.stdout), String::from_utf8_lossy(&ran.stderr));
        if !output.is_empty() && !output.ends_with('\n') {
            output.push('\n');
        }
        match ran.status.code() {
            Some(0) => {}
            Some(code) => writeln!(output, "? {code}").expect("string"),
            None => writeln!(output, "? {}", ran.status).expect("string"),
        }
        // Blank lines separate commands in a transcript, so they are not kept in output.
        let lines: Vec<&str> = output.lines().map(str::trim_end).filter(|line| !line.is_empty()).collect();
        let end = if lines.is_empty() { "" } else { "\n" };
        self.names.put_in(&(lines.join("\n") + end))
    }

    /// Writes the files that stand at the end of the transcript.
    fn unpack(&self) {
        let mut name = None;
        let mut files: BTreeMap<String, String> = BTreeMap::new();
        for line in self.files.lines() {
            if let Some(next) = line.strip_prefix("-- ").and_then(|line| line.strip_suffix(" --")) {
                name = Some(next.to_owned());
            } else if let Some(name) = &name {
                let content = files.entry(name.clone()).or_default();
                content.push_str(line);
                content.push('\n');
            }
        }
        for (name, content) in files {
            std::fs::write(self.folder.path().join(name), content).expect("file");
        }
    }
}

/// What people do to a picture, who know nothing of metadata, under `altered/`; and a picture with nothing to see.
fn alter(images: &Path, folder: &Path) {
    let picture = image::open(images.join("astronaut.jpg")).expect("a picture");
    let (width, height) = (picture.width(), picture.height());
    let mut framed = image::RgbImage::from_pixel(width + 60, height + 60, image::Rgb([250, 250, 250]));
    image::imageops::overlay(&mut framed, &picture.to_rgb8(), 30, 30);
    let copies = [
        ("saved.jpg", picture.clone()),
        ("half.jpg", picture.resize(width / 2, height / 2, image::imageops::FilterType::Triangle)),
        ("cropped.jpg", picture.crop_imm(width / 20, height / 20, width * 9 / 10, height * 9 / 10)),
        ("framed.jpg", framed.into()),
        ("mirrored.jpg", picture.fliph()),
        ("turned.jpg", picture.rotate90()),
        ("plain.png", image::RgbImage::from_pixel(300, 200, image::Rgb([30, 60, 90])).into()),
    ];
    std::fs::create_dir(folder).expect("folder");
    for (name, copy) in copies {
        copy.save(folder.join(name)).expect("saved");
    }
}

/// What differs from run to run, under names.
struct Names {
    patterns: Vec<(&'static str, Regex)>,
    found: Vec<(String, String)>,
}

impl Names {
    fn new() -> Self {
        let uuid =
            |version: char| format!("[0-9a-f]{{8}}-[0-9a-f]{{4}}-{version}[0-9a-f]{{3}}-[0-9a-f]{{4}}-[0-9a-f]{{12}}");
        let patterns = [
            ("manifest", format!("urn:c2pa:{}", uuid('4'))),
            ("id", uuid('7')),
            ("hash", "sha256:[0-9a-f]{64}".to_owned()),
            ("time", "20[0-9]{2}-[0-9]{2}-[0-9]{2}T[0-9:]{8}\\.[0-9]{3}Z".to_owned()),
            ("key", "touchmark/[a-z0-9-]+-[0-9a-f]{8}(?:/witness)?\\+[0-9a-f]{8}\\+[A-Za-z0-9+/]{44}".to_owned()),
            ("log", "touchmark/[a-z0-9-]+-[0-9a-f]{8}".to_owned()),
            ("base64", "[A-Za-z0-9+/]{88,}=*|[A-Za-z0-9+/]{43}=".to_owned()),
            ("folder", "/tmp/[A-Za-z0-9._-]+".to_owned()),
        ];
        let patterns = patterns.map(|(name, pattern)| (name, Regex::new(&pattern).expect("pattern")));
        Self { patterns: patterns.into(), found: Vec::new() }
    }

    fn put_in(&mut self, text: &str) -> String {
        let mut text = text.to_owned();
        for (kind, pattern) in &self.patterns {
            let mut named = String::new();
            let mut end = 0;
            for found in pattern.find_iter(&text) {
                let known = self.found.iter().find(|(_, value)| value == found.as_str()).map(|(name, _)| name.clone());
                let name = known.unwrap_or_else(|| {
                    let number =
                        self.found.iter().filter(|(name, _)| name.starts_with(&format!("[{kind} "))).count() + 1;
                    let name = format!("[{kind} {number}]");
                    self.found.push((name.clone(), found.as_str().to_owned()));
                    name
                });
                named += &text[end..found.start()];
                named += &name;
                end = found.end();
            }
            named += &text[end..];
            text = named;
        }
        text
    }

    fn filled_in(&self, command: &str) -> String {
        self.found.iter().fold(command.to_owned(), |command, (name, value)| command.replace(name, value))
    }
}

/// The first lines that differ.
pub(crate) fn difference(written: &str, read: &str) -> String {
    let pairs = written
        .lines()
        .map(Some)
        .chain(std::iter::repeat(None))
        .zip(read.lines().map(Some).chain(std::iter::repeat(None)));
    let mut text = String::new();
    let count = written.lines().count().max(read.lines().count());
    for (number, (written, read)) in (1..).zip(pairs).take(count).filter(|(_, (written, read))| written != read).take(6)
    {
        let show = |line: Option<&str>| line.unwrap_or("(nothing)").to_owned();
        writeln!(text, "  line {number}\n    written {}\n    read    {}", show(written), show(read)).expect("string");
    }
    text
}
