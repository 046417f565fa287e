//! One file a verb.

mod context;
mod demo;
mod erase;
mod export;
mod find;
mod hold;
mod init;
mod key;
mod log;
mod open;
mod restore;
mod retention;
mod serve;
mod several;
mod timestamps;
mod trust;
mod vault;
mod verify;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use etcetera::{AppStrategy, AppStrategyArgs};
use jiff::Timestamp;
use touchmark_core::event::Opener;
use touchmark_core::event::private::Actor;
use touchmark_core::home::{CONFIG, Home};
use touchmark_core::ledger::Ledger;
use touchmark_core::ledger::history::History;
use touchmark_core::tlog::note::VerifierKey;

use crate::args::{Args, Command};
use crate::edge::EDGE;
use crate::error::{Hinted, Outcome, chain};
use crate::inputs;
use crate::output::{Output, message};

pub(crate) fn run(args: &Args, output: &mut Output) -> Outcome {
    let home = || home_dir(args);
    match &args.command {
        Command::Init(init) => init::run(init, &home()?, output),
        Command::Log(log) => log::run(log, &home()?, person(args)?.as_ref(), output),
        Command::Key(key) => key::run(key, &home()?, output),
        Command::Vault(vault) => vault::run(vault, &home()?, output),
        Command::Erase(erase) => erase::run(erase, &home()?, output),
        Command::Hold(hold) => hold::run(hold, &home()?, output),
        Command::Open(open) => open::run(open, &home()?, output),
        Command::Retention(retention) => retention::run(retention, &home()?, output),
        Command::Export(export) => export::run(export, &home()?, output),
        Command::Verify(verify) => verify::run(verify, &home()?, output),
        Command::Find(find) => find::run(find, &home()?, output),
        Command::Restore(restore) => restore::run(restore, &home()?, output),
        Command::Trust(trust) => trust::run(trust, &home()?, output),
        Command::Serve(serve) => serve::run(serve, &home()?, output),
        Command::Demo(demo) => demo::run(demo, output),
    }
}

/// Who acts where an event does not say: of a trail, the person whose it is.
fn person(args: &Args) -> Outcome<Option<Actor>> {
    args.context.as_ref().map(|_| Ok(inputs::person(&context::user()?))).transpose()
}

/// The home, for what can do without one.
fn home_if_there(dir: &Path) -> Outcome<Option<Home>> {
    Ok(if dir.join(CONFIG).exists() { Some(Home::open(dir)?) } else { None })
}

fn home_dir(args: &Args) -> Outcome<PathBuf> {
    if let Some(name) = &args.context {
        return context::dir(name, args);
    }
    if let Some(dir) = &args.home {
        return Ok(dir.clone());
    }
    let names = AppStrategyArgs {
        top_level_domain: "org".to_owned(),
        author: "touchmark".to_owned(),
        app_name: "touchmark".to_owned(),
    };
    let strategy = etcetera::choose_app_strategy(names).hint("name a folder with --home or TOUCHMARK_HOME")?;
    Ok(strategy.data_dir())
}

/// Opens the home, with the way to keys that are not in its files.
fn open_home(dir: &Path) -> Outcome<Home> {
    Ok(Home::open_with(dir, Arc::new(touchmark_keyring::Keys))?)
}

/// Opens the home's log for writing, and says what a crash left.
fn writer(home: &Home) -> Outcome<Ledger> {
    let (ledger, torn) = home.ledger(EDGE).map_err(busy)?;
    if let Some(torn) = torn {
        message(format!(
            "note: {} bytes of an unfinished line were cut off behind record {}; nobody was told that it was written",
            torn.bytes,
            torn.seq.saturating_sub(1)
        ));
    }
    Ok(ledger)
}

/// Opens private parts, as far as the home's vault can be opened; where it cannot, says why.
fn opener(home: &Home) -> Opener {
    let (opener, closed) = home.opener();
    if let Some(error) = closed {
        message(format!("note: private parts stay sealed: {}", chain(&error)));
    }
    opener
}

fn busy(error: touchmark_core::home::Error) -> crate::error::Failure {
    use touchmark_core::{home, ledger};
    let is_busy = matches!(error, home::Error::Ledger(ledger::Error::Busy { .. }));
    let failure = crate::error::Failure::from(error);
    if is_busy {
        return failure
            .hint("a running `touchmark serve` is the home's one writer: send the work to it, or stop it first");
    }
    failure
}

fn time(text: &str) -> Outcome<Timestamp> {
    text.parse().map_err(|_| format!("{text:?} is not a time: write it as 2026-01-31T12:00:00Z").into())
}

/// A log's keys: a verifier key as typed, or a file with keys. With the positions from which they are in force (a log's `log.vkey`) they
/// are one history; a plain list says nothing of that.
fn log_keys(text: &str) -> Outcome<Vec<History>> {
    let content = if Path::new(text).is_file() { std::fs::read_to_string(text)? } else { text.to_owned() };
    let problem = match content.parse() {
        Ok(history) => return Ok(vec![history]),
        Err(problem) => problem,
    };
    let plain: Result<Vec<History>, String> = content.lines().map(str::parse).collect();
    plain.ok().filter(|keys| !keys.is_empty()).ok_or_else(|| {
        format!("--log-key: neither a verifier key (name+id+key) nor a file with a log's keys: {problem}").into()
    })
}

/// One verifier key, as typed or from a file.
fn log_key(text: &str) -> Outcome<VerifierKey> {
    let content = if Path::new(text).is_file() { std::fs::read_to_string(text)? } else { text.to_owned() };
    content
        .trim()
        .parse()
        .map_err(|error| format!("{text:?} is neither a file nor a verifier key (name+id+key): {error}").into())
}
