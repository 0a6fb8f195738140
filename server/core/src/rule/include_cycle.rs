//! A manifest includes itself, by way of others or at once.
//!
//! pip refuses requirements files that include each other in a circle, and dependency groups may not do so either
//! (*Dependency groups*). One of the includes has to go.

use std::collections::{BTreeMap, VecDeque};

use super::{Draft, Rule};
use crate::{
    finding::Severity,
    manifest::Says,
    model::{ManifestRead, Model},
    standard::name,
    world::AbsPath,
};

pub(super) static RULE: Rule = Rule { code: "include-cycle", severity: Severity::Error, check };

fn check(model: &Model, report: &mut Vec<Draft>) {
    let files = files(model);
    for (manifest, fact) in model.project.facts() {
        let message = match &fact.says {
            Says::Includes { target, .. } => {
                let Some(included) = manifest.path.parent().map(|it| it.join(target)) else {
                    continue;
                };
                let Some(way) = way(&files, &included, &manifest.path) else { continue };
                let names = way.iter().map(|it| model.shown(it));
                circle("", &model.shown(&manifest.path), names)
            }
            Says::IncludesGroup { group, included } => {
                let (from, to) = (name::normalised(included), name::normalised(group));
                let Some(way) = way(&groups(manifest), &from, &to) else { continue };
                circle("group ", &to, way.into_iter())
            }
            _ => continue,
        };
        let location = manifest.document.location(&manifest.path, fact.span);
        report.push(Draft::at(location, message));
    }
}

fn circle(kind: &str, from: &str, way: impl Iterator<Item = String>) -> String {
    let way = way.map(|it| format!(" → `{it}`"));
    format!("{kind}`{from}` includes itself: `{from}`{}", way.collect::<String>())
}

fn files(model: &Model) -> BTreeMap<AbsPath, Vec<AbsPath>> {
    let mut files: BTreeMap<AbsPath, Vec<AbsPath>> = BTreeMap::new();
    for (manifest, fact) in model.project.facts() {
        if let Says::Includes { target, .. } = &fact.says
            && let Some(folder) = manifest.path.parent()
        {
            files.entry(manifest.path.clone()).or_default().push(folder.join(target));
        }
    }
    files
}

fn groups(manifest: &ManifestRead) -> BTreeMap<String, Vec<String>> {
    let mut groups: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for fact in &manifest.document.facts {
        if let Says::IncludesGroup { group, included } = &fact.says {
            let included = name::normalised(included);
            groups.entry(name::normalised(group)).or_default().push(included);
        }
    }
    groups
}

/// The shortest way from one to another, both included.
fn way<T: Ord + Clone>(includes: &BTreeMap<T, Vec<T>>, from: &T, to: &T) -> Option<Vec<T>> {
    let mut before: BTreeMap<&T, Option<&T>> = BTreeMap::from([(from, None)]);
    let mut queue = VecDeque::from([from]);
    while let Some(at) = queue.pop_front() {
        if at == to {
            let mut way: Vec<T> =
                std::iter::successors(Some(at), |it| before.get(*it).copied().flatten())
                    .cloned()
                    .collect();
            way.reverse();
            return Some(way);
        }
        for next in includes.get(at).into_iter().flatten() {
            if !before.contains_key(next) {
                before.insert(next, Some(at));
                queue.push_back(next);
            }
        }
    }
    None
}
