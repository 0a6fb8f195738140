//! Everything is in its place: a file of a room is in its table, and has its case.

use std::{collections::BTreeSet, fs, path::PathBuf};

use envls_core::{
    declared, lock, manager, manifest,
    rule::{self, OnCode},
};

fn source(room: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("src").join(room)
}

/// The names of the Rust files, or folders with a `mod.rs`, of a room; without those that are no entries of its table.
fn files(room: &str, helpers: &[&str]) -> BTreeSet<String> {
    let listed = fs::read_dir(source(room)).expect("the room is there");
    let names = listed.map(|it| it.expect("it can be listed").file_name());
    let names = names.map(|it| it.to_string_lossy().trim_end_matches(".rs").to_owned());
    names.filter(|it| it != "mod" && !helpers.contains(&it.as_str())).collect()
}

fn cases(room: &str) -> BTreeSet<String> {
    let listed = fs::read_dir(crate::cases::folder().join(room)).expect("the cases are there");
    let names = listed.map(|it| it.expect("it can be listed").file_name());
    names.map(|it| it.to_string_lossy().trim_end_matches(".md").to_owned()).collect()
}

fn check(room: &str, helpers: &[&str], table: impl Iterator<Item = &'static str>) {
    let table: BTreeSet<String> = table.map(str::to_owned).collect();
    let files: BTreeSet<String> =
        files(room, helpers).into_iter().map(|it| it.replace('_', "-")).collect();
    assert_eq!(files, table, "the files of `{room}` and its table differ");
    assert_eq!(cases(room), table, "the cases of `{room}` and its table differ");
}

#[test]
fn every_rule_has_its_file_and_case() {
    check(
        "rule",
        &["adding", "edits", "fixes", "importing", "writing_down"],
        rule::ALL.iter().map(|it| it.code),
    );
}

#[test]
fn rules_that_look_at_code_say_so() {
    for rule in rule::ALL {
        let file = source("rule").join(format!("{}.rs", rule.code.replace('-', "_")));
        let Ok(text) = fs::read_to_string(&file) else { continue };
        let each = text.contains("importing::each");
        let looks = match (each, text.contains("model.imports")) {
            (true, _) => Some(OnCode::Imports),
            (false, true) => Some(OnCode::Whole),
            (false, false) => None,
        };
        assert_eq!(rule::on_code(rule.code), looks, "`{}`", rule.code);
    }
}

#[test]
fn every_manager_has_its_file_and_case() {
    check("manager", &["folders", "kept"], manager::ALL.iter().map(|it| it.name()));
}

#[test]
fn every_manifest_has_its_file_and_case() {
    check("manifest", &["toml_parts", "toml_text"], manifest::ALL.iter().map(|it| it.name));
}

#[test]
fn every_declaration_has_its_file_and_case() {
    check(
        "declared",
        &["command", "expansion", "tolerant", "xml"],
        declared::ALL.iter().map(|it| it.name),
    );
}

#[test]
fn every_lock_has_its_file_and_case() {
    let helpers = ["conflict", "declared", "drift", "hash", "needed", "portable", "tree"];
    check("lock", &helpers, lock::ALL.iter().map(|it| it.name));
}

#[test]
fn no_lock_is_of_two_formats() {
    let names = [
        "uv.lock",
        "poetry.lock",
        "pdm.lock",
        "Pipfile.lock",
        "pylock.toml",
        "pylock.dev.toml",
        "pixi.lock",
        "conda-lock.yml",
        "requirements.txt",
    ];
    for name in names {
        let formats = lock::ALL.iter().filter(|it| (it.matches)(name)).count();
        assert_eq!(formats, 1, "`{name}` is of {formats} formats");
    }
}

#[test]
fn no_file_name_is_of_two_formats() {
    let names = [
        "pyproject.toml",
        "requirements.txt",
        "requirements-dev.txt",
        ".python-version",
        "constraints.txt",
    ];
    for name in names {
        let formats = manifest::ALL.iter().filter(|it| (it.matches)(name, "folder")).count();
        assert_eq!(formats, 1, "`{name}` is of {formats} formats");
    }
}
