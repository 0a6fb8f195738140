//! Walks over a short text, from left to right.

use crate::text::Span;

/// Where a reader has come to in a text.
#[derive(Clone, Copy)]
pub(super) struct Scanner<'text> {
    pub(super) text: &'text str,
    pub(super) at: usize,
}

impl<'text> Scanner<'text> {
    pub(super) fn new(text: &'text str) -> Scanner<'text> {
        Scanner { text, at: 0 }
    }

    pub(super) fn rest(&self) -> &'text str {
        self.text.get(self.at..).unwrap_or("")
    }

    pub(super) fn is_at_end(&self) -> bool {
        self.at >= self.text.len()
    }

    pub(super) fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    /// Steps over a character, if it is the next one.
    pub(super) fn eat(&mut self, character: char) -> bool {
        let next = self.rest().starts_with(character);
        if next {
            self.at += character.len_utf8();
        }
        next
    }

    pub(super) fn skip_space(&mut self) {
        let rest = self.rest();
        self.at += rest.len() - rest.trim_start().len();
    }

    /// Takes characters as long as they are wanted.
    pub(super) fn take(&mut self, wanted: impl Fn(char) -> bool) -> (&'text str, Span) {
        let rest = self.rest();
        let length = rest.find(|it| !wanted(it)).unwrap_or(rest.len());
        let span = Span::new(self.at, self.at + length);
        self.at += length;
        (rest.get(..length).unwrap_or(""), span)
    }

    /// The end of what was read, without the space before the reader.
    pub(super) fn end_before_space(&self) -> usize {
        self.text.get(..self.at).unwrap_or("").trim_end().len()
    }

    /// What the reader stands at: the next word, or at least the next character.
    pub(super) fn word_ahead(&self) -> Span {
        let rest = self.rest();
        let length = rest.find(char::is_whitespace).unwrap_or(rest.len());
        let least = self.peek().map_or(0, char::len_utf8);
        Span::new(self.at, self.at + length.max(least))
    }

    pub(super) fn spelled(&self, span: Span) -> &'text str {
        self.text.get(span.start..span.end).unwrap_or("")
    }
}
