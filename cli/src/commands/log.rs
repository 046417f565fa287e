//! `touchmark log …`

mod absent;
mod anchor;
mod append;
mod audit;
mod consistency;
mod cosign;
mod import_proof;
mod notes;
mod prove;
mod publish;
mod published;
mod reindex;
mod repair;
mod seal;
mod show;
mod tiers;
mod tree;
mod verify;
mod witnesses;

use std::path::Path;

use touchmark_core::event::private::Actor;

pub(super) use notes::Known;

use crate::args::Log;
use crate::error::Outcome;
use crate::output::Output;

/// `person` is by whom events are that name nobody.
pub(super) fn run(log: &Log, dir: &Path, person: Option<&Actor>, output: &mut Output) -> Outcome {
    match log {
        Log::Append(args) => append::run(args, dir, person, output),
        Log::Show(args) => show::run(args, dir, output),
        Log::Repair(args) => repair::run(args, dir, output),
        Log::Verify(args) => verify::run(args, dir, output),
        Log::Audit(args) => audit::run(args, dir, output),
        Log::Prove(args) => prove::run(args, dir, output),
        Log::Publish(args) => publish::run(args, dir, output),
        Log::Consistency(args) => consistency::run(args, dir, output),
        Log::Cosign(args) => cosign::run(args, dir, output),
        Log::ImportProof(args) => import_proof::run(args, dir, output),
        Log::Checkpoint(args) => prove::checkpoint(args, dir, output),
        Log::Reindex(_) => reindex::run(dir, output),
        Log::Seal(_) => seal::run(dir, output),
        Log::Absent(args) => absent::run(args, dir, output),
        Log::Anchor(args) => anchor::run(args, dir, output),
        Log::Tiers(args) => tiers::run(args, dir, output),
    }
}
