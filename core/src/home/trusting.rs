//! Whom a home trusts when it verifies: what its configuration names, and the lists in its folder `trust/`.

use std::fs;
use std::path::{Path, PathBuf};

use super::config::AnchorFile;
use super::{CONFIG, Error, Home};
use crate::keys::timestamp::Roots;
use crate::manifest::Trust;
use crate::trust::kept::{self, Change, Kept};
use crate::trust::{Allowed, For, List, Lists, purpose_of_name};

/// Where the lists lie that `trust update` took.
const LISTS: &str = "trust";

impl Home {
    /// The trust anchors that the configuration names for signers, PEM, whatever it says of their purposes and dates.
    pub fn anchors(&self) -> Result<String, Error> {
        let files: Vec<PathBuf> = self.config.trust.anchors.iter().map(|one| one.file().to_owned()).collect();
        self.texts(&files)
    }

    /// The roots of time-stamp authorities that the configuration names; `None` where it names none. They decide what is taken when
    /// something is stamped.
    pub fn timestamp_roots(&self) -> Result<Option<Roots>, Error> {
        let roots = &self.config.timestamps.roots;
        if roots.is_empty() { Ok(None) } else { Ok(Some(Roots::from_pem(&self.texts(roots)?)?)) }
    }

    /// Whom this home trusts when it verifies: to sign, and to say when.
    pub fn trust(&self) -> Result<Trust, Error> {
        Ok(Trust::of(self.trust_lists()?, self.config.limits.manifests())?)
    }

    /// The lists of that.
    pub fn trust_lists(&self) -> Result<Lists, Error> {
        let mut lists = Lists::default();
        for anchors in &self.config.trust.anchors {
            lists.lists.push(self.list(anchors, For::Signers)?);
        }
        for roots in &self.config.timestamps.roots {
            lists.lists.push(self.list(&AnchorFile::Path(roots.clone()), For::Timestamps)?);
        }
        lists.lists.extend(self.kept_lists()?.into_iter().map(|kept| kept.list));
        // Nobody is named who may say when: then whoever is trusted at any time for anything.
        if !lists.has(For::Timestamps) {
            for anchors in self.config.trust.anchors.iter().filter(|one| matches!(one, AnchorFile::Path(_))) {
                lists.lists.push(self.list(anchors, For::Timestamps)?);
            }
        }
        for path in &self.config.trust.allowed {
            lists.allowed = lists.allowed.and(Allowed::read(&path.display().to_string(), &self.text(path)?)?);
        }
        Ok(lists)
    }

    /// The lists that `trust update` took.
    pub fn kept_lists(&self) -> Result<Vec<Kept>, Error> {
        Ok(kept::read(&self.dir.join(LISTS))?)
    }

    /// Takes a list, if it is whole and not older than the one of its name.
    pub fn update_trust(&self, name: &str, text: &str, of: Option<For>) -> Result<Change, Error> {
        Ok(kept::update(&self.dir.join(LISTS), name, text, of)?)
    }

    fn list(&self, anchors: &AnchorFile, of: For) -> Result<List, Error> {
        let path = anchors.file();
        let name = path.display().to_string();
        let list = List::read(&name, &self.text(path)?, Some(of))?;
        let AnchorFile::Limited { purposes, since, until, .. } = anchors else { return Ok(list) };
        let number = |purpose: &String| {
            purpose_of_name(purpose).map(str::to_owned).ok_or_else(|| Error::Config {
                path: self.dir.join(CONFIG),
                problem: format!(
                    "trust.anchors, {name}: {purpose:?} is no purpose of a signer's certificate; there are claimSigning, emailProtection, documentSigning and msDocumentSigning"
                ),
            })
        };
        let purposes = purposes.iter().map(number).collect::<Result<Vec<_>, _>>()?;
        let purposes = Some(purposes.as_slice()).filter(|purposes| !purposes.is_empty());
        Ok(list.limited(purposes, *since, *until))
    }

    /// The texts of several files, one after another.
    fn texts(&self, paths: &[PathBuf]) -> Result<String, Error> {
        let mut texts = String::new();
        for path in paths {
            texts += &self.text(path)?;
            texts.push('\n');
        }
        Ok(texts)
    }

    fn text(&self, path: &Path) -> Result<String, Error> {
        let path = self.dir.join(path);
        fs::read_to_string(&path).map_err(|source| Error::Io { action: "read", path, source })
    }
}
