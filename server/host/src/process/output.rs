//! What a command prints: kept in bounds, cut into lines, without the control sequences of terminals.

use std::{collections::VecDeque, iter::Peekable, str::Chars};

/// How much of the beginning is kept, and how much of the end, in bytes.
const KEPT: usize = 512 * 1024;
/// A line that is longer is cut, in bytes.
const LINE: usize = 4096;

/// The beginning and the end of what was printed.
#[derive(Debug, Default)]
pub(super) struct Kept {
    head: Vec<u8>,
    tail: VecDeque<u8>,
    left_out: u64,
}

impl Kept {
    pub(super) fn take_in(&mut self, bytes: &[u8]) {
        let room = KEPT - self.head.len();
        let (first, rest) = bytes.split_at(room.min(bytes.len()));
        self.head.extend_from_slice(first);
        self.tail.extend(rest);
        let excess = self.tail.len().saturating_sub(KEPT);
        self.tail.drain(..excess);
        self.left_out += excess as u64;
    }

    pub(super) fn text(mut self) -> String {
        let mut text = String::from_utf8_lossy(&self.head).into_owned();
        if self.left_out > 0 {
            text.push_str(&format!("\n… {} bytes left out …\n", self.left_out));
        }
        text.push_str(&String::from_utf8_lossy(self.tail.make_contiguous()));
        plain(&text)
    }
}

/// Cuts a stream into lines; a lone carriage return ends one too, since it draws progress over what stood there.
#[derive(Debug, Default)]
pub(super) struct Lines {
    begun: Vec<u8>,
}

impl Lines {
    /// The newest line that is complete and not empty.
    pub(super) fn take_in(&mut self, bytes: &[u8]) -> Option<String> {
        let mut newest = None;
        let mut parts = bytes.split(|byte| matches!(byte, b'\n' | b'\r')).peekable();
        while let Some(part) = parts.next() {
            let room = LINE.saturating_sub(self.begun.len());
            self.begun.extend_from_slice(part.get(..room).unwrap_or(part));
            if parts.peek().is_some() {
                newest = self.rest().or(newest);
            }
        }
        newest
    }

    /// The line that was begun and not ended.
    pub(super) fn rest(&mut self) -> Option<String> {
        let line = plain(&String::from_utf8_lossy(&std::mem::take(&mut self.begun)));
        let line = line.trim();
        (!line.is_empty()).then(|| line.to_owned())
    }
}

/// What is said of every password that is wanted.
pub(super) const NOBODY_TYPES: &str =
    "wants a user name and password, which nobody is there to type";

/// The line that most likely says why: one about a password that is wanted, else the last one that speaks of an error, else the
/// last one.
pub(super) fn decisive(output: &str) -> String {
    let lines = || output.lines().rev().map(str::trim).filter(|it| !it.is_empty());
    if let Some(line) = lines().rev().find(|it| asks_for_password(it)) {
        return format!("{}: {line}", whose_password(output));
    }
    if let Some(line) = lines().rev().find(|it| finds_nothing(it)) {
        // These tools keep to themselves that the index would not say what it has.
        return format!("{line} (or the index wants a password, which nobody is there to type)");
    }
    let of_error = |it: &&str| {
        let it = it.to_ascii_lowercase();
        it.contains("error") || it.contains("disk full") || it.contains("no space left")
    };
    lines().find(of_error).or_else(|| lines().next()).unwrap_or("").to_owned()
}

