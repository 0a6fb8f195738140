//! The words of a Python file (*Lexical analysis*), as far as literals need them.

use crate::text::Span;

#[derive(Clone, Copy, Debug)]
pub(super) struct Token {
    pub(super) kind: Kind,
    pub(super) span: Span,
    /// Whether nothing stands before it on its line.
    pub(super) begins_line: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Name,
    /// A string in which each character stands for itself; what is between its quotes.
    Text(Span),
    /// A string that ends with its line, for it is not closed yet.
    Unclosed,
    /// A string with escapes, bytes, a number: nothing that is read.
    Other,
    Sign(char),
}

impl Token {
    pub(super) fn spelled<'text>(&self, text: &'text str) -> &'text str {
        text.get(self.span.start..self.span.end).unwrap_or("")
    }

    pub(super) fn is_name(&self, text: &str, name: &str) -> bool {
        self.kind == Kind::Name && self.spelled(text) == name
    }

    pub(super) fn is_sign(&self, sign: char) -> bool {
        self.kind == Kind::Sign(sign)
    }
}

pub(super) fn tokens(text: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut begins_line = true;
    let mut at = 0;
    while let Some(rest) = text.get(at..).filter(|it| !it.is_empty()) {
        let first = rest.chars().next().unwrap_or(' ');
        let start = at;
        let kind = match first {
            '\n' => {
                begins_line = true;
                at += 1;
                continue;
            }
            '#' => {
                at += rest.find('\n').unwrap_or(rest.len());
                continue;
            }
            it if it.is_whitespace() || it == '\\' => {
                at += it.len_utf8();
                continue;
            }
            it if it.is_alphanumeric() || it == '_' => {
                let word = rest.find(|it: char| !(it.is_alphanumeric() || it == '_'));
                let word = word.unwrap_or(rest.len());
                at += word;
                let ahead = rest.get(word..).unwrap_or("");
                let prefix = rest.get(..word).unwrap_or("").to_ascii_lowercase();
                match prefix.as_str() {
                    "r" | "u" if ahead.starts_with(['"', '\'']) => {
                        string(text, &mut at, prefix == "r")
                    }
                    "b" | "f" | "t" | "br" | "rb" | "fr" | "rf" | "tr" | "rt"
                        if ahead.starts_with(['"', '\'']) =>
                    {
                        string(text, &mut at, true);
                        Kind::Other
                    }
                    _ if it.is_ascii_digit() => Kind::Other,
                    _ => Kind::Name,
                }
            }
            '"' | '\'' => string(text, &mut at, false),
            sign => {
                at += sign.len_utf8();
                Kind::Sign(sign)
            }
        };
        tokens.push(Token { kind, span: Span::new(start, at), begins_line });
        begins_line = false;
    }
    tokens
}

/// Steps over a string; one that is not closed ends with its line.
fn string(text: &str, at: &mut usize, is_raw: bool) -> Kind {
    let rest = text.get(*at..).unwrap_or("");
    let quote = rest.get(..1).unwrap_or("\"");
    let long = quote.repeat(3);
    let mark = if rest.starts_with(&long) { long.as_str() } else { quote };
    let start = *at + mark.len();
    let mut end = start;
    let mut has_escape = false;
    loop {
        let ahead = text.get(end..).unwrap_or("");
        if ahead.starts_with(mark) {
            *at = end + mark.len();
            let inside = Span::new(start, end);
            return if has_escape && !is_raw { Kind::Other } else { Kind::Text(inside) };
        }
        let mut characters = ahead.chars();
        match characters.next() {
            None => break,
            Some('\n') if mark.len() == 1 => break,
            Some('\\') => {
                has_escape = true;
                end += 1 + characters.next().map_or(0, char::len_utf8);
            }
            Some(other) => end += other.len_utf8(),
        }
    }
    *at = end;
    Kind::Unclosed
}
