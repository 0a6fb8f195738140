//! Notebooks, cell by cell as VS Code holds them open, and as the text that they are elsewhere.

use envls_editor_tests::{Editor, Folder, Profile, Verdict, helix, neovim, vscode};
use serde_json::{Value, json};

use crate::support::{MANIFEST, make_environment};

const NAME: &str = "shop.ipynb";

fn started(profile: Profile, notebook: &str) -> Editor {
    let folder = Folder::new(&[("pyproject.toml", MANIFEST), (NAME, notebook)]);
    make_environment(&folder);
    Editor::start(profile, folder)
}

fn cell(uri: &str, text: &str) -> Value {
    json!({"uri": uri, "languageId": "python", "version": 1, "text": text})
}

/// What an editor shows at an address: code, line, and the columns between which it stands.
fn shown(editor: &Editor, uri: &str) -> Vec<(String, [u64; 3])> {
    let shown = editor.findings.get(uri).into_iter().flatten();
    let number = |it: &Value| it.as_u64().unwrap_or(u64::MAX);
    let each = shown.map(|it| {
        let (start, end) = (&it["range"]["start"], &it["range"]["end"]);
        let at = [&start["line"], &start["character"], &end["character"]].map(number);
        (it["code"].as_str().unwrap_or_default().to_owned(), at)
    });
    each.collect()
}

fn expect(editor: &mut Editor, uri: &str, expected: &[[u64; 3]]) {
    let expected: Vec<_> =
        expected.iter().map(|at| ("undeclared-import".to_owned(), *at)).collect();
    editor.expect(&format!("{uri} has {expected:?}"), |it| {
        let met: Verdict = (shown(it, uri) == expected).into();
        met
    });
}

fn change(editor: &mut Editor, version: i64, cells: Value) {
    let uri = editor.folder.uri(NAME);
    editor.notify(
        "notebookDocument/didChange",
        json!({"notebookDocument": {"uri": uri, "version": version}, "change": {"cells": cells}}),
    );
}

#[test]
fn what_a_cell_imports_is_judged_at_its_line_as_it_is_typed() {
    let mut editor = started(vscode(), "{\"cells\": []}");
    let sync = &editor.initialized["capabilities"]["notebookDocumentSync"]["notebookSelector"];
    assert_eq!(sync[0]["cells"][0]["language"], "python");
    let uri = editor.folder.uri(NAME);
    let (one, two, three) =
        ("vscode-notebook-cell:/s#1", "vscode-notebook-cell:/s#2", "vscode-notebook-cell:/s#3");
    let notebook = json!({
        "uri": uri, "notebookType": "jupyter-notebook", "version": 1,
        "metadata": {"metadata": {"kernelspec": {"name": "python3", "language": "python"}}},
        "cells": [{"kind": 2, "document": one}, {"kind": 2, "document": two}],
    });
    let texts = [
        cell(one, "# import yaml\nimport os\nimport yaml"),
        cell(two, "x = \"\\\"\"; import yaml\n"),
    ];
    editor.notify(
        "notebookDocument/didOpen",
        json!({"notebookDocument": notebook, "cellTextDocuments": texts}),
    );
    expect(&mut editor, one, &[[2, 7, 11]]);
    expect(&mut editor, two, &[[0, 17, 21]]);

    // Typed into the second cell, what is said of the first stays.
    let at = json!({"line": 1, "character": 0});
    let typed = json!([{"range": {"start": at, "end": at}, "text": "import requests"}]);
    let content = json!([{"document": {"uri": two, "version": 2}, "changes": typed}]);
    change(&mut editor, 2, json!({"textContent": content}));
    expect(&mut editor, two, &[[0, 17, 21], [1, 7, 15]]);
    expect(&mut editor, one, &[[2, 7, 11]]);

    // A cell before them both.
    let array = json!({"start": 0, "deleteCount": 0, "cells": [{"kind": 2, "document": three}]});
    let opened = json!([cell(three, "import numpy as np\n")]);
    change(&mut editor, 3, json!({"structure": {"array": array, "didOpen": opened}}));
    expect(&mut editor, three, &[[0, 7, 12]]);
    expect(&mut editor, two, &[[0, 17, 21], [1, 7, 15]]);

    // Its finding has its actions there.
    let asked = json!({
        "textDocument": {"uri": three}, "context": {"diagnostics": editor.findings[three].clone()},
        "range": editor.findings[three][0]["range"].clone(),
    });
    let offered = editor.request("textDocument/codeAction", asked);
    let titles: Vec<&str> =
        offered.as_array().into_iter().flatten().filter_map(|it| it["title"].as_str()).collect();
    assert!(titles.iter().any(|it| it.contains("numpy")), "{titles:?}");

    // What is known of an import is told at it, in the cell's own columns.
    let at = |uri: &str, line: u32, character: u32| json!({"textDocument": {"uri": uri}, "position": {"line": line, "character": character}});
    let hover = editor.request("textDocument/hover", at(two, 0, 18));
    let text = hover["contents"]["value"].as_str().unwrap_or_default();
    assert!(text.starts_with("**yaml** comes with `pyyaml`"), "{hover}");
    assert!(text.contains("- installed: no, not in `.venv`"), "{hover}");
    assert!(text.contains("- declared: no"), "{hover}");
    assert_eq!(hover["range"]["start"], json!({"line": 0, "character": 17}), "{hover}");
    assert_eq!(editor.request("textDocument/hover", at(one, 1, 8)), Value::Null);

    // The first is deleted, and the notebook closed.
    let array = json!({"start": 1, "deleteCount": 1});
    change(&mut editor, 4, json!({"structure": {"array": array, "didClose": [{"uri": one}]}}));
    expect(&mut editor, one, &[]);
    let open = json!([{"uri": two}, {"uri": three}]);
    editor.notify(
        "notebookDocument/didClose",
        json!({"notebookDocument": {"uri": uri}, "cellTextDocuments": open}),
    );
    expect(&mut editor, two, &[]);
    expect(&mut editor, three, &[]);
    editor.quit();
}

#[test]
fn a_notebook_that_is_opened_as_text_is_judged_as_it_is_typed() {
    let text = "{\n \"cells\": [\n  {\n   \"cell_type\": \"code\",\n   \"source\": [\n    \"import os\\n\",\n    \"import yaml\\n\"\n   ]\n  },\n  {\n   \"cell_type\": \"code\",\n   \"source\": [\n    \"import yaml\"\n   ]\n  }\n ],\n \"metadata\": {}\n}\n";
    for profile in [neovim(), helix()] {
        let mut editor = started(profile, text);
        editor.open(NAME);
        let uri = editor.folder.uri(NAME);
        expect(&mut editor, &uri, &[[6, 12, 16], [12, 12, 16]]);
        editor.replace(NAME, "import os", "import requests, os");
        expect(&mut editor, &uri, &[[5, 12, 20], [6, 12, 16], [12, 12, 16]]);
        assert_eq!(editor.findings_of(NAME).len(), 3);
        editor.quit();
    }
}
