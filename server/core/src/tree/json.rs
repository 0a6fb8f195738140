//! JSON (RFC 8259), read here because no parser of ours keeps the places.

use std::borrow::Cow;

use super::{Builder, Tree, Value};
use crate::text::Span;

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
