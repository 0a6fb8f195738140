//! `.python-version` (pyenv, uv).

use super::{Fact, Format};

pub(super) static FORMAT: Format = Format {
    name: "python-version",
    summary: "`.python-version`: the pinned interpreter",
    globs: &[".python-version"],
    matches: |name, _| name == ".python-version",
    marks_project: true,
    read,
};

fn read(_text: &str) -> Vec<Fact> {
    Vec::new()
}
