//! Fixes that declare a distribution: with the project's own manager, or as an edit of the manifest. None of them is ever
//! preferred, for what they name comes from elsewhere than the project.

use std::{cmp::Reverse, collections::BTreeSet};

use super::fixes;
use crate::{
    action::{Action, What},
    manifest::{Document, Says, Set},
    model::{Judgement, ManifestRead, Model, Want},
    standard::name,
    text::Span,
};

/// Declares a requirement in a set.
pub(crate) fn add(model: &Model, requirement: &str, set: &Set) -> Vec<Action> {
    if !name::is_valid(bare(requirement)) {
        return Vec::new();
    }
    if model.project.is_bare {
        return begin_with(model, Some(requirement));
    }
    let mut actions = Vec::new();
    if let Some(recipe) =
        model.manager().add(model, requirement, set).and_then(|it| model.inside(it))
    {
        let title = format!("Add `{requirement}`{} (`{}`)", to(set), recipe.shown());
        actions.push(Action { title, preferred: false, what: What::Run(recipe) });
    }
    actions.extend(written(model, requirement, set));
    actions
}

/// What a project without a manifest would have to declare: what its code imports, as far as it is known who brings it; what
/// is installed with its version as the lower bound.
fn imported(model: &Model) -> Vec<String> {
    let requirements: BTreeSet<String> = model
        .imports
        .judged
        .iter()
        .filter_map(|it| match &it.judgement {
            Judgement::Undeclared { distribution } => Some(distribution.clone()),
            Judgement::Transitive { distribution, version, .. } => {
                Some(format!("{distribution}{}", version.as_deref().map(bound).unwrap_or_default()))
            }
            _ => None,
        })
        .collect();
    requirements.into_iter().filter(|it| name::is_valid(bare(it))).collect()
}

/// Writes the first manifest of a project that has none, and installs what it declares then.
pub(super) fn begin(model: &Model) -> Vec<Action> {
    begin_with(model, None)
}

/// The same, with one that is asked for: as it is spelled, whatever was found of it.
fn begin_with(model: &Model, asked: Option<&str>) -> Vec<Action> {
    let mut requirements = imported(model);
    if let Some(asked) = asked {
        let same = |it: &str| name::normalised(bare(it)) == name::normalised(bare(asked));
        let found = requirements.iter().any(|it| same(it));
        // What is found has a bound of ours; one that somebody spelled stands before it.
        if !found || bare(asked) != asked {
            requirements.retain(|it| !same(it));
            requirements.push(asked.to_owned());
            requirements.sort_unstable();
        }
    }
    if !model.project.is_bare || requirements.is_empty() {
        return Vec::new();
    }
    let each: Vec<String> = requirements.iter().map(|it| bare(it).to_owned()).collect();
    let actions = model.manager().begin(model, &requirements).into_iter().map(|recipe| {
        let title = format!(
            "Write {} into a first `requirements.txt` (`{}`)",
            fixes::joined(&each),
            recipe.shown()
        );
        Action { title, preferred: false, what: What::Run(recipe) }
    });
    actions.filter_map(|it| model.placed(it)).collect()
}

/// The name in a requirement that we spelled.
fn bare(requirement: &str) -> &str {
    requirement.split(['<', '>', '=', '!', '~', ' ', '[']).next().unwrap_or("")
}

/// At least the installed version, to its second component.
pub(super) fn bound(version: &str) -> String {
    let numbers: Vec<&str> = version.split('.').take(2).collect();
    let plain = numbers.iter().all(|it| !it.is_empty() && it.bytes().all(|it| it.is_ascii_digit()));
    if plain { format!(">={}", numbers.join(".")) } else { String::new() }
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
    let (manifest, at, text) = place(model, &[requirement.to_owned()], set)?;
    let location = manifest.document.location(&manifest.path, Span::new(at, at));
    let shown = model.shown(&manifest.path);
    Some(fixes::edit(format!("Declare `{requirement}`{} in `{shown}`", to(set)), location, text))
}

/// The edit that has conda install a package too. Packages of conda have names of their own, so only the user's own word is
/// written there, never what an import is taken to need.
pub(crate) fn to_conda(model: &Model, requirement: &str) -> Option<Action> {
    let plain = name::is_valid(bare(requirement)) && !requirement.contains('[');
    let stated = |manifest: &&ManifestRead| manifest.document.format == "environment";
    let manifest = model.project.manifests.iter().find(stated).filter(|_| plain)?;
    let of_conda = |says: &Says| {
        matches!(says, Says::Conda { set: Set::Main, .. } | Says::RequiresPython { .. })
    };
    let facts = manifest.document.facts.iter().filter(|it| of_conda(&it.says));
    let mut items: Vec<Span> = facts.map(|it| item(&manifest.document.text, it.span)).collect();
    items.sort_unstable();
    // One that has an anchor may stand elsewhere than in the list.
    let mut places = items.iter().rev().map(|it| behind(&manifest.document, *it, requirement));
    let (at, text) = places.find_map(|it| it)?;
    let location = manifest.document.location(&manifest.path, Span::new(at, at));
    let shown = model.shown(&manifest.path);
    Some(fixes::edit(format!("Declare `{requirement}` in `{shown}`"), location, text))
}

