//! The documents that the editor holds open, and how it tells the server of edits.

use serde_json::{Value, json};

use crate::{editor::Editor, profile::Bursts, text};

/// A document as the editor shows it.
#[derive(Clone, Debug)]
pub(crate) struct Document {
    pub(crate) text: String,
    pub(crate) version: i64,
    pub(crate) saved: String,
}

impl Editor {
    /// Opens a file of the folder.
    ///
    /// # Panics
    /// When it cannot be read.
    pub fn open(&mut self, name: &str) {
        let text = std::fs::read_to_string(self.folder.path(name)).expect("the file is there");
        let uri = self.folder.uri(name);
        let language = match name.rsplit('.').next() {
            Some("py" | "pyi") => "python",
            Some("toml") => "toml",
            _ => "plaintext",
        };
        self.open_as(&uri, language, &text);
    }

    /// Opens a document under any address.
    pub fn open_as(&mut self, uri: &str, language: &str, text: &str) {
        let version = i64::from(self.profile.first_version);
        let document = Document { text: text.to_owned(), version, saved: text.to_owned() };
        self.documents.insert(uri.to_owned(), document);
        self.notify(
            "textDocument/didOpen",
            json!({"textDocument": {"uri": uri, "languageId": language, "version": version, "text": text}}),
        );
        self.fetch(uri);
    }

    /// Replaces the first occurrence of a stretch of a document, as one edit.
    ///
    /// # Panics
    /// When it is not there.
    pub fn replace(&mut self, name: &str, old: &str, new: &str) {
        let uri = self.folder.uri(name);
        let change = self.change(&uri, old, new);
        self.notify("textDocument/didChange", change);
        self.fetch(&uri);
    }

    /// Types a text at the end of a stretch, character by character, as one burst.
    ///
    /// # Panics
    /// When the stretch is not there.
    pub fn type_after(&mut self, name: &str, stretch: &str, typed: &str) {
        let uri = self.folder.uri(name);
        let mut before = stretch.to_owned();
        let mut changes = Vec::new();
        for character in typed.chars() {
            let next = format!("{before}{character}");
            // An insertion, not a replacement: that is what editors send.
            let at = self.document(&uri).text.find(&before).expect("the stretch is there");
            let at = at + before.len();
            changes.push(self.change_at(&uri, at..at, &character.to_string()));
            before = next;
        }
        if self.profile.bursts == Bursts::Shuffled {
            // Each third pair comes the wrong way round, and so do single ones far apart.
            for at in (1..changes.len()).step_by(3) {
                changes.swap(at - 1, at);
            }
            let last = changes.len().saturating_sub(1);
            changes.swap(last / 2, last);
        }
        for change in changes {
            self.notify("textDocument/didChange", change);
        }
    }

    /// Saves a document.
    ///
    /// # Panics
    /// When it cannot be written.
    pub fn save(&mut self, name: &str) {
        let uri = self.folder.uri(name);
        let document = self.documents.get_mut(&uri).expect("it is open");
        document.saved = document.text.clone();
        std::fs::write(self.folder.path(name), &document.text).expect("it is ours");
        self.notify("textDocument/didSave", json!({"textDocument": {"uri": uri}}));
    }

    pub fn close(&mut self, name: &str) {
        let uri = self.folder.uri(name);
        self.documents.remove(&uri);
        self.notify("textDocument/didClose", json!({"textDocument": {"uri": uri}}));
    }

    /// The text of an open document.
    #[must_use]
    pub fn text(&self, name: &str) -> &str {
        &self.document(&self.folder.uri(name)).text
    }

    /// The version of an open document.
    #[must_use]
    pub fn version(&self, name: &str) -> i64 {
        self.document(&self.folder.uri(name)).version
    }

    /// The byte offset of a position, counted as this editor does.
    #[must_use]
    pub fn offset(&self, text: &str, position: &Value) -> usize {
        text::offset(text, position, self.profile.encoding)
    }

    fn change(&mut self, uri: &str, old: &str, new: &str) -> Value {
        let at = self.document(uri).text.find(old).expect("the stretch is there");
        self.change_at(uri, at..at + old.len(), new)
    }

    fn change_at(&mut self, uri: &str, stretch: std::ops::Range<usize>, new: &str) -> Value {
        let encoding = self.profile.encoding;
        let document = self.documents.get_mut(uri).expect("it is open");
        let start = text::position(&document.text, stretch.start, encoding);
        let end = text::position(&document.text, stretch.end, encoding);
        document.text.replace_range(stretch, new);
        document.version += 1;
        json!({
            "textDocument": {"uri": uri, "version": document.version},
            "contentChanges": [{"range": {"start": start, "end": end}, "text": new}],
        })
    }

    /// Applies a workspace edit, as the real editors do: in open documents the buffer, else the file.
    pub(crate) fn apply(&mut self, edit: &Value) {
        let by_version = edit["documentChanges"].as_array().cloned().unwrap_or_default();
        let by_version = by_version.into_iter().map(|it| {
            let uri = it["textDocument"]["uri"].as_str().unwrap_or_default().to_owned();
            (uri, it["textDocument"]["version"].as_i64(), it["edits"].clone())
        });
        let plain = edit["changes"].as_object().cloned().unwrap_or_default();
        let plain = plain.into_iter().map(|(uri, edits)| (uri, None, edits));
        let encoding = self.profile.encoding;
        for (uri, version, edits) in by_version.chain(plain).collect::<Vec<_>>() {
            let edits = edits.as_array().cloned().unwrap_or_default();
            let Some(document) = self.documents.get_mut(&uri) else {
                let path = uri.strip_prefix("file://").expect("edits are of files").to_owned();
                let before =
                    std::fs::read_to_string(&path).expect("edits are of files that are there");
                std::fs::write(path, text::edited(&before, &edits, encoding)).expect("it is ours");
                continue;
            };
            assert!(version.is_none_or(|it| it == document.version), "an edit of another version");
            document.text = text::edited(&document.text, &edits, encoding);
            document.version += 1;
            let (text, version) = (document.text.clone(), document.version);
            self.notify(
                "textDocument/didChange",
                json!({"textDocument": {"uri": uri, "version": version}, "contentChanges": [{"text": text}]}),
            );
        }
    }

    pub(crate) fn document(&self, uri: &str) -> &Document {
        self.documents.get(uri).expect("the document is open")
    }
}
