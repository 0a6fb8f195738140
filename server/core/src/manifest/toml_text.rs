//! TOML as text (TOML 1.0, *String*): where its strings are, where what they say stands, and how text must be written inside
//! of one.

use crate::text::Span;

/// How a string is quoted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Quotes {
    /// `"…"`
    Basic,
    /// `'…'`
    Literal,
    /// `"""…"""`
    LongBasic,
    /// `'''…'''`
    LongLiteral,
}

impl Quotes {
    /// Those that a text begins with.
    fn opening(text: &str) -> Option<Quotes> {
        Some(match text.as_bytes() {
            [b'"', b'"', b'"', ..] => Quotes::LongBasic,
            [b'\'', b'\'', b'\'', ..] => Quotes::LongLiteral,
            [b'"', ..] => Quotes::Basic,
            [b'\'', ..] => Quotes::Literal,
            _ => return None,
        })
    }

    fn written(self) -> &'static str {
        match self {
            Quotes::Basic => "\"",
            Quotes::Literal => "'",
            Quotes::LongBasic => "\"\"\"",
            Quotes::LongLiteral => "'''",
        }
    }

    fn escapes(self) -> bool {
        matches!(self, Quotes::Basic | Quotes::LongBasic)
    }

    fn is_long(self) -> bool {
        matches!(self, Quotes::LongBasic | Quotes::LongLiteral)
    }
}

/// A string, as it stands in the file.
#[derive(Clone, Copy, Debug)]
pub(super) struct Quoted<'text> {
    quotes: Quotes,
    /// Where what it says begins.
    start: usize,
    /// What stands between the quotes.
    raw: &'text str,
}

impl<'text> Quoted<'text> {
    /// The string at a stretch of the file; `None` where there are no quotes, or where they are not closed yet.
    pub(super) fn at(text: &'text str, span: Span) -> Option<Quoted<'text>> {
        let spelled = text.get(span.start..span.end)?;
        let quotes = Quotes::opening(spelled)?;
        let mark = quotes.written();
        if spelled.len() < 2 * mark.len() {
            return None;
        }
        let mut raw = spelled.strip_prefix(mark)?.strip_suffix(mark)?;
        let mut start = span.start + mark.len();
        if quotes.is_long() {
            // A line break right after the opening quotes is not part of the string.
            let trimmed =
                raw.strip_prefix("\r\n").or_else(|| raw.strip_prefix('\n')).unwrap_or(raw);
            start += raw.len() - trimmed.len();
            raw = trimmed;
        }
        Some(Quoted { quotes, start, raw })
    }

    /// Where what it says begins, if each byte of the file stands for itself.
    pub(super) fn plain_start(&self, value: &str) -> Option<usize> {
        (self.raw == value).then_some(self.start)
    }

    /// The stretch of the file that says a stretch of the value.
    pub(super) fn place(&self, span: Span) -> Span {
        let (mut value, mut source) = (0, self.start);
        let (mut start, mut end) = (None, None);
        let units = Units { rest: self.raw, escapes: self.quotes.escapes() };
        for unit in units {
            value += unit.value;
            if start.is_none() && value > span.start {
                start = Some(source);
            }
            source += unit.source;
            if value >= span.end && value > 0 && end.is_none() {
                end = Some(source);
            }
        }
        let start = start.unwrap_or(source);
        if span.start >= span.end {
            Span::new(start, start)
        } else {
            Span::new(start, end.unwrap_or(source))
        }
    }
}

/// A character of a string: how many bytes it has in the file and in the value.
struct Unit {
    source: usize,
    value: usize,
}

struct Units<'raw> {
    rest: &'raw str,
    escapes: bool,
}

impl Iterator for Units<'_> {
    type Item = Unit;

    fn next(&mut self) -> Option<Unit> {
        let first = self.rest.chars().next()?;
        let unit = match first {
            '\\' if self.escapes => escape(self.rest),
            _ => Unit { source: first.len_utf8(), value: first.len_utf8() },
        };
        self.rest = self.rest.get(unit.source..).unwrap_or("");
        Some(unit)
    }
}

