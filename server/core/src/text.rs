//! Where something stands in a text: byte spans for those who read it, lines and columns for those who show it.

use crate::world::AbsPath;

/// A stretch of a text, in bytes from its start; `end` is the first byte after it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    pub start: usize,
    pub end: usize,
}

impl Span {
    #[must_use]
    pub fn new(start: usize, end: usize) -> Span {
        Span { start, end: end.max(start) }
    }

    /// The same stretch in a text that this text is a part of, beginning at `offset`.
    #[must_use]
    pub fn shifted(self, offset: usize) -> Span {
        Span { start: self.start + offset, end: self.end + offset }
    }
}

/// A place between two characters, in every column unit that a client can ask for (LSP 3.17, `PositionEncodingKind`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Position {
    /// Zero-based; `\n`, `\r\n` and a lone `\r` end a line.
    pub line: u32,
    /// Bytes from the start of the line.
    pub utf8: u32,
    /// UTF-16 code units from the start of the line.
    pub utf16: u32,
    /// Characters (Unicode scalar values) from the start of the line.
    pub utf32: u32,
}

/// From `start` up to, not including, `end`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Range {
    pub start: Position,
    pub end: Position,
}

/// A range of a file.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Location {
    pub path: AbsPath,
    pub range: Range,
}

impl Location {
    /// The very start of a file, for what has no text of its own to stand at.
    #[must_use]
    pub fn start_of(path: &AbsPath) -> Location {
        Location { path: path.clone(), range: Range::default() }
    }
}

/// The column unit in which a client counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Encoding {
    Utf8,
    /// What LSP means when nothing was negotiated.
    #[default]
    Utf16,
    Utf32,
}

impl Position {
    #[must_use]
    pub fn column(self, encoding: Encoding) -> u32 {
        match encoding {
            Encoding::Utf8 => self.utf8,
            Encoding::Utf16 => self.utf16,
            Encoding::Utf32 => self.utf32,
        }
    }
}

/// The starts of a text's lines, by which byte offsets become positions.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lines {
    /// Byte offset of the first character of each line; the first is 0.
    starts: Vec<usize>,
}

impl Lines {
    #[must_use]
    pub fn of(text: &str) -> Lines {
        let bytes = text.as_bytes();
        let mut starts = vec![0];
        for at in memchr::memchr2_iter(b'\n', b'\r', bytes) {
            let ends = bytes.get(at) == Some(&b'\n') || bytes.get(at + 1) != Some(&b'\n');
            if ends {
                starts.push(at + 1);
            }
        }
        Lines { starts }
    }

    /// The position of a byte offset; one past the end, or inside a character, is moved back to where a position can be.
    #[must_use]
    pub fn position(&self, text: &str, offset: usize) -> Position {
        let offset = text.floor_char_boundary(offset);
        let line = self.starts.partition_point(|start| *start <= offset).saturating_sub(1);
        let start = self.starts.get(line).copied().unwrap_or(0);
        let before = text.get(start..offset).unwrap_or("");
        let utf16: usize = before.chars().map(char::len_utf16).sum();
        Position {
            line: narrow(line),
            utf8: narrow(before.len()),
            utf16: narrow(utf16),
            utf32: narrow(before.chars().count()),
        }
    }

    #[must_use]
    pub fn range(&self, text: &str, span: Span) -> Range {
        Range { start: self.position(text, span.start), end: self.position(text, span.end) }
    }

    /// The byte offset of a line and column; a column past the end of its line means the end of that line, without its
    /// line break, and a line past the end means the end of the text (LSP 3.17, `Position`).
    #[must_use]
    pub fn offset(&self, text: &str, line: u32, column: u32, encoding: Encoding) -> usize {
        let Some(start) = self.starts.get(line as usize).copied() else { return text.len() };
        let end = self.starts.get(line as usize + 1).copied().unwrap_or(text.len());
        let content = text.get(start..end).unwrap_or("").trim_end_matches(['\r', '\n']);
        let mut left = column as usize;
        for (at, character) in content.char_indices() {
            if left == 0 {
                return start + at;
            }
            let width = match encoding {
                Encoding::Utf8 => character.len_utf8(),
                Encoding::Utf16 => character.len_utf16(),
                Encoding::Utf32 => 1,
            };
            if width > left {
                return start + at;
            }
            left -= width;
        }
        start + content.len()
    }

    /// The stretch of a line, without its line break.
    #[must_use]
    pub fn line(&self, text: &str, line: usize) -> Option<Span> {
        let start = *self.starts.get(line)?;
        let end = self.starts.get(line + 1).copied().unwrap_or(text.len());
        let content = text.get(start..end)?.trim_end_matches(['\r', '\n']);
        Some(Span::new(start, start + content.len()))
    }

    #[must_use]
    pub fn count(&self) -> usize {
        self.starts.len()
    }
}

/// LSP counts in 32 bits; texts of four gigabytes are refused long before they get here.
fn narrow(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}
