//! Which layers the user agreed to have looked into, for each workspace: a file of the user's own, never of a workspace.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use anyhow::ensure;
use envls_core::{
    place,
    world::{AbsPath, Place},
};
use serde::{Deserialize, Serialize};

use crate::{
    environment::Environment,
    state::{Kept, Placed, encoded},
    workspace::Workspace,
};

/// What the user agreed to.
#[derive(Clone, Debug)]
pub struct Consents {
    kept: Kept,
    environment: Environment,
}

#[derive(Debug, Serialize, Deserialize)]
struct Document {
    version: u32,
    /// By the real path of the project, so that it holds whatever path leads there.
    workspaces: BTreeMap<String, Agreed>,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
struct Agreed {
    /// Whose folder it was: what another user puts in its place is another project.
    owner: Option<u32>,
    endpoints: BTreeSet<String>,
}

const VERSION: u32 = 1;

impl Default for Document {
    fn default() -> Document {
        Document { version: VERSION, workspaces: BTreeMap::new() }
    }
}

impl Consents {
    /// Those of the user whose environment this is.
    #[must_use]
    pub fn new(environment: &Environment) -> Consents {
        Consents::within(environment, Arc::new(Workspace::new(environment)))
    }

    pub(crate) fn within(environment: &Environment, workspace: Arc<Workspace>) -> Consents {
        let kept = Kept::new(environment, workspace, "layers");
        Consents { kept, environment: environment.clone() }
    }

    /// The file that the answers rest on.
    #[must_use]
    pub fn file(&self) -> Option<AbsPath> {
        self.kept.file()
    }

    /// Remembers that the user agreed to have what a place belongs to looked into on a project's account.
    ///
    /// # Errors
    /// When the project does not exist, or the list cannot be written.
    pub fn agree(&self, project: &AbsPath, place: &Place) -> anyhow::Result<()> {
        let Some(endpoint) = self.endpoint(place) else { return Ok(()) };
        let at = Placed::at(project)?;
        self.kept.refuse_within(&at.real)?;
        self.kept.change(|document: &mut Document| {
            ensure!(document.version == VERSION, "it is of another version");
            let agreed = document.workspaces.entry(encoded(&at.real)).or_default();
            if agreed.owner != at.owner {
                *agreed = Agreed { owner: at.owner, endpoints: BTreeSet::new() };
            }
            agreed.endpoints.insert(endpoint);
            Ok(())
        })
    }

    /// Whether the user agreed; what cannot be known for sure is not agreed to.
    pub(crate) fn has(&self, project: &AbsPath, place: &Place) -> bool {
        let Some(endpoint) = self.endpoint(place) else { return false };
        let Ok(at) = Placed::at(project) else { return false };
        let document: Document = match self.kept.read() {
            Ok(document) => document,
            Err(error) => {
                tracing::warn!(error = %format!("{error:#}"), "what was agreed to cannot be read");
                return false;
            }
        };
        let agreed = document.workspaces.get(&encoded(&at.real));
        document.version == VERSION
            && self.kept.refuse_within(&at.real).is_ok()
            && agreed.is_some_and(|it| it.owner == at.owner && it.endpoints.contains(&endpoint))
    }

    /// What is agreed to once: the engine that the user's own variables name, a context, a host.
    fn endpoint(&self, place: &Place) -> Option<String> {
        let layer = place::named(place.kind()?)?;
        let mut endpoint = layer.endpoint(&place.target());
        for name in layer.variables() {
            if let Some(value) = self.environment.get(name) {
                endpoint.push_str(&format!(" {name}={}", value.to_string_lossy()));
            }
        }
        Some(endpoint)
    }
}
