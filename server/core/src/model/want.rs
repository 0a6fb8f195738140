//! What a project needs, as one list made of all its manifests.

use std::collections::BTreeMap;

use super::{evidence::Evidence, project::Project};
use crate::{
    manager::Manager,
    manifest::{self, Says, Set},
    standard::{
        marker::{MarkerEnvironment, Verdict},
        name::normalised,
        requirement::Requirement,
    },
    text::{Location, Span},
    world::{AbsPath, Inventory},
};

/// One requirement of the project.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Want {
    pub requirement: Requirement,
    pub set: Set,
    /// The manifest that it stands in.
    pub path: AbsPath,
    pub span: Span,
    pub location: Location,
    /// What its marker says of the chosen environment.
    pub applies: Verdict,
    pub expected: Expectation,
}

/// Whether a requirement should be installed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Expectation {
    /// It belongs to what is always installed, or to a set that has been installed in part.
    Installed(Evidence),
    /// It belongs to a set that nobody installed, or is no need of the environment at all.
    Optional,
}

/// Every requirement of a project, judged for an environment.
pub(super) fn wants(
    project: &Project,
    manager: &dyn Manager,
    environment: &MarkerEnvironment,
    installed: Option<&Inventory>,
) -> Vec<Want> {
    let mut wants: Vec<Want> = Vec::new();
    let sets = sets(project);
    for (manifest, fact) in project.facts() {
        let Says::Requirement { set, requirement } = &fact.says else { continue };
        let set = sets.get(&manifest.path).unwrap_or(set);
        let marker = requirement.marker.as_ref();
        wants.push(Want {
            requirement: requirement.clone(),
            set: set.clone(),
            path: manifest.path.clone(),
            span: fact.span,
            location: manifest.document.location(&manifest.path, fact.span),
            applies: marker.map_or(Verdict::Holds, |it| it.judge(environment)),
            expected: Expectation::Optional,
        });
    }
    let expected: Vec<Expectation> =
        wants.iter().map(|want| expectation(want, &wants, project, manager, installed)).collect();
    for (want, expected) in wants.iter_mut().zip(expected) {
        want.expected = expected;
    }
    wants
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
    // `Main` is less than every other set.
    including.sort();
    for (set, included) in including.into_iter().rev() {
        for path in included {
            let named = manifest::set_of_file(&path).is_some();
            if set == Set::Main || !named && set != Set::Constraint {
                sets.insert(path, set.clone());
            }
        }
    }
    sets
}

fn expectation(
    want: &Want,
    all: &[Want],
    project: &Project,
    manager: &dyn Manager,
    installed: Option<&Inventory>,
) -> Expectation {
    let shown = want.path.shown_from(&project.root);
    let always = |what: String| Expectation::Installed(Evidence::read(want.location.clone(), what));
    match &want.set {
        Set::Main => always(format!("`{shown}` declares it")),
        Set::Build | Set::Constraint => Expectation::Optional,
        Set::Group(group) if manager.installs_group(project, group) => {
            always(format!("{} installs group `{group}` by itself", manager.name()))
        }
        Set::Group(name) | Set::Extra(name) => {
            // A set counts as installed when something is there that only this set names.
            let elsewhere = |name: &str| {
                all.iter().any(|it| it.set != want.set && *it.requirement.name == *name)
            };
            // The project itself is there anyway; a set that names it means its extras.
            let own = project.name.as_deref().map(normalised);
            let itself = |name: &str| own.as_deref() == Some(name);
            let alone = all.iter().filter(|it| it.set == want.set && it.path == want.path);
            let present =
                |name: &str| installed.is_some_and(|it| it.distributions.contains_key(name));
            let witness = alone
                .map(|it| &*it.requirement.name)
                .find(|it| present(it) && !elsewhere(it) && !itself(it));
            match witness {
                Some(witness) => always(format!("`{witness}` of `{name}` is installed")),
                None => Expectation::Optional,
            }
        }
    }
}
