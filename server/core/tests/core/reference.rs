//! `docs/reference` is made of the tables and of the text that opens each file. `UPDATE=1` writes it.

use std::{fmt::Write, fs, path::PathBuf};

use envls_core::{declared, lock, manager, manifest, rule, setting};

const NOTE: &str = "<!-- Generated from the tables and the files of `server/core`; `UPDATE=1 cargo test -p envls-core` writes it. -->\n";

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The `//!` text that opens a source file.
fn opening(room: &str, name: &str) -> String {
    let source = root().join("server/core/src").join(room);
    let file = source.join(format!("{}.rs", name.replace('-', "_")));
    let folder = source.join(name.replace('-', "_")).join("mod.rs");
    let text = fs::read_to_string(&file).or_else(|_| fs::read_to_string(folder));
    let text = text.expect("an entry of a table has its file");
    let lines = text.lines().map_while(|it| it.strip_prefix("//!"));
    lines.map(str::trim).collect::<Vec<_>>().join("\n")
}

fn check(name: &str, body: &str) {
    let path = root().join("docs/reference").join(name);
    let expected = format!("{NOTE}\n{body}");
    let actual = fs::read_to_string(&path).unwrap_or_default();
    if actual != expected && std::env::var_os("UPDATE").is_some() {
        fs::write(&path, &expected).expect("the page can be written");
    }
    assert!(
        actual == expected,
        "docs/reference/{name} is stale: run the tests with UPDATE=1 and read the difference"
    );
}

#[test]
fn the_page_of_diagnostics_is_that_of_the_rules() {
    let mut body = "# Diagnostics\n\nEach has a code, by which it is silenced: on a line with `# envls: ignore[code]`, everywhere with the setting `severity`.\n".to_owned();
    let mut rules = rule::ALL.to_vec();
    rules.sort_by_key(|it| it.code);
    for rule in rules {
        let (code, severity) = (rule.code, rule.severity.name());
        let text = opening("rule", code);
        let _ = write!(
            body,
            "\n## {code}\n\n*{severity}*\n\n{text}\n\n[Its cases](../../tests/cases/rule/{code}.md)\n"
        );
    }
    check("diagnostics.md", &body);
}

#[test]
fn the_page_of_managers_is_that_of_their_table() {
    let mut body =
        "# Managers\n\nWhat makes environments, and where interpreters come from.\n".to_owned();
    for manager in manager::ALL {
        let (name, summary) = (manager.name(), manager.summary());
        let programs = manager.programs().iter().map(|it| format!("`{it}`")).collect::<Vec<_>>();
        let runs = if programs.is_empty() {
            String::new()
        } else {
            format!(" Its recipes run {}.", programs.join(", "))
        };
        let _ = write!(
            body,
            "\n## {name}\n\n{}\n\nIn short: {summary}.{runs}\n\n[Its cases](../../tests/cases/manager/{name}.md)\n",
            opening("manager", name)
        );
    }
    check("managers.md", &body);
}

#[test]
fn the_page_of_manifests_is_that_of_their_table() {
    let mut body = "# Manifests\n\nThe files that say what a project needs.\n".to_owned();
    for format in manifest::ALL {
        let globs = format.globs.iter().map(|it| format!("`{it}`")).collect::<Vec<_>>().join(", ");
        let marks = if format.marks_project {
            "makes its folder a project"
        } else {
            "belongs to a project, but makes none"
        };
        let (name, summary) = (format.name, format.summary);
        let _ = write!(
            body,
            "\n## {name}\n\n{summary}\n\nFiles: {globs}. Such a file {marks}.\n\n[Its cases](../../tests/cases/manifest/{name}.md)\n"
        );
    }
    check("manifests.md", &body);
}

#[test]
fn the_page_of_locks_is_that_of_their_table() {
    let mut body = "# Locks\n\nThe files in which a manager writes down what it resolved. Each is read only, and only by whom its project belongs to.\n".to_owned();
    for format in lock::ALL {
        let globs = format.globs.iter().map(|it| format!("`{it}`")).collect::<Vec<_>>().join(", ");
        let of = match format.of {
            Some((manager, _)) => format!(" A lock of {manager}."),
            None => String::new(),
        };
        let (name, summary) = (format.name, format.summary);
        let _ = write!(
            body,
            "\n## {name}\n\n{}\n\nIn short: {summary}.{of} Files: {globs}.\n\n[Its cases](../../tests/cases/lock/{name}.md)\n",
            opening("lock", name)
        );
    }
    check("locks.md", &body);
}

#[test]
fn the_page_of_layers_is_that_of_their_table() {
    let mut body = "# Layers\n\nThe files in which a project declares containers, pods and virtual machines. Each is read and never evaluated; [layers](../layers.md) says what is made of them.\n".to_owned();
    for format in declared::ALL {
        let globs = format.globs.iter().map(|it| format!("`{it}`")).collect::<Vec<_>>().join(", ");
        let (name, summary) = (format.name, format.summary);
        let _ = write!(
            body,
            "\n## {name}\n\n{}\n\nIn short: {summary}. Files: {globs}.\n\n[Its cases](../../tests/cases/declared/{name}.md)\n",
            opening("declared", name)
        );
    }
    check("layers.md", &body);
}

#[test]
fn the_page_of_settings_is_that_of_their_table() {
    let mut body = "# Settings\n\nIn the section `envls` of the editor; a project's own stand in `[tool.envls]` of `pyproject.toml` and come first.\n".to_owned();
    for setting in setting::ALL {
        let _ =
            write!(body, "\n## {}\n\n*{}*\n\n{}.\n", setting.name, setting.kind, setting.summary);
    }
    check("settings.md", &body);
}

#[test]
fn vs_code_has_each_setting_of_the_table() {
    let folder = root().join("editors/vscode");
    let text =
        fs::read_to_string(folder.join("settings.json")).expect("the extension has its settings");
    let shown: serde_json::Value = serde_json::from_str(&text).expect("they are JSON");
    let manifest =
        fs::read_to_string(folder.join("package.json")).expect("the extension has its manifest");
    let manifest: serde_json::Value = serde_json::from_str(&manifest).expect("it is JSON");
    let declared = &manifest["contributes"]["configuration"]["properties"];
    assert_eq!(declared, &shown, "run `npm run settings` in editors/vscode");
    // What only the extension reads.
    let own = ["envls.path", "envls.trace.server"];
    let names = shown.as_object().expect("they are named").keys().map(String::as_str);
    let names: Vec<&str> = names.filter(|it| !own.contains(it)).collect();
    let mut expected: Vec<String> =
        setting::ALL.iter().map(|it| format!("envls.{}", it.name)).collect();
    expected.sort();
    assert_eq!(names, expected, "editors/vscode/settings.json must have what the server has");
    for setting in setting::ALL {
        let one = &shown[format!("envls.{}", setting.name)];
        assert_eq!(one["type"], setting.kind);
        let summary = one["markdownDescription"].as_str().expect("each is described");
        assert!(
            summary.starts_with(setting.summary),
            "`{}` is described as `{summary}`",
            setting.name
        );
    }
}
