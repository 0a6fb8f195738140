//! Reads a client's bytes as messages, bounded in every way, and finds its way again after whatever is no message.
//!
//! A message is a header section with a `Content-Length` and a JSON body of that many bytes (LSP 3.17, *Base protocol*). What
//! is anything else is skipped up to the next `Content-Length:`, or answered when it was whole but not to be understood.

mod sieve;

use std::io::{self, Read};

use serde::de::IgnoredAny;
use tower_lsp::jsonrpc::{Request, Response};

pub(crate) use self::sieve::LONG;
use self::sieve::Sieve;

const NAME: &[u8] = b"content-length:";
/// A header section that is longer than this is none.
const HEADER_LIMIT: usize = 64 * 1024;
/// A length beyond this is taken for a mistake, not for a body to wait for.
const BODY_LIMIT: usize = 128 * 1024 * 1024;
/// Of a body that is no JSON, so much of its end is searched for the next message: its length may have been too large.
const SEARCHED: usize = 4 * 1024;
const BUFFER: usize = 64 * 1024;

/// One thing that the client sent.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Frame {
    /// A body that is one message.
    Message(Vec<u8>),
    Refused(Refusal),
}

/// Why a body is answered with an error, and goes no further.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    NoJson,
    /// Batches are no part of the protocol, and neither are bare values or other objects.
    NoMessage,
    TooDeep,
    TooLarge,
}

impl Refusal {
    /// The answer; the request that it is for cannot be told, so it has no id (JSON-RPC 2.0, section 5).
    pub(crate) fn response(self) -> String {
        let (code, words) = match self {
            Refusal::NoJson => (-32700, "the body is no JSON"),
            Refusal::NoMessage => (-32600, "the body is no message"),
            Refusal::TooDeep => (-32600, "the message is nested too deeply"),
            Refusal::TooLarge => (-32600, "the message is too large"),
        };
        format!(r#"{{"jsonrpc":"2.0","id":null,"error":{{"code":{code},"message":"{words}"}}}}"#)
    }
}

/// The messages in a stream of bytes.
pub struct Frames<R> {
    input: R,
    buffer: Vec<u8>,
    /// The part of the buffer that was read and not used.
    at: usize,
    end: usize,
}

impl<R: Read> Frames<R> {
    /// Nothing is read yet.
    pub fn new(input: R) -> Frames<R> {
        Frames { input, buffer: vec![0; BUFFER], at: 0, end: 0 }
    }

    /// The next one; `None` at the end of the input.
    pub(crate) fn next(&mut self) -> io::Result<Option<Frame>> {
        let Some(length) = self.header()? else { return Ok(None) };
        let Some(sieve) = self.body(length)? else { return Ok(None) };
        Ok(Some(match judge(sieve) {
            Ok(body) => Frame::Message(body),
            Err((refusal, body)) => {
                if refusal == Refusal::NoJson {
                    self.put_back(&body);
                }
                Frame::Refused(refusal)
            }
        }))
    }

    /// The next body as it came, whatever it holds: for a stream that is only passed on. `None` at the end of the input.
    ///
    /// # Errors
    /// When the input cannot be read.
    pub fn whole(&mut self) -> io::Result<Option<Vec<u8>>> {
        let Some(length) = self.header()? else { return Ok(None) };
        // A length is only a word: room is made for what really comes.
        let mut body = Vec::with_capacity(length.min(BUFFER));
        while body.len() < length {
            if self.at == self.end && !self.fill()? {
                return Ok(None);
            }
            let unread = self.buffer.get(self.at..self.end).unwrap_or_default();
            let taken = unread.get(..(length - body.len()).min(unread.len())).unwrap_or_default();
            body.extend_from_slice(taken);
            self.at += taken.len();
        }
        Ok(Some(body))
    }

    /// Skips to the next header section and reads the length in it.
    fn header(&mut self) -> io::Result<Option<usize>> {
        'searching: loop {
            if !self.find_name()? {
                return Ok(None);
            }
            let mut length = None;
            let mut line = Vec::new();
            let mut left = HEADER_LIMIT;
            // The rest of the first line is the number alone; in later lines the name may come again, which then counts.
            let mut named = true;
            loop {
                let Some(byte) = self.byte()? else { return Ok(None) };
                left -= 1;
                if left == 0 {
                    continue 'searching;
                }
                if byte != b'\n' {
                    line.push(byte);
                    continue;
                }
                let content = line.trim_ascii();
                if content.is_empty() && !named {
                    break;
                }
                let stated = if named { Some(content) } else { after_name(content) };
                if let Some(stated) = stated {
                    length = parse(stated);
                    if length.is_none() {
                        continue 'searching;
                    }
                }
                named = false;
                line.clear();
            }
            if length.is_some() {
                return Ok(length);
            }
        }
    }

