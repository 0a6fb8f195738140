//! A requirement is declared twice in one list.
//!
//! pip refuses a requirements file with two different requirements of one name, and of two that say the same one is easily
//! forgotten when the other is changed. Requirements with different markers or extras are taken to be meant, and those whose
//! versions exclude each other are told as `conflicting-requirement`. Of several environments each may say more of a requirement.
//!
//! The fix removes the second.

use std::collections::BTreeMap;

use super::{Draft, Rule, edits, fixes};
use crate::{
    finding::{Related, Severity, Subject},
    manifest::Set,
    model::{Model, Want},
    standard::{name, satisfiable},
    world::AbsPath,
};

pub(super) static RULE: Rule =
    Rule { code: "duplicate-requirement", severity: Severity::Warning, check };

/// What must be the same of two requirements for them to be one declared twice.
type Same<'want> = (&'want AbsPath, &'want Set, &'want str, Vec<String>, &'want str);

fn check(model: &Model, report: &mut Vec<Draft>) {
    let mut first: BTreeMap<Same<'_>, &Want> = BTreeMap::new();
    let is_declared = |it: &&Want| it.set.is_need() && it.environment.is_none();
    let declared = model.wants.iter().filter(|it| is_declared(it) || it.set == Set::Build);
    for want in declared {
        let requirement = &want.requirement;
        let mut extras: Vec<String> =
            requirement.extras.iter().map(|it| name::normalised(&it.0)).collect();
        extras.sort();
        let marker = requirement.marker.as_ref().map_or("", |it| it.spelled());
        let same = (&want.path, &want.set, &*requirement.name, extras, marker);
        let Some(earlier) = first.insert(same.clone(), want) else { continue };
        first.insert(same, earlier);
        let both = [&earlier.requirement.specifiers, &requirement.specifiers];
        if satisfiable::contradict(&both) {
            continue;
        }
        let line = earlier.location.range.start.line + 1;
        let alike = both[0].to_string() == both[1].to_string();
        let with = if alike { "" } else { " with other versions" };
        let name = &requirement.name;
        let message = format!("`{name}` is declared twice, also on line {line}{with}");
        let action = edits::remove(model, want).map(|it| fixes::preferred(it, alike));
        let related = vec![Related {
            location: earlier.location.clone(),
            message: "declared here".to_owned(),
        }];
        let subject = Subject { distribution: Some(name.to_string()), ..Subject::default() };
        let draft = Draft::at(want.location.clone(), message);
        report.push(Draft { actions: action.into_iter().collect(), related, subject, ..draft });
    }
}
