//! House rules as tests: each failure is a sentence that says what stands where it must not.

use std::fs;
use std::path::{Path, PathBuf};

/// The rooms of the library, the lowest first. A room uses only rooms that stand before it.
const ROOMS: [&str; 32] = [
    "causes",
    "plain",
    "hash",
    "canonical",
    "edge",
    "files",
    "media",
    "merkle",
    "privacy",
    "keys",
    "fingerprint",
    "gallery",
    "event",
    "tlog",
    "ledger",
    "anchor",
    "publish",
    "witness",
    "trail",
    "originals",
    "erasure",
    "opening",
    "retention",
    "audit",
    "trust",
    "manifest",
    "link",
    "find",
    "verify",
    "export",
    "home",
    "dry_run",
];

/// What a room must not know although it stands lower, with the reason.
const STRANGERS: [(&str, &str, &str); 10] = [
    ("manifest", "ledger", "a manifest does not know that a log exists: they meet in export and verify"),
    ("manifest", "tlog", "a manifest does not know that a log exists: they meet in export and verify"),
    ("ledger", "media", "the log knows no pictures, only hashes"),
    ("ledger", "fingerprint", "the log knows no pictures, only hashes"),
    ("tlog", "event", "the formats of transparency logs know no records"),
    ("event", "media", "an event knows no pictures, only hashes"),
    ("event", "fingerprint", "an event knows no pictures, only hashes"),
    ("publish", "keys", "a log is published and followed without any secret"),
    ("publish", "privacy", "a published folder has public parts alone"),
    ("verify", "export", "a stranger verifies without anything that signs"),
];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// All Rust files below a folder, with their text.
fn sources(folder: &Path) -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display())) {
            let path = entry.expect("entry").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let text = fs::read_to_string(&path).expect("source");
                found.push((path, text));
            }
        }
    }
    found
}

/// Code without the unit tests at a file's end.
fn code(text: &str) -> impl Iterator<Item = &str> {
    text.lines()
        .take_while(|line| !line.starts_with("#[cfg(test)]"))
        .filter(|line| !line.trim_start().starts_with("//"))
}

#[test]
fn a_room_uses_only_rooms_below_it() {
    let core = root().join("core/src");
    let mut wrong = Vec::new();
    for (path, text) in sources(&core) {
        let inside = path.strip_prefix(&core).expect("below core/src");
        let first = inside.components().next().expect("a name").as_os_str().to_string_lossy().into_owned();
        let room = first.trim_end_matches(".rs").to_owned();
        if room == "lib"
            || inside.components().any(|part| part.as_os_str() == "tests" || part.as_os_str() == "tests.rs")
        {
            continue;
        }
        let Some(own) = ROOMS.iter().position(|name| *name == room) else {
            wrong.push(format!("{} is in no room that tests/tidy.rs knows", inside.display()));
            continue;
        };
        for line in code(&text) {
            for used in line.split("crate::").skip(1) {
                let used: String = used.chars().take_while(|c| c.is_ascii_lowercase() || *c == '_').collect();
                if used == room || used.is_empty() {
                    continue;
                }
                match ROOMS.iter().position(|name| *name == used) {
                    Some(other) if other > own => {
                        wrong.push(format!("{} uses {used}, which is not below {room}", inside.display()));
                    }
                    _ => {}
                }
                if let Some((_, _, why)) =
                    STRANGERS.iter().find(|(knows, stranger, _)| *knows == room && *stranger == used)
                {
                    wrong.push(format!("{} uses {used}: {why}", inside.display()));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_c2pa_library_stops_at_the_manifest_room() {
    let core = root().join("core/src");
    let outside = sources(&core).into_iter().filter(|(path, _)| !path.starts_with(core.join("manifest")));
    let outside = outside.filter(|(path, _)| !path.ends_with("core/src/manifest.rs"));
    for (path, text) in outside {
        for line in code(&text) {
            assert!(!line.contains("c2pa::"), "{} uses the C2PA library: {line}", path.display());
        }
    }
}

#[test]
fn the_library_prints_nothing_and_asks_no_clock() {
    const FORBIDDEN: [&str; 7] =
        ["println!", "eprintln!", "print!(", "SystemTime::now", "Timestamp::now", "std::env::", "TcpStream"];
    for (path, text) in sources(&root().join("core/src")) {
        if path.components().any(|part| part.as_os_str() == "tests" || part.as_os_str() == "tests.rs") {
            continue;
        }
        for line in code(&text) {
            for word in FORBIDDEN {
                assert!(!line.contains(word), "{} uses {word}: the edges do that", path.display());
            }
        }
    }
}

#[test]
fn no_test_file_is_forgotten() {
    let manifests = ["core/Cargo.toml", "keyring/Cargo.toml", "net/Cargo.toml", "cli/Cargo.toml", "service/Cargo.toml"]
        .map(|path| fs::read_to_string(root().join(path)).expect("manifest"));
    for entry in fs::read_dir(root().join("tests")).expect("tests") {
        let path = entry.expect("entry").path();
        let name = path.file_name().expect("name").to_string_lossy().into_owned();
        let entry = if path.join("main.rs").exists() {
            format!("../tests/{name}/main.rs")
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            format!("../tests/{name}")
        } else {
            continue;
        };
        assert!(
            manifests.iter().any(|manifest| manifest.contains(&entry)),
            "no Cargo.toml names {entry}, so it never runs"
        );
    }
}

#[test]
fn the_readme_shows_the_two_commands() {
    let readme = fs::read_to_string(root().join("README.md")).expect("README");
    for command in ["cargo run --release -- demo", "cargo test --workspace"] {
        assert!(readme.contains(command), "README.md does not show {command}");
    }
    for word in readme
        .split(['(', ')'])
        .filter(|word| word.starts_with("docs/") || Path::new(word).extension() == Some("md".as_ref()))
    {
        let path = word.split('#').next().unwrap_or(word);
        assert!(root().join(path).exists(), "README.md points to {path}, which is not there");
    }
}
