//! Which interpreter the user chose for a project: a file of the user's own, never of a workspace.

use std::{collections::BTreeMap, sync::Arc};

use anyhow::{Context as _, ensure};
use envls_core::world::{AbsPath, Fault, Reply};
use serde::{Deserialize, Serialize};

use crate::{
    environment::Environment,
    state::{Kept, Placed, decoded, encoded},
    workspace::Workspace,
};

/// The choices, by project.
#[derive(Clone, Debug)]
pub struct Choices {
    kept: Kept,
}

#[derive(Debug, Serialize, Deserialize)]
struct Document {
    version: u32,
    /// By the real path of the project, so that it holds whatever path leads there.
    projects: BTreeMap<String, Chosen>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Chosen {
    /// As the user spelled it: a link is chosen, not what it leads to today.
    python: String,
    /// Whose folder it was: what another user puts in its place is another project.
    owner: Option<u32>,
}

const VERSION: u32 = 1;

impl Choices {
    /// The choices of the user whose environment this is.
    #[must_use]
    pub fn new(environment: &Environment) -> Choices {
        Choices::within(environment, Arc::new(Workspace::new(environment)))
    }

    pub(crate) fn within(environment: &Environment, workspace: Arc<Workspace>) -> Choices {
        Choices { kept: Kept::new(environment, workspace, "choices") }
    }

    /// The file that the answers rest on.
    #[must_use]
    pub fn file(&self) -> Option<AbsPath> {
        self.kept.file()
    }

    /// The interpreter that was chosen for a project.
    #[must_use]
    pub fn ask(&self, project: &AbsPath) -> Reply<AbsPath> {
        match self.look_up(project) {
            Ok(Some(python)) => Reply::Known(python),
            Ok(None) => Reply::Absent,
            Err(error) => {
                let words = format!("{error:#}");
                tracing::warn!(%project, error = %words, "the choice cannot be looked up");
                Reply::Fault(Fault::Other(words))
            }
        }
    }

    /// Remembers a choice; forgets it, when there is no interpreter.
    ///
    /// # Errors
    /// When the project does not exist, or the list cannot be written.
    pub fn choose(&self, project: &AbsPath, python: Option<&AbsPath>) -> anyhow::Result<()> {
        let place = Placed::at(project)?;
        self.kept.refuse_within(&place.real)?;
        self.kept.change(|document: &mut Document| {
            check(document)?;
            let key = encoded(&place.real);
            match python {
                Some(python) => {
                    let chosen = Chosen { python: encoded(python), owner: place.owner };
                    document.projects.insert(key, chosen);
                }
                None => drop(document.projects.remove(&key)),
            }
            Ok(())
        })
    }

    fn look_up(&self, project: &AbsPath) -> anyhow::Result<Option<AbsPath>> {
        let document: Document = self.kept.read()?;
        check(&document)?;
        // Most users choose nothing, and then it matters not where the project's links lead.
        if document.projects.is_empty() {
            return Ok(None);
        }
        let Ok(place) = Placed::at(project) else { return Ok(None) };
        let Some(chosen) = document.projects.get(&encoded(&place.real)) else { return Ok(None) };
        // Only where there is something to heed must the list be one that no workspace brought.
        self.kept.refuse_within(&place.real)?;
        if chosen.owner != place.owner {
            return Ok(None);
        }
        let python = decoded(&chosen.python).context("the chosen path is not absolute")?;
        Ok(Some(python))
    }
}

impl Default for Document {
    fn default() -> Document {
        Document { version: VERSION, projects: BTreeMap::new() }
    }
}

fn check(document: &Document) -> anyhow::Result<()> {
    ensure!(document.version == VERSION, "it is of another version");
    Ok(())
}
