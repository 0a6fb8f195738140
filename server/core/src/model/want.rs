//! What a project needs, as one list made of all its manifests.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use super::{
    expectation::{Expectation, Expected},
    project::Project,
    python::Pin,
};
use crate::{
    manager::Manager,
    manifest::{self, Says, Set},
    standard::{
        marker::{MarkerEnvironment, Verdict},
        requirement::Requirement,
    },
    text::{Location, Span},
    world::{AbsPath, Inventory},
};

/// One requirement of the project.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Want {
    pub requirement: Arc<Requirement>,
    pub set: Set,
    /// The table of an environment that it stands in, where it is one of several; what the one in use holds is of the main set.
    pub environment: Option<String>,
    /// The manifest that it stands in.
    pub path: AbsPath,
    pub span: Span,
    pub location: Location,
    /// What its marker says of the chosen environment.
    pub applies: Verdict,
    pub expected: Expectation,
}

/// Every requirement of a project, judged for an environment, and the sets that the manager installs by itself.
pub(super) fn wants(
    project: &Project,
    manager: &dyn Manager,
    environment: &MarkerEnvironment,
    installed: Option<&Inventory>,
    holding: Option<&Holding>,
) -> (Vec<Want>, BTreeSet<Set>) {
    let mut wants: Vec<Want> = Vec::new();
    let sets = sets(project);
    for (manifest, fact) in project.facts() {
        let Says::Requirement { set, requirement } = &fact.says else { continue };
        let environment_of = |set: &Set| match set {
            Set::Environment(name) => Some(name.clone()),
            _ => None,
        };
        let stands = environment_of(set);
        let set = match sets.get(&manifest.path).unwrap_or(set) {
            // What the environment in use holds is needed there; of the others nothing is.
            Set::Environment(_) if holding.is_some_and(|it| it.has(&manifest.path, fact.span)) => {
                &Set::Main
            }
            set => set,
        };
        let marker = requirement.marker.as_ref();
        wants.push(Want {
            requirement: Arc::clone(requirement),
            set: set.clone(),
            environment: stands,
            path: manifest.path.clone(),
            span: fact.span,
            location: manifest.document.location(&manifest.path, fact.span),
            applies: marker.map_or(Verdict::Holds, |it| it.judge(environment)),
            expected: Expectation::Optional,
        });
    }
    let judge = Expected::of(&wants, project, manager, installed, holding);
    let brought = judge.brought();
    let expected: Vec<Expectation> = wants.iter().map(|it| judge.judge(it)).collect();
    for (want, expected) in wants.iter_mut().zip(expected) {
        want.expected = expected;
    }
    wants.shrink_to_fit();
    (wants, brought)
}

/// What one of the several environments of a project is made to hold, beside what every one does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Holding {
    /// The manifest whose tables say it.
    pub path: AbsPath,
    /// Which Python it is made with.
    pub python: Option<Pin>,
    /// Where its requirements stand, with their quotes, in the order in which they are taken.
    pub places: Vec<Span>,
    /// The extras and groups of the project that it has, as spelled.
    pub sets: BTreeSet<Set>,
}

impl Holding {
    fn has(&self, path: &AbsPath, span: Span) -> bool {
        let around = |it: &Span| it.start <= span.start && span.end <= it.end;
        self.path == *path && self.places.iter().any(around)
    }
}

/// Which set each requirements file is. What the main file includes is always needed, whatever it is called; a file whose
/// name says nothing is what those are that include it.
fn sets(project: &Project) -> BTreeMap<AbsPath, Set> {
    let requirements = project.manifests.iter().filter(|it| it.document.format == "requirements");
    let paths: Vec<&AbsPath> = requirements.map(|it| &it.path).collect();
    let mut sets = BTreeMap::new();
    let mut including = Vec::new();
    for path in &paths {
        match manifest::set_of_file(path) {
            Some(set) => {
                including.push((set.clone(), project.included_by(path)));
                sets.insert((*path).clone(), set);
            }
            // So it stays where only a line `-c` leads to it.
            None => drop(sets.insert((*path).clone(), Set::Constraint)),
        }
    }
    for (manifest, fact) in project.facts() {
        let Says::Reads { set, target } = &fact.says else { continue };
        let Some(path) = manifest.path.parent().map(|it| it.join(target)) else { continue };
        including.push((set.clone(), BTreeSet::from([path])));
    }
    // `Main` is less than every other set.
    including.sort();
    for (set, included) in including.into_iter().rev() {
        for path in included {
            let named = manifest::set_of_file(&path).is_some();
            let is_extra = matches!(set, Set::Extra(_));
            if set == Set::Main || is_extra || !named && set != Set::Constraint {
                sets.insert(path, set.clone());
            }
        }
    }
    sets
}
