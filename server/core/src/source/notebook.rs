//! Notebooks (*The Notebook file format*): the code of their cells, each import at its line in the JSON.

use serde_json::Value;

use super::{Names, Source, Trouble, cut, python, words::Words};
use crate::text::{Lines, Range, Span};

/// What a notebook says of where it was run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Notebook {
    /// The name of its kernel.
    pub kernel: Option<String>,
    /// The version of the Python that it was last run with, as written.
    pub version: Option<String>,
    /// Where that version stands.
    pub range: Range,
}

/// Where the lines of a cell stand in the notebook: only those that may import something are looked for, each behind the one
/// before. One that is written otherwise than usual is taken to be where the last one was.
fn places(text: &str, cursor: &mut usize, lines: &[&str]) -> Vec<usize> {
    let mut places = Vec::with_capacity(lines.len());
    for line in lines {
        if line.contains("import") {
            let alone = serde_json::to_string(line).unwrap_or_default();
            let encoded = alone.get(1..alone.len().saturating_sub(1)).unwrap_or_default();
            // A line of its own, or one of a text that is written as one.
            let rest = text.get(*cursor..).unwrap_or("");
            let found = rest.find(alone.as_str()).map(|at| at + 1).or_else(|| rest.find(encoded));
            if let Some(at) = found {
                places.push(*cursor + at);
                *cursor += at + encoded.len();
                continue;
            }
        }
        places.push(*cursor);
    }
    places
}

pub(super) fn read(text: &str, names: &mut Names) -> Source {
    let Ok(notebook) = serde_json::from_str::<Value>(text) else {
        return Source::of_trouble(Trouble::Unreadable);
    };
    let metadata = notebook.get("metadata");
    let said = |table: &str, key: &str| metadata?.get(table)?.get(key)?.as_str().map(str::to_owned);
    let language = said("kernelspec", "language").or_else(|| said("language_info", "name"));
    let mut source = Source::default();
    if language.as_deref().is_some_and(|it| !it.eq_ignore_ascii_case("python")) {
        return source;
    }
    let lines = Lines::of(text);
    let mut cursor = 0;
    for cell in notebook.get("cells").and_then(Value::as_array).into_iter().flatten() {
        if cell.get("cell_type").and_then(Value::as_str) != Some("code") {
            continue;
        }
        let written: Vec<&str> = match cell.get("source") {
            Some(Value::Array(lines)) => lines.iter().filter_map(Value::as_str).collect(),
            Some(Value::String(whole)) => whole.split_inclusive('\n').collect(),
            _ => continue,
        };
        let whole: String = written.concat();
        let code = whole.as_str();
        // A cell for another language than Python: `%%bash`.
        if code.starts_with("%%")
            && !["%%time", "%%timeit", "%%capture"].iter().any(|it| code.starts_with(it))
        {
            continue;
        }
        let code =
            code.strip_prefix("%%").map_or(code, |it| it.split_once('\n').map_or("", |it| it.1));
        let magic = usize::from(code.len() != whole.len());
        let stands = places(text, &mut cursor, &written);
        let mut place = |span: Span| {
            let start = code.get(..span.start).and_then(|it| it.rfind('\n')).map_or(0, |it| it + 1);
            let above = code.get(..start).unwrap_or("").matches('\n').count();
            let at = stands.get(above + magic).copied().unwrap_or(cursor);
            let before = serde_json::to_string(code.get(start..span.start).unwrap_or(""))
                .unwrap_or_default();
            let at = at + before.len().saturating_sub(2);
            lines.range(text, Span::new(at, at + (span.end - span.start)))
        };
        let words = Words::of(code);
        if let Ok(mut read) = python::read(cut::relevant(code, &words), &words, names, &mut place) {
            source.imports.append(&mut read.imports);
            source.mentions.append(&mut read.mentions);
        }
    }
    let version = said("language_info", "version");
    let range = version
        .as_ref()
        .and_then(|it| text.rfind(&format!("\"{it}\"")).map(|at| (at, it.len() + 2)));
    let range = range.map(|(at, length)| lines.range(text, Span::new(at, at + length)));
    let kernel = said("kernelspec", "name");
    let range = range.unwrap_or_default();
    source.rare().notebook = Some(Notebook { kernel, version, range });
    source
}
