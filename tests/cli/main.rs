//! Transcripts: each `.txt` file in this folder is a session that a person could have typed, with what they would have read.
//!
//! ```text
//! $ touchmark log checkpoint        a command; lines after it are its output, standard output first
//! ? 1                               its exit code, where it is not 0
//! -- event.json --                  at the end: the files that stand in the folder when the session begins
//! ```
//! `test-images` is there in each session. What differs from run to run is numbered in the order in which it first appears: `[id 1]`,
//! `[hash 2]`, …; a later command may use such a name, so `touchmark log prove [id 1]` works. With `UPDATE=1` in the environment
//! the files are written anew: read what changed.

mod session;

use std::path::Path;

use session::Session;

#[test]
fn every_transcript_reads_as_it_was_written() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/cli");
    let mut files: Vec<_> =
        std::fs::read_dir(&folder).expect("folder").map(|entry| entry.expect("entry").path()).collect();
    files.retain(|path| path.extension().is_some_and(|extension| extension == "txt"));
    files.sort();
    assert!(!files.is_empty(), "no transcripts in {}", folder.display());
    let mut wrong = Vec::new();
    for path in files {
        let written = std::fs::read_to_string(&path).expect("transcript");
        let read = Session::new(&written).run();
        if read == written {
            continue;
        }
        if std::env::var_os("UPDATE").is_some() {
            std::fs::write(&path, &read).expect("written anew");
        } else {
            wrong.push(format!("{}:\n{}", path.display(), session::difference(&written, &read)));
        }
    }
    assert!(wrong.is_empty(), "transcripts that read otherwise now (UPDATE=1 writes them anew):\n{}", wrong.join("\n"));
}