/// Whether a line says that a server wants to know who asks (RFC 9110, *401 Unauthorized*, *407 Proxy Authentication Required*),
/// in the words of the tools and of their libraries.
fn asks_for_password(line: &str) -> bool {
    let line = line.to_ascii_lowercase();
    let status = ["401", "403", "407"].iter().any(|status| {
        let mut found = line.match_indices(status);
        let alone = |at: usize| {
            let digit = |it: Option<&u8>| it.is_some_and(u8::is_ascii_digit);
            let before = at.checked_sub(1).and_then(|it| line.as_bytes().get(it));
            !digit(before) && !digit(line.as_bytes().get(at + 3))
        };
        let speaks = [
            "client error",
            "http error",
            "status code",
            "unauthorized",
            "forbidden",
            "authent",
            "(401",
            "(403",
        ];
        speaks.iter().any(|it| line.contains(it)) && found.any(|it| alone(it.0))
    });
    let words = [
        "proxy authentication required",
        "invalid credentials",
        "authentication required",
        "missing credentials",
        "could not read username",
        "credentials were not provided",
        "authorization error",
    ];
    status || words.iter().any(|it| line.contains(it))
}

/// Whether a tool says that the index has nothing of a name, as it also says where the index did not tell.
pub(super) fn finds_nothing(line: &str) -> bool {
    line.contains("No matching distribution found") || line.contains("[CandidateNotFound]")
}

fn whose_password(output: &str) -> &'static str {
    let proxy = output.contains("407") || output.to_ascii_lowercase().contains("proxy auth");
    if proxy {
        "the proxy wants a user name and password, which nobody is there to type: give them to the tool first"
    } else {
        "the package index wants a user name and password, which nobody is there to type: give them to the tool first"
    }
}

/// Without the sequences that move a cursor, colour a word or name a window (ECMA-48), without other control characters but
/// tabulators and ends of lines, and without what makes a text read as another (Unicode Standard Annex 9) or cannot be seen.
pub(super) fn plain(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '\u{1b}' => skip_sequence(&mut characters),
            '\r' if characters.peek() != Some(&'\n') => plain.push('\n'),
            '\n' | '\t' => plain.push(character),
            '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}' => {}
            character if character.is_control() => {}
            character => plain.push(character),
        }
    }
    plain
}

/// Skips what follows an ESC. What is begun and not ended takes nothing along that comes after it: another sequence begins, or the
/// line ends, as terminals see it too (VT500's states); so it is where what is printed is no text, or two streams meet.
fn skip_sequence(characters: &mut Peekable<Chars<'_>>) {
    let goes_on = |it: &char| !matches!(it, '\n' | '\r' | '\u{1b}');
    let Some(begun) = characters.next_if(goes_on) else { return };
    match begun {
        // Parameters and intermediates, up to the final character.
        '[' => while characters.next_if(goes_on).is_some_and(|it| !matches!(it, '@'..='~')) {},
        // A string, up to the bell or the string terminator.
        ']' | 'P' | '_' | '^' | 'X' => {
            while characters.next_if(goes_on).is_some_and(|it| it != '\u{7}') {}
            let mut ahead = characters.clone();
            if (ahead.next(), ahead.next()) == (Some('\u{1b}'), Some('\\')) {
                *characters = ahead;
            }
        }
        // A charset is named by one character more.
        '(' | ')' | '*' | '+' | '#' | '%' | ' ' => drop(characters.next_if(goes_on)),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_begun_and_not_ended_does_not_hide_the_lines_after_it() {
        for begun in ["\u{1b}]0;", "\u{1b}[38;5", "\u{1b}P", "\u{1b}"] {
            let said = plain(&format!("{begun}\nerror: it is too much\nthe end\n"));
            assert_eq!(decisive(&said), "error: it is too much", "{begun:?}");
            let said = plain(&format!("{begun}\u{1b}[31merror: it is too much\u{1b}[0m\n"));
            assert_eq!(said, "error: it is too much\n", "{begun:?}, and another stream's line");
        }
        for cut in ["a\u{1b}\nb", "a\u{1b}(\nb", "a\u{feff}\u{202e}\nb"] {
            assert_eq!(plain(cut), "a\nb", "{cut:?}");
        }
        assert_eq!(plain("\u{1b}]0;title\u{7}a\u{1b}[31mb\u{1b}]8;;x\u{1b}\\c\n"), "abc\n");
    }
}
