//! Texts from outside, made fit for a terminal.

use std::borrow::Cow;

/// The text with its control characters spelled out: what stands in a manifest must not command the terminal.
pub(crate) fn plain(text: &str) -> Cow<'_, str> {
    if !text.contains(commands) {
        return Cow::Borrowed(text);
    }
    let mut plain = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '\t' => plain.push(' '),
            it if commands(it) => plain.extend(it.escape_unicode()),
            it => plain.push(it),
        }
    }
    Cow::Owned(plain)
}

/// Whether a character does something to a terminal instead of standing for itself; some turn the direction of what
/// follows, so that a text would read as another (Unicode Standard Annex 9).
pub(super) fn commands(character: char) -> bool {
    let turns = matches!(character, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    turns || character.is_control()
}

/// `1 problem`, `2 problems`.
pub(crate) fn counted(count: usize, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}
