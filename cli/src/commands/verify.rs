//! `touchmark verify`

use std::path::Path;
use std::time::Duration;

use jiff::Timestamp;
use serde::Serialize;
use touchmark_core::gallery::Gallery;
use touchmark_core::home::{Home, LimitsConfig};
use touchmark_core::ledger::Reader;
use touchmark_core::ledger::history::History;
use touchmark_core::manifest::Trust;
use touchmark_core::manifest::detail::{Node, no_crjson as empty};
use touchmark_core::media::{Limits, Spare};
use touchmark_core::verify::records::Records;
use touchmark_core::verify::{Answer as Verdicts, Means, Verdict, verify_and_look};

mod online;
mod patient;
mod shown;

use super::export::{read, read_into};
use super::several::Several;
use super::{home_if_there, log_keys as log_keys_of, time, trust};
use crate::args::Verify;
use crate::edge::EDGE;
use crate::error::{Failure, Outcome, chain};
use crate::inputs;
use crate::output::{Output, message};
use online::Online;
use patient::Answers;
pub(super) use shown::paragraph;
use shown::tree;

#[derive(Serialize)]
struct Line<'a> {
    path: &'a Path,
    #[serde(flatten)]
    verdict: &'a Verdict,
    #[serde(skip_serializing_if = "Option::is_none")]
    tree: Option<&'a Node>,
}

/// What is needed, and what is only there if a home is.
struct Setup {
    trust: Trust,
    log_keys: Vec<History>,
    reader: Option<Reader>,
    gallery: Option<Gallery>,
    /// The home's own log.
    own: Option<Reader>,
    limits: Limits,
    /// How long one file may take.
    patience: Duration,
    /// Who fetches what is elsewhere, if anybody may.
    online: Option<Online>,
    /// Whether soft bindings are held against pixels.
    pixels: bool,
    /// Memory of files that were looked at.
    spare: Spare,
}

/// What is to be said of one file.
struct Seen {
    verdict: Verdict,
    tree: Option<Node>,
    crjson: Option<serde_json::Value>,
}

pub(super) fn run(args: &Verify, dir: &Path, output: &mut Output) -> Outcome {
    let images = inputs::images(&args.images)?;
    if args.manifest.is_some() && images.len() != 1 {
        return Err(
            Failure::from("--manifest goes with one image").hint("a file.c2pa beside file.jpg is found by itself")
        );
    }
    // Of one image nobody minds the time; of many, whoever wants that says so.
    let pixels = args.pixels || images.len() == 1;
    let setup = Setup { pixels, ..setup(args, dir)? };
    let at = args.at.as_deref().map(time).transpose()?.unwrap_or_else(|| EDGE.now().time);
    let mut several = Several::new();
    let (paths, asked) = (images.clone(), args.clone());
    let patience = setup.patience;
    let answers = Answers::new(images.len(), patience, move |place| look(&paths[place], &asked, &setup, at))?;
    for (path, answer) in images.iter().zip(answers) {
        match answer {
            Ok(Seen { verdict, crjson: Some(document), .. }) => {
                several.answered(verdict.verdict == Verdicts::Verified);
                output.document(&document)?;
            }
            Ok(Seen { verdict, tree: below, .. }) => {
                several.answered(verdict.verdict == Verdicts::Verified);
                let line = Line { path, verdict: &verdict, tree: below.as_ref() };
                let below = below.as_ref().map(|node| format!("\n{}", tree(node))).unwrap_or_default();
                output.answer(&line, paragraph(path, &verdict) + &below)?;
            }
            Err(error) => several.failed(path, &error, output)?,
        }
    }
    several.outcome()
}

fn setup(args: &Verify, dir: &Path) -> Outcome<Setup> {
    // Verifying needs no home. One that is there gives whom it trusts, its limits and its log's key.
    let home = home_if_there(dir)?;
    let reader = args.ledger.as_deref().map(Reader::open).transpose()?;
    let mut log_keys = args.log_key.iter().map(|keys| log_keys_of(keys)).collect::<Outcome<Vec<_>>>()?.concat();
    log_keys.extend(reader.as_ref().map(|reader| reader.history().clone()));
    let own = match home.as_ref().map(Home::reader) {
        Some(Err(error)) if !log_keys.is_empty() => {
            message(format!("note: nothing is held against the home's own log: {}", chain(&error)));
            None
        }
        other => other.transpose()?,
    };
    if let (Some(own), true) = (&own, log_keys.is_empty()) {
        log_keys.push(own.history().clone());
    }
    let limits = home.as_ref().map_or_else(LimitsConfig::default, |home| home.config().limits.clone());
    let trust = Trust::of(trust::lists(args, home.as_ref())?, limits.manifests())?;
    let patience = Duration::from_secs(limits.verify_seconds);
    let online = args.online.then(|| Online::new(limits.manifest_bytes, &args.online_allow));
    let gallery = args.ledger.as_deref().and_then(Home::gallery_beside);
    Ok(Setup {
        trust,
        log_keys,
        reader,
        gallery,
        own,
        limits: limits.images(),
        patience,
        online,
        pixels: args.pixels,
        spare: Spare::default(),
    })
}

fn look(path: &Path, args: &Verify, setup: &Setup, at: Timestamp) -> Result<Seen, String> {
    let Setup { trust, log_keys, reader, own, limits, .. } = setup;
    let records = reader.as_ref().map(|reader| Records { reader, gallery: setup.gallery.as_ref() });
    let means =
        &Means { trust, log_keys, records: records.as_ref(), log: own.as_ref(), at, limits, pixels: setup.pixels };
    let manifest = args.manifest.as_deref();
    let file = read_into(path, means.limits.max_bytes, |room| setup.spare.take(room))?;
    let beside = path.with_extension("c2pa");
    let sidecar = match manifest {
        Some(manifest) => Some(read(manifest, means.limits.max_bytes)?),
        None if beside.is_file() && beside != path => Some(read(&beside, means.limits.max_bytes)?),
        None => None,
    };
    let (mut verdict, mut detail) = verify_and_look(&file, sidecar.as_deref(), means).map_err(|error| chain(&error))?;
    if let (Some(online), Some(url)) = (&setup.online, &detail.reading().elsewhere) {
        match online.fetch(url) {
            Ok((store, said)) => {
                (verdict, detail) = verify_and_look(&file, Some(&store), means).map_err(|error| chain(&error))?;
                verdict.findings.push(said);
            }
            Err(said) => verdict.findings.push(said),
        }
    }
    let tree = if args.tree { detail.tree() } else { None };
    let crjson =
        if args.crjson { Some(detail.crjson().map_err(|error| chain(&error))?.unwrap_or_else(empty)) } else { None };
    setup.spare.give(file);
    Ok(Seen { verdict, tree, crjson })
}
