//! A dependency group is not installed.
//!
//! Nothing is wrong with that: groups are there to be left out (*Dependency groups*). Said is it only of groups of which
//! nothing at all is installed, and that the project's manager does not install by itself.
//!
//! The fix installs the group along with everything else that is in use.

use std::collections::BTreeSet;

use super::{Draft, Rule, fixes};
use crate::{
    finding::{Severity, Subject},
    manifest::{Says, Set},
    model::{Expectation, Model, Want},
    standard::{marker::Verdict, name},
};

pub(super) static RULE: Rule =
    Rule { code: "group-not-installed", severity: Severity::Hint, check };

fn check(model: &Model, report: &mut Vec<Draft>) {
    let (Some(environment), Some(installed)) = (model.usable(), &model.installed) else { return };
    let prefix = fixes::shown(model, &environment.prefix);
    let mut said = BTreeSet::new();
    for (manifest, fact) in model.project.facts() {
        let Says::Defines(Set::Group(group)) = &fact.says else { continue };
        let normal = name::normalised(group);
        // A tool's own table may say more of a group that the standard's defines.
        if !said.insert((&manifest.path, normal.clone())) {
            continue;
        }
        let ours = |it: &&Want| {
            let named = matches!(&it.set, Set::Group(it) if name::normalised(it) == normal);
            named && it.path == manifest.path && it.applies == Verdict::Holds
        };
        let wants: Vec<&Want> = model.wants.iter().filter(ours).collect();
        let missing = wants.iter().filter(|it| {
            it.expected == Expectation::Optional
                && !installed.distributions.contains_key(&it.requirement.name)
        });
        if wants.is_empty() || missing.count() < wants.len() {
            continue;
        }
        let count = match wants.len() {
            1 => "1 requirement".to_owned(),
            many => format!("{many} requirements"),
        };
        let message = format!("group `{group}` ({count}) is not installed in {prefix}");
        let actions = fixes::install_group(model, group).into_iter().collect();
        let subject =
            Subject { environment: Some(environment.prefix.clone()), ..Subject::default() };
        let location = manifest.document.location(&manifest.path, fact.span);
        report.push(Draft { actions, subject, ..Draft::at(location, message) });
    }
}