/// Where requirements are declared beside what the set has already, and the text that does it.
pub(super) fn place<'model>(
    model: &'model Model,
    requirements: &[String],
    set: &Set,
) -> Option<(&'model ManifestRead, usize, String)> {
    let is_plain = |it: &Want| it.environment.is_none() && it.requirement.url.is_none();
    let beside = |it: &&Want| it.set == *set && is_plain(it);
    let mut wants: Vec<&Want> = model.wants.iter().filter(beside).collect();
    wants.sort_by_cached_key(|it| Reverse((format(model, it) == "pyproject", it.span)));
    let after = |want: &Want| {
        let manifest = model.project.manifests.iter().find(|it| it.path == want.path)?;
        let each = requirements.iter().map(|it| behind(&manifest.document, want.span, it));
        let each: Option<Vec<(usize, String)>> = each.collect();
        let each = each?;
        let at = each.first()?.0;
        Some((manifest, at, each.into_iter().map(|it| it.1).collect()))
    };
    match wants.first() {
        // In YAML the last one may be an anchor that stands elsewhere than in the list.
        Some(last) if format(model, last) == "environment" => {
            let beside = wants.iter().filter(|it| it.path == last.path);
            beside.into_iter().find_map(|it| after(it))
        }
        Some(last) => after(last),
        None if *set == Set::Main => {
            let of = |format: &str| {
                model.project.manifests.iter().find(|it| it.document.format == format)
            };
            if let Some((manifest, (at, text))) =
                of("pyproject").and_then(|it| Some((it, into_empty(it, requirements)?)))
            {
                return Some((manifest, at, text));
            }
            let manifest = of("requirements")?;
            let text = &*manifest.document.text;
            let begin = if text.is_empty() || text.ends_with('\n') { "" } else { "\n" };
            Some((manifest, text.len(), format!("{begin}{}\n", requirements.join("\n"))))
        }
        None => None,
    }
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
        "setup-cfg" => {
            let indent = text.get(line_start..span.start)?;
            let alone = indent.trim().is_empty();
            alone.then(|| (span.end, format!("{newline}{indent}{requirement}")))
        }
        "environment" => {
            let lead = text.get(line_start..span.start)?.trim_end_matches(['"', '\'']);
            let end = line_end(text, span.end)?;
            let is_item = lead.trim() == "-";
            is_item.then(|| (end, format!("{newline}{lead}{requirement}")))
        }
        _ if is_entry(text, span) => {
            let indent = text.get(line_start..span.start)?;
            let name = bare(requirement);
            let versions = requirement.get(name.len()..).map(str::trim).filter(|it| !it.is_empty());
            let versions = versions.unwrap_or("*");
            let end = line_end(text, span.end)?;
            let alone = indent.trim().is_empty();
            alone.then(|| (end, format!("{newline}{indent}{name} = \"{versions}\"")))
        }
        "pyproject" | "hatch" | "pixi" | "setup-py" => {
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

/// A stretch of an element of a list in YAML, from where that element begins.
fn item(text: &str, span: Span) -> Span {
    let line = text.get(..span.start).and_then(|it| it.rfind('\n')).map_or(0, |it| it + 1);
    let before = text.get(line..span.start).unwrap_or("");
    let start = before.find("- ").map_or(span.start, |it| line + it + "- ".len());
    let is_anchor = text.get(start..).is_some_and(|it| it.starts_with('&'));
    Span::new(if is_anchor { span.start } else { start }, span.end)
}

/// Whether a requirement is an entry of a table: `name = "^1"`.
fn is_entry(text: &str, span: Span) -> bool {
    let spelled = text.get(span.start..span.end).unwrap_or("");
    let key = spelled.split('=').next().unwrap_or("").trim().trim_matches(['"', '\'']);
    let value = spelled.split_once('=').map_or("", |it| it.1).trim_start();
    name::is_valid(key) && value.starts_with(['"', '\'', '{', '['])
}

/// The end of the line that a byte is on, before its break.
fn line_end(text: &str, at: usize) -> Option<usize> {
    let rest = text.get(at..)?;
    let length = rest.find('\n').unwrap_or(rest.len());
    Some(at + rest.get(..length)?.trim_end_matches('\r').len())
}

/// Into a list of dependencies that has none.
fn into_empty(manifest: &ManifestRead, requirements: &[String]) -> Option<(usize, String)> {
    let text = &*manifest.document.text;
    let project = text.find("[project]")?;
    let within = text.get(project..)?;
    let within = within.get(..within.get(1..)?.find("\n[").map_or(within.len(), |it| it + 1))?;
    let key = within.find("\ndependencies = [")?;
    let at = key + "\ndependencies = [".len();
    within.get(at..)?.starts_with(']').then(|| {
        let each: Vec<String> = requirements.iter().map(|it| format!("\"{it}\"")).collect();
        (project + at, each.join(", "))
    })
}
