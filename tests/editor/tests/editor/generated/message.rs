//! The messages: what editors send, in any order, and what no editor should send.

use envls_editor_tests::{Folder, framed};
use serde_json::{Value, json};

use super::chance::Chance;

/// Parts of texts, which together are sometimes a manifest and mostly not.
const PIECES: &[&str] = &[
    "[project]\n",
    "name = \"shop\"\n",
    "version = \"1\"\r\n",
    "requires-python = \">=3.8\"\n",
    "requires-python = \"<3\"\n",
    "dependencies = [\"requests>=2\", \"a b\"]\n",
    "dependencies = [\n",
    "  \"httpx\",\n",
    "]\n",
    "[tool.uv]\n",
    "[dependency-groups]\n",
    "dev = [{include-group = \"dev\"}]\n",
    "[build-system]\n",
    "requests==2.0\n",
    "-r other.txt\n",
    "-e .\n",
    "# envls: ignore\n",
    "🐍",
    "é\r",
    "\u{0}",
    "\"\"\"",
    "'",
    "[[",
    "{",
    "=",
    "\\",
    "import os\n",
    "3.12\n",
    "\t",
    "\u{feff}",
    "a",
];

pub(super) enum Sent {
    /// A sound message; a request has the id, as JSON, that its answer must have.
    Whole { bytes: Vec<u8>, id: Option<String> },
    /// Something else, to which any answer is right, or none.
    Odd(Vec<u8>),
}

pub(super) struct Generator {
    root: String,
    /// By address, what the document holds in the end.
    files: Vec<(String, String)>,
    last: u64,
}

impl Generator {
    pub(super) fn new(folder: &Folder) -> Generator {
        let names = [
            "pyproject.toml",
            "requirements.txt",
            "src/shop.py",
            ".python-version",
            "lib/pyproject.toml",
            "uv.lock",
        ];
        let text = |name: &str| match name {
            "pyproject.toml" | "lib/pyproject.toml" => {
                "[project]\nname = \"x\"\ndependencies = [\"a b\"]\n"
            }
            "requirements.txt" => "requests\n???\n",
            _ => "",
        };
        let files = names.map(|it| (folder.uri(it), text(it).to_owned()));
        Generator { root: folder.uri(""), files: files.to_vec(), last: 0 }
    }

    pub(super) fn uris(&self) -> impl Iterator<Item = &str> {
        self.files.iter().map(|it| it.0.as_str())
    }

    pub(super) fn next(&mut self, chance: &mut Chance) -> Sent {
        let message = self.message(chance);
        let id = message.get("id").map(ToString::to_string);
        let body = message.to_string();
        match chance.below(40) {
            0 => Sent::Odd(framed(&mutated(message, chance))),
            1 => Sent::Odd(flipped(&body, chance)),
            2 => Sent::Odd(garbage(chance)),
            // The length is wrong by a little.
            3 => {
                let length = body.len().saturating_add_signed(chance.below(40).cast_signed() - 30);
                let bytes = format!("Content-Length: {length}\r\n\r\n{body}").into_bytes();
                if length == body.len() { Sent::Whole { bytes, id } } else { Sent::Odd(bytes) }
            }
            _ => Sent::Whole { bytes: framed(&body), id },
        }
    }

    /// What brings the documents, settings and folders into a known state.
    pub(super) fn last_words(&self) -> Vec<Value> {
        let note = |method: &str, params: Value| json!({"jsonrpc": "2.0", "method": method, "params": params});
        let folder = json!([{"uri": self.root, "name": "shop"}]);
        let others: Vec<Value> =
            self.folders().iter().map(|it| json!({"uri": it, "name": "x"})).collect();
        let mut words = vec![
            note(
                "workspace/didChangeWorkspaceFolders",
                json!({"event": {"added": folder, "removed": others}}),
            ),
            note(
                "workspace/didChangeConfiguration",
                json!({"settings": {"envls": {"severity": {}}}}),
            ),
        ];
        for (uri, text) in &self.files {
            words.push(note("textDocument/didClose", json!({"textDocument": {"uri": uri}})));
            let document = json!({"uri": uri, "languageId": "x", "version": 1, "text": text});
            words.push(note("textDocument/didOpen", json!({"textDocument": document})));
        }
        words.push(json!({"jsonrpc": "2.0", "id": "refresh", "method": "workspace/executeCommand", "params": {"command": "envls.refresh"}}));
        words
    }

    /// Other programs write too.
    pub(super) fn change_disk(&mut self, folder: &Folder, chance: &mut Chance) {
        match chance.below(6) {
            0 => folder.write("requirements.txt", &text(chance)),
            1 => folder.write("lib/pyproject.toml", &text(chance)),
            2 => folder.write(".venv/pyvenv.cfg", &text(chance)),
            3 => drop(std::fs::remove_dir_all(folder.path(".venv"))),
            4 => drop(std::fs::remove_dir_all(folder.path("lib"))),
            _ => folder.write(".python-version", "3.12\n"),
        }
    }

    fn folders(&self) -> Vec<String> {
        vec![format!("{}/lib", self.root), "file:///nowhere".to_owned(), "untitled:x".to_owned()]
    }

