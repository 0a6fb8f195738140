//! JSON (RFC 8259), read here because no parser of ours keeps the places.

use std::borrow::Cow;

use super::{Builder, Tree, Value};
use crate::text::Span;

/// Blanks out what JSON with comments has beyond JSON: comments, and commas before the end of a list or a table. Every byte stays
/// where it is.
pub(crate) fn json_with_comments(text: &str) -> String {
    let mut bytes = text.as_bytes().to_vec();
    let (mut at, mut comma) = (0, None);
    let blank = |bytes: &mut Vec<u8>, stretch: std::ops::Range<usize>| {
        let stretch = bytes.get_mut(stretch).into_iter().flatten();
        stretch.filter(|it| **it != b'\n').for_each(|it| *it = b' ');
    };
    while let Some(byte) = bytes.get(at).copied() {
        match (byte, bytes.get(at + 1)) {
            (b'"', _) => {
                comma = None;
                at += 1;
                while let Some(inside) = bytes.get(at).filter(|it| **it != b'"' && **it != b'\n') {
                    at += if *inside == b'\\' { 2 } else { 1 };
                }
            }
            (b'/', Some(b'/')) => {
                let end = bytes.iter().skip(at).position(|it| *it == b'\n');
                let end = end.map_or(bytes.len(), |it| at + it);
                blank(&mut bytes, at..end);
                at = end;
                continue;
            }
            (b'/', Some(b'*')) => {
                let rest = bytes.get(at + 2..).unwrap_or_default();
                let end = rest.windows(2).position(|it| it == b"*/");
                let end = end.map_or(bytes.len(), |it| at + it + 4);
                blank(&mut bytes, at..end);
                at = end;
                continue;
            }
            (b',', _) => comma = Some(at),
            (b'}' | b']', _) => {
                if let Some(trailing) = comma.take() {
                    blank(&mut bytes, trailing..trailing + 1);
                }
            }
            (other, _) if !other.is_ascii_whitespace() => comma = None,
            _ => {}
        }
        at += 1;
    }
    // Only whole characters, inside of comments, were replaced, byte by byte.
    String::from_utf8(bytes).unwrap_or_else(|_| text.to_owned())
}

/// Reads a JSON document.
pub(crate) fn json(text: &str) -> Tree<'_> {
    let mut reader = Reader { text, at: 0, builder: Builder::new(), open: Vec::new() };
    let start = usize::from(text.starts_with('\u{feff}')) * '\u{feff}'.len_utf8();
    reader.at = start;
    if let Err(words) = reader.document() {
        let end = text.len().min(reader.at + 1);
        let span = Span::new(text.floor_char_boundary(reader.at), text.ceil_char_boundary(end));
        reader.builder.trouble(span, words);
    }
    reader.builder.tree
}

struct Reader<'text> {
    text: &'text str,
    at: usize,
    builder: Builder<'text>,
    /// What closes each container that is open.
    open: Vec<u8>,
}

type Read<T> = Result<T, &'static str>;

impl<'text> Reader<'text> {
    fn peek(&mut self) -> Option<u8> {
        let bytes = self.text.as_bytes();
        while bytes.get(self.at).is_some_and(|it| b" \t\r\n".contains(it)) {
            self.at += 1;
        }
        bytes.get(self.at).copied()
    }

    fn document(&mut self) -> Read<()> {
        if self.peek() != Some(b'{') {
            return Err("expected `{`");
        }
        self.at += 1;
        self.open.push(b'}');
        let mut is_first = true;
        // One turn reads a comma, a key where there is one, and a value; what is nested is kept on `open`.
        while let Some(closing) = self.open.last().copied() {
            let next = self.peek().ok_or("expected `}` or `]` at the end")?;
            if next == closing {
                self.at += 1;
                self.open.pop();
                if !self.open.is_empty() {
                    self.builder.leave(self.at);
                }
                is_first = false;
                continue;
            }
            if !is_first {
                if next != b',' {
                    return Err("expected `,`");
                }
                self.at += 1;
                self.peek();
            }
            if closing == b'}' {
                self.key()?;
            }
            is_first = self.value()?;
        }
        if self.peek().is_some() { Err("expected the end of the file") } else { Ok(()) }
    }

    fn key(&mut self) -> Read<()> {
        if self.peek() != Some(b'"') {
            return Err("expected a key in quotes");
        }
        let (key, span) = self.string()?;
        if self.peek() != Some(b':') {
            return Err("expected `:` after the key");
        }
        self.at += 1;
        if self.builder.passing == 0 {
            self.builder.key = Some((key, span));
        }
        Ok(())
    }

    /// Reads a value, or enters it; whether it was entered.
    fn value(&mut self) -> Read<bool> {
        let start = self.at;
        let opening = self.peek().ok_or("expected a value")?;
        let (closing, value) = match opening {
            b'{' => (b'}', Value::Table(Vec::new())),
            b'[' => (b']', Value::List(Vec::new())),
            b'"' => {
                let (text, span) = self.string()?;
                self.builder.scalar(span, Value::Text(text));
                return Ok(false);
            }
            _ => {
                self.word()?;
                return Ok(false);
            }
        };
        self.at += 1;
        self.builder.enter(Span::new(start, self.at), value);
        self.open.push(closing);
        Ok(true)
    }

    fn word(&mut self) -> Read<()> {
        let rest = self.text.get(self.at..).unwrap_or("");
        let is_of_word = |it: char| it.is_ascii_alphanumeric() || matches!(it, '+' | '-' | '.');
        let length = rest.find(|it| !is_of_word(it)).unwrap_or(rest.len());
        let word = rest.get(..length).unwrap_or("");
        let is_number = word.starts_with(|it: char| it == '-' || it.is_ascii_digit());
        if !is_number && !matches!(word, "true" | "false" | "null") {
            return Err("expected a value");
        }
        self.builder.scalar(Span::new(self.at, self.at + length), Value::Plain(word));
        self.at += length;
        Ok(())
    }

    /// What a string says, and the stretch between its quotes.
    fn string(&mut self) -> Read<(Cow<'text, str>, Span)> {
        let start = self.at + 1;
        let bytes = self.text.as_bytes();
        let mut end = start;
        let mut is_plain = true;
        loop {
            match bytes.get(end) {
                Some(b'"') => break,
                Some(b'\\') => {
                    is_plain = false;
                    end += 2;
                }
                Some(b'\n') | None => return Err("expected a quote at the end of the string"),
                Some(_) => end += 1,
            }
        }
        let raw = self.text.get(start..end).unwrap_or("");
        let text = if is_plain {
            Cow::Borrowed(raw)
        } else {
            let quoted = self.text.get(start - 1..end + 1).unwrap_or("");
            let text: String = serde_json::from_str(quoted).map_err(|_| "no such escape")?;
            Cow::Owned(text)
        };
        self.at = end + 1;
        Ok((text, Span::new(start, end)))
    }
}
