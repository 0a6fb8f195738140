//! The lines as pip sees them: joined where one ends with `\`, without comments.

use std::borrow::Cow;

use crate::text::Span;

/// One line after joining, and where its pieces stand in the file.
pub(super) struct Line<'text> {
    pub(super) text: Cow<'text, str>,
    /// Where the text begins in the file.
    start: usize,
    /// For each further piece, where it begins in this text and in the file.
    pieces: Vec<(usize, usize)>,
}

impl Line<'_> {
    /// The stretch of the file that a stretch of this line stands for. The end stays in the piece that it ends, so that it
    /// does not run on to the start of the next line.
    pub(super) fn place(&self, span: Span) -> Span {
        let start = self.source(span.start);
        if span.start >= span.end {
            return Span::new(start, start);
        }
        Span::new(start, self.source(span.end - 1) + 1)
    }

    fn source(&self, at: usize) -> usize {
        let piece = self.pieces.partition_point(|it| it.0 <= at).checked_sub(1);
        match piece.and_then(|it| self.pieces.get(it)) {
            Some((within, source)) => source + (at - within),
            None => self.start + at,
        }
    }

    /// Cuts off the comment: a `#` at the start or after space, so that one in a URL stays.
    fn cut_comment(&mut self) {
        let bytes = self.text.as_bytes();
        let comment = bytes.iter().enumerate().position(|(at, byte)| {
            let before = at.checked_sub(1).and_then(|it| bytes.get(it));
            *byte == b'#' && before.is_none_or(u8::is_ascii_whitespace)
        });
        if let Some(at) = comment {
            match &mut self.text {
                Cow::Borrowed(text) => *text = text.get(..at).unwrap_or(""),
                Cow::Owned(text) => text.truncate(at),
            }
        }
    }
}

/// The lines that hold something (pip, *Requirements File Format*). A line that is only a comment ends the joining, and
/// belongs to what it is joined to.
pub(super) fn lines(text: &str) -> impl Iterator<Item = Line<'_>> {
    let mut rest = physical(text);
    std::iter::from_fn(move || {
        loop {
            let mut line = joined(&mut rest)?;
            line.cut_comment();
            if !line.text.trim().is_empty() {
                return Some(line);
            }
        }
    })
}

fn joined<'text>(rest: &mut impl Iterator<Item = (usize, &'text str)>) -> Option<Line<'text>> {
    let (start, first) = rest.next()?;
    let mut line = Line { text: first.into(), start, pieces: Vec::new() };
    if !goes_on(first) {
        return Some(line);
    }
    // pip takes the backslashes off both ends of a line that goes on.
    line.start += first.len() - first.trim_start_matches('\\').len();
    let mut text = first.trim_matches('\\').to_owned();
    for (start, next) in rest {
        let goes_on = goes_on(next);
        let piece = if goes_on { next.trim_start_matches('\\') } else { next };
        let start = start + next.len() - piece.len();
        let piece = if goes_on { piece.trim_end_matches('\\') } else { piece };
        if is_comment(piece) {
            // The space makes sure that it is seen as a comment even where no space stands before the backslash.
            text.push(' ');
        }
        line.pieces.push((text.len(), start));
        text.push_str(piece);
        if !goes_on {
            break;
        }
    }
    line.text = text.into();
    Some(line)
}

fn goes_on(line: &str) -> bool {
    line.ends_with('\\') && !is_comment(line)
}

fn is_comment(line: &str) -> bool {
    line.trim_start().starts_with('#')
}

/// The lines of the file without their ends, each with its place.
fn physical(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut start = usize::from(text.starts_with('\u{feff}')) * '\u{feff}'.len_utf8();
    std::iter::from_fn(move || {
        let rest = text.get(start..).filter(|it| !it.is_empty())?;
        let end = rest.find(['\n', '\r', '\u{b}', '\u{c}']).unwrap_or(rest.len());
        let line = rest.get(..end).unwrap_or("");
        let at = start;
        start += end + if rest[end..].starts_with("\r\n") { 2 } else { 1 };
        Some((at, line))
    })
}
