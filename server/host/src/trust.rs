//! Which folders the user trusts: a file of the user's own, never of a workspace.

use std::{
    collections::BTreeSet,
    sync::{Arc, PoisonError, RwLock},
};

use anyhow::{bail, ensure};
use envls_core::world::{AbsPath, Trust};
use serde::{Deserialize, Serialize};

use crate::{
    environment::Environment,
    machine::user,
    state::{Kept, Placed, decoded, encoded},
    workspace::Workspace,
};

/// The list of trusted and denied folders.
#[derive(Clone, Debug)]
pub struct Store {
    kept: Kept,
    /// What is trusted as long as this process runs, by its real path.
    for_now: Arc<RwLock<BTreeSet<AbsPath>>>,
}

/// What the user said of a folder and all in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said {
    pub folder: AbsPath,
    pub verdict: Verdict,
}

/// A denial outweighs every trust, of the same folder and of those above it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    Trusted,
    Denied,
}

#[derive(Debug, Serialize, Deserialize)]
struct Document {
    version: u32,
    folders: Vec<Record>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Record {
    /// The real path; a percent sign, and what is no UTF-8, is percent-encoded.
    path: String,
    /// Whose folder it was: what another user puts in its place is not what was trusted.
    owner: Option<u32>,
    verdict: Verdict,
}

const VERSION: u32 = 1;

impl Store {
    /// The store of the user whose environment this is.
    #[must_use]
    pub fn new(environment: &Environment) -> Store {
        Store::within(environment, Arc::new(Workspace::new(environment)))
    }

    pub(crate) fn within(environment: &Environment, workspace: Arc<Workspace>) -> Store {
        Store { kept: Kept::new(environment, workspace, "trust"), for_now: Arc::default() }
    }

    /// The file that the answers rest on.
    #[must_use]
    pub fn file(&self) -> Option<AbsPath> {
        self.kept.file()
    }

    /// Whether the user trusts a folder. Whatever cannot be known for sure is not trusted.
    #[must_use]
    pub fn ask(&self, folder: &AbsPath) -> Trust {
        match self.judge(folder) {
            Ok(trust) => trust,
            Err(error) => {
                tracing::warn!(%folder, error = %format!("{error:#}"), "trust cannot be looked up");
                Trust::Untrusted
            }
        }
    }

    /// Trusts a folder and all in it.
    ///
    /// # Errors
    /// When it does not exist, is denied by what the user said of a folder above it, or the list cannot be written.
    pub fn trust(&self, folder: &AbsPath) -> anyhow::Result<()> {
        let place = Placed::at(folder)?;
        self.kept.refuse_within(&place.real)?;
        self.change(|document: &mut Document| {
            let denied = document.above(&place.real, Verdict::Denied).find(|it| *it != place.real);
            if let Some(above) = denied {
                bail!("`{above}`, which it is in, is denied");
            }
            document.set(&place, Some(Verdict::Trusted));
            Ok(())
        })
    }

    /// Trusts a folder and all in it as long as this process runs, and writes nothing down. Being the user's newest word, it
    /// outweighs a denial of the folder and of those above it, but none of a folder in it.
    ///
    /// # Errors
    /// When it does not exist.
    pub fn trust_for_now(&self, folder: &AbsPath) -> anyhow::Result<()> {
        let real = Placed::at(folder)?.real;
        self.for_now.write().unwrap_or_else(PoisonError::into_inner).insert(real);
        Ok(())
    }

    fn nothing_for_now(&self) -> bool {
        self.for_now.read().unwrap_or_else(PoisonError::into_inner).is_empty()
    }

    /// The nearest folder that is trusted for now and has this one in it.
    fn trusted_for_now(&self, folder: &AbsPath) -> Option<AbsPath> {
        let for_now = self.for_now.read().unwrap_or_else(PoisonError::into_inner);
        let mut own = std::iter::once(folder.clone()).chain(folder.ancestors());
        own.find(|it| for_now.contains(it))
    }

