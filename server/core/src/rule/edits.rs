//! Edits of manifests that several rules share: minimal, and only where they surely mean what they say.

use super::fixes;
use crate::{
    action::Action,
    manifest::{self, Document, Says},
    model::{CondaWant, ManifestRead, Model, Want},
    standard::name,
    text::Span,
    world::AbsPath,
};

/// The manifest of that path.
pub(super) fn manifest<'model>(
    model: &'model Model,
    path: &AbsPath,
) -> Option<&'model ManifestRead> {
    model.project.manifests.iter().find(|it| it.path == *path)
}

/// Whether some manifest says from where the distribution of this name, normalised, is taken.
pub(super) fn has_source(model: &Model, name: &str) -> bool {
    model.project.facts().any(|(_, fact)| match &fact.says {
        Says::Source { name: stated, .. } | Says::FromWorkspace(stated) => {
            name::normalised(stated) == name
        }
        _ => false,
    })
}

/// The name in a requirement, as it is written there.
pub(super) fn spelled_name(model: &Model, want: &Want) -> String {
    let manifest = manifest(model, &want.path);
    let spelled = manifest.map(|it| it.document.spelled(want.requirement.name_span).to_owned());
    spelled.filter(|it| !it.is_empty()).unwrap_or_else(|| want.requirement.name.to_string())
}

/// Replaces a stretch of a manifest by a text, written as it must be there.
pub(super) fn replace(model: &Model, path: &AbsPath, span: Span, text: &str) -> Option<Action> {
    let document = &manifest(model, path)?.document;
    let written = manifest::replacement(document, span, text)?;
    let title = format!("Replace `{}` by `{text}`", document.spelled(span));
    Some(fixes::edit(title, document.location(path, span), written))
}

/// Takes a requirement out of its manifest, with the line that it alone stands on.
pub(crate) fn remove(model: &Model, want: &Want) -> Option<Action> {
    let document = &manifest(model, &want.path)?.document;
    let stretch = match document.format {
        "requirements" | "setup-cfg" => whole_lines(document, want.span),
        "environment" => item(document, want.span),
        _ => element(document, want.span).or_else(|| entry(document, want.span)),
    }?;
    let title = format!("Remove `{}`", want.requirement.spelled);
    Some(fixes::edit(title, document.location(&want.path, stretch), ""))
}

/// Takes what conda is to install out of its description.
pub(crate) fn remove_from_conda(model: &Model, want: &CondaWant) -> Option<Action> {
    let document = &manifest(model, &want.path)?.document;
    let stretch = (document.format == "environment").then(|| item(document, want.span))??;
    let title = format!("Remove `{}`", document.spelled(want.span));
    Some(fixes::edit(title, document.location(&want.path, stretch), ""))
}

/// The line of a requirement in a requirements file, with those that continue it and its line break.
fn whole_lines(document: &Document, span: Span) -> Option<Span> {
    let text = &*document.text;
    let start = line_start(text, span.start);
    if !text.get(start..span.start)?.trim().is_empty() {
        return None;
    }
    let mut end = line_end(text, span.end);
    while text.get(start..end)?.trim_end_matches(['\r', '\n']).ends_with('\\') && end < text.len() {
        end = line_end(text, end);
    }
    Some(Span::new(start, end))
}

/// The line of an element of a list in YAML.
fn item(document: &Document, span: Span) -> Option<Span> {
    let text = &*document.text;
    let (start, end) = (line_start(text, span.start), line_end(text, span.end));
    let before = text.get(start..span.start)?.trim().strip_prefix('-')?;
    let after = text.get(span.end..end)?.trim_start_matches(['"', '\'']).trim();
    let plain = before.trim_matches([' ', '"', '\'']).is_empty();
    (plain && (after.is_empty() || after.starts_with('#'))).then_some(Span::new(start, end))
}

/// The lines of an entry of a table, where nothing else stands on them.
fn entry(document: &Document, span: Span) -> Option<Span> {
    let text = &*document.text;
    let (start, end) = (line_start(text, span.start), line_end(text, span.end));
    let after = text.get(span.end..end)?.trim();
    let alone = text.get(start..span.start)?.trim().is_empty()
        && text.get(span.start..span.end)?.contains('=');
    (alone && (after.is_empty() || after.starts_with('#'))).then_some(Span::new(start, end))
}

/// An element of a list of TOML strings, with its comma.
fn element(document: &Document, span: Span) -> Option<Span> {
    let text = &*document.text;
    let quote =
        text.get(..span.start)?.chars().next_back().filter(|it| matches!(it, '"' | '\''))?;
    let after = text.get(span.end..)?.strip_prefix(quote)?;
    // Where there are three quotes, or space inside of them, it is not plain enough.
    let before = text.get(..span.start - 1)?;
    // The value of a key is no element (Hatch's overrides).
    let is_value = before.trim_end().ends_with('=');
    if before.ends_with(quote) || after.starts_with(quote) || is_value {
        return None;
    }
    let comma = after.trim_start_matches([' ', '\t']).strip_prefix(',');
    let end = text.len() - comma.unwrap_or(after).len();
    let line = line_start(text, span.start);
    let rest = text.get(end..line_end(text, end))?.trim();
    // In a script each line is a comment.
    let comment = if document.format == "script" { '#' } else { ' ' };
    let alone = text.get(line..span.start - 1)?.trim_matches([' ', '\t', comment]).is_empty();
    if alone && (rest.is_empty() || rest.starts_with('#')) {
        return Some(Span::new(line, line_end(text, end)));
    }
    match comma {
        Some(next) => {
            let space = next.len() - next.trim_start_matches([' ', '\t']).len();
            Some(Span::new(span.start - 1, end + space))
        }
        // The last one takes the comma before it along.
        None => {
            let kept = before.trim_end();
            Some(Span::new(kept.strip_suffix(',').map_or(span.start - 1, str::len), end))
        }
    }
}

fn line_start(text: &str, at: usize) -> usize {
    text.get(..at).and_then(|it| it.rfind('\n')).map_or(0, |it| it + 1)
}

/// Behind the line break.
fn line_end(text: &str, at: usize) -> usize {
    text.get(at..).and_then(|it| it.find('\n')).map_or(text.len(), |it| at + it + 1)
}
