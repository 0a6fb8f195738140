//! `.python-version`, and which file is of which format.

use envls_core::{manifest::format_of, world::AbsPath};

use super::draw::check as check_file;

#[test]
fn each_version_is_a_pin() {
    let check = |text: &str, expected: &str| check_file("/w/.python-version", text, expected);
    check("3.12\n", "");
    check("# ours\n\n  3.12.4  # newest\r\npypy3.10-7.3.15\r3.11 3.10\n\tmy-env/with space\n", "");
    check("\u{feff}3.12", "");
    check("", "");
    check_file("/w/.python-versions", "cpython@3.13\n", "");
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
