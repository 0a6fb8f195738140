//! What the rules about imports share: where they speak, and what they link to.

use std::{collections::BTreeMap, sync::Arc};

use super::{Draft, adding, fixes};
use crate::{
    action::Action,
    finding::{Related, Subject},
    manifest::Set,
    model::{Judged, Judgement, Model, Role, Want},
    text::Location,
};

/// A finding at an import.
pub(super) fn draft(model: &Model, judged: &Judged, message: String) -> Draft {
    let location = Location { path: judged.path.clone(), range: judged.range };
    let subject = Subject {
        distribution: None,
        module: Some(judged.module.clone()),
        environment: model.usable().map(|it| it.prefix.clone()),
    };
    Draft { subject, ..Draft::at(location, message) }
}

/// The same, about a distribution.
pub(super) fn about(draft: Draft, distribution: &str) -> Draft {
    let subject = Subject { distribution: Some(distribution.to_owned()), ..draft.subject };
    Draft { subject, ..draft }
}

/// The imports that something of a kind is to be said about.
pub(super) fn each<'model, T>(
    model: &'model Model,
    of: impl Fn(&'model Judgement) -> Option<T>,
) -> impl Iterator<Item = (&'model Judged, T)> {
    // Where there is neither a manifest nor an environment, one finding says so for all of them. A script has its own of both.
    let told = model.project.is_bare && model.usable().is_none();
    let speaks =
        move |it: &&'model Arc<Judged>| !told || matches!(it.judgement, Judgement::Script { .. });
    let judged = model.imports.to_tell().iter().filter(speaks);
    judged.filter_map(move |it| Some((&**it, of(&it.judgement)?)))
}

/// The fixes that declare distributions. One may be missed in hundreds of files, and is declared in the same way for each.
#[derive(Default)]
pub(super) struct Declaring<'model>(BTreeMap<(&'model str, Role), Vec<Action>>);

impl<'model> Declaring<'model> {
    pub(super) fn actions(
        &mut self,
        model: &Model,
        distribution: &'model str,
        role: Role,
    ) -> Vec<Action> {
        let add = || adding::add(model, distribution, &set_for(model, role));
        self.0.entry((distribution, role)).or_insert_with(add).clone()
    }
}

/// The requirement, as another place that explains a finding.
pub(super) fn declared_at(want: &Want) -> Vec<Related> {
    let message = format!("`{}` is declared here", want.requirement.spelled);
    vec![Related { location: want.location.clone(), message }]
}

/// The environment in a sentence: ``in `.venv` (Python 3.12.4)``; empty without one.
pub(super) fn inside(model: &Model) -> String {
    let Some(environment) = model.usable() else { return String::new() };
    let version =
        environment.version.as_ref().map(|it| format!(" (Python {it})")).unwrap_or_default();
    format!(" in {}{version}", fixes::shown(model, environment.place()))
}

/// The set that what a file imports belongs into.
pub(super) fn set_for(model: &Model, role: Role) -> Set {
    if role == Role::Shipped {
        return Set::Main;
    }
    let groups: Vec<&str> = model
        .project
        .facts()
        .filter_map(|(_, fact)| match &fact.says {
            crate::manifest::Says::Defines(Set::Group(group)) => Some(group.as_str()),
            _ => None,
        })
        .collect();
    let usual = ["test", "tests", "testing", "dev", "develop", "development"];
    let found = usual.iter().find(|it| groups.contains(it));
    found.map_or(Set::Main, |it| Set::Group((*it).to_owned()))
}
