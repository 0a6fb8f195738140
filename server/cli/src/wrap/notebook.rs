//! The notebooks as the editor shows them (LSP 3.17, *Notebook Document Synchronization*), so that another process of the server
//! can be given them. The texts of their cells are documents like any other.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::mirror::Mirror;

/// By address, as the editor spells it: the notebook itself, with its cells in order.
#[derive(Default)]
pub(super) struct Notebooks {
    open: BTreeMap<String, Value>,
}

impl Notebooks {
    pub(super) fn opened(&mut self, params: &Value, mirror: &mut Mirror) {
        let Some(notebook) = params.get("notebookDocument") else { return };
        let Some(uri) = notebook.get("uri").and_then(Value::as_str) else { return };
        self.open.insert(uri.to_owned(), notebook.clone());
        for text in listed(params, "/cellTextDocuments") {
            mirror.opened(&json!({"textDocument": text}));
        }
    }

    pub(super) fn changed(&mut self, params: &Value, mirror: &mut Mirror) {
        let uri = params.pointer("/notebookDocument/uri").and_then(Value::as_str);
        let Some(notebook) = uri.and_then(|it| self.open.get_mut(it)) else { return };
        if let Some(version) = params.pointer("/notebookDocument/version") {
            notebook["version"] = version.clone();
        }
        if let Some(metadata) = params.pointer("/change/metadata") {
            notebook["metadata"] = metadata.clone();
        }
        if let Some(array) = params.pointer("/change/cells/structure/array") {
            splice(notebook, array);
        }
        for data in listed(params, "/change/cells/data") {
            let cells = notebook.get_mut("cells").and_then(Value::as_array_mut);
            let same = |it: &&mut Value| it.get("document") == data.get("document");
            if let Some(cell) = cells.and_then(|it| it.iter_mut().find(same)) {
                *cell = data.clone();
            }
        }
        for text in listed(params, "/change/cells/structure/didOpen") {
            mirror.opened(&json!({"textDocument": text}));
        }
        for text in listed(params, "/change/cells/structure/didClose") {
            mirror.closed(&json!({"textDocument": text}));
        }
        for text in listed(params, "/change/cells/textContent") {
            let changed = json!({
                "textDocument": text.get("document"),
                "contentChanges": text.get("changes"),
            });
            mirror.changed(&changed);
        }
    }

    pub(super) fn closed(&mut self, params: &Value, mirror: &mut Mirror) {
        if let Some(uri) = params.pointer("/notebookDocument/uri").and_then(Value::as_str) {
            self.open.remove(uri);
        }
        for text in listed(params, "/cellTextDocuments") {
            mirror.closed(&json!({"textDocument": text}));
        }
    }

    /// The addresses of all cells, which are no documents of their own to the server.
    pub(super) fn cells(&self) -> BTreeSet<&str> {
        let cells = self.open.values().flat_map(|it| listed(it, "/cells"));
        cells.filter_map(|it| it.get("document")?.as_str()).collect()
    }

    /// What opens every notebook as it is now.
    pub(super) fn openings<'all>(&'all self, mirror: &'all Mirror) -> impl Iterator<Item = Value> {
        self.open.values().map(|notebook| {
            let cells = listed(notebook, "/cells");
            let addresses = cells.filter_map(|it| it.get("document")?.as_str());
            let texts: Vec<Value> = addresses.filter_map(|it| mirror.document(it)).collect();
            json!({"notebookDocument": notebook, "cellTextDocuments": texts})
        })
    }
}

fn listed<'value>(value: &'value Value, pointer: &str) -> impl Iterator<Item = &'value Value> {
    value.pointer(pointer).and_then(Value::as_array).into_iter().flatten()
}

/// LSP 3.17, `NotebookCellArrayChange`.
fn splice(notebook: &mut Value, change: &Value) {
    let Some(cells) = notebook.get_mut("cells").and_then(Value::as_array_mut) else { return };
    let number = |name: &str| change.get(name)?.as_u64()?.try_into().ok();
    let start: usize = number("start").unwrap_or(0).min(cells.len());
    let end = start.saturating_add(number("deleteCount").unwrap_or(0)).min(cells.len());
    let new = listed(change, "/cells").cloned();
    cells.splice(start..end, new);
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{Mirror, Notebooks};

    fn cell(name: &str) -> Value {
        json!({"kind": 2, "document": format!("cell:{name}")})
    }

    fn text(name: &str, text: &str) -> Value {
        json!({"uri": format!("cell:{name}"), "languageId": "python", "version": 1, "text": text})
    }

    #[test]
    fn a_notebook_is_given_to_another_process_as_it_is() {
        let (mut notebooks, mut mirror) = (Notebooks::default(), Mirror::default());
        let notebook = |version: u32| json!({"uri": "file:///n.ipynb", "version": version});
        let mut first = notebook(1);
        first["notebookType"] = json!("jupyter-notebook");
        first["cells"] = json!([cell("a"), cell("b")]);
        let texts = [text("a", "import a\n"), text("b", "import b\n")];
        let opening = json!({"notebookDocument": first, "cellTextDocuments": texts});
        notebooks.opened(&opening, &mut mirror);
        assert_eq!(notebooks.openings(&mirror).next(), Some(opening));
        let structure = json!({
            "array": {"start": 1, "deleteCount": 1, "cells": [cell("c"), cell("d")]},
            "didOpen": [text("c", "import c\n"), text("d", "")],
            "didClose": [{"uri": "cell:b"}],
        });
        let content = json!([{
            "document": {"uri": "cell:a", "version": 2},
            "changes": [{"text": "import z\n"}],
        }]);
        let cells = json!({"structure": structure, "textContent": content});
        let params = json!({"notebookDocument": notebook(2), "change": {"cells": cells}});
        notebooks.changed(&params, &mut mirror);
        let opening = notebooks.openings(&mirror).next().unwrap_or_default();
        assert_eq!(opening["notebookDocument"]["version"], json!(2));
        assert_eq!(opening["notebookDocument"]["cells"], json!([cell("a"), cell("c"), cell("d")]));
        let shown = opening["cellTextDocuments"].as_array().cloned().unwrap_or_default();
        let shown: Vec<_> = shown.iter().map(|it| it["text"].clone()).collect();
        assert_eq!(shown, [json!("import z\n"), json!("import c\n"), json!("")]);
        assert!(notebooks.cells().contains("cell:d"), "no cell is opened by itself");
        let closing = json!({
            "notebookDocument": {"uri": "file:///n.ipynb"},
            "cellTextDocuments": [{"uri": "cell:a"}, {"uri": "cell:c"}, {"uri": "cell:d"}],
        });
        notebooks.closed(&closing, &mut mirror);
        assert_eq!(notebooks.openings(&mirror).count() + mirror.openings().count(), 0);
    }
}
