//! What is held of a body while it comes in: all of it, but for strings that are too long for us to read anyway.

use super::Refusal;

/// Stands in the place of a string that was too long to be held.
pub(crate) const LONG: &str = "\u{0}envls: too long to be held";
/// As it is in JSON.
const LONG_IN_JSON: &[u8] = br"\u0000envls: too long to be held";
/// The most that is read of a manifest, and a quarter for what must be escaped in it.
pub(super) const STRING_LIMIT: usize = 5 * 1024 * 1024;
const HELD_LIMIT: usize = 32 * 1024 * 1024;
/// Numbers and brackets take many times their room once they are read.
const OUTSIDE_LIMIT: usize = 4 * 1024 * 1024;
/// Deeper than this the framework's reader gives up; no message of the protocol is nested even a tenth as deep.
const DEPTH_LIMIT: usize = 120;

#[derive(Default)]
pub(super) struct Sieve {
    held: Vec<u8>,
    state: State,
    depth: usize,
    /// How much of what is held is outside of strings.
    outside: usize,
    refused: Option<Refusal>,
}

#[derive(Clone, Copy, Default)]
enum State {
    #[default]
    Outside,
    /// In a string whose first character is at this place of what is held.
    Inside { start: usize },
    /// After a backslash in it.
    Escaping { start: usize },
}

impl Sieve {
    pub(super) fn take(&mut self, mut bytes: &[u8]) {
        while self.refused.is_none() && !bytes.is_empty() {
            let taken = match self.state {
                State::Outside => self.outside(bytes),
                State::Inside { start } => self.inside(start, bytes),
                State::Escaping { start } => {
                    self.hold_of_string(start, bytes.get(..1).unwrap_or_default());
                    self.state = State::Inside { start };
                    1
                }
            };
            bytes = bytes.get(taken..).unwrap_or_default();
            if self.held.len() > HELD_LIMIT || self.outside > OUTSIDE_LIMIT {
                self.refuse(Refusal::TooLarge);
            }
        }
    }

    /// What is held of the whole, or why it is refused.
    pub(super) fn finish(self) -> (Vec<u8>, Option<Refusal>) {
        (self.held, self.refused)
    }

    fn outside(&mut self, bytes: &[u8]) -> usize {
        let mut taken = bytes.len();
        for (at, byte) in bytes.iter().enumerate() {
            match byte {
                b'{' | b'[' => {
                    self.depth += 1;
                    if self.depth > DEPTH_LIMIT {
                        self.refuse(Refusal::TooDeep);
                        return bytes.len();
                    }
                }
                b'}' | b']' => self.depth = self.depth.saturating_sub(1),
                b'"' => {
                    taken = at + 1;
                    self.state = State::Inside { start: self.held.len() + taken };
                    break;
                }
                _ => {}
            }
        }
        self.held.extend_from_slice(bytes.get(..taken).unwrap_or_default());
        self.outside += taken;
        taken
    }

    fn inside(&mut self, start: usize, bytes: &[u8]) -> usize {
        let end = bytes.iter().position(|byte| matches!(byte, b'"' | b'\\'));
        let taken = end.map_or(bytes.len(), |at| at + 1);
        let (text, last) = match end {
            Some(at) => (bytes.get(..at).unwrap_or_default(), bytes.get(at)),
            None => (bytes, None),
        };
        self.hold_of_string(start, text);
        match last {
            Some(b'\\') => {
                self.hold_of_string(start, br"\");
                self.state = State::Escaping { start };
            }
            Some(_) => {
                if self.held.len() - start > STRING_LIMIT {
                    self.held.truncate(start);
                    self.held.extend_from_slice(LONG_IN_JSON);
                }
                self.held.push(b'"');
                self.state = State::Outside;
            }
            None => {}
        }
        taken
    }

    /// Holds a part of a string; of one that has become too long, only that much that this can be seen at its end.
    fn hold_of_string(&mut self, start: usize, text: &[u8]) {
        let room = (STRING_LIMIT + 1).saturating_sub(self.held.len() - start);
        self.held.extend_from_slice(text.get(..text.len().min(room)).unwrap_or_default());
    }

    fn refuse(&mut self, refusal: Refusal) {
        self.refused = Some(refusal);
        self.held = Vec::new();
    }
}
