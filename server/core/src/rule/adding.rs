//! Fixes that declare a distribution: with the project's own manager, or as an edit of the manifest. None of them is ever
//! preferred, for what they name comes from elsewhere than the project.

use super::fixes;
use crate::{
    action::{Action, What},
    manifest::{Document, Set},
    model::{ManifestRead, Model, Want},
    standard::name,
    text::Span,
};

/// Declares a requirement in a set.
pub(super) fn add(model: &Model, requirement: &str, set: &Set) -> Vec<Action> {
    let bare = requirement.split(['<', '>', '=', '!', '~', ' ']).next().unwrap_or("");
    if !name::is_valid(bare) {
        return Vec::new();
    }
    let mut actions = Vec::new();
    if let Some(recipe) = model.manager().add(model, requirement, set) {
        let title = format!("Add `{requirement}`{} (`{}`)", to(set), recipe.shown());
        actions.push(Action { title, preferred: false, what: What::Run(recipe) });
    }
    actions.extend(written(model, requirement, set));
    actions
}

fn to(set: &Set) -> String {
    match set {
        Set::Group(group) => format!(" to group `{group}`"),
        Set::Extra(extra) => format!(" to extra `{extra}`"),
        _ => String::new(),
    }
}

/// The edit that declares it beside what the set has already.
fn written(model: &Model, requirement: &str, set: &Set) -> Option<Action> {
    let beside = |it: &&Want| it.set == *set && it.requirement.url.is_none();
    let last = model
        .wants
        .iter()
        .filter(beside)
        .max_by_key(|it| (format(model, it) == "pyproject", it.span));
    let (manifest, at, text) = match last {
        Some(want) => {
            let manifest = model.project.manifests.iter().find(|it| it.path == want.path)?;
            let (at, text) = behind(&manifest.document, want.span, requirement)?;
            (manifest, at, text)
        }
        None if *set == Set::Main => {
            let manifest =
                model.project.manifests.iter().find(|it| it.document.format == "pyproject")?;
            let (at, text) = into_empty(manifest, requirement)?;
            (manifest, at, text)
        }
        None => return None,
    };
    let location = manifest.document.location(&manifest.path, Span::new(at, at));
    let shown = model.shown(&manifest.path);
    Some(fixes::edit(format!("Declare `{requirement}`{} in `{shown}`", to(set)), location, text))
}

fn format(model: &Model, want: &Want) -> &'static str {
    let manifest = model.project.manifests.iter().find(|it| it.path == want.path);
    manifest.map_or("", |it| it.document.format)
}

/// Behind a requirement, written as that is.
fn behind(document: &Document, span: Span, requirement: &str) -> Option<(usize, String)> {
    let text = &*document.text;
    let newline = if text.contains("\r\n") { "\r\n" } else { "\n" };
    let line_start = text.get(..span.start)?.rfind('\n').map_or(0, |it| it + 1);
    match document.format {
        "requirements" => {
            let mut end = span.end;
            loop {
                end += text.get(end..)?.find('\n').unwrap_or(text.len() - end);
                let line = text.get(..end)?.trim_end_matches('\r');
                if !line.ends_with('\\') || end >= text.len() {
                    break;
                }
                end += 1;
            }
            let end = text.get(..end)?.trim_end_matches('\r').len();
            Some((end, format!("{newline}{requirement}")))
        }
        "pyproject" => {
            let quote =
                text.get(span.end..)?.chars().next().filter(|it| matches!(it, '"' | '\''))?;
            let behind = span.end + quote.len_utf8();
            let rest = text.get(behind..)?;
            if rest.starts_with(quote) {
                return None;
            }
            let comma = rest.trim_start_matches([' ', '\t']).starts_with(',');
            let at = if comma { behind + rest.find(',')? + 1 } else { behind };
            let indent = text.get(line_start..span.start.checked_sub(1)?)?;
            let text = match (indent.trim().is_empty(), comma) {
                (true, true) => format!("{newline}{indent}{quote}{requirement}{quote},"),
                (true, false) => format!(",{newline}{indent}{quote}{requirement}{quote}"),
                (false, true) => format!(" {quote}{requirement}{quote},"),
                (false, false) => format!(", {quote}{requirement}{quote}"),
            };
            Some((at, text))
        }
        _ => None,
    }
}

/// Into a list of dependencies that has none.
fn into_empty(manifest: &ManifestRead, requirement: &str) -> Option<(usize, String)> {
    let text = &*manifest.document.text;
    let project = text.find("[project]")?;
    let within = text.get(project..)?;
    let within = within.get(..within.get(1..)?.find("\n[").map_or(within.len(), |it| it + 1))?;
    let key = within.find("\ndependencies = [")?;
    let at = key + "\ndependencies = [".len();
    within.get(at..)?.starts_with(']').then(|| (project + at, format!("\"{requirement}\"")))
}
