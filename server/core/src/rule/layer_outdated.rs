//! What a build installs is not what the project asks for.
//!
//! A command of a Dockerfile that names a version by itself, `pip install httpx==0.27`, is easily forgotten when the project's
//! requirement is raised. Judged is what is pinned there, against what the project needs always; what is in a container that
//! runs is another question.
//!
//! The fix is to install from the project's own manifest or lock, or to raise the version.

use std::collections::BTreeSet;

use super::{Draft, Rule};
use crate::{
    declared::{Command, Does},
    finding::{Related, Severity, Subject},
    manifest::Set,
    model::Model,
    standard::{
        requirement::{self, Requirement},
        version::{Bound, Operator, Version},
    },
};

pub(super) static RULE: Rule = Rule { code: "layer-outdated", severity: Severity::Warning, check };

fn check(model: &Model, report: &mut Vec<Draft>) {
    let mut seen = BTreeSet::new();
    for (_, built) in model.layers.builds() {
        if !seen.insert(&built.dockerfile) {
            continue;
        }
        let steps = built.document.declarations.stages.iter().flat_map(|it| &it.steps);
        for step in steps {
            let Does::Run(commands) = &step.does else { continue };
            for (command, requirement) in commands.iter().flat_map(installed) {
                let Some((version, want)) = contradicted(model, &requirement) else { continue };
                let (name, asked) = (&requirement.name, &want.requirement.spelled);
                let message =
                    format!("this installs `{name}` {version}, the project asks for `{asked}`");
                let related = Related {
                    location: want.location.clone(),
                    message: format!("`{asked}` is declared here"),
                };
                let location = built.document.location(&built.dockerfile, command.span);
                let subject =
                    Subject { distribution: Some(name.to_string()), ..Subject::default() };
                report.push(Draft {
                    related: vec![related],
                    subject,
                    ..Draft::at(location, message)
                });
            }
        }
    }
}

/// What a command installs by name.
fn installed(command: &Command) -> Vec<(&Command, Requirement)> {
    let by_python = || match command.of_python()? {
        [module, pip, install, rest @ ..]
            if module == "-m" && pip == "pip" && install == "install" =>
        {
            Some(rest)
        }
        _ => None,
    };
    let rest = command
        .after(&["pip", "install"])
        .or_else(|| command.after(&["pip3", "install"]))
        .or_else(|| command.after(&["uv", "pip", "install"]))
        .or_else(by_python);
    let words = rest.unwrap_or_default().iter().filter(|it| it.contains("=="));
    words.filter_map(|it| Some((command, requirement::parse(it, 0).ok()?))).collect()
}

/// The version that is pinned, and what of the project it does not satisfy.
fn contradicted<'model>(
    model: &'model Model,
    pinned: &Requirement,
) -> Option<(Version, &'model crate::model::Want)> {
    let exact = pinned.specifiers.iter().find_map(|it| match (&it.operator, &it.bound) {
        (Operator::Equal, Bound::Version(version)) => Some(version.clone()),
        _ => None,
    })?;
    let want = model.wants.iter().find(|it| {
        it.set == Set::Main && it.requirement.name == pinned.name && it.requirement.url.is_none()
    })?;
    (!want.requirement.specifiers.admits(&exact)).then_some((exact, want))
}
