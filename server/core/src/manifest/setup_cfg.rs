//! `setup.cfg` (setuptools, *Configuring setuptools using setup.cfg files*): names, Pythons and requirements.

use super::{Fact, Format, Says, Set};
use crate::{
    standard::{name, requirement, version::Specifiers},
    text::Span,
};

pub(super) static FORMAT: Format = Format {
    name: "setup-cfg",
    summary: "`setup.cfg`: `[metadata]`, `[options]`, `[options.extras_require]`",
    globs: &["setup.cfg"],
    matches: |name, _| name == "setup.cfg",
    // Linters keep their settings there, too; it takes a `setup.py` or a `pyproject.toml` to build with it.
    marks_project: false,
    of_project: true,
    read,
};

fn read(text: &str, _: &str, _: &str) -> Vec<Fact> {
    let mut facts = Vec::new();
    for Entry { section, key, key_span, lines } in entries(text) {
        let first = lines.iter().copied().find(|it| it.start < it.end);
        let spelled = |span: Span| text.get(span.start..span.end).unwrap_or("");
        match (section, key) {
            ("metadata", "name") => {
                let named = first.filter(|it| name::is_valid(spelled(*it)));
                facts.extend(
                    named.map(|span| Fact { span, says: Says::Name(spelled(span).to_owned()) }),
                );
            }
            ("options", "python_requires") => {
                facts.extend(first.map(|span| python(spelled(span), span)));
            }
            ("options", "install_requires") => list(text, &lines, &Set::Main, &mut facts),
            ("options", "setup_requires") => list(text, &lines, &Set::Build, &mut facts),
            ("options", "tests_require") => {
                let set = Set::Group("tests".to_owned());
                facts.push(Fact { span: key_span, says: Says::Defines(set.clone()) });
                list(text, &lines, &set, &mut facts);
            }
            ("options.extras_require", extra) => {
                let set = Set::Extra(extra.to_owned());
                facts.push(Fact { span: key_span, says: Says::Defines(set.clone()) });
                list(text, &lines, &set, &mut facts);
            }
            _ => {}
        }
    }
    facts
}

pub(super) fn python(text: &str, span: Span) -> Fact {
    match Specifiers::parse(text) {
        Ok(_) => Fact { span, says: Says::RequiresPython(text.to_owned()) },
        Err(fault) => {
            let place = fault.span.shifted(span.start);
            let span = if place.start < place.end { place } else { span };
            Fact { span, says: Says::Unreadable(fault.message) }
        }
    }
}

/// Requirements, one a line, or on one line with `;` between them; or the files that hold them.
fn list(text: &str, lines: &[Span], set: &Set, facts: &mut Vec<Fact>) {
    let spelled = |span: Span| text.get(span.start..span.end).unwrap_or("");
    let full: Vec<Span> = lines.iter().copied().filter(|it| it.start < it.end).collect();
    if let Some(files) = full.first().and_then(|it| spelled(*it).strip_prefix("file:")) {
        let end = full.first().map_or(0, |it| it.end);
        for file in pieces(files, end - files.len(), ',') {
            let target = spelled(file).to_owned();
            facts.push(Fact { span: file, says: Says::Reads { set: set.clone(), target } });
        }
        return;
    }
    // A list on several lines keeps its markers.
    let several = lines.len() > 1;
    for line in full {
        let words = spelled(line);
        let each = if several { vec![line] } else { pieces(words, line.start, ';') };
        for span in each.into_iter().filter(|it| !spelled(*it).starts_with('#')) {
            let says = match requirement::parse(spelled(span), span.start) {
                Ok(requirement) => {
                    Says::Requirement { set: set.clone(), requirement: requirement.into() }
                }
                Err(invalid) => Says::InvalidRequirement { set: set.clone(), invalid },
            };
            facts.push(Fact { span, says });
        }
    }
}

/// What stands between separators, without the space around it.
fn pieces(text: &str, offset: usize, separator: char) -> Vec<Span> {
    let mut spans = Vec::new();
    let mut at = offset;
    for piece in text.split(separator) {
        let start = at + piece.len() - piece.trim_start().len();
        let span = Span::new(start, start + piece.trim().len());
        if span.start < span.end {
            spans.push(span);
        }
        at += piece.len() + separator.len_utf8();
    }
    spans
}

/// A key of a section, and the lines of its value without the space around them.
struct Entry<'text> {
    section: &'text str,
    key: &'text str,
    key_span: Span,
    lines: Vec<Span>,
}

/// The entries of the file (Python's library documentation, `configparser`: supported INI file structure).
fn entries(text: &str) -> Vec<Entry<'_>> {
    let mut entries: Vec<Entry<'_>> = Vec::new();
    let mut section = "";
    let mut is_open = false;
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let start = at;
        at += line.len();
        let content = line.trim();
        let indent = line.len() - line.trim_start().len();
        let span = Span::new(start + indent, start + indent + content.len());
        if content.is_empty() || content.starts_with(['#', ';']) {
            continue;
        }
        if line.starts_with([' ', '\t']) {
            if let Some(entry) = entries.last_mut().filter(|_| is_open) {
                entry.lines.push(span);
            }
            continue;
        }
        is_open = false;
        if let Some(inner) = content.strip_prefix('[') {
            section = inner.split(']').next().unwrap_or(inner).trim();
            continue;
        }
        let Some(border) = content.find(['=', ':']) else { continue };
        let (key, value) = content.split_at(border);
        let key = key.trim_end();
        let value = value.get(1..).unwrap_or("");
        let begin = span.start + border + 1 + (value.len() - value.trim_start().len());
        let first = Span::new(begin, begin + value.trim().len());
        let key_span = Span::new(span.start, span.start + key.len());
        entries.push(Entry { section, key, key_span, lines: vec![first] });
        is_open = true;
    }
    entries
}
