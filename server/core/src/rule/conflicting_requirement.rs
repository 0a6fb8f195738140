//! Two requirements of one distribution exclude each other, so nothing can be installed that satisfies both.
//!
//! The same is said of a requirement whose own bounds exclude each other.
//!
//! Judged are requirements that are installed together and whose markers both hold: those that are always needed, those of
//! groups and extras in use, those of one group or extra among each other, and constraints that are in force: those in
//! `pyproject.toml` and in files that a line `-c` includes. Of other constraints files, which lie ready for one Python or another,
//! nobody can tell which hold together.

use std::collections::BTreeMap;

use super::{Draft, Rule, constraint_violated};
use crate::{
    finding::{Related, Severity, Subject},
    manifest::Set,
    model::{Expectation, Model, Want},
    standard::{marker::Verdict, satisfiable},
};

pub(super) static RULE: Rule =
    Rule { code: "conflicting-requirement", severity: Severity::Error, check };

fn check(model: &Model, report: &mut Vec<Draft>) {
    let mut by_name: BTreeMap<&str, Vec<&Want>> = BTreeMap::new();
    let in_force = constraint_violated::Force::of(model);
    for want in &model.wants {
        let requirement = &want.requirement;
        let judged = want.set.is_need() || want.set == Set::Constraint && in_force.has(want);
        let bound = !requirement.specifiers.is_empty() && requirement.url.is_none();
        if bound && want.applies == Verdict::Holds && judged {
            by_name.entry(&requirement.name).or_default().push(want);
        }
    }
    for (name, wants) in &by_name {
        for want in wants {
            if contradicts_itself(want) {
                let spelled = &want.requirement.spelled;
                let message = format!("no version is `{spelled}`: its bounds exclude each other");
                let distribution = Some((*name).to_owned());
                let subject = Subject { distribution, ..Subject::default() };
                report.push(Draft { subject, ..Draft::at(want.location.clone(), message) });
                continue;
            }
            let Some(other) = wants.iter().find(|other| conflict(want, other)) else { continue };
            let shown = model.shown(&other.path);
            let line = other.location.range.start.line + 1;
            let (ours, theirs) = (&want.requirement.spelled, &other.requirement.spelled);
            let message =
                format!("`{ours}` and `{theirs}` (`{shown}`, line {line}) cannot both hold");
            let related = Related {
                location: other.location.clone(),
                message: format!("`{theirs}` is declared here"),
            };
            let subject = Subject { distribution: Some((*name).to_owned()), ..Subject::default() };
            let draft = Draft::at(want.location.clone(), message);
            report.push(Draft { related: vec![related], subject, ..draft });
        }
    }
}

fn conflict(one: &Want, other: &Want) -> bool {
    let everywhere =
        |it: &Want| it.set == Set::Constraint || matches!(it.expected, Expectation::Installed(_));
    let together = (everywhere(one) && everywhere(other)) || one.set == other.set;
    // What a list was compiled into is held against it by the rules on locks.
    let compiled = one.path != other.path && stem(one) == stem(other);
    let both = [&one.requirement.specifiers, &other.requirement.specifiers];
    !std::ptr::eq(one, other)
        && together
        && !compiled
        && satisfiable::contradict(&both)
        && !contradicts_itself(other)
}

/// `requirements` of `requirements.in` and `requirements.txt`, with the folder.
fn stem(want: &Want) -> &[u8] {
    let path = want.path.as_bytes();
    path.strip_suffix(b".in").or(path.strip_suffix(b".txt")).unwrap_or(path)
}

fn contradicts_itself(want: &Want) -> bool {
    satisfiable::contradict(&[&want.requirement.specifiers])
}
