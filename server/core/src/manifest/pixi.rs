//! `pixi.toml` (pixi, *Pixi manifest*): what `pyproject.toml` has in `[tool.pixi]`, in a file of its own.

use super::{Format, pyproject};

pub(super) static FORMAT: Format = Format {
    name: "pixi",
    summary: "`pixi.toml`: what conda installs and what comes from an index, by feature and platform",
    globs: &["pixi.toml"],
    matches: |name, _| name == "pixi.toml",
    marks_project: true,
    of_project: true,
    read: |text, _, _| pyproject::read_below(text, &["tool", "pixi"]),
};
