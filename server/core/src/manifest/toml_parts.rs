//! TOML that is being typed: what cannot be read harms its own statement and nothing else.

use toml::de::{DeTable, DeValue, Error};

use super::toml_text::Unclosed;
use crate::text::Span;

/// A table, or a part of one.
pub(super) struct Part<'text> {
    /// The table's name, from its header; empty for what stands before the first header, and for a whole document.
    pub(super) path: Vec<Key>,
    pub(super) table: DeTable<'text>,
    /// Where the text begins that the spans of the table count from.
    pub(super) offset: usize,
}

#[derive(Clone, Debug)]
pub(super) struct Key {
    pub(super) name: String,
    pub(super) span: Span,
}

/// A stretch that is no TOML.
pub(super) struct Trouble {
    /// Where it is shown.
    pub(super) span: Span,
    /// Up to where whatever looks wrong is a part of it.
    pub(super) end: usize,
    pub(super) words: String,
}

/// Reads a document: as a whole where it can be, else statement by statement.
pub(super) fn parts(text: &str) -> (Vec<Part<'_>>, Vec<Trouble>) {
    let (table, errors) = DeTable::parse_recoverable(text);
    if errors.is_empty() {
        let whole = Part { path: Vec::new(), table: table.into_inner(), offset: 0 };
        return (vec![whole], Vec::new());
    }
    let (mut parts, mut troubles) = (Vec::new(), Vec::new());
    let mut path: Vec<Key> = Vec::new();
    let borders = borders(text);
    for (at, (start, kind)) in borders.iter().enumerate() {
        let end = borders.get(at + 1).map_or(text.len(), |it| it.0);
        let piece = text.get(*start..end).unwrap_or("");
        if *kind == Kind::Conflict {
            let span = Span::new(*start, start + piece.trim_end().len());
            troubles.push(Trouble {
                span,
                end: span.end,
                words: "a merge conflict has not been settled".to_owned(),
            });
            continue;
        }
        let (table, errors) = DeTable::parse_recoverable(piece);
        let table = table.into_inner();
        let first = errors.iter().min_by_key(|it| it.span().map(|it| it.start));
        troubles.extend(first.map(|it| trouble(it, piece, *start)));
        if *kind == Kind::Header {
            path = header(table, piece, *start);
            parts.push(Part { path: path.clone(), table: DeTable::new(), offset: *start });
        } else {
            parts.push(Part { path: path.clone(), table, offset: *start });
        }
    }
    if troubles.is_empty() {
        // Each statement is good by itself, so what is wrong lies between them: something is said twice.
        troubles.extend(errors.iter().map(|it| trouble(it, text, 0)));
    }
    (parts, troubles)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Header,
    Statement,
    Conflict,
}

/// Where the headers and statements of a damaged document begin. A line begins one when nothing is open before it, and also
/// when it looks so much like one that something before it must have been left open.
fn borders(text: &str) -> Vec<(usize, Kind)> {
    let mut borders = Vec::new();
    let mut at = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
    let mut open = 0;
    let mut unclosed = Unclosed::default();
    while at < text.len() {
        let rest = text.get(at..).unwrap_or("");
        let line = rest.split('\n').next().unwrap_or("");
        if let Some(kind) = begins(line, open) {
            borders.push((at, kind));
            open = 0;
        }
        // A header's own brackets open nothing.
        let header = matches!(borders.last(), Some((start, Kind::Header)) if *start == at);
        let length = line_length(rest, &mut open, &mut unclosed);
        if header {
            open = 0;
        }
        at += length.max(1);
    }
    borders
}

/// What a line begins, with so many brackets open before it.
fn begins(line: &str, open: usize) -> Option<Kind> {
    let content = line.trim_end();
    let conflict = ["<<<<<<<", "=======", ">>>>>>>", "|||||||"];
    if conflict.iter().any(|it| content.starts_with(it)) {
        return Some(Kind::Conflict);
    }
    if open == 0 {
        return match content.trim_start().chars().next() {
            None | Some('#') => None,
            Some('[') => Some(Kind::Header),
            Some(_) => Some(Kind::Statement),
        };
    }
    if content.starts_with('[') {
        return looks_like_header(content).then_some(Kind::Header);
    }
    let key = content.split('=').next().filter(|it| it.len() < content.len())?.trim_end();
    let bare = |it: char| it.is_ascii_alphanumeric() || matches!(it, '-' | '_' | '.');
    (!key.is_empty() && key.chars().all(bare)).then_some(Kind::Statement)
}

/// Whether a line could be nothing but a header: `[tool.uv]`, also half typed, but no list of strings.
fn looks_like_header(line: &str) -> bool {
    let line = line.split('#').next().unwrap_or(line).trim_end();
    let name = line.trim_start_matches('[').trim_end_matches(']');
    let of_name = |it: char| it.is_ascii_alphanumeric() || "-_. \"'".contains(it);
    let begins = name.trim_start().starts_with(|it: char| it.is_ascii_alphabetic());
    begins && name.chars().all(of_name)
}

/// How long a line is, with the long strings that begin on it, and how many brackets are open after it.
fn line_length(text: &str, open: &mut usize, unclosed: &mut Unclosed) -> usize {
    let mut at = 0;
    while let Some(rest) = text.get(at..) {
        let Some(next) = rest.chars().next() else { break };
        match next {
            '\n' => return at + 1,
            '#' => {
                at += rest.find('\n').unwrap_or(rest.len());
                continue;
            }
            '"' | '\'' => {
                at += unclosed.string_length(rest).max(1);
                continue;
            }
            '[' | '{' => *open += 1,
            ']' | '}' => *open = open.saturating_sub(1),
            _ => {}
        }
        at += next.len_utf8();
    }
    text.len()
}