    /// Trusts a folder no more; when a folder above it is trusted, it is denied instead.
    ///
    /// # Errors
    /// When the list cannot be written.
    pub fn revoke(&self, folder: &AbsPath) -> anyhow::Result<()> {
        // A folder that is gone can be taken off the list by its name.
        let place = Placed::at(folder).unwrap_or(Placed { real: folder.clone(), owner: None });
        self.change(|document: &mut Document| {
            document.set(&place, None);
            if document.above(&place.real, Verdict::Trusted).next().is_some() {
                document.set(&place, Some(Verdict::Denied));
            }
            Ok(())
        })
    }

    /// Denies a folder and all in it, whatever is said of those above it.
    ///
    /// # Errors
    /// When it does not exist, or the list cannot be written.
    pub fn deny(&self, folder: &AbsPath) -> anyhow::Result<()> {
        let place = Placed::at(folder)?;
        self.change(|document: &mut Document| {
            document.set(&place, Some(Verdict::Denied));
            Ok(())
        })
    }

    /// All that the user said, by path.
    ///
    /// # Errors
    /// When the list cannot be read.
    pub fn list(&self) -> anyhow::Result<Vec<Said>> {
        let document = self.read()?;
        let said = document
            .folders
            .iter()
            .filter_map(|it| Some(Said { folder: decoded(&it.path)?, verdict: it.verdict }));
        let mut said: Vec<Said> = said.collect();
        said.sort_by(|a, b| a.folder.cmp(&b.folder));
        Ok(said)
    }

    fn read(&self) -> anyhow::Result<Document> {
        let document: Document = self.kept.read()?;
        ensure!(document.version == VERSION, "it is of another version");
        Ok(document)
    }

    fn change(
        &self,
        change: impl FnOnce(&mut Document) -> anyhow::Result<()>,
    ) -> anyhow::Result<()> {
        self.kept.change(|document: &mut Document| {
            ensure!(document.version == VERSION, "it is of another version");
            document.version = VERSION;
            change(document)?;
            document.folders.sort_by(|a, b| a.path.cmp(&b.path));
            Ok(())
        })
    }

    fn judge(&self, folder: &AbsPath) -> anyhow::Result<Trust> {
        if self.nothing_for_now() && self.read()?.folders.is_empty() {
            return Ok(Trust::Untrusted);
        }
        let Ok(place) = Placed::at(folder) else { return Ok(Trust::Untrusted) };
        if let Some(given) = self.trusted_for_now(&place.real) {
            // A list that cannot be read cannot take back what was said just now.
            let document = self.read().unwrap_or_default();
            let mut denied = document.above(&place.real, Verdict::Denied);
            let inside = denied.any(|it| it != given && it.is_within(&given));
            return Ok(if inside { Trust::Untrusted } else { Trust::Trusted });
        }
        let document = self.read()?;
        if document.folders.is_empty() {
            return Ok(Trust::Untrusted);
        }
        self.kept.refuse_within(&place.real)?;
        if document.above(&place.real, Verdict::Denied).next().is_some() {
            return Ok(Trust::Untrusted);
        }
        for trusted in document.above(&place.real, Verdict::Trusted) {
            let Some(record) = document.record(&trusted) else { continue };
            let now = Placed::at(&trusted)?;
            // In a folder where anyone may make folders, only those of the same user, or our own, are covered.
            let covered = place.owner == record.owner || place.owner == user();
            if now.real == trusted && now.owner == record.owner && covered {
                return Ok(Trust::Trusted);
            }
        }
        Ok(Trust::Untrusted)
    }
}

impl Default for Document {
    fn default() -> Document {
        Document { version: VERSION, folders: Vec::new() }
    }
}

impl Document {
    /// The folders of which this was said, from a folder up.
    fn above(&self, folder: &AbsPath, verdict: Verdict) -> impl Iterator<Item = AbsPath> {
        let own = std::iter::once(folder.clone()).chain(folder.ancestors());
        own.filter(move |it| self.record(it).is_some_and(|it| it.verdict == verdict))
    }

    /// What was said of just this folder; a denial, should there be both.
    fn record(&self, folder: &AbsPath) -> Option<&Record> {
        let path = encoded(folder);
        self.folders.iter().filter(|it| it.path == path).max_by_key(|it| it.verdict)
    }

    fn set(&mut self, place: &Placed, verdict: Option<Verdict>) {
        let path = encoded(&place.real);
        self.folders.retain(|it| it.path != path);
        self.folders.extend(verdict.map(|verdict| Record { path, owner: place.owner, verdict }));
    }
}
