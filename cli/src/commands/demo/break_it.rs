//! The three ways in which the demo breaks things, each on a copy.

use std::fs;
use std::path::{Path, PathBuf};

use touchmark_core::media::{self, MediaType};

use super::table::Row;
use super::{Stage, text, touchmark, with_home};
use crate::error::Outcome;
use crate::output::Output;

/// One byte of one picture's pixels.
pub(super) fn pixel(stage: &Stage, output: &mut Output) -> Outcome<Row> {
    let (name, mut bytes, media_type) = pick(stage, |media_type| media_type == MediaType::Jpeg)?;
    let at = media::pixel_byte_offset(&bytes, media_type).ok_or("the demo needs a JPEG with pixels")?;
    let byte = bytes.get_mut(at).ok_or("the demo needs a JPEG with pixels")?;
    *byte ^= 1;
    let broken = write(stage, "one-pixel-changed", &name, &bytes)?;
    let ran = touchmark(stage, output, &["verify", &text(&broken)])?;
    let line = ran.lines.first().cloned().unwrap_or_default();
    Ok(Row {
        what: format!("{name}: one byte of its pixels changed"),
        command: ran.command,
        found: finding(&line),
        as_expected: ran.code == 1
            && line["verdict"] == "not_verified"
            && line["c2pa"]["codes"][0] == "assertion.dataHash.mismatch",
    })
}

/// One byte of the log, in a copy of the home.
pub(super) fn log(stage: &Stage, output: &mut Output) -> Outcome<Row> {
    let copy = stage.root.join("home-with-one-byte-changed");
    copy_dir(&stage.home(), &copy)?;
    let segment = copy.join("ledger/segments/0000000000.jsonl");
    let mut bytes = fs::read(&segment)?;
    // A digit of a picture's hash, in the middle of the log: whoever exchanges a picture would change that.
    let middle = bytes.len() / 2;
    let mark = b"\"outputs\":[{\"hash\":\"sha256:";
    let at = bytes.windows(mark.len()).enumerate().filter(|(_, window)| window == mark).map(|(at, _)| at + mark.len());
    let at = at.min_by_key(|at| at.abs_diff(middle)).ok_or("the demo needs a GEN record")?;
    bytes[at] = if bytes[at] == b'0' { b'1' } else { b'0' };
    fs::write(&segment, &bytes)?;
    let ran = with_home(&copy, stage, output, &["log", "verify"])?;
    let line = ran.lines.first().cloned().unwrap_or_default();
    let first = &line["findings"][0];
    let found = format!("record {}: {}", first["seq"], first["problem"].as_str().unwrap_or("nothing found"));
    Ok(Row {
        what: "one byte of the log changed".to_owned(),
        command: ran.command,
        found,
        as_expected: ran.code == 1 && first["seq"].is_u64(),
    })
}

/// All metadata of one picture, as a careless website strips it.
pub(super) fn metadata(stage: &Stage, output: &mut Output) -> Outcome<Row> {
    let (name, bytes, media_type) = pick(stage, |media_type| media_type == MediaType::Png)?;
    let stripped = media::strip_metadata(&bytes, media_type)?;
    let broken = write(stage, "metadata-stripped", &name, &stripped)?;
    let ran = touchmark(stage, output, &["verify", &text(&broken), "--ledger", &text(&stage.home().join("ledger"))])?;
    let line = ran.lines.first().cloned().unwrap_or_default();
    let like = line["ledger"]["looks_like"][0]["export_record"].is_string();
    Ok(Row {
        what: format!("{name}: all metadata stripped"),
        command: ran.command,
        found: finding(&line),
        as_expected: ran.code == 1 && line["c2pa"]["state"] == "none" && like,
    })
}

fn finding(line: &serde_json::Value) -> String {
    let findings = line["findings"].as_array().cloned().unwrap_or_default();
    findings.iter().filter_map(serde_json::Value::as_str).collect::<Vec<_>>().join(" ")
}

/// The first signed file of the type that is wanted.
fn pick(stage: &Stage, wanted: impl Fn(MediaType) -> bool) -> Outcome<(String, Vec<u8>, MediaType)> {
    let mut paths: Vec<PathBuf> =
        fs::read_dir(stage.signed())?.map(|entry| entry.map(|entry| entry.path())).collect::<Result<_, _>>()?;
    paths.sort();
    for path in paths {
        let bytes = fs::read(&path)?;
        if let Some(media_type) = MediaType::sniff(&bytes)
            && wanted(media_type)
        {
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            return Ok((name, bytes, media_type));
        }
    }
    Err("the demo needs at least one JPEG and one PNG among the pictures".into())
}

fn write(stage: &Stage, folder: &str, name: &str, bytes: &[u8]) -> Outcome<PathBuf> {
    let folder = stage.root.join(folder);
    fs::create_dir_all(&folder)?;
    let path = folder.join(name);
    fs::write(&path, bytes)?;
    Ok(path)
}

fn copy_dir(from: &Path, to: &Path) -> Outcome<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy_dir(&entry.path(), &target)?;
        } else {
            fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}
