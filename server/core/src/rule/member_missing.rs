//! A workspace has a member without a manifest, or is to serve a distribution that none of its members is.
//!
//! uv stops at a folder that a glob of `members` takes in and that has no `pyproject.toml`, unless it is empty, and at a source
//! `{ workspace = true }` for a name that no member has (uv, *Using workspaces*).
//!
//! The fix excludes the folder, or makes it a member with a manifest of its own.

use super::{Draft, Rule, fixes};
use crate::{
    finding::Severity,
    manifest::Says,
    model::{Bare, Model},
    standard::{name, spelling},
    text::Span,
};

pub(super) static RULE: Rule = Rule { code: "member-missing", severity: Severity::Error, check };

fn check(model: &Model, report: &mut Vec<Draft>) {
    for bare in &model.members.bare {
        let folder = model.shown(&bare.folder);
        let message = if bare.glob == folder {
            format!("workspace member `{folder}` has no `pyproject.toml`")
        } else {
            format!("workspace member `{folder}` (by `{}`) has no `pyproject.toml`", bare.glob)
        };
        let actions = exclude(model, bare).into_iter().collect();
        report.push(Draft { actions, ..Draft::at(bare.location.clone(), message) });
    }
    let Some(names) = &model.members.names else { return };
    for (manifest, fact) in model.project.facts() {
        let Says::FromWorkspace(stated) = &fact.says else { continue };
        let normal = name::normalised(stated);
        if names.contains(&normal) {
            continue;
        }
        let message =
            format!("`{stated}` is to come from the workspace, but no member of it has that name");
        let meant = spelling::nearest(&normal, names.iter().map(String::as_str));
        let action =
            meant.and_then(|it| super::edits::replace(model, &manifest.path, fact.span, it));
        let actions = action.map(|it| fixes::preferred(it, true)).into_iter().collect();
        let location = manifest.document.location(&manifest.path, fact.span);
        report.push(Draft { actions, ..Draft::at(location, message) });
    }
}

/// Names the folder in `exclude`, where the members are stated on lines of their own.
fn exclude(model: &Model, bare: &Bare) -> Option<crate::action::Action> {
    let manifest = super::edits::manifest(model, &bare.location.path)?;
    let text = &*manifest.document.text;
    let excluded = manifest.document.facts.iter().find_map(|fact| match &fact.says {
        Says::Workspace { exclude, .. } => Some(exclude.is_empty()),
        _ => None,
    })?;
    let at = manifest.document.lines.offset(
        text,
        bare.location.range.start.line,
        bare.location.range.start.utf8,
        crate::text::Encoding::Utf8,
    );
    let statement = text.get(..at)?.rfind("members")?;
    let start = text.get(..statement)?.rfind('\n').map_or(0, |it| it + 1);
    let plain = text.get(start..statement)?.is_empty() && excluded;
    let newline = if text.contains("\r\n") { "\r\n" } else { "\n" };
    let folder = model.shown(&bare.folder);
    let location = manifest.document.location(&manifest.path, Span::new(start, start));
    plain.then(|| {
        fixes::edit(
            format!("Exclude `{folder}` from the workspace"),
            location,
            format!("exclude = [\"{folder}\"]{newline}"),
        )
    })
}
