//! The project gets an environment that was made for another project, and the two need different things of it.
//!
//! Whichever is synced last takes from the other what it needs. Members of a workspace, which share their environment on
//! purpose, are not meant.
//!
//! The fix makes an environment of the project's own.

use super::{Draft, Rule, fixes};
use crate::{
    finding::{Severity, Subject},
    manifest::Set,
    model::{Environment, Model, Sharing},
    standard::version::Version,
};

pub(super) static RULE: Rule =
    Rule { code: "shared-environment", severity: Severity::Warning, check };

fn check(model: &Model, report: &mut Vec<Draft>) {
    let (Some(environment), Some(sharing)) = (model.usable(), &model.sharing) else { return };
    let prefix = fixes::shown(model, environment.place());
    let other = fixes::shown(model, &sharing.project);
    let Some(conflict) =
        python(model, environment, sharing).or_else(|| requirement(model, sharing))
    else {
        return;
    };
    let message = format!("environment {prefix} is that of {other} too: {conflict}");
    let subject = Subject { environment: Some(environment.prefix.clone()), ..Subject::default() };
    let actions = fixes::instead(model);
    report.push(Draft { actions, subject, ..Draft::at(model.anchor(), message) });
}

/// Whether only one of the two supports the environment's Python.
fn python(model: &Model, environment: &Environment, sharing: &Sharing) -> Option<String> {
    let version = environment.version.as_ref()?;
    let (ours, theirs) =
        (model.project.requires_python.as_ref()?, sharing.requires_python.as_ref()?);
    let differ = ours.specifiers.admits(version) != theirs.specifiers.admits(version);
    let (ours, theirs) = (&ours.spelled, &theirs.spelled);
    differ.then(|| {
        format!("`{}` asks for Python `{theirs}`, this project for `{ours}`", sharing.name)
    })
}

/// The first distribution whose installed version only one of the two admits.
fn requirement(model: &Model, sharing: &Sharing) -> Option<String> {
    let installed = model.installed.as_ref()?;
    let ours = model.wants.iter().filter(|it| it.set == Set::Main).map(|it| &it.requirement);
    ours.flat_map(|ours| sharing.requirements.iter().map(move |theirs| (ours, theirs))).find_map(
        |(ours, theirs)| {
            let found = installed.distributions.get(&ours.name)?.last()?;
            let version = Version::parse(&found.version)?;
            let differ = ours.specifiers.admits(&version) != theirs.specifiers.admits(&version);
            (ours.name == theirs.name && differ).then(|| {
                let (ours, theirs) = (&ours.spelled, &theirs.spelled);
                format!("`{}` needs `{theirs}`, this project `{ours}`", sharing.name)
            })
        },
    )
}
