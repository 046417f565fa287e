//! `touchmark log repair`

use std::path::Path;

use serde::Serialize;
use touchmark_core::home::Home;
use touchmark_core::ledger::check::{Checks, MacKeys, Report, Signatures, check};
use touchmark_core::ledger::file::FileStore;
use touchmark_core::ledger::history::{History, Known};
use touchmark_core::ledger::repair::{Damage, diagnose};
use touchmark_core::ledger::{CHECKPOINT, Error, Store};

use crate::args::Repair;
use crate::commands::{busy, open_home, writer};
use crate::error::{Answer, Outcome};
use crate::output::Output;

/// What was done.
#[derive(Serialize)]
struct Done {
    /// `whole`, `repaired`, `would-repair` or `refused`.
    state: &'static str,
    records: u64,
}

pub(super) fn run(args: &Repair, dir: &Path, output: &mut Output) -> Outcome {
    let home = open_home(dir)?;
    // A folder without a log is not begun anew by a repair.
    FileStore::reader(&home.ledger_dir())?;
    let (report, damages) = look(&home)?;
    for damage in &damages {
        let word = if damage.mends { "can be mended" } else { "to do" };
        output.answer(damage, format!("{}\n  {word}: {}", damage.finding, damage.remedy))?;
    }
    let state = match (damages.is_empty(), damages.iter().all(|damage| damage.mends), args.dry_run) {
        (true, ..) => "whole",
        (false, true, true) => "would-repair",
        (false, true, false) => "repaired",
        (false, false, _) => "refused",
    };
    let mut records = report.records;
    if !args.dry_run && state != "refused" {
        records = mend(&home, &report)?;
    }
    let words = match state {
        "whole" => format!("The log is whole: {records} records. There is nothing to repair."),
        "would-repair" => format!("Nothing was changed. A repair keeps all {records} records."),
        "repaired" => format!("Repaired: the log has {records} records, and all of them check."),
        _ => "Nothing was changed: a repair mends what a crash leaves, and no record is ever dropped or made up."
            .to_owned(),
    };
    output.answer(&Done { state, records }, words)?;
    Ok(if matches!(state, "whole" | "repaired") { Answer::Yes } else { Answer::No })
}

/// Reads the whole log under the writer's lock, so that nothing in it is a write on its way.
fn look(home: &Home) -> Outcome<(Report, Vec<Damage>)> {
    let store: Box<dyn Store> = match FileStore::writer(&home.ledger_dir()) {
        Ok((store, _)) => Box::new(store),
        // No writer opens such a log; nothing will be changed in it.
        Err(Error::MissingSegment { .. }) => Box::new(FileStore::reader(&home.ledger_dir())?),
        Err(error) => return Err(busy(error.into())),
    };
    let (root, epoch) = (home.mac_root()?, home.epoch_key()?);
    let macs = root.as_ref().map_or(MacKeys::Epoch(&epoch), MacKeys::Root);
    let (own, published) = (home.log_key()?, History::published(store.as_ref()).ok());
    let known: Vec<Known<'_>> = published.iter().map(Known::History).chain([Known::Newest(&own)]).collect();
    let checks = Checks {
        origin: &home.config().log.origin,
        known: &known,
        macs: Some(macs),
        signatures: Signatures::All,
        from: 0,
    };
    let report = check(store.as_ref(), &checks)?;
    let damages = diagnose(store.as_ref(), &report)?;
    Ok((report, damages))
}

/// Opens the log as any writer does: that cuts a torn tail off, and makes checkpoint and keys again. Answers how many records there are.
fn mend(home: &Home, report: &Report) -> Outcome<u64> {
    if report.checkpoint.is_none() {
        // One that can be read and is not the log's is kept for whoever looks into it.
        let path = home.ledger_dir().join(CHECKPOINT);
        match std::fs::rename(&path, path.with_extension("bad")) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                return Err(format!("could not move {} aside: {error}", path.display()).into());
            }
            _ => {}
        }
    }
    Ok(writer(home)?.size())
}