    /// Skips past the next `Content-Length:`, wherever in a line it stands. No character of the name but its first one is a
    /// `c`, so after a mismatch only a match from here can have begun.
    fn find_name(&mut self) -> io::Result<bool> {
        let mut matched = 0;
        while let Some(byte) = self.byte()? {
            let byte = byte.to_ascii_lowercase();
            if NAME.get(matched) == Some(&byte) {
                matched += 1;
                if matched == NAME.len() {
                    return Ok(true);
                }
            } else {
                matched = usize::from(byte == b'c');
            }
        }
        Ok(false)
    }

    fn body(&mut self, length: usize) -> io::Result<Option<Sieve>> {
        let mut sieve = Sieve::default();
        let mut left = length;
        while left > 0 {
            if self.at == self.end && !self.fill()? {
                return Ok(None);
            }
            let unread = self.buffer.get(self.at..self.end).unwrap_or_default();
            let taken = unread.get(..left.min(unread.len())).unwrap_or_default();
            sieve.take(taken);
            left -= taken.len();
            self.at += taken.len();
        }
        Ok(Some(sieve))
    }

    fn byte(&mut self) -> io::Result<Option<u8>> {
        if self.at == self.end && !self.fill()? {
            return Ok(None);
        }
        let byte = self.buffer.get(self.at).copied();
        self.at += 1;
        Ok(byte)
    }

    /// Reads more; everything before must have been used. False at the end of the input.
    fn fill(&mut self) -> io::Result<bool> {
        self.at = 0;
        self.end = 0;
        self.buffer.truncate(BUFFER);
        loop {
            match self.input.read(&mut self.buffer) {
                Ok(read) => {
                    self.end = read;
                    return Ok(read > 0);
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
    }

    /// The end of a body is searched once more. It is shorter than what was read for it, so this ends.
    fn put_back(&mut self, body: &[u8]) {
        let tail = body.get(body.len().saturating_sub(SEARCHED)..).unwrap_or_default();
        let unread = self.buffer.get(self.at..self.end).unwrap_or_default();
        let mut next = [tail, unread].concat();
        self.at = 0;
        self.end = next.len();
        next.resize(BUFFER.max(self.end), 0);
        self.buffer = next;
    }
}

fn after_name(line: &[u8]) -> Option<&[u8]> {
    let at = line.windows(NAME.len()).rposition(|it| it.eq_ignore_ascii_case(NAME))?;
    line.get(at + NAME.len()..)
}

fn parse(number: &[u8]) -> Option<usize> {
    let length: usize = str::from_utf8(number.trim_ascii()).ok()?.parse().ok()?;
    (length <= BODY_LIMIT).then_some(length)
}

/// The framework ends when it reads a body that it cannot make a message of, so that is tried here, as it does it.
fn judge(sieve: Sieve) -> Result<Vec<u8>, (Refusal, Vec<u8>)> {
    let (body, refused) = sieve.finish();
    if let Some(refusal) = refused {
        return Err((refusal, body));
    }
    let Ok(text) = str::from_utf8(&body) else { return Err((Refusal::NoJson, body)) };
    let message = serde_json::from_str::<Request>(text).is_ok()
        || serde_json::from_str::<Response>(text).is_ok();
    if message {
        return Ok(body);
    }
    let json = serde_json::from_str::<IgnoredAny>(text).is_ok();
    Err((if json { Refusal::NoMessage } else { Refusal::NoJson }, body))
}

#[cfg(test)]
mod tests {
    use super::{BODY_LIMIT, Frame, Frames, Refusal};

    const A: &str = r#"{"jsonrpc":"2.0","method":"a"}"#;
    const B: &str = r#" {"jsonrpc":"2.0","method":"b","params":["\"{["]}"#;

    fn framed(body: &str) -> String {
        format!("Content-Length: {}\r\n\r\n{body}", body.len())
    }

    /// What is read from the input, each message as its body and each refusal by its name.
    fn check(input: impl AsRef<[u8]>, expected: &[&str]) {
        for chunk in [1, 7, usize::MAX] {
            let mut frames = Frames::new(Chunks { left: input.as_ref(), chunk });
            let mut found = Vec::new();
            while let Some(frame) = frames.next().expect("memory can be read") {
                found.push(match frame {
                    Frame::Message(body) => String::from_utf8(body).expect("judged to be text"),
                    Frame::Refused(refusal) => format!("{refusal:?}"),
                });
            }
            assert_eq!(found, expected, "read by {chunk}");
        }
    }

    struct Chunks<'input> {
        left: &'input [u8],
        chunk: usize,
    }

    impl std::io::Read for Chunks<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
            let taken = buffer.len().min(self.chunk).min(self.left.len());
            let (now, later) = self.left.split_at(taken);
            buffer[..taken].copy_from_slice(now);
            self.left = later;
            Ok(taken)
        }
    }

    #[test]
    fn messages_follow_one_another() {
        check(framed(A) + &framed(B), &[A, B]);
    }

