//! What people read.

use std::fs;

use crate::support::World;

#[test]
fn a_missing_environment() {
    let world = World::new();
    world.write("shop/pyproject.toml", "[project]\nname = \"shop\"\ndependencies = [\"six>=1\"]\n");
    let said = world.run(&["check"]);
    assert_eq!(
        said.out,
        "\
shop/pyproject.toml:2:9: warning[no-environment] `shop` has no Python environment yet (looked for `.venv`); 1 requirement is unchecked
  2 | name = \"shop\"
    |         ^^^^
  fix: Create `.venv` (`python3.N -m venv .venv && .venv/bin/python -m pip install 'six>=1'`)

1 warning in 1 project; 1 can be mended by `envls fix --all`
"
    );
    assert_eq!((said.code, &*said.err), (Some(1), ""));
}

#[test]
fn a_broken_environment() {
    let world = World::new();
    world.write("requirements.txt", "six\n");
    let venv = world.venv(".venv");
    for name in ["python", "python3"] {
        fs::remove_file(venv.join("bin").join(name)).expect("it is there");
        std::os::unix::fs::symlink("/nowhere/python3.9", venv.join("bin").join(name))
            .expect("a link");
    }
    let said = world.run(&["check", "--color", "never"]);
    assert_eq!(
        said.out,
        "\
requirements.txt:1:1: error[broken-environment] environment `.venv` is broken: `.venv/bin/python` leads to `/nowhere/python3.N`, which is not there
  1 | six
    | ^^^
  fix: Recreate `.venv` (`python3.N -m venv .venv && .venv/bin/python -m pip install -r requirements.txt`)

1 error in 1 project; 1 can be mended by `envls fix --all`
"
    );
    assert_eq!(said.code, Some(1));
    let which = world.run(&["which"]);
    assert_eq!((which.code, &*which.out), (Some(1), ""));
    assert!(which.err.contains("environment `.venv` is broken"), "{}", which.err);
}

#[test]
fn packages_without_an_interpreter() {
    let world = World::new();
    world.write(
        "pyproject.toml",
        "[project]\nname = \"shop\"\nversion = \"1\"\ndependencies = []\n",
    );
    world.write(
        "__pypackages__/3.11/lib/six-1.16.0.dist-info/METADATA",
        "Name: six\nVersion: 1.16.0\n",
    );
    let which = world.run(&["which"]);
    assert_eq!((which.code, &*which.out), (Some(1), ""));
    assert_eq!(
        which.err,
        "`__pypackages__/3.11` has no interpreter of its own: `pdm run python` starts one that uses it\n"
    );
}

#[test]
fn a_good_environment() {
    let world = World::new();
    world.write("requirements.txt", "six>=1\n");
    world.venv(".venv");
    world.install(".venv", "six-1.17.0.dist-info");
    let said = world.run(&["check"]);
    assert_eq!(said.out, "No problems in 1 project\n");
    assert_eq!((said.code, &*said.err), (Some(0), ""));
    let quiet = world.run(&["check", "--quiet"]);
    assert_eq!((quiet.code, &*quiet.out), (Some(0), ""));
}

#[test]
fn something_that_is_not_installed() {
    let world = World::new();
    world.write("requirements.txt", "# what it needs\nsix >= 1  # old\n");
    world.venv(".venv");
    world.install(".venv", "pip-24.0.dist-info");
    let said = world.run(&["check"]);
    assert_eq!(
        said.out,
        "\
requirements.txt:2:1: warning[not-installed] `six >= 1` is not installed in `.venv` (Python 3.N)
  2 | six >= 1  # old
    | ^^^^^^^^
  fix: Sync `.venv` (`.venv/bin/python -m pip install -r requirements.txt`)
  or: Install `six` (`.venv/bin/python -m pip install -- 'six>=1'`)

1 warning in 1 project; 1 can be mended by `envls fix --all`
"
    );
}

#[test]
fn annotations_for_github() {
    let world = World::new();
    world.write("a,b/requirements.txt", "six = 1\nx==100%\n");
    let said = world.run(&["check", "--output-format", "github", "--quiet"]);
    let errors: Vec<&str> = said.out.lines().filter(|it| it.starts_with("::error")).collect();
    assert_eq!(
        errors.first(),
        Some(
            &"::error file=a%2Cb/requirements.txt,line=1,col=5,endLine=1,endColumn=5,title=envls (invalid-requirement)::`six = 1` is no requirement: there is no operator `=`"
        )
    );
    assert!(errors.get(1).is_some_and(|it| it.contains("`x==100%25` is no requirement")));
    assert_eq!(said.code, Some(1));
}