/// The name that a header says, as far as it can be read.
fn header(table: DeTable<'_>, piece: &str, offset: usize) -> Vec<Key> {
    let mut path = names(&table, offset);
    if path.is_empty() || piece.split('#').next().is_some_and(|it| !it.contains(']')) {
        // Its bracket is still missing: what follows is meant for the table that is named so far.
        let line = piece.lines().next().unwrap_or("");
        let line = line.split('#').next().unwrap_or(line).trim_end().trim_end_matches('.');
        let closed = format!("{line}]");
        path = names(DeTable::parse_recoverable(&closed).0.get_ref(), offset);
    }
    path
}

fn names(table: &DeTable<'_>, offset: usize) -> Vec<Key> {
    let mut path = Vec::new();
    let mut table = table;
    while let Some((key, value)) = table.iter().next() {
        let span = key.span();
        let span = Span::new(span.start, span.end).shifted(offset);
        path.push(Key { name: key.get_ref().to_string(), span });
        match value.get_ref() {
            DeValue::Table(inner) => table = inner,
            DeValue::Array(_) => {
                // The tables of a list have no name of their own; nothing that we read stands in one.
                path.push(Key { name: String::new(), span });
                break;
            }
            _ => break,
        }
    }
    path
}

/// Says in our words what the parser found, and shows it at something that can be seen.
fn trouble(error: &Error, piece: &str, offset: usize) -> Trouble {
    let span = error.span().unwrap_or(0..0);
    let span = Span::new(span.start.min(piece.len()), span.end.min(piece.len()));
    let spelled = piece.get(span.start..span.end).unwrap_or("");
    let seen = seen(piece, span);
    let message = error.message();
    let begins = |start: &str| message.starts_with(start);
    let words = if begins("key with no value") {
        "expected `=` and a value after the key".to_owned()
    } else if begins("string values must be quoted") && spelled.is_empty() {
        "expected a value after `=`".to_owned()
    } else if begins("string values must be quoted") {
        format!("expected quotes around `{spelled}`")
    } else if begins("unclosed array,") {
        "expected `]` at the end of the list".to_owned()
    } else if begins("unclosed inline table") {
        "expected `}` at the end of the table".to_owned()
    } else if begins("unclosed table") || begins("unclosed array table") {
        "expected `]` at the end of the header".to_owned()
    } else if begins("missing comma") {
        // It is missing behind what stands before, and that is where one is still typing.
        let place = last_value(piece.get(..span.start).unwrap_or("")).shifted(offset);
        let end = seen.shifted(offset).end;
        return Trouble { span: place, end, words: "expected `,` after this".to_owned() };
    } else if begins("extra comma") {
        "there is a comma too many".to_owned()
    } else if begins("duplicate key") {
        format!("`{spelled}` is given twice")
    } else if begins("invalid") && message.contains("string") {
        "expected a quote at the end of the string".to_owned()
    } else if begins("unquoted keys cannot be empty") || begins("invalid key-value pair") {
        "expected a name".to_owned()
    } else if begins("carriage return") {
        "a carriage return must be followed by a line feed".to_owned()
    } else if begins("unexpected key or value") {
        "expected the end of the line".to_owned()
    } else {
        message.replace('\n', " ")
    };
    let span = seen.shifted(offset);
    Trouble { span, end: span.end, words }
}

/// The value that a text ends with, but for space and a comment.
fn last_value(text: &str) -> Span {
    let mut before = text.trim_end();
    let line = before.rfind('\n').map_or(0, |it| it + 1);
    let comment = before.get(line..).and_then(|it| it.rfind(" #"));
    let is_comment = |at: &usize| !before.get(line + at..).unwrap_or("").ends_with(['"', '\'']);
    if let Some(at) = comment.filter(is_comment) {
        before = before.get(..line + at).unwrap_or(before).trim_end();
    }
    let quote = before.chars().next_back().filter(|it| matches!(it, '"' | '\''));
    let start = match quote {
        Some(quote) => before.get(..before.len() - 1).and_then(|it| it.rfind(quote)),
        None => before.rfind([' ', '\n', '[', ',', '{']).map(|it| it + 1),
    };
    Span::new(start.unwrap_or(0), before.len())
}

/// The stretch itself, or what stands next to it where it is empty.
fn seen(piece: &str, span: Span) -> Span {
    if span.start < span.end {
        return span;
    }
    let start = piece.floor_char_boundary(span.start);
    let ahead = piece.get(start..).unwrap_or("");
    let next = ahead.chars().next().filter(|it| !it.is_whitespace());
    let least = next.map_or(0, char::len_utf8);
    let word = match next {
        Some('"' | '\'') => Unclosed::default().string_length(ahead),
        _ => ahead.find(|it: char| it.is_whitespace() || ",]}".contains(it)).unwrap_or(ahead.len()),
    };
    if least > 0 {
        return Span::new(start, start + word.max(least));
    }
    let before = piece.get(..start).unwrap_or("").trim_end();
    let line = before.rfind('\n').map_or(0, |it| it + 1);
    let content = before.get(line..).unwrap_or("").trim_start();
    if content.is_empty() {
        // Nothing can be seen near it; the character itself is still something to point at.
        return Span::new(start, start + ahead.chars().next().map_or(0, char::len_utf8));
    }
    Span::new(before.len() - content.len(), before.len())
}
