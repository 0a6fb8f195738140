//! `.python-version`, and which file is of which format.

use envls_core::{manifest::format_of, world::AbsPath};

use super::draw::check as check_file;

#[test]
fn each_version_is_a_pin() {
    let check = |text: &str, expected: &str| check_file("/w/.python-version", text, expected);
    check(
        "3.12\n",
        r#"
        1 `3.12` Pin("3.12")
        "#,
    );
    check(
        "# ours\n\n  3.12.4  # newest\r\npypy3.10-7.3.15\r3.11 3.10\n\tmy-env/with space\n",
        r#"
        3 `3.12.4` Pin("3.12.4")
        4 `pypy3.10-7.3.15` Pin("pypy3.10-7.3.15")
        5 `3.11` Pin("3.11")
        5 `3.10` Pin("3.10")
        6 `my-env/with` Pin("my-env/with")
        6 `space` Pin("space")
        "#,
    );
    check(
        "\u{feff}3.12",
        r#"
        1 `3.12` Pin("3.12")
        "#,
    );
    check("", "");
    check_file(
        "/w/.python-versions",
        "cpython@3.13\n",
        r#"
        1 `cpython@3.13` Pin("cpython@3.13")
        "#,
    );
}

#[test]
fn formats_are_known_by_the_names_of_files() {
    let format = |path: &str| format_of(&AbsPath::new(path)).map_or("", |it| it.name);
    let formats = [
        "/w/pyproject.toml",
        "/w/requirements.txt",
        "/w/requirements-dev.in",
        "/w/my-requirements.txt",
        "/w/my_requirements.txt",
        "/w/requirements/a.txt",
        "/w/requirements/a.in",
        "/w/constraints-dev.txt",
        "/w/.python-version",
        "/w/.python-versions",
        "/w/notes.txt",
        "/w/requirements.md",
        "/w/requirements/a.md",
        "/w/xrequirements.txt",
        "/w/-requirements.txt",
        "/w/requirements",
    ]
    .map(format);
    let requirements = "requirements";
    assert_eq!(
        formats,
        [
            "pyproject",
            requirements,
            requirements,
            requirements,
            requirements,
            requirements,
            requirements,
            requirements,
            "python-version",
            "python-version",
            "",
            "",
            "",
            "",
            "",
            "",
        ]
    );
}
