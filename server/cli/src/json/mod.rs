//! The documents that scripts and editors read, as the contract spells them.

mod check;
mod choice;
mod environment;
mod trust;

use envls_core::{
    model::Evidence as Reason,
    text::{self, Encoding},
    world::AbsPath,
};
use serde::Serialize;

pub(crate) use self::{
    check::{Facts, check},
    choice::{envs, explain, variables, which},
    trust::{trust, trusted},
};

/// The version of every document.
const VERSION: u32 = 1;

/// A document as it is printed.
pub(crate) fn print(document: &impl Serialize) -> anyhow::Result<String> {
    let mut text = serde_json::to_string_pretty(document)?;
    text.push('\n');
    Ok(text)
}

/// A path as a string. What is no UTF-8 becomes a percent-encoded address, which names it without loss.
fn spelled(path: &AbsPath) -> String {
    if let Ok(text) = str::from_utf8(path.as_bytes()) {
        return text.to_owned();
    }
    let mut address = String::from("file://");
    for byte in path.as_bytes() {
        match byte {
            b'/' | b'-' | b'.' | b'_' | b'~' => address.push(char::from(*byte)),
            it if it.is_ascii_alphanumeric() => address.push(char::from(*it)),
            it => address.push_str(&format!("%{it:02X}")),
        }
    }
    address
}

#[derive(Debug, Serialize)]
struct Position {
    line: u32,
    character: u32,
}

#[derive(Debug, Serialize)]
struct Range {
    start: Position,
    end: Position,
}

fn range(range: text::Range, encoding: Encoding) -> Range {
    let position = |at: text::Position| Position { line: at.line, character: at.column(encoding) };
    Range { start: position(range.start), end: position(range.end) }
}

#[derive(Debug, Serialize)]
struct Evidence {
    what: String,
    path: Option<String>,
    range: Option<Range>,
}

fn evidence(reasons: &[Reason], encoding: Encoding) -> Vec<Evidence> {
    let one = |it: &Reason| Evidence {
        what: it.what.clone(),
        path: it.path.as_ref().map(spelled),
        range: it.range.map(|it| range(it, encoding)),
    };
    reasons.iter().map(one).collect()
}
