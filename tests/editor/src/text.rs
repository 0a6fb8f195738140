//! Positions as an editor counts them, and edits as it applies them; written without the server's own code, to judge it by.

use serde_json::{Value, json};

use crate::profile::Encoding;

/// The start of each line; `\n`, `\r\n` and a lone `\r` end one.
fn lines(text: &str) -> Vec<usize> {
    let mut starts = vec![0];
    let mut rest = text.char_indices().peekable();
    while let Some((at, character)) = rest.next() {
        let ends = match character {
            '\n' => true,
            '\r' => rest.peek().is_none_or(|(_, next)| *next != '\n'),
            _ => false,
        };
        if ends {
            starts.push(at + character.len_utf8());
        }
    }
    starts
}

fn width(character: char, encoding: Encoding) -> usize {
    match encoding {
        Encoding::Utf8 => character.len_utf8(),
        Encoding::Utf16 => character.len_utf16(),
        Encoding::Utf32 => 1,
    }
}

/// The position of a byte offset.
pub(crate) fn position(text: &str, offset: usize, encoding: Encoding) -> Value {
    let starts = lines(text);
    let line = starts.iter().rposition(|start| *start <= offset).unwrap_or(0);
    let before = &text[starts[line]..offset];
    let column: usize = before.chars().map(|it| width(it, encoding)).sum();
    json!({"line": line, "character": column})
}

/// The byte offset of a position.
pub(crate) fn offset(text: &str, position: &Value, encoding: Encoding) -> usize {
    let number =
        |name: &str| position[name].as_u64().map_or(0, |it| usize::try_from(it).unwrap_or(0));
    let starts = lines(text);
    let Some(start) = starts.get(number("line")) else { return text.len() };
    let mut left = number("character");
    for (at, character) in text[*start..].char_indices() {
        if left == 0 || character == '\n' || character == '\r' {
            return start + at;
        }
        left = left.saturating_sub(width(character, encoding));
    }
    text.len()
}

/// A text after edits, which all speak of the text before any of them.
pub(crate) fn edited(text: &str, edits: &[Value], encoding: Encoding) -> String {
    let mut spans: Vec<(usize, usize, &str)> = edits
        .iter()
        .map(|it| {
            let start = offset(text, &it["range"]["start"], encoding);
            let end = offset(text, &it["range"]["end"], encoding);
            (start, end, it["newText"].as_str().unwrap_or_default())
        })
        .collect();
    spans.sort();
    let mut edited = text.to_owned();
    for (start, end, new) in spans.into_iter().rev() {
        edited.replace_range(start..end, new);
    }
    edited
}
