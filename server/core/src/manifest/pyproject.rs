//! `pyproject.toml` (*pyproject.toml specification*, *Dependency groups*, uv's own table).

use super::{Fact, Format};

pub(super) static FORMAT: Format = Format {
    name: "pyproject",
    summary: "`pyproject.toml`: `[project]`, `[dependency-groups]`, `[tool.uv]`",
    globs: &["pyproject.toml"],
    matches: |name, _| name == "pyproject.toml",
    marks_project: true,
    read,
};

fn read(_text: &str, _: &str, _: &str) -> Vec<Fact> {
    Vec::new()
}
