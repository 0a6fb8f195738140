//! What front ends read between turns: always the last settled state, never a wait.

use std::{collections::BTreeSet, sync::Arc};

use super::Session;
use crate::{
    Outcome,
    finding::Finding,
    model::{Environment, Environments, Interpreters, Model, Offer},
    world::{AbsPath, Content, Noun},
};

/// A project as it stands.
pub struct Standing<'session> {
    pub root: &'session AbsPath,
    pub outcome: &'session Arc<Outcome>,
    choice: Option<&'session Arc<Model>>,
}

impl<'session> Standing<'session> {
    /// What was chosen for the project, and why: that is known also of one that is put to rest, whose outcome has no model.
    /// Of its manifests, wants and imports it says nothing.
    #[must_use]
    pub fn choice(&self) -> Option<&'session Model> {
        self.choice.map(|it| &**it)
    }
}

impl Session {
    /// The projects of which something is settled, sorted by root.
    pub fn projects(&self) -> impl Iterator<Item = Standing<'_>> {
        self.projects.all.keys().filter_map(|root| self.standing(root))
    }

    /// The project that a path belongs to, if it is known and settled.
    #[must_use]
    pub fn project_of(&self, path: &AbsPath) -> Option<Standing<'_>> {
        let root = self.roots.owner(path)?;
        self.standing(root)
    }

    fn standing<'session>(&'session self, root: &'session AbsPath) -> Option<Standing<'session>> {
        let outcome = self.projects.settled(root)?;
        Some(Standing { root, outcome, choice: self.projects.choice(root) })
    }

    /// The findings that stand at a file, as they were published.
    #[must_use]
    pub fn findings_at_file(&self, path: &AbsPath) -> &[Arc<Finding>] {
        self.published.at(path)
    }

    /// Everything that was published, by file.
    pub fn published(&self) -> impl Iterator<Item = (&AbsPath, &[Arc<Finding>])> {
        self.published.all()
    }

    /// Every environment that could be chosen for a path, the best first: those that speak for themselves, then the machine's
    /// others that are offered, if anybody wanted to know them. Machine interpreters come by `interpreters`.
    #[must_use]
    pub fn choosable(&self, path: &AbsPath) -> Vec<Arc<Environment>> {
        let standing = self.project_of(path);
        let model = standing.and_then(|it| it.choice());
        let mut all: Vec<Arc<Environment>> = Vec::new();
        let candidates = model.into_iter().flat_map(|it| &it.candidates);
        let machine = self.environments().into_iter().flat_map(|it| &it.found);
        for environment in candidates.map(|it| &it.environment).chain(machine) {
            let known = all.iter().any(|it| it.real == environment.real);
            if !known && environment.offer == Offer::Offered && environment.python.is_some() {
                all.push(Arc::clone(environment));
            }
        }
        all
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

    /// The tools that are still to say their version, where nothing else is waited for: what is offered may depend on that, no
    /// finding does.
    #[must_use]
    pub fn tools_waited_for(&self) -> Vec<AbsPath> {
        self.desk.tools_waited_for()
    }

    /// What should be said about the search for projects.
    #[must_use]
    pub fn notes(&self) -> &BTreeSet<String> {
        &self.roots.notes
    }
}
