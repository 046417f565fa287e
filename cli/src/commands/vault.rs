//! `touchmark vault …`

use std::path::Path;

use serde::Serialize;
use touchmark_core::home::Home;

use crate::args::Vault;
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
    let home = Home::open(dir)?;
    match vault {
        Vault::Init(_) => {
            home.create_vault(EDGE)?;
            let dir = home.vault_dir();
            let words = format!(
                "Made a vault in {}, with its key in keys/vault-key: back that up apart from the vault.",
                dir.display()
            );
            output.answer(&serde_json::json!({ "vault": dir }), words)?;
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
