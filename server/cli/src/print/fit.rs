//! Making text fit a width, where some characters take two columns, some none, and styles take no room at all.

use unicode_width::{UnicodeWidthChar as _, UnicodeWidthStr as _};

/// As much of a styled line as fits, with `…` where something was cut off.
pub(crate) fn fit(line: &str, columns: usize) -> String {
    let mut fitted = String::with_capacity(line.len());
    let mut left = columns.saturating_sub(1);
    let mut rest = line.chars();
    while let Some(character) = rest.next() {
        if character == '\u{1b}' {
            fitted.push(character);
            for it in rest.by_ref() {
                fitted.push(it);
                if it.is_ascii_alphabetic() {
                    break;
                }
            }
            continue;
        }
        let width = character.width().unwrap_or(0);
        let remaining: String = std::iter::once(character).chain(rest.clone()).collect();
        if width > left && visible(&remaining) > left + 1 {
            fitted.push_str("…\u{1b}[0m");
            return fitted;
        }
        left = left.saturating_sub(width);
        fitted.push(character);
    }
    fitted
}

/// A styled line broken into as many as it takes, each but the first with an indent, and each in the style that the one
/// before it ended in.
pub(crate) fn fold(line: &str, columns: usize, indent: &str) -> Vec<String> {
    let mut folded = vec![String::new()];
    let (mut style, mut width) = (String::new(), 0);
    for piece in pieces(line) {
        let Some(last) = folded.last_mut() else { break };
        if piece.starts_with('\u{1b}') {
            style.push_str(piece);
            if piece == RESET {
                style.clear();
            }
            last.push_str(piece);
            continue;
        }
        let room = columns.saturating_sub(width);
        if piece.trim_end().width() <= room {
            last.push_str(piece);
            width += piece.width();
            continue;
        }
        let narrow = columns.saturating_sub(indent.width()).max(8);
        for (at, part) in wrap(piece.trim_end(), narrow).iter().enumerate() {
            let gap = if at == 0 { &piece[piece.trim_end().len()..] } else { "" };
            if let Some(last) = folded.last_mut() {
                // Spaces at the end would count as something that does not fit.
                last.truncate(last.trim_end_matches(' ').len());
                last.push_str(RESET);
            }
            folded.push(format!("{indent}{style}{part}{gap}"));
            width = indent.width() + part.width() + gap.width();
        }
    }
    folded
}

const RESET: &str = "\u{1b}[0m";

/// The escape sequences of a line, and its words, each with the spaces after it.
fn pieces(line: &str) -> Vec<&str> {
    let mut pieces = Vec::new();
    let mut rest = line;
    while !rest.is_empty() {
        let length = if rest.starts_with('\u{1b}') {
            rest.find(|it: char| it.is_ascii_alphabetic()).map_or(rest.len(), |it| it + 1)
        } else {
            let end = rest.find('\u{1b}').unwrap_or(rest.len());
            let word = rest.find(' ').unwrap_or(rest.len()).min(end);
            let spaces = rest[word..end].len() - rest[word..end].trim_start_matches(' ').len();
            word + spaces
        };
        let (piece, after) = rest.split_at(length.max(1));
        pieces.push(piece);
        rest = after;
    }
    pieces
}

/// How many columns a styled line takes.
pub(crate) fn visible(line: &str) -> usize {
    anstream::adapter::strip_str(line).to_string().width()
}

/// A text broken at spaces into lines of at most so many columns; a word that is wider is broken inside.
pub(crate) fn wrap(text: &str, columns: usize) -> Vec<String> {
    let columns = columns.max(8);
    let mut lines = vec![String::new()];
    for word in text.split(' ') {
        let line = lines.last().map_or(0, |it| it.width());
        if line > 0 && line + 1 + word.width() <= columns {
            push(&mut lines, " ");
        } else if line > 0 {
            lines.push(String::new());
        }
        for character in word.chars() {
            let line = lines.last().map_or(0, |it| it.width());
            if line + character.width().unwrap_or(0) > columns {
                lines.push(String::new());
            }
            push(&mut lines, character.encode_utf8(&mut [0; 4]));
        }
    }
    lines
}

fn push(lines: &mut [String], text: &str) {
    if let Some(last) = lines.last_mut() {
        last.push_str(text);
    }
}