    fn message(&mut self, chance: &mut Chance) -> Value {
        let uri = chance.of(&self.files).0.clone();
        let at = || json!({"uri": uri});
        let (method, params) = match chance.below(22) {
            0 => {
                let version = chance.below(9);
                let document = json!({"uri": uri, "languageId": "x", "version": version, "text": text(chance)});
                ("textDocument/didOpen", json!({"textDocument": document}))
            }
            1 => ("textDocument/didClose", json!({"textDocument": at()})),
            2 => ("textDocument/didSave", json!({"textDocument": at()})),
            3..=11 => {
                self.last += 1;
                let changes: Vec<Value> = (0..=chance.below(3)).map(|_| change(chance)).collect();
                (
                    "textDocument/didChange",
                    json!({"textDocument": {"uri": uri, "version": self.last}, "contentChanges": changes}),
                )
            }
            12 => {
                let uri = chance.of(&self.folders()).clone();
                let folder = json!([{"uri": uri, "name": "x"}]);
                let (added, removed) =
                    if chance.once_in(2) { (folder, json!([])) } else { (json!([]), folder) };
                (
                    "workspace/didChangeWorkspaceFolders",
                    json!({"event": {"added": added, "removed": removed}}),
                )
            }
            13 => (
                "workspace/didChangeWatchedFiles",
                json!({"changes": [{"uri": uri, "type": chance.below(3) + 1}]}),
            ),
            14 => {
                let severity = chance.of(&["off", "hint", "error", "odd"]);
                let settings = json!({"envls": {"severity": {"no-environment": severity}}});
                ("workspace/didChangeConfiguration", json!({"settings": settings}))
            }
            15 => ("$/cancelRequest", json!({"id": self.last})),
            kind => return self.request(kind, at(), chance),
        };
        json!({"jsonrpc": "2.0", "method": method, "params": params})
    }

    fn request(&mut self, kind: usize, document: Value, chance: &mut Chance) -> Value {
        self.last += 1;
        let (method, params) = match kind {
            16 | 17 => {
                let range = json!({"start": position(chance), "end": position(chance)});
                let context = json!({"diagnostics": [], "only": chance.of(&[json!(null), json!([]), json!(["quickfix"]), json!(["source"])])});
                (
                    "textDocument/codeAction",
                    json!({"textDocument": document, "range": range, "context": context}),
                )
            }
            18 => (
                "textDocument/hover",
                json!({"textDocument": document, "position": position(chance)}),
            ),
            19 => {
                let command = chance.of(&[
                    "envls.refresh",
                    "envls.cancel",
                    "envls.syncEnvironment",
                    "envls.runAction",
                    "envls.explain",
                    "no.such",
                ]);
                let arguments = [json!([]), json!([document]), json!([{"id": "x"}]), json!([7])];
                let arguments = chance.of(&arguments).clone();
                ("workspace/executeCommand", json!({"command": command, "arguments": arguments}))
            }
            20 => (
                *chance.of(&[
                    "envls/environments",
                    "envls/activeEnvironment",
                    "envls/environmentVariables",
                ]),
                document,
            ),
            _ => (
                "textDocument/completion",
                json!({"textDocument": document, "position": position(chance)}),
            ),
        };
        json!({"jsonrpc": "2.0", "id": self.last, "method": method, "params": params})
    }
}

fn text(chance: &mut Chance) -> String {
    (0..chance.below(20)).map(|_| *chance.of(PIECES)).collect()
}

fn position(chance: &mut Chance) -> Value {
    let far = chance.once_in(50);
    let number = |chance: &mut Chance| if far { 4_000_000_000 } else { chance.below(12) };
    json!({"line": number(chance), "character": number(chance)})
}

fn change(chance: &mut Chance) -> Value {
    if chance.once_in(8) {
        return json!({"text": text(chance)});
    }
    let range = json!({"start": position(chance), "end": position(chance)});
    json!({"range": range, "text": chance.of(PIECES)})
}

/// The same message with a part of it replaced by something else.
fn mutated(mut message: Value, chance: &mut Chance) -> String {
    let odd = [
        json!(null),
        json!(-1),
        json!(1e300),
        json!(""),
        json!([]),
        json!({}),
        json!([[[]]]),
        json!("\u{0}"),
        json!(true),
        json!("%FF"),
    ];
    let depth = chance.below(4) + 1;
    replace(&mut message, depth, chance.of(&odd).clone(), chance);
    // Its answer must not be taken for that of a sound one.
    if message.get("id").is_some_and(Value::is_number) {
        message["id"] = json!("mutated");
    }
    message.to_string()
}

fn replace(at: &mut Value, depth: usize, by: Value, chance: &mut Chance) {
    let parts: Vec<&mut Value> = match at {
        Value::Object(members) if depth > 0 => members.values_mut().collect(),
        Value::Array(items) if depth > 0 => items.iter_mut().collect(),
        _ => Vec::new(),
    };
    let chosen = chance.below(parts.len());
    match parts.into_iter().nth(chosen) {
        Some(part) => replace(part, depth - 1, by, chance),
        None => *at = by,
    }
}

/// The same bytes but for some of them.
fn flipped(body: &str, chance: &mut Chance) -> Vec<u8> {
    let mut bytes = body.replace("\"id\":", "\"id\":-").into_bytes();
    for _ in 0..=chance.below(3) {
        let at = chance.below(bytes.len());
        match chance.below(3) {
            0 => bytes[at] = u8::try_from(chance.below(256)).unwrap_or(0),
            1 => drop(bytes.remove(at)),
            _ => bytes.insert(at, *chance.of(b"[]{}\",:\\\xff0")),
        }
    }
    let mut message = format!("Content-Length: {}\r\n\r\n", bytes.len()).into_bytes();
    message.extend(bytes);
    message
}

fn garbage(chance: &mut Chance) -> Vec<u8> {
    let headers = [
        "\r\n\r\n",
        "Content-Length: x\r\n\r\n",
        "Content-Length: 99999999999\r\n\r\n",
        "Content-Type: y\r\n",
        "Content-Le",
    ];
    if chance.once_in(2) {
        return chance.of(&headers).as_bytes().to_vec();
    }
    (0..chance.below(200)).map(|_| u8::try_from(chance.below(256)).unwrap_or(0)).collect()
}
