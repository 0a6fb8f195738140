//! The documents of the contract, whole.

use serde_json::{Value, json};

use crate::support::World;

fn document(world: &World, arguments: &[&str]) -> Value {
    let said = world.run(arguments);
    serde_json::from_str(&said.out).unwrap_or_else(|error| panic!("{error}: {}", said.out))
}

fn range(line: u32, start: u32, end: u32) -> Value {
    json!({"start": {"line": line, "character": start}, "end": {"line": line, "character": end}})
}

fn venv() -> Value {
    json!({
        "id": "here:/w/.venv",
        "python": "/w/.venv/bin/python",
        "prefix": "/w/.venv",
        "version": "3.N",
        "implementation": "cpython",
        "architecture": std::env::consts::ARCH,
        "kind": "venv",
        "manager": null,
        "project": "/w",
        "name": null,
        "aliases": [],
        "base": "/base/python",
        "place": "here",
        "offered": true,
        "health": "ok",
        "problems": [],
        "because": [{
            "what": "`pyvenv.cfg` says that `python -m venv` made it",
            "path": "/w/.venv/pyvenv.cfg",
            "range": null
        }]
    })
}

fn because() -> Value {
    json!([{"what": "`.venv` is in the project", "path": "/w/.venv", "range": null}])
}

#[test]
fn check() {
    let world = World::new();
    world.write("requirements.txt", "é\u{1f40d} = 1\nsix>=2; python_version>'3'\n");
    world.venv(".venv");
    world.install(".venv", "pip-24.0.dist-info");
    world.install(".venv", "six-1.17.0.dist-info");
    world.write(
        "app.py",
        "import os\ntry:\n    import yaml\nexcept ImportError:\n    yaml = None\n",
    );
    let found = document(&world, &["check", "--output-format", "json", "--facts"]);
    let project = json!({
        "root": "/w",
        "name": "work",
        "manager": {
            "name": "pip",
            "because": [{
                "what": "`requirements.txt` can be installed by pip",
                "path": "/w/requirements.txt",
                "range": null
            }]
        },
        "manifests": [{"path": "/w/requirements.txt", "format": "requirements"}],
        "locks": [],
        "selection": {"environment": venv(), "because": because()},
        "requirements": [{
            "name": "six",
            "spelled": "six>=2; python_version>'3'",
            "group": null,
            "extra": null,
            "marker": "python_version>'3'",
            "applies": true,
            "path": "/w/requirements.txt",
            "range": range(1, 0, 26),
            "locked": null,
            "installed": "1.17.0",
            "satisfied": false
        }],
        "imports": [{
            "module": "os",
            "path": "/w/app.py",
            "range": {"start": {"line": 0, "character": 7}, "end": {"line": 0, "character": 9}},
            "conditions": [],
            "origin": "stdlib",
            "distribution": null
        }, {
            "module": "yaml",
            "path": "/w/app.py",
            "range": {"start": {"line": 2, "character": 11}, "end": {"line": 2, "character": 15}},
            "conditions": ["try"],
            "origin": "third-party",
            "distribution": "pyyaml"
        }]
    });
    assert_eq!(found.pointer("/projects/0"), Some(&project));
    assert_eq!(found.pointer("/version"), Some(&json!(1)));
    assert_eq!(found.pointer("/settled"), Some(&json!(true)));
    let mismatch = found.pointer("/findings/1").cloned();
    let mut mismatch = mismatch.expect("two findings");
    // That it can be silenced is offered by the core, last.
    if let Some(actions) = mismatch.pointer_mut("/actions").and_then(Value::as_array_mut) {
        let silences = |it: &Value| it.to_string().contains("# envls: ignore");
        actions.retain(|it| !silences(it));
    }
    let run = |title: &str, preferred: bool, command: Value| {
        json!({
            "title": title, "preferred": preferred, "kind": "run",
            "command": command, "cwd": "/w",
            "commands": [{"command": command, "program": "/w/.venv/bin/python", "cwd": "/w"}],
            "replaces": [], "touches": ["/w/.venv"], "network": true
        })
    };
    let expected = json!({
        "code": "version-mismatch",
        "severity": "warning",
        "path": "/w/requirements.txt",
        "range": range(1, 3, 6),
        "message": "`six>=2; python_version>'3'` is required, 1.17.0 is installed in `.venv`",
        "tags": [],
        "related": [],
        "subject": {"distribution": "six", "module": null, "environment": "/w/.venv"},
        "actions": [
            run(
                "Sync `.venv` (`.venv/bin/python -m pip install -r requirements.txt`)",
                true,
                json!([".venv/bin/python", "-m", "pip", "install", "-r", "requirements.txt"])
            ),
            run(
                "Install `six` (`.venv/bin/python -m pip install -- 'six>=2'`)",
                false,
                json!([".venv/bin/python", "-m", "pip", "install", "--", "six>=2"])
            ),
            {
                "title": "Change the specifier to `>=1.17.0`", "preferred": false, "kind": "edit",
                "edits": [{"path": "/w/requirements.txt", "range": range(1, 3, 6), "text": ">=1.17.0"}]
            }
        ]
    });
    assert_eq!(mismatch, expected);
}

