//! Files that others made and published, with the answer that they expect: ours is held against it.
//!
//! `TOUCHMARK_CORPORA` names the folder with `INDEX.tsv`, the files and `trust-union.pem`, the anchors (default: `../shared/corpora` beside the
//! repository); where there is none, the test says "skipped". None of the files belongs to this project, and nothing in the product knows their names.
//!
//! All are verified as of [`AT`]. Certificates that had run out by then are held against it twice: as of then they are expired, and as of the
//! time that their own time-stamp names (nobody here trusts it), the answer is the one expected.

mod differences;
mod index;

use std::fmt::Write as _;

use jiff::Timestamp;
use rayon::prelude::*;
use touchmark_core::causes;
use touchmark_core::manifest::{Reading, State, Trust, read};
use touchmark_core::media::{self, Limits};

use index::{Expected, Row};

/// When the expectations were written down.
const AT: &str = "2026-11-24T00:00:00Z";

/// What we answer: a reading, or why there can be none.
type Answer = Result<Reading, String>;

fn look(file: &[u8], sidecar: Option<&[u8]>, trust: &Trust, at: Timestamp) -> Answer {
    let media_type = media::recognise(file, &Limits::default()).map_err(|error| causes::in_words(&error))?;
    read::read(file, media_type, sidecar, trust, at).map_err(|error| causes::in_words(&error))
}

/// The answer as of [`AT`]; where that is only that the certificate has run out, the one as of its signing.
fn answer(file: &[u8], trust: &Trust) -> Answer {
    let reading = look(file, None, trust, AT.parse().expect("a time"))?;
    let claim = reading.claim.as_ref().filter(|_| reading.codes == ["claimSignature.outsideValidity"]);
    match claim.and_then(|claim| claim.stamp.as_ref()) {
        Some(stamp) => look(file, None, trust, stamp.time),
        None => Ok(reading),
    }
}

/// What speaks against the row, if anything.
fn contradiction(row: &Row, answer: &Answer) -> Option<String> {
    let (state, codes) = match answer {
        // Not a picture, or not one that can be taken apart: refused, which is what is asked for.
        Err(_) => return (row.expected != Expected::Refused).then(|| said(answer)),
        Ok(reading) => (reading.state, &reading.codes),
    };
    let fits = match row.expected {
        Expected::Valid => matches!(state, State::Valid | State::Trusted),
        Expected::Invalid | Expected::Refused => state == State::Invalid,
        Expected::None => state == State::None,
        Expected::Elsewhere => state == State::None && answer.as_ref().is_ok_and(|reading| reading.elsewhere.is_some()),
    };
    let missing = row.codes.iter().any(|code| !codes.contains(code));
    (!fits || missing).then(|| said(answer))
}

fn said(answer: &Answer) -> String {
    match answer {
        Ok(reading) => format!("{:?} {:?}", reading.state, reading.codes),
        Err(error) => format!("refused: {error}"),
    }
}

#[test]
fn published_files_get_the_answer_that_is_expected_or_one_that_we_give_a_reason_for() {
    let Some(rows) = index::rows() else { return };
    let trust = Trust::new(&index::anchors()).expect("anchors");
    let answers: Vec<_> = rows.par_iter().map(|row| (row, answer(&row.bytes(), &trust))).collect();
    let mut wrong = String::new();
    for (row, answer) in &answers {
        let found = contradiction(row, answer);
        match (differences::reason(&row.path), found) {
            (None, None) => {}
            (Some((_, expected)), Some(found)) if found == expected => {}
            (None, Some(found)) => writeln!(wrong, "{row} is expected; we say {found}").expect("in memory"),
            (Some((why, expected)), found) => {
                writeln!(wrong, "{row}: we differ on purpose ({why}) and say {expected}; but {found:?}")
                    .expect("in memory");
            }
        }
    }
    assert!(wrong.is_empty(), "\n{wrong}");
    assert!(rows.len() >= 130, "only {} files", rows.len());
}

#[test]
fn each_reason_to_differ_is_about_a_published_file() {
    let Some(rows) = index::rows() else { return };
    for path in differences::paths() {
        assert!(rows.iter().any(|row| row.path.ends_with(path)), "{path} is no longer in the index");
    }
}

#[test]
fn a_certificate_that_had_run_out_is_expired_as_of_then() {
    let Some(rows) = index::rows() else { return };
    let trust = Trust::new(&index::anchors()).expect("anchors");
    let at = AT.parse().expect("a time");
    for name in ["verify.jpeg", "express-signed.pdf", "ocsp.jpg"] {
        let row = rows.iter().find(|row| row.path.ends_with(name)).expect("the file");
        let reading = look(&row.bytes(), None, &trust, at).expect("a reading");
        assert_eq!(
            (reading.state, reading.codes),
            (State::Invalid, vec!["claimSignature.outsideValidity".to_owned()]),
            "{row}"
        );
    }
}

#[test]
fn a_manifest_that_stands_elsewhere_is_read_where_it_is_handed_in() {
    let Some(rows) = index::rows() else { return };
    let trust = Trust::new(&index::anchors()).expect("anchors");
    let named = |name: &str| rows.iter().find(|row| row.path.ends_with(name)).expect("the file").bytes();
    let at = AT.parse().expect("a time");
    let reading = look(&named("/cloud.jpg"), Some(&named("/cloud_manifest.c2pa")), &trust, at).expect("a reading");
    assert_eq!((reading.state, reading.codes.as_slice()), (State::Trusted, [].as_slice()));
    let other = look(&named("/mars.webp"), Some(&named("/cloud_manifest.c2pa")), &trust, at).expect("a reading");
    assert_eq!((other.state, other.codes), (State::Invalid, vec!["assertion.dataHash.mismatch".to_owned()]));
}
