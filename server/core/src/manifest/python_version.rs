//! `.python-version` and `.python-versions` (pyenv, *Choosing the Python version*; uv, *Python version files*): one pinned
//! interpreter a line.

use super::{Fact, Format, Says};
use crate::text::Span;

pub(super) static FORMAT: Format = Format {
    name: "python-version",
    summary: "`.python-version`, `.python-versions`: the pinned interpreters",
    globs: &[".python-version", ".python-versions"],
    matches: |name, _| matches!(name, ".python-version" | ".python-versions"),
    marks_project: true,
    of_project: true,
    read,
};

fn read(text: &str, _: &str, _: &str) -> Vec<Fact> {
    let mut facts = Vec::new();
    let mut start = usize::from(text.starts_with('\u{feff}')) * '\u{feff}'.len_utf8();
    for line in text.get(start..).unwrap_or("").split_inclusive(['\n', '\r']) {
        let content = line.split('#').next().unwrap_or("");
        let mut at = start;
        // pyenv takes several versions on one line, too.
        for word in content.split(char::is_whitespace) {
            if !word.is_empty() {
                let span = Span::new(at, at + word.len());
                facts.push(Fact { span, says: Says::Pin(word.to_owned()) });
            }
            at += word.len() + content.get(at - start + word.len()..).map_or(0, first_length);
        }
        start += line.len();
    }
    facts
}

fn first_length(text: &str) -> usize {
    text.chars().next().map_or(0, char::len_utf8)
}
