//! `Pipfile` (pipenv, *Pipfile & Pipfile.lock*): packages, those for development, further categories, and the Python.

use super::{
    Format, Says, Set,
    pyproject::{self, Item, Reader},
};
use crate::standard::{caret, version::Version};

pub(super) static FORMAT: Format = Format {
    name: "pipfile",
    summary: "`Pipfile`: `[packages]`, `[dev-packages]` and other categories, `[requires]`",
    globs: &["Pipfile"],
    matches: |name, _| name == "Pipfile",
    marks_project: true,
    of_project: true,
    read: |text, _, _| pyproject::read_below(text, &["Pipfile"]),
};

/// What is no category of packages.
const SETTINGS: &[&str] = &["source", "requires", "scripts", "pipenv", "pipfile"];

/// The set that a table of packages is; `None` for one that holds something else.
pub(super) fn set_of(table: &str) -> Option<Set> {
    match table {
        "packages" | "default" => Some(Set::Main),
        "dev-packages" | "develop" => Some(Set::Group("dev".to_owned())),
        other if SETTINGS.contains(&other) => None,
        other => Some(Set::Group(other.to_owned())),
    }
}

pub(super) fn entry(reader: &mut Reader<'_>, path: &[&str], item: &Item<'_, '_>) {
    match (path, item.key) {
        (["Pipfile"], "requires") => reader.nested(path, item),
        (["Pipfile"], table) if set_of(table).is_some() => reader.nested(path, item),
        (["Pipfile", "requires"], "python_version" | "python_full_version") => {
            let Some((span, text)) = reader.string(item) else { return };
            let series = if item.key == "python_version" { ".*" } else { "" };
            if Version::parse(&text).is_some() {
                reader.say(span, Says::RequiresPython(format!("=={text}{series}")));
            } else {
                reader.unreadable(span, "expected a version of Python, such as `3.12`");
            }
        }
        (["Pipfile", table], _) => {
            let Some(set) = set_of(table) else { return };
            reader.apart(item, &set, caret::pinned, None);
        }
        _ => {}
    }
}
