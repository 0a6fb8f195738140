//! A manifest includes what is not there: a requirements file, a constraints file, a dependency group.
//!
//! Installers stop at it. Paths count from the file that includes (pip documentation, *Requirements File Format*); groups are
//! looked for in the same `[dependency-groups]` (*Dependency groups*).
//!
//! The fix writes the name that was probably meant, where there is one like it.

use super::{Draft, Rule, edits, fixes};
use crate::{
    finding::Severity,
    manifest::{Fact, Says, Set},
    model::{ManifestRead, Model},
    standard::{name, spelling},
};

pub(super) static RULE: Rule = Rule { code: "include-missing", severity: Severity::Error, check };

fn check(model: &Model, report: &mut Vec<Draft>) {
    for (manifest, fact) in model.project.facts() {
        let found = match &fact.says {
            Says::Includes { target, .. } | Says::Reads { target, .. } => {
                file(model, manifest, target)
            }
            Says::IncludesGroup { group, included } => self::group(manifest, group, included),
            _ => None,
        };
        let Some(Missing { message, meant }) = found else { continue };
        let action = meant.and_then(|it| edits::replace(model, &manifest.path, fact.span, &it));
        let actions = action.map(|it| fixes::preferred(it, true)).into_iter().collect();
        let location = manifest.document.location(&manifest.path, fact.span);
        report.push(Draft { actions, ..Draft::at(location, message) });
    }
}

struct Missing {
    message: String,
    meant: Option<String>,
}

fn file(model: &Model, manifest: &ManifestRead, target: &str) -> Option<Missing> {
    let folder = manifest.path.parent()?;
    let path = folder.join(target);
    if !model.project.absent.contains(&path) {
        return None;
    }
    let name = path.name_text();
    let beside = model.project.manifests.iter().filter(|it| it.path.parent() == path.parent());
    let names: Vec<String> = beside.map(|it| it.path.name_text()).collect();
    let others = names.iter().map(String::as_str).filter(|it| *it != manifest.path.name_text());
    let meant = spelling::nearest(&name, others);
    let meant = meant.and_then(|it| Some(format!("{}{it}", target.strip_suffix(&name)?)));
    Some(Missing { message: format!("`{}` is not there", model.shown(&path)), meant })
}

fn group(manifest: &ManifestRead, group: &str, included: &str) -> Option<Missing> {
    let defined = manifest.document.facts.iter().filter_map(|Fact { says, .. }| match says {
        Says::Defines(Set::Group(name)) => Some(name.as_str()),
        _ => None,
    });
    let defined: Vec<&str> = defined.collect();
    let normal = name::normalised(included);
    if defined.iter().any(|it| name::normalised(it) == normal) {
        return None;
    }
    let others = defined.iter().copied().filter(|it| *it != group);
    let meant = spelling::nearest(included, others).map(str::to_owned);
    let message = format!("group `{group}` includes `{included}`, which is not defined");
    Some(Missing { message, meant })
}