#[test]
fn columns_in_every_unit() {
    let world = World::new();
    world.write("requirements.txt", "six # é\u{1f40d}\nsix; extra == 'é\u{1f40d}' foo\n");
    let column = |unit: &str| {
        let command = ["check", "--output-format", "json", "--position-encoding", unit];
        let found = document(&world, &command);
        let findings = found.pointer("/findings").and_then(Value::as_array).cloned();
        let invalid = findings
            .expect("findings")
            .into_iter()
            .find(|it| it.pointer("/code") == Some(&json!("invalid-requirement")));
        invalid
            .and_then(|it| it.pointer("/range/end/character").cloned())
            .and_then(|it| it.as_u64())
    };
    let [utf8, utf16, utf32] = ["utf-8", "utf-16", "utf-32"].map(column);
    assert_eq!(utf8.zip(utf16).map(|(a, b)| a - b), Some(3));
    assert_eq!(utf16.zip(utf32).map(|(a, b)| a - b), Some(1));
}

#[test]
fn facts_only_when_asked_for() {
    let world = World::new();
    world.write("requirements.txt", "six\n");
    let found = document(&world, &["check", "--output-format", "json"]);
    assert_eq!(found.pointer("/projects/0/requirements"), None);
}

#[test]
fn environments() {
    let world = World::new();
    world.write("requirements.txt", "six\n");
    world.venv(".venv");
    let found = document(&world, &["envs", "--output-format", "json"]);
    assert_eq!(found.pointer("/version"), Some(&json!(1)));
    assert_eq!(found.pointer("/environments/0"), Some(&venv()));
    let all = found.pointer("/environments").and_then(Value::as_array).expect("a list");
    let base = all.iter().find(|it| it.pointer("/python") == Some(&json!("/base/python")));
    let base = base.expect("the interpreter on the search path");
    assert_eq!(base.pointer("/id"), Some(&json!("here:/base/python")));
    assert_eq!(base.pointer("/project"), Some(&Value::Null));
}

#[test]
fn explanations() {
    let world = World::new();
    world.write("requirements.txt", "six\n");
    world.write("a.py", "");
    world.venv(".venv");
    let found = document(&world, &["explain", "a.py", "--output-format", "json"]);
    let expected = json!({
        "version": 1,
        "path": "/w/a.py",
        "project": "/w",
        "selection": {"environment": venv(), "because": because()},
        "candidates": [{
            "environment": venv(), "strength": "convention", "because": because(), "against": []
        }]
    });
    assert_eq!(found, expected);
    let found = document(&world, &["explain", "/", "--output-format", "json"]);
    let nothing =
        json!({"version": 1, "path": "/", "project": null, "selection": null, "candidates": []});
    assert_eq!(found, nothing);
}