/// The escape that a text begins with.
fn escape(text: &str) -> Unit {
    let letter = text.chars().nth(1);
    let digits = match letter {
        Some('x') => 2,
        Some('u') => 4,
        Some('U') => 8,
        Some(letter) if letter.is_whitespace() => {
            // A backslash at the end of a line stands for nothing, and takes the space up to the next word along.
            let source = text.len() - text[1..].trim_start_matches([' ', '\t', '\r', '\n']).len();
            return Unit { source, value: 0 };
        }
        Some(letter) => return Unit { source: 1 + letter.len_utf8(), value: 1 },
        None => return Unit { source: 1, value: 1 },
    };
    let code = text.get(2..2 + digits).and_then(|it| u32::from_str_radix(it, 16).ok());
    match code.and_then(char::from_u32) {
        Some(character) => Unit { source: 2 + digits, value: character.len_utf8() },
        None => Unit { source: 2, value: 1 },
    }
}

/// Every string of a document, also of one that cannot be parsed: one that is not closed ends with its line.
pub(super) fn strings(text: &str) -> impl Iterator<Item = Span> {
    let mut at = 0;
    let mut unclosed = Unclosed::default();
    std::iter::from_fn(move || {
        loop {
            let rest = text.get(at..)?;
            let found = at + rest.find(['"', '\'', '#'])?;
            let ahead = text.get(found..)?;
            if ahead.starts_with('#') {
                at = found + ahead.find('\n').unwrap_or(ahead.len());
                continue;
            }
            at = found + unclosed.string_length(ahead);
            return Some(Span::new(found, at));
        }
    })
}

/// Which kinds of long strings have been found to stay open up to the end, so that nobody looks for their end again.
#[derive(Default)]
pub(super) struct Unclosed {
    long_basic: bool,
    long_literal: bool,
}

impl Unclosed {
    /// How long the string is that a text begins with; one that is not closed ends with its line.
    pub(super) fn string_length(&mut self, text: &str) -> usize {
        let line = || text.find('\n').unwrap_or(text.len());
        let Some(quotes) = Quotes::opening(text) else { return 0 };
        let stays_open = match quotes {
            Quotes::LongBasic => &mut self.long_basic,
            Quotes::LongLiteral => &mut self.long_literal,
            Quotes::Basic | Quotes::Literal => {
                return closed_length(text, quotes).unwrap_or_else(line);
            }
        };
        let closed = if *stays_open { None } else { closed_length(text, quotes) };
        *stays_open |= closed.is_none();
        closed.unwrap_or_else(line)
    }
}

fn closed_length(text: &str, quotes: Quotes) -> Option<usize> {
    let mark = quotes.written();
    let mut at = mark.len();
    loop {
        let rest = text.get(at..)?;
        if rest.starts_with(mark) {
            // Up to two more quotes belong to a long string itself.
            let quote = mark.get(..1)?;
            let more = rest.get(mark.len()..)?;
            let inner = more.len() - more.trim_start_matches(quote).len();
            return Some(at + mark.len() + if quotes.is_long() { inner.min(2) } else { 0 });
        }
        let mut characters = rest.chars();
        let next = characters.next()?;
        at += next.len_utf8();
        let escaped = characters.next().filter(|_| next == '\\' && quotes.escapes());
        if !quotes.is_long() && (next == '\n' || escaped == Some('\n')) {
            return None;
        }
        at += escaped.map_or(0, char::len_utf8);
    }
}

/// The text as it must be written in place of a stretch that stands inside of a string; `None` where it cannot be.
pub(super) fn written(document: &str, span: Span, text: &str) -> Option<String> {
    let around = strings(document).find(|it| it.start < span.start && span.end < it.end);
    let Some(quoted) = around.and_then(|it| Quoted::at(document, it)) else {
        return Some(text.to_owned());
    };
    if quoted.quotes.escapes() {
        // The value of a marker may stand in either kind of quotes, and one of them needs no escape.
        let text = if text.contains('\'') { text.to_owned() } else { text.replace('"', "'") };
        return Some(escaped(&text));
    }
    let text = if text.contains('"') { text.to_owned() } else { text.replace('\'', "\"") };
    let fits = !text.contains('\'') && !text.chars().any(char::is_control);
    fits.then_some(text)
}

fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '"' | '\\' => escaped.extend(['\\', character]),
            '\n' => escaped.push_str("\\n"),
            '\t' => escaped.push_str("\\t"),
            it if it.is_control() => escaped.push_str(&format!("\\u{:04X}", u32::from(it))),
            it => escaped.push(it),
        }
    }
    escaped
}
