//! What the real editors announce and do. The capabilities are their own words, recorded from their `initialize`: Neovim 0.11.4
//! and Helix 25.01.1 as they ran, VS Code's as its language client 11.0 computes them.

use serde_json::{Value, json};

/// An editor.
#[derive(Clone)]
pub struct Profile {
    pub name: &'static str,
    pub version: &'static str,
    pub capabilities: Value,
    pub initialization_options: Value,
    /// What it answers to `workspace/configuration`.
    pub section: Value,
    pub encoding: Encoding,
    pub publishing: Publishing,
    pub questions: Questions,
    pub file_events: FileEvents,
    pub first_version: i32,
    pub bursts: Bursts,
}

/// The unit in which columns are counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    Utf8,
    Utf16,
    Utf32,
}

/// What becomes of findings for another version of a document than the one that is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Publishing {
    Shown,
    Dropped,
}

/// Whether `window/showMessageRequest` reaches the user.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Questions {
    Shown,
    /// It is answered as a method that does not exist.
    Unknown,
}

/// Which file events a server that registered for them gets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileEvents {
    All,
    /// Only of what the editor itself writes.
    Own,
    None,
}

/// In which order the edits of a burst of typing arrive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bursts {
    InOrder,
    /// Helix 25.01 sends each edit from a task of its own; seen on the wire: versions 4, 6, 5, 9, 7, 8.
    Shuffled,
}

/// Our own part of an editor's capabilities, as our plugins announce it.
fn own(mut capabilities: Value) -> Value {
    capabilities["experimental"] = json!({"envls": {"status": true, "activeEnvironmentChanged": true, "packagesChanged": true}});
    capabilities
}

fn recorded(text: &str) -> Value {
    serde_json::from_str(text).expect("a recorded profile is JSON")
}

#[must_use]
pub fn vscode() -> Profile {
    Profile {
        name: "Visual Studio Code",
        version: "1.139.1",
        capabilities: own(recorded(include_str!("../profiles/vscode.json"))),
        initialization_options: json!({"envls": {"trusted": false, "registersCommands": true}}),
        section: json!({"severity": {}}),
        encoding: Encoding::Utf16,
        publishing: Publishing::Shown,
        questions: Questions::Shown,
        file_events: FileEvents::All,
        first_version: 1,
        bursts: Bursts::InOrder,
    }
}

#[must_use]
pub fn neovim() -> Profile {
    Profile {
        name: "Neovim",
        version: "0.11.4",
        capabilities: own(recorded(include_str!("../profiles/neovim.json"))),
        initialization_options: json!({"envls": {}}),
        section: Value::Null,
        encoding: Encoding::Utf8,
        publishing: Publishing::Shown,
        questions: Questions::Shown,
        file_events: FileEvents::None,
        first_version: 0,
        bursts: Bursts::InOrder,
    }
}

#[must_use]
pub fn helix() -> Profile {
    Profile {
        name: "helix",
        version: "25.01.1",
        capabilities: recorded(include_str!("../profiles/helix.json")),
        initialization_options: Value::Null,
        section: Value::Null,
        encoding: Encoding::Utf8,
        publishing: Publishing::Dropped,
        questions: Questions::Unknown,
        file_events: FileEvents::Own,
        first_version: 0,
        bursts: Bursts::Shuffled,
    }
}

#[must_use]
pub fn all() -> [Profile; 3] {
    [vscode(), neovim(), helix()]
}
