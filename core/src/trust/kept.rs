//! The lists that are kept in a folder: `signers/NAME.json` or `.pem`, `timestamps/NAME.json` or `.pem`.
//!
//! A newer list takes the place of the one of its name; an older one does not, and neither does one whose age nobody can tell.

use std::fs;
use std::path::{Path, PathBuf};

use super::{Anchor, Error, For, List, text};
use crate::files;

/// A list in the folder.
#[derive(Debug, Clone)]
pub struct Kept {
    /// Its file.
    pub path: PathBuf,
    /// What is in it.
    pub list: List,
}

/// What a list changes.
#[derive(Debug, Clone)]
pub struct Change {
    /// The list that holds from now on.
    pub list: List,
    /// The file in which it is kept.
    pub path: PathBuf,
    /// Whom it trusts that the one before did not.
    pub new: Vec<Anchor>,
    /// Whom the one before trusted and it does not.
    pub gone: Vec<Anchor>,
    /// Who is on both, with another time or status.
    pub changed: Vec<Anchor>,
    /// Whether it is the one that was kept already, to the letter.
    pub same: bool,
}

/// All lists of a folder, in the order of their files. None where there is no folder.
pub fn read(dir: &Path) -> Result<Vec<Kept>, Error> {
    let mut found = Vec::new();
    for of in [For::Signers, For::Timestamps] {
        let dir = dir.join(of.as_str());
        let entries = match fs::read_dir(&dir) {
            Ok(entries) => entries,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => continue,
            Err(source) => return Err(Error::Io { action: "read", path: dir, source }),
        };
        let mut paths = Vec::new();
        for entry in entries {
            paths.push(entry.map_err(|source| Error::Io { action: "read", path: dir.clone(), source })?.path());
        }
        paths.retain(|path| path.extension().is_some_and(|ending| ending == "json" || ending == "pem"));
        paths.sort();
        for path in paths {
            let list = List::read(&name_of(&path), &text(&path)?, Some(of))?;
            found.push(Kept { path, list });
        }
    }
    Ok(found)
}

/// Takes a list into the folder, if it is whole and not older than the one of its name that is there. `name` is what a PEM list is called.
pub fn update(dir: &Path, name: &str, text: &str, of: Option<For>) -> Result<Change, Error> {
    let is_json = List::is_json(text);
    if !is_json && of.is_none() {
        let problem = "a PEM list does not say whether it is of signers or of time-stamps: say so with --for";
        return Err(Error::broken(name, problem));
    }
    let list = List::read(name, text, of)?;
    let file = format!("{}.{}", file_name(&list.name), if is_json { "json" } else { "pem" });
    let path = dir.join(list.of.as_str()).join(file);
    let is_of_the_name = |kept: &Kept| kept.path.with_extension("") == path.with_extension("");
    let before = read(dir)?.into_iter().find(is_of_the_name);
    if let Some(before) = &before {
        not_older(name, &list, &before.list)?;
    }
    let same = before.as_ref().is_some_and(|before| fs::read(&before.path).is_ok_and(|old| old == text.as_bytes()));
    let change = changes(list, path, before.as_ref().map(|before| &before.list), same);
    if !same {
        let failed = |source| Error::Io { action: "write", path: change.path.clone(), source };
        files::replace(&change.path, text.as_bytes()).map_err(failed)?;
        // One in the other form, of the same name.
        if let Some(before) = before.filter(|before| before.path != change.path) {
            fs::remove_file(&before.path).map_err(failed)?;
        }
    }
    Ok(change)
}

fn not_older(name: &str, new: &List, kept: &List) -> Result<(), Error> {
    let refused = |problem: String| Err(Error::NotNewer { name: name.to_owned(), problem });
    match (new.issued, kept.issued) {
        (Some(new), Some(kept)) if new < kept => {
            refused(format!("it was issued at {new}, and the one that is kept at {kept}"))
        }
        (None, Some(kept)) => {
            refused(format!("it does not say when it was issued, and the one that is kept does: {kept}"))
        }
        _ => Ok(()),
    }
}

fn changes(list: List, path: PathBuf, before: Option<&List>, same: bool) -> Change {
    let old = before.map(List::fingerprints).unwrap_or_default();
    let own = list.fingerprints();
    let new = list.anchors.iter().filter(|anchor| !old.contains(&anchor.sha256())).cloned().collect();
    let gone =
        before.map(|before| before.anchors.iter().filter(|anchor| !own.contains(&anchor.sha256())).cloned().collect());
    let was =
        |anchor: &Anchor| before.and_then(|before| before.anchors.iter().find(|one| one.sha256() == anchor.sha256()));
    let differs = |anchor: &&Anchor| {
        was(anchor)
            .is_some_and(|was| (was.since, was.until, &was.status) != (anchor.since, anchor.until, &anchor.status))
    };
    let changed = list.anchors.iter().filter(differs).cloned().collect();
    Change { path, new, gone: gone.unwrap_or_default(), changed, same, list }
}

/// A list's name as one of a file: nothing of it leads out of the folder.
fn file_name(name: &str) -> String {
    let plain: String =
        name.chars().take(80).map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' }).collect();
    let plain = plain.trim_matches('-').to_owned();
    if plain.is_empty() { "list".to_owned() } else { plain }
}

fn name_of(path: &Path) -> String {
    path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default()
}
