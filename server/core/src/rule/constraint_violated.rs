//! What is installed is not what a constraint allows.
//!
//! A constraint asks for nothing, it only bounds the versions of what something else asks for (pip documentation,
//! *Constraints Files*; uv, `constraint-dependencies`). Judged are constraints in `pyproject.toml` and in files that a line
//! `-c` includes.
//!
//! The fix installs what the project declares, within its constraints; another changes the constraint to what is installed.

use std::collections::BTreeMap;

use super::{Draft, Rule, fixes, version_mismatch};
use crate::{
    finding::{Related, Severity, Subject},
    manifest::{Says, Set},
    model::{Model, Want},
    standard::{marker::Verdict, version::Version},
    text::Location,
    world::AbsPath,
};

pub(super) static RULE: Rule =
    Rule { code: "constraint-violated", severity: Severity::Warning, check };

fn check(model: &Model, report: &mut Vec<Draft>) {
    let (Some(environment), Some(installed)) = (model.usable(), &model.installed) else { return };
    let prefix = fixes::shown(model, &environment.prefix);
    let force = Force::of(model);
    for want in model.wants.iter().filter(|it| it.set == Set::Constraint) {
        let included = force.includes.get(&want.path);
        let found = installed.distributions.get(&want.requirement.name);
        let Some(found) = found.filter(|_| force.has(want) && want.applies == Verdict::Holds)
        else {
            continue;
        };
        let Some(version) = outside(want, found.iter().map(|it| &*it.version)) else { continue };
        let spelled = &want.requirement.spelled;
        let message = format!("`{spelled}` is a constraint, {version} is installed in {prefix}");
        let mut actions: Vec<_> = fixes::sync(model).into_iter().collect();
        actions.extend(version_mismatch::change(model, want, &version));
        let related = included.map(|location| Related {
            location: location.clone(),
            message: "put in force here".to_owned(),
        });
        let subject = Subject {
            distribution: Some(want.requirement.name.to_string()),
            module: None,
            environment: Some(environment.prefix.clone()),
        };
        let draft = Draft::at(version_mismatch::place(model, want), message);
        report.push(Draft { actions, related: related.into_iter().collect(), subject, ..draft });
    }
}

/// The last of the installed versions, where the constraint allows none of them.
fn outside<'version>(
    want: &Want,
    installed: impl Iterator<Item = &'version str>,
) -> Option<Version> {
    let versions: Option<Vec<Version>> = installed.map(Version::parse).collect();
    let versions = versions?;
    let fits = versions.iter().any(|it| want.requirement.specifiers.admits(it));
    versions.into_iter().next_back().filter(|_| !fits)
}

/// Which constraints are in force.
pub(super) struct Force {
    /// The files, each with the line that includes it.
    includes: BTreeMap<AbsPath, Location>,
}

impl Force {
    pub(super) fn of(model: &Model) -> Force {
        let mut includes = BTreeMap::new();
        for (manifest, fact) in model.project.facts() {
            if let Says::Includes { target, constraint: true } = &fact.says
                && let Some(folder) = manifest.path.parent()
            {
                let location = manifest.document.location(&manifest.path, fact.span);
                includes.entry(folder.join(target)).or_insert(location);
            }
        }
        Force { includes }
    }

    /// Whether a constraint is.
    pub(super) fn has(&self, constraint: &Want) -> bool {
        self.includes.contains_key(&constraint.path) || constraint.path.name() == b"pyproject.toml"
    }
}
