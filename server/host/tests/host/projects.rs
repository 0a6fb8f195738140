//! Which project roots are found below a folder, and where a walk keeps out.

use std::{ffi::OsString, path::Path, sync::Arc};

use envls_core::world::{Content, Noun, ProjectsBelow, Question, Reply};
use envls_host::host::Host;

use crate::support::{Bench, native};

fn walk(bench: &mut Bench, below: &str) -> Arc<ProjectsBelow> {
    let folder = bench.path(below);
    match bench.ask(Noun::Projects(folder)) {
        Content::Projects(Reply::Known(it)) => it,
        other => panic!("{other:?}"),
    }
}

/// The roots below `ws`, as a person would write them.
fn roots(bench: &mut Bench) -> Vec<String> {
    let folder = bench.path("ws");
    walk(bench, "ws").roots.iter().map(|it| it.shown_from(&folder)).collect()
}

#[test]
fn each_folder_with_a_manifest_is_a_root() {
    let mut bench = Bench::new();
    bench.write("ws/a/pyproject.toml", "");
    bench.write("ws/a/b/c/requirements.txt", "");
    bench.write("ws/d/setup.cfg.txt", "");
    bench.write("ws/e/requirements/dev.txt", "");
    assert_eq!(roots(&mut bench), ["a", "a/b/c", "e"]);
}

#[test]
fn environments_caches_and_what_is_installed_are_kept_out_of() {
    let mut bench = Bench::new();
    for folder in [
        ".venv",
        ".git",
        ".hg",
        ".svn",
        ".tox",
        ".nox",
        "node_modules",
        "__pycache__",
        "lib/site-packages",
        ".mypy_cache",
        ".pytest_cache",
        ".ruff_cache",
    ] {
        bench.write(&format!("ws/{folder}/x/pyproject.toml"), "");
    }
    bench.write("ws/env/pyvenv.cfg", "");
    bench.write("ws/env/x/pyproject.toml", "");
    bench.write("ws/env/pyproject.toml", "");
    bench.folder("ws/conda/conda-meta");
    bench.write("ws/conda/x/pyproject.toml", "");
    bench.write("ws/.hidden/pyproject.toml", "");
    assert_eq!(roots(&mut bench), [".hidden"]);
}

#[test]
fn templates_and_lists_of_constraints_are_no_projects() {
    let mut bench = Bench::new();
    bench.write("ws/templates/{{ cookiecutter.name }}/pyproject.toml", "");
    bench.write("ws/pins/constraints-old.txt", "");
    bench.write("ws/shop/requirements.txt", "");
    assert_eq!(roots(&mut bench), ["shop"]);
}

#[test]
fn links_are_not_followed() {
    let mut bench = Bench::new();
    bench.write("elsewhere/pyproject.toml", "");
    bench.write("ws/a/pyproject.toml", "");
    bench.link("ws/linked", "../elsewhere");
    bench.link("ws/a/circle", "..");
    assert_eq!(roots(&mut bench), ["a"]);
}

#[test]
fn ignored_folders_are_kept_out_of() {
    let mut bench = Bench::new();
    bench.folder("ws/.git/info");
    bench.write("ws/.git/info/exclude", "/excluded/\n");
    bench.write("ws/.gitignore", "build/\n/only-top\n*.egg\n!kept.egg\nfile-pattern.txt\n");
    bench.write("ws/sub/.gitignore", "!build/\ninner\n");
    bench.write("ws/.ignore", "not-mine\n!re-included\n");
    bench.write("ws/sub/deep/.gitignore", "re-included\n");
    let all = [
        "excluded",
        "build",
        "a/build",
        "only-top",
        "a/only-top",
        "x.egg",
        "kept.egg",
        "sub/build",
        "sub/inner",
        "inner",
        "not-mine",
        "sub/deep/re-included",
        "sub/deep/mine",
    ];
    for folder in all {
        bench.write(&format!("ws/{folder}/pyproject.toml"), "");
    }
    let expected =
        ["a/only-top", "inner", "kept.egg", "sub/build", "sub/deep/mine", "sub/deep/re-included"];
    assert_eq!(roots(&mut bench), expected);
}

#[test]
fn the_rules_of_the_repository_around_hold_and_end_at_its_root() {
    let mut bench = Bench::new();
    bench.folder("repository/.git");
    bench.write("repository/.gitignore", "out\n");
    bench.write("repository/part/out/pyproject.toml", "");
    bench.write("repository/part/in/pyproject.toml", "");
    // A repository in a repository has rules of its own.
    bench.folder("repository/part/other/.git");
    bench.write("repository/part/other/out/pyproject.toml", "");
    let roots = walk(&mut bench, "repository/part").roots.clone();
    let expected = ["repository/part/in", "repository/part/other/out"].map(|it| bench.path(it));
    assert_eq!(roots, expected);
}

