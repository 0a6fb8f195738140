//! Something was installed to be edited in a folder that is not there any more, so it cannot be imported.
//!
//! An editable installation only points to a folder (`direct_url.json`, *Recording the direct URL origin*). Where that was
//! moved or deleted, the distribution still counts as installed.
//!
//! The fix installs what the project declares again, where it is the project itself that was moved.

use super::{Draft, Rule, fixes};
use crate::{
    finding::Severity,
    manifest::Says,
    model::{FlawKind, Model},
    standard::name,
    text::Location,
    world::AbsPath,
};

pub(super) static RULE: Rule = Rule { code: "stale-editable", severity: Severity::Warning, check };

fn check(model: &Model, report: &mut Vec<Draft>) {
    let Some(environment) = model.usable() else { return };
    let prefix = fixes::shown(model, &environment.prefix);
    let own = model.project.name.as_deref().map(name::normalised);
    for flaw in &model.flaws {
        let FlawKind::SourceGone(source) = &flaw.kind else { continue };
        let (name, shown) = (&flaw.name, fixes::shown(model, source));
        let message = format!("editable `{name}` in {prefix} leads to {shown}, which is not there");
        let mut draft = Draft::of_flaw(model, flaw, message);
        if let Some(line) = line(model, source) {
            draft.location = line;
        }
        if own.as_ref() == Some(&name::normalised(name)) {
            draft.actions = fixes::sync(model).into_iter().collect();
        }
        report.push(draft);
    }
}

/// The line that asks for what is in that folder.
fn line(model: &Model, source: &AbsPath) -> Option<Location> {
    let mut facts = model.project.facts();
    facts.find_map(|(manifest, fact)| {
        let Says::Direct { target, .. } = &fact.says else { return None };
        let folder = target.split('[').next().unwrap_or(target);
        let leads_there = manifest.path.parent()?.join(folder) == *source;
        leads_there.then(|| manifest.document.location(&manifest.path, fact.span))
    })
}
