//! `touchmark vault …`

use std::path::Path;

use serde::Serialize;
use touchmark_core::keys::place::Place;

use crate::args::Vault;
use crate::commands::{busy, open_home};
use crate::edge::EDGE;
use crate::error::{Answer, Outcome};
use crate::output::Output;

#[derive(Serialize)]
struct Status<'a> {
    vault: &'a Path,
    people: u64,
    shelves: u64,
    destroyed: u64,
}

pub(super) fn run(vault: &Vault, dir: &Path, output: &mut Output) -> Outcome {
    let home = open_home(dir)?;
    match vault {
        Vault::Init(_) => {
            home.create_vault(EDGE)?;
            let dir = home.vault_dir();
            let words = format!(
                "Made a vault in {}, with its key in {}: back that up apart from the vault.",
                dir.display(),
                kept_in(&home.config().vault.key)
            );
            output.answer(&serde_json::json!({ "vault": dir }), words)?;
        }
        Vault::Rewrap(_) => {
            let moved = home.rewrap_vault(EDGE).map_err(busy)?;
            let (from, to) = (moved.from.to_string(), moved.to.to_string());
            let mut words = if from == to {
                format!("The vault's key was wrapped anew under the key in {to}.")
            } else {
                format!("The vault's key is not in {from} any more, and in {}.", kept_in(&moved.to))
            };
            if moved.to != home.config().vault.key {
                words += "\n  In touchmark.toml, write the new place under vault.key, and take vault.next_key out.";
            }
            output.answer(&serde_json::json!({ "from": from, "to": to }), words)?;
        }
        Vault::Status(_) => {
            let (count, vault) = (home.vault()?.count()?, home.vault_dir());
            let status =
                Status { vault: &vault, people: count.people, shelves: count.shelves, destroyed: count.destroyed };
            let words = format!(
                "The vault in {} opens.\n  keys       {} of people, {} of months and tenants\n  destroyed  {}",
                vault.display(),
                count.people,
                count.shelves,
                count.destroyed
            );
            output.answer(&status, words)?;
        }
    }
    Ok(Answer::Yes)
}

/// Where the vault's key lies, for a person.
fn kept_in(place: &Place) -> String {
    match place {
        Place::File(path) => path.display().to_string(),
        Place::Outside(outside) => format!("keys/vault-root, wrapped under the key in {outside}"),
    }
}