    #[test]
    fn headers_are_read_loosely() {
        let length = A.len();
        check(format!("content-length:{length}\n\n{A}"), &[A]);
        check(
            format!("Content-Type: x; charset=utf-8\r\nCONTENT-LENGTH:  {length} \r\n\r\n{A}"),
            &[A],
        );
        check(format!("Content-Length: {length}\r\nContent-Type: x\r\n\r\n{A}"), &[A]);
    }

    #[test]
    fn a_stream_that_is_passed_on_is_left_as_it_is() {
        let long = format!(r#"{{"a":"{}"}}"#, "x".repeat(super::sieve::STRING_LIMIT + 1));
        let bodies = ["[]", "no JSON", "", A, &long];
        let input: String = bodies.into_iter().map(framed).collect();
        for chunk in [1000, usize::MAX] {
            let mut frames = Frames::new(Chunks { left: input.as_bytes(), chunk });
            let whole = || frames.whole().expect("memory can be read");
            let found: Vec<Vec<u8>> = std::iter::from_fn(whole).collect();
            assert_eq!(found, bodies.map(|it| it.as_bytes().to_vec()));
        }
    }

    #[test]
    fn garbage_is_skipped() {
        check(format!("garbage\r\n\r\n{}", framed(A)), &[A]);
        check(format!("CoContent-Length: x\r\n\r\n{}", framed(A)), &[A]);
        check([b"\xff\x00\r\n", framed(A).as_bytes()].concat(), &[A]);
        for length in ["9000000000000000000", "-1", "", &(BODY_LIMIT + 1).to_string()] {
            check(format!("Content-Length: {length}\r\n\r\n{{}}{}", framed(A)), &[A]);
        }
    }

    #[test]
    fn a_header_without_end_is_skipped() {
        let endless = "Content-Length: 2\r\nX: ".to_owned() + &"x".repeat(100_000);
        check(endless.clone() + &framed(A), &[A]);
        check(endless, &[]);
    }

    #[test]
    fn a_wrong_length_costs_no_more_than_its_message() {
        let two = framed(A) + &framed(B);
        for length in [A.len() - 5, A.len() + 5, A.len() + 40] {
            check(format!("Content-Length: {length}\r\n\r\n{A}{two}"), &["NoJson", A, B]);
        }
    }

    #[test]
    fn what_is_no_message_is_refused() {
        let bodies = ["[]", "1", "{}", r#"{"jsonrpc":"1.0","method":"a"}"#, "{", ""];
        let input: String = bodies.into_iter().chain([A]).map(framed).collect();
        check(input, &["NoMessage", "NoMessage", "NoMessage", "NoMessage", "NoJson", "NoJson", A]);
        let after = framed(A);
        let bytes = [b"Content-Length: 4\r\n\r\n\"\xff\xfe\"".as_slice(), after.as_bytes()];
        check(bytes.concat(), &["NoJson", A]);
    }

    #[test]
    fn deep_nesting_is_refused() {
        let deep = "[".repeat(200_000) + &"]".repeat(200_000);
        check(framed(&format!("{{\"a\":{deep}}}")) + &framed(A), &["TooDeep", A]);
        check(framed(&"{\"a\":".repeat(200_000)) + &framed(A), &["TooDeep", A]);
        for (depth, expected) in [(119, None), (120, Some("TooDeep")), (127, Some("TooDeep"))] {
            let params = "[".repeat(depth) + &"]".repeat(depth);
            let body = format!(r#"{{"jsonrpc":"2.0","method":"a","params":{params}}}"#);
            check(framed(&body), &[expected.unwrap_or(&body)]);
        }
        let brackets_in_a_string =
            format!(r#"{{"jsonrpc":"2.0","method":"{}"}}"#, "[".repeat(2000));
        check(framed(&brackets_in_a_string), &[&brackets_in_a_string]);
    }

    #[test]
    fn long_strings_are_not_held() {
        let text = "x".repeat(super::sieve::STRING_LIMIT + 1);
        let body = format!(r#"{{"jsonrpc":"2.0","method":"a","params":["{text}\"","short"]}}"#);
        let input = framed(&body);
        let mut frames = Frames::new(Chunks { left: input.as_bytes(), chunk: usize::MAX });
        let Ok(Some(Frame::Message(body))) = frames.next() else { panic!("it is a message") };
        let held: serde_json::Value = serde_json::from_slice(&body).expect("it stays JSON");
        assert_eq!(held["params"], serde_json::json!([super::LONG, "short"]));
    }

    #[test]
    fn what_is_large_without_long_strings_is_refused() {
        let body = format!("{{\"a\":[{}1]}}", "1,".repeat(20 * 1024 * 1024));
        let input = framed(&body);
        let mut frames = Frames::new(Chunks { left: input.as_bytes(), chunk: usize::MAX });
        assert_eq!(frames.next().ok(), Some(Some(Frame::Refused(Refusal::TooLarge))));
    }
}