#[test]
fn the_names_in_the_roots_come_along() {
    let mut bench = Bench::new();
    bench.write("ws/a/pyproject.toml", "");
    bench.write("ws/a/main.py", "");
    let answer = bench.answer(Noun::Projects(bench.path("ws")));
    let root = bench.path("ws/a");
    assert_eq!(answer.also.len(), 1);
    assert_eq!(answer.also[0].question, Question::here(Noun::Listing(root.clone())));
    assert_eq!(answer.also[0].content, bench.ask(Noun::Listing(root)));
}

#[test]
fn nothing_is_below_what_is_not_there() {
    let mut bench = Bench::new();
    let file = bench.write("file", "");
    assert_eq!(bench.ask(Noun::Projects(file)), Content::Projects(Reply::Absent));
    let missing = bench.path("missing");
    assert_eq!(bench.ask(Noun::Projects(missing)), Content::Projects(Reply::Absent));
}

#[test]
fn a_walk_is_the_same_each_time_and_with_many_folders() {
    let mut bench = Bench::in_memory(Host::new);
    let mut expected = Vec::new();
    for at in 0..700 {
        if at % 7 == 0 {
            bench.write(&format!("ws/{:03}/x/pyproject.toml", at), "");
            expected.push(format!("{at:03}/x"));
        } else {
            bench.folder(&format!("ws/{at:03}/x/y"));
        }
    }
    let first = walk(&mut bench, "ws");
    assert_eq!(roots(&mut bench), expected);
    for _ in 0..10 {
        assert_eq!(walk(&mut bench, "ws"), first);
    }
}

#[test]
fn a_home_folder_is_walked_a_little() {
    let variables = |folder: &Path| vec![("HOME", OsString::from(folder.join("ws")))];
    let mut bench = Bench::with(variables, Host::new);
    bench.write("ws/1/2/3/4/pyproject.toml", "");
    bench.write("ws/1/2/3/4/5/pyproject.toml", "");
    bench.write("ws/.config/x/pyproject.toml", "");
    bench.write("ws/Library/x/pyproject.toml", "");
    assert_eq!(roots(&mut bench), ["1/2/3/4"]);
    // Nor is one that is above it.
    assert_eq!(walk(&mut bench, "").roots, [] as [envls_core::world::AbsPath; 0]);
}

#[test]
fn a_walk_ends() {
    let mut bench = Bench::in_memory(Host::new);
    for at in 0..5_100 {
        bench.folder(&format!("home/{at:05}"));
    }
    bench.write("home/00001/pyproject.toml", "");
    bench.write("home/05099/pyproject.toml", "");
    let below = walk(&mut bench, "home");
    assert_eq!(below.stopped_after, Some(5_000));
    // Which ones were walked does not depend on the disk's order.
    assert_eq!(below.roots, [bench.path("home/00001")]);
}

#[test]
fn a_walk_that_is_remembered_says_the_same() {
    let mut bench = Bench::with(|_| Vec::new(), Host::watching);
    bench.folder("ws/.git");
    bench.write("ws/a/pyproject.toml", "");
    bench.write("ws/b/c/d/pyproject.toml", "");
    bench.write("ws/env/pyvenv.cfg", "");
    // Folders that were changed just now are not remembered.
    let old = std::time::SystemTime::now() - std::time::Duration::from_secs(60);
    for folder in ["ws", "ws/a", "ws/b", "ws/b/c", "ws/b/c/d", "ws/env", "ws/.git"] {
        let folder = std::fs::File::open(native(&bench.path(folder))).expect("it is ours");
        folder.set_modified(old).expect("it is ours");
    }
    let first = bench.answer(Noun::Projects(bench.path("ws")));
    assert_eq!(bench.answer(Noun::Projects(bench.path("ws"))), first);
    assert_eq!(roots(&mut bench), ["a", "b/c/d"]);
    bench.write("ws/b/c/e/pyproject.toml", "");
    assert_eq!(roots(&mut bench), ["a", "b/c/d", "b/c/e"]);
    bench.write("ws/.gitignore", "d\n");
    assert_eq!(roots(&mut bench), ["a", "b/c/e"]);
    bench.write("ws/.gitignore", "e\n");
    assert_eq!(roots(&mut bench), ["a", "b/c/d"]);
    std::fs::remove_file(native(&bench.path("ws/a/pyproject.toml"))).expect("it is ours");
    std::fs::remove_file(native(&bench.path("ws/env/pyvenv.cfg"))).expect("it is ours");
    bench.write("ws/env/pyproject.toml", "");
    assert_eq!(roots(&mut bench), ["b/c/d", "env"]);
}
