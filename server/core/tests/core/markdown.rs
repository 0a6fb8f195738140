//! Reads a case file: what is given, what is expected, and what holds after an action.
//!
//! A `##` heading begins a case, a `###` heading of the form ``after: TITLE`` begins what holds once the action of that title
//! was performed. Fenced blocks say the rest:
//!
//! - any language with `path=…`: a file, relative to `/w` unless absolute
//! - `tree`: one entry a line: `folder/`, `file`, `file *` (executable), `file * elf aarch64` (for that machine),
//!   `link -> target`, `- gone`; a `name-1.0.dist-info/` is that of a sound installation: what it must hold is in it
//! - `variables`: `NAME=value` lines; `programs`: `name=/path` lines; `settings`: JSON; `trusted`: nothing;
//!   `today`: the day, `2026-11-22`; `choices`: `project=/path/of/python` lines;
//!   `words`: `/path/of/program=what it says when it is asked what it is` lines
//! - `registry`: that of Windows, as `reg export` writes it
//! - `interpreters`, `environments`: nothing; those of the machine are wanted, and `explain` shows them
//! - `findings`: the findings, drawn under the text they stand at; `explain`: the manager, the choice and the candidates;
//!   `chores`: below each line `> upgrade NAME` or `> write-down`, what would be done about it;
//!   `facts path=…`: what a manifest says; `lock path=…`: what a lock says

use std::{collections::BTreeMap, ops::Range};

use envls_core::world::Registry;

/// A case file, read.
pub(crate) struct CaseFile {
    pub(crate) cases: Vec<Case>,
}

#[derive(Default)]
pub(crate) struct Case {
    pub(crate) title: String,
    pub(crate) blocks: Vec<Block>,
    pub(crate) after: Vec<After>,
}

/// What holds after an action.
pub(crate) struct After {
    pub(crate) action: String,
    pub(crate) blocks: Vec<Block>,
}

pub(crate) struct Block {
    pub(crate) kind: String,
    pub(crate) path: Option<String>,
    pub(crate) text: String,
    /// Where the text stands in the file.
    pub(crate) place: Range<usize>,
}

pub(crate) fn read(text: &str) -> CaseFile {
    let mut cases: Vec<Case> = Vec::new();
    let mut fence: Option<(String, Block)> = None;
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let start = at;
        at += line.len();
        let bare = line.trim_end_matches('\n');
        if let Some((marks, block)) = &mut fence {
            if bare == marks {
                block.place.end = start;
                block.text = text[block.place.clone()].to_owned();
                let (_, block) = fence.take().expect("a fence is open");
                let case = cases.last_mut().expect("a block stands below a `##` heading");
                match case.after.last_mut() {
                    Some(after) => after.blocks.push(block),
                    None => case.blocks.push(block),
                }
            }
        } else if let Some(title) = bare.strip_prefix("## ") {
            cases.push(Case { title: title.to_owned(), ..Case::default() });
        } else if let Some(action) = bare.strip_prefix("### after: ") {
            let case = cases.last_mut().expect("`### after` stands below a `##` heading");
            case.after.push(After { action: action.to_owned(), blocks: Vec::new() });
        } else if bare.starts_with("```") {
            let marks: String = bare.chars().take_while(|it| *it == '`').collect();
            let mut words = bare[marks.len()..].split_whitespace();
            let kind = words.next().unwrap_or("").to_owned();
            let path = words.find_map(|it| it.strip_prefix("path=")).map(str::to_owned);
            fence = Some((marks, Block { kind, path, text: String::new(), place: at..at }));
        }
    }
    assert!(fence.is_none(), "a fence is not closed");
    CaseFile { cases }
}

/// Reads an export of the registry: `[KEY]`, below it `@="…"` and `"NAME"="…"` (words only, `\\` and `"` escaped).
pub(crate) fn registry(text: &str) -> Registry {
    let mut registry = Registry::default();
    let mut key = String::new();
    for line in text.lines() {
        if let Some(name) = line.strip_prefix('[').and_then(|it| it.strip_suffix(']')) {
            name.clone_into(&mut key);
            registry.keys.insert(key.clone(), BTreeMap::new());
        } else if let Some((name, value)) = line.split_once('=') {
            let plain = |it: &str| it.trim_matches('"').replace("\\\\", "\\").replace("\\\"", "\"");
            let name = if name == "@" { String::new() } else { plain(name).to_lowercase() };
            let values = registry.keys.get_mut(&key).expect("a value stands below its key");
            values.insert(name, plain(value));
        }
    }
    registry
}
