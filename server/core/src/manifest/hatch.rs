//! `hatch.toml` (Hatch, *Configuration*): what `pyproject.toml` has in `[tool.hatch]`, in a file of its own.

use super::{Format, pyproject};

pub(super) static FORMAT: Format = Format {
    name: "hatch",
    summary: "`hatch.toml`: Hatch's environments",
    globs: &["hatch.toml"],
    matches: |name, _| name == "hatch.toml",
    marks_project: false,
    of_project: true,
    read: |text, _, _| pyproject::read_below(text, &["tool", "hatch"]),
};
