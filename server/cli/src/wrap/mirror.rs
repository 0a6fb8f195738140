//! The documents as the editor shows them, so that another process of the server can be given them.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::Arc,
};

use envls_core::text::{Encoding, Lines};
use serde_json::{Value, json};

/// So many edits, and so much of the texts before them, are kept for one that comes late.
const HISTORY_LIMIT: usize = 64;
const HISTORY_BYTES: usize = 1024 * 1024;

/// By address, as the editor spells it.
#[derive(Default)]
pub(super) struct Mirror {
    open: BTreeMap<String, Document>,
    encoding: Encoding,
}

struct Document {
    language: Value,
    version: i64,
    text: Arc<str>,
    /// Some editors send the edits of one burst in the wrong order; they are applied in the right one when all are there.
    history: VecDeque<Edited>,
}

struct Edited {
    version: i64,
    before: Arc<str>,
    changes: Vec<Value>,
}

impl Mirror {
    /// Columns are counted in what the server said it counts in (LSP 3.17, `positionEncoding`).
    pub(super) fn counts_as(&mut self, encoding: Option<&str>) {
        self.encoding = match encoding {
            Some("utf-8") => Encoding::Utf8,
            Some("utf-32") => Encoding::Utf32,
            _ => Encoding::Utf16,
        };
    }

    pub(super) fn opened(&mut self, params: &Value) {
        let document = params.get("textDocument");
        let Some(uri) = uri(params) else { return };
        let of = |name: &str| document.and_then(|it| it.get(name));
        let document = Document {
            language: of("languageId").cloned().unwrap_or_default(),
            version: of("version").and_then(Value::as_i64).unwrap_or_default(),
            text: of("text").and_then(Value::as_str).unwrap_or_default().into(),
            history: VecDeque::new(),
        };
        self.open.insert(uri.to_owned(), document);
    }

    pub(super) fn changed(&mut self, params: &Value) {
        let Some(document) = uri(params).and_then(|it| self.open.get_mut(it)) else { return };
        let version = params.get("textDocument").and_then(|it| it.get("version"));
        let version = version.and_then(Value::as_i64).unwrap_or(document.version + 1);
        let changes = params.get("contentChanges").and_then(Value::as_array).cloned();
        document.edit(version, changes.unwrap_or_default(), self.encoding);
    }

    pub(super) fn closed(&mut self, params: &Value) {
        if let Some(uri) = uri(params) {
            self.open.remove(uri);
        }
    }

    /// What opens every document as it is now.
    pub(super) fn openings(&self) -> impl Iterator<Item = Value> {
        self.open.iter().map(|(uri, it)| json!({"textDocument": it.item(uri)}))
    }

    /// One of them, as LSP 3.17 spells a `TextDocumentItem`.
    pub(super) fn document(&self, uri: &str) -> Option<Value> {
        self.open.get(uri).map(|it| it.item(uri))
    }
}

impl Document {
    fn item(&self, uri: &str) -> Value {
        json!({
            "uri": uri, "languageId": self.language, "version": self.version, "text": &*self.text,
        })
    }

    fn edit(&mut self, version: i64, changes: Vec<Value>, encoding: Encoding) {
        let at = self.history.partition_point(|it| it.version <= version);
        let later = self.history.split_off(at);
        if let Some(first) = later.front() {
            self.text = Arc::clone(&first.before);
        }
        let this = Edited { version, before: Arc::from(""), changes };
        for edit in std::iter::once(this).chain(later) {
            let before = Arc::clone(&self.text);
            for change in &edit.changes {
                self.text = applied(&self.text, change, encoding);
            }
            self.history.push_back(Edited { before, ..edit });
        }
        self.version = self.version.max(version);
        let mut bytes: usize = self.history.iter().map(|it| it.before.len()).sum();
        while self.history.len() > HISTORY_LIMIT || bytes > HISTORY_BYTES {
            let Some(oldest) = self.history.pop_front() else { break };
            bytes -= oldest.before.len();
        }
    }
}

fn uri(params: &Value) -> Option<&str> {
    params.get("textDocument")?.get("uri")?.as_str()
}

fn applied(text: &Arc<str>, change: &Value, encoding: Encoding) -> Arc<str> {
    let new = change.get("text").and_then(Value::as_str).unwrap_or_default();
    let Some(range) = change.get("range").filter(|it| it.is_object()) else { return new.into() };
    let lines = Lines::of(text);
    let offset = |end: &str| {
        let number = |name: &str| range.get(end)?.get(name)?.as_u64()?.try_into().ok();
        let (line, column) = (number("line"), number("character"));
        lines.offset(text, line.unwrap_or(u32::MAX), column.unwrap_or(u32::MAX), encoding)
    };
    let (start, end) = (offset("start"), offset("end"));
    let before = text.get(..start).unwrap_or(text);
    let after = text.get(end.max(start)..).unwrap_or_default();
    [before, new, after].concat().into()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::Mirror;

    fn change(version: i64, at: [u32; 4], text: &str) -> Value {
        let [line, column, end_line, end_column] = at;
        let range = json!({
            "start": {"line": line, "character": column},
            "end": {"line": end_line, "character": end_column},
        });
        json!({
            "textDocument": {"uri": "file:///a.py", "version": version},
            "contentChanges": [{"range": range, "text": text}],
        })
    }

    fn check(encoding: &str, text: &str, changes: &[Value], expected: &str) {
        let mut mirror = Mirror::default();
        mirror.counts_as(Some(encoding));
        let document =
            json!({"uri": "file:///a.py", "languageId": "python", "version": 1, "text": text});
        mirror.opened(&json!({ "textDocument": document }));
        for change in changes {
            mirror.changed(change);
        }
        let opening = mirror.openings().next().expect("it is open");
        assert_eq!(opening["textDocument"]["text"], json!(expected));
        assert_eq!(opening["textDocument"]["version"], json!(1 + changes.len()));
    }

    #[test]
    fn edits_are_counted_as_negotiated() {
        for (encoding, column) in [("utf-8", 4), ("utf-16", 2), ("utf-32", 1)] {
            check(encoding, "🐍b\nc", &[change(2, [0, column, 0, column], "x")], "🐍xb\nc");
        }
        check("utf-8", "a\r\nb", &[change(2, [0, 1, 1, 0], "")], "ab");
    }

    #[test]
    fn a_burst_in_the_wrong_order_is_put_right() {
        let [a, b, c] = [(2, 0, "a"), (3, 1, "b"), (4, 2, "c")]
            .map(|(version, at, text)| change(version, [0, at, 0, at], text));
        check("utf-8", "", &[b.clone(), c.clone(), a.clone()], "abc");
        check("utf-8", "", &[c, a, b], "abc");
    }
}