#[test]
fn the_chosen_interpreter() {
    let world = World::new();
    world.write("requirements.txt", "\n");
    world.write("app/src/a.py", "");
    world.write("app/requirements.txt", "six\n");
    world.venv("app/.venv");
    for path in ["app", "app/src/a.py", "app/src"] {
        let which = world.run(&["which", path]);
        assert_eq!((which.code, &*which.out), (Some(0), "/w/app/.venv/bin/python\n"));
    }
    let none = world.run(&["which", "."]);
    assert_eq!((none.code, &*none.out), (Some(1), ""));
}

#[test]
fn why_it_is_chosen() {
    let world = World::new();
    world.write("app/src/a.py", "");
    world.write("app/requirements.txt", "six\n");
    world.venv("app/.venv");
    let said = world.run(&["explain", "app/src/a.py"]);
    assert_eq!(
        said.out,
        "\
`app/src/a.py` belongs to the project `app` in `/w/app`.

It is managed by pip, because
  - `requirements.txt` can be installed by pip (app/requirements.txt)

It gets `app/.venv` (Python 3.N, venv), because
  - `.venv` is in the project (app/.venv)

Candidates, best first:
  1. `app/.venv` (Python 3.N, venv), convention
     is:      `pyvenv.cfg` says that `python -m venv` made it (app/.venv/pyvenv.cfg)
     for:     `.venv` is in the project (app/.venv)
"
    );
    assert_eq!(said.code, Some(0));
    let none = world.run(&["explain", "."]);
    assert_eq!(
        none.out,
        "`/w` is in no Python project: neither its folder nor one above has a manifest.\n"
    );
    assert_eq!(none.code, Some(1));
}

#[test]
fn where_there_is_none_a_command_makes_one() {
    let world = World::new();
    world.write("my app/requirements.txt", "six\n");
    let said = world.run(&["explain", "my app"]);
    let make = "Make one with `envls do create --path 'my app'`.";
    assert!(said.out.lines().any(|it| it == make), "{}", said.out);
    let made = world.run(&["do", "create", "--path", "my app", "--dry-run"]);
    assert_eq!((made.code, &*made.err), (Some(0), ""));
    assert!(made.out.starts_with("Create `.venv`"), "{}", made.out);
}

#[test]
fn interpreters_are_listed_by_version_the_newest_first() {
    let world = World::new();
    for version in ["3.6", "3.30", "3.5"] {
        let python = format!(".pyenv/versions/{version}.1/bin/python{version}");
        let python = world.home().join(python);
        fs::create_dir_all(python.parent().expect("a folder")).expect("it is ours");
        fs::write(&python, "").expect("it is ours");
        use std::os::unix::fs::PermissionsExt as _;
        fs::set_permissions(&python, fs::Permissions::from_mode(0o755)).expect("it is ours");
    }
    let said = world.run(&["envs"]);
    let at = |version: &str| {
        let start = format!("  {version} ");
        let found = said.out.lines().position(|it| it.starts_with(&start));
        found.unwrap_or_else(|| panic!("{version} is not in:\n{}", said.out))
    };
    assert!(at("3.30") < at("3.6") && at("3.6") < at("3.5"), "{}", said.out);
}

#[test]
fn what_cannot_be_done() {
    let world = World::new();
    for command in ["check", "envs", "explain", "which", "watch"] {
        let said = world.run(&[command, "nowhere"]);
        assert_eq!((said.code, &*said.out), (Some(2), ""), "{command}");
        assert_eq!(said.err, "error: `nowhere` does not exist\n", "{command}");
    }
    for wrong in [&["check", "--nonsense"][..], &[], &["fix"], &["fix", "--all", "--code", "x"]] {
        assert_eq!(world.run(wrong).code, Some(2), "{wrong:?}");
    }
    let version = world.run(&["--version"]);
    assert_eq!(version.out, format!("envls {}\n", env!("CARGO_PKG_VERSION")));
}

#[test]
fn a_folder_that_cannot_be_listed_is_said() {
    use std::os::unix::fs::PermissionsExt as _;
    let world = World::new();
    world.write("requirements.txt", "");
    world.write("closed/requirements.txt", "");
    let closed = world.work("closed");
    fs::set_permissions(&closed, fs::Permissions::from_mode(0o000)).expect("it is ours");
    // Who may read everything is not denied.
    let denied = fs::read_dir(&closed).is_err();
    let said = world.run(&["check"]);
    fs::set_permissions(&closed, fs::Permissions::from_mode(0o700)).expect("it is ours");
    if denied {
        assert_eq!(said.err, "note: `/w/closed` cannot be listed\n");
    }
    assert_eq!(said.code, Some(0));
}
