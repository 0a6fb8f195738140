//! What front ends read between turns: always the last settled state, never a wait.

use std::{collections::BTreeSet, sync::Arc};

use super::Session;
use crate::{
    Outcome,
    finding::Finding,
    model::{Environments, Interpreters},
    world::{AbsPath, Content, Noun},
};

/// A project as it stands.
pub struct Standing<'session> {
    pub root: &'session AbsPath,
    pub outcome: &'session Arc<Outcome>,
}

impl Session {
    /// The projects of which something is settled, sorted by root.
    pub fn projects(&self) -> impl Iterator<Item = Standing<'_>> {
        let settled = |root| self.projects.settled(root);
        self.projects
            .all
            .keys()
            .filter_map(move |root| Some(Standing { root, outcome: settled(root)? }))
    }

    /// The project that a path belongs to, if it is known and settled.
    #[must_use]
    pub fn project_of(&self, path: &AbsPath) -> Option<Standing<'_>> {
        let root = self.roots.owner(path)?;
        Some(Standing { root, outcome: self.projects.settled(root)? })
    }

    /// The findings that stand at a file, as they were published.
    #[must_use]
    pub fn findings_at_file(&self, path: &AbsPath) -> &[Finding] {
        self.published.at(path)
    }

    /// Everything that was published, by file.
    pub fn published(&self) -> impl Iterator<Item = (&AbsPath, &Vec<Finding>)> {
        self.published.all()
    }

    /// The machine's interpreters, if anybody wanted to know them.
    #[must_use]
    pub fn interpreters(&self) -> Option<&Arc<Interpreters>> {
        match self.shared(Noun::Interpreters)? {
            Content::Interpreters(interpreters) => Some(interpreters),
            _ => None,
        }
    }

    /// The machine's environments, if anybody wanted to know them.
    #[must_use]
    pub fn environments(&self) -> Option<&Arc<Environments>> {
        match self.shared(Noun::Environments)? {
            Content::Environments(environments) => Some(environments),
            _ => None,
        }
    }

    /// Whether nothing is left to be found out.
    #[must_use]
    pub fn is_quiescent(&self) -> bool {
        self.projects.is_quiescent()
    }

    /// What should be said about the search for projects.
    #[must_use]
    pub fn notes(&self) -> &BTreeSet<String> {
        &self.roots.notes
    }
}
