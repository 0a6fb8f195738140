//! The messages of a server that runs in a layer: every path in them is one of the layer's on its side, and one of ours on the
//! editor's.

use envls_core::{place::path_map::PathMap, world::AbsPath};
use envls_lsp::{path_of, spelled};
use serde_json::{Map, Value};

/// What is text of a document or an edit, and is never changed.
const TEXTS: [&str; 4] = ["text", "newText", "insertText", "rangeText"];
/// What holds a path that is no address (LSP 3.17, `InitializeParams.rootPath`).
const PATHS: [&str; 1] = ["rootPath"];
const SCHEME: &str = "file://";

/// Between the paths of a layer and ours.
#[derive(Clone, Debug)]
pub(super) struct Translation {
    map: PathMap,
}

/// Which way a message goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    Inward,
    Outward,
}

impl Translation {
    pub(super) fn new(map: PathMap) -> Translation {
        Translation { map }
    }

    /// A message of the editor's, as the server in the layer gets it.
    pub(super) fn inward(&self, body: &[u8]) -> Vec<u8> {
        let Ok(mut message) = serde_json::from_slice::<Value>(body) else { return body.to_vec() };
        if message.get("method").and_then(Value::as_str) == Some("initialize")
            && let Some(process) = message.pointer_mut("/params/processId")
        {
            // In the layer another process, or none, has that number, and servers end with it.
            *process = Value::Null;
        }
        self.walk(&mut message, Way::Inward);
        message.to_string().into_bytes()
    }

    /// A message of the server's, as the editor gets it.
    pub(super) fn outward(&self, body: &[u8]) -> Vec<u8> {
        let Ok(mut message) = serde_json::from_slice::<Value>(body) else { return body.to_vec() };
        self.walk(&mut message, Way::Outward);
        message.to_string().into_bytes()
    }

    fn walk(&self, value: &mut Value, way: Way) {
        match value {
            Value::String(text) => {
                if let Some(translated) = self.text(text, way) {
                    *text = translated;
                }
            }
            Value::Array(values) => values.iter_mut().for_each(|it| self.walk(it, way)),
            Value::Object(entries) => self.object(entries, way),
            _ => {}
        }
    }

    fn object(&self, entries: &mut Map<String, Value>, way: Way) {
        for (key, value) in entries.iter_mut() {
            if PATHS.contains(&key.as_str()) {
                let path = value.as_str().and_then(AbsPath::parse);
                if let Some(path) = path.and_then(|it| self.path(&it, way)) {
                    *value = Value::String(path.to_string());
                }
            } else if !TEXTS.contains(&key.as_str()) || !value.is_string() {
                self.walk(value, way);
            }
        }
        // The edits of a workspace are kept by address (LSP 3.17, `WorkspaceEdit.changes`).
        if entries.keys().any(|it| it.starts_with(SCHEME)) {
            let renamed = std::mem::take(entries).into_iter().map(|(key, value)| {
                let key = self.text(&key, way).unwrap_or(key);
                (key, value)
            });
            *entries = renamed.collect();
        }
    }

    /// The addresses in a text, and our own names of paths in the layer; `None` where there are none.
    fn text(&self, text: &str, way: Way) -> Option<String> {
        let ours = format!("{}:", self.map.place());
        if way == Way::Inward && text.starts_with(&ours) {
            return text.strip_prefix(&ours).map(str::to_owned);
        }
        if !text.contains(SCHEME) {
            return None;
        }
        let mut translated = String::with_capacity(text.len());
        let mut rest = text;
        while let Some(at) = rest.find(SCHEME) {
            let (before, address) = rest.split_at(at);
            translated.push_str(before);
            let ends = |it: char| it.is_whitespace() || "\"'`)>]}#?".contains(it);
            let end = address.find(ends).unwrap_or(address.len());
            let (address, after) = address.split_at(end);
            translated.push_str(&self.address(address, way).unwrap_or_else(|| address.to_owned()));
            rest = after;
        }
        translated.push_str(rest);
        Some(translated)
    }

    fn address(&self, address: &str, way: Way) -> Option<String> {
        let path = self.path(&path_of(address)?, way)?;
        Some(spelled(&path))
    }

    /// Where a path is on the other side; none rather than a guess.
    fn path(&self, path: &AbsPath, way: Way) -> Option<AbsPath> {
        match way {
            Way::Inward => Some(self.map.inward(path)?.inside()),
            Way::Outward => self.map.outward(&path.at(self.map.place())),
        }
    }
}

#[cfg(test)]
mod tests {
    use envls_core::{
        place::path_map::{PathMap, Shared},
        world::{AbsPath, Place},
    };
    use serde_json::{Value, json};

    use super::Translation;

    fn translation() -> Translation {
        let place = Place::layer("podman", "shop").expect("a layer");
        let shared = [
            Shared { inside: AbsPath::new("/app"), outside: Some(AbsPath::new("/w/my shop")) },
            Shared { inside: AbsPath::new("/app/.venv"), outside: None },
        ];
        Translation::new(PathMap::new(place, shared))
    }

    fn value(body: Vec<u8>) -> Value {
        serde_json::from_slice(&body).expect("it is JSON")
    }

    #[test]
    fn every_path_of_a_message_is_one_of_the_other_side() {
        let said = json!({"method": "initialize", "params": {
            "processId": 17, "rootUri": "file:///w/my%20shop", "rootPath": "/w/my shop",
            "workspaceFolders": [{"uri": "file:///w/my%20shop", "name": "file"}],
            "settings": {"python": {"pythonPath": "podman:shop:/opt/venv/bin/python"}},
            "textDocument": {"uri": "file:///w/my%20shop/a.py", "text": "# file:///w/my%20shop\n"},
            "elsewhere": "file:///etc/passwd",
        }});
        let told = value(translation().inward(said.to_string().as_bytes()));
        assert_eq!(
            told["params"],
            json!({
                "processId": null, "rootUri": "file:///app", "rootPath": "/app",
                "workspaceFolders": [{"uri": "file:///app", "name": "file"}],
                "settings": {"python": {"pythonPath": "/opt/venv/bin/python"}},
                "textDocument": {"uri": "file:///app/a.py", "text": "# file:///w/my%20shop\n"},
                "elsewhere": "file:///etc/passwd",
            })
        );
        let said = json!({"result": {
            "changes": {"file:///app/a.py": [{"newText": "file:///app"}]},
            "contents": "see [a](file:///app/a.py#L3) and file:///usr/lib/b.py",
            "hidden": "file:///app/.venv/x.py",
        }});
        let told = value(translation().outward(said.to_string().as_bytes()));
        assert_eq!(
            told["result"],
            json!({
                "changes": {"file:///w/my%20shop/a.py": [{"newText": "file:///app"}]},
                "contents": "see [a](file:///w/my%20shop/a.py#L3) and file:///usr/lib/b.py",
                "hidden": "file:///app/.venv/x.py",
            })
        );
        assert_eq!(translation().outward(b"no JSON"), b"no JSON");
    }
}
