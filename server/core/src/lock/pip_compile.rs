//! Requirements that `pip-compile` or `uv pip compile` made of others (pip-tools' documentation; uv, *Locking
//! environments*), known by the comment at their top.

use super::{Dependency, Format, Lock, Package, Source};
use crate::{standard::requirement, text::Span};

pub(super) static FORMAT: Format = Format {
    name: "pip-compile",
    summary: "a requirements file that `pip-compile` or `uv pip compile` made of others",
    globs: &["requirements*.txt"],
    matches: |name| name.starts_with("requirements") && name.ends_with(".txt"),
    of: None,
    understands: |_| true,
    read,
};

fn read(text: &str) -> Lock {
    let mut lock = Lock::default();
    if !is_compiled(text) {
        return lock;
    }
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let start = at;
        at += line.len();
        let content = line.trim_end_matches(['\r', '\n', '\\', ' ']);
        if let Some(reason) = content.trim_start().strip_prefix('#') {
            via(&mut lock, reason);
        } else if !content.starts_with([' ', '-', '\t']) && !content.is_empty() {
            lock.packages.extend(package(content, start));
        }
    }
    lock
}

/// Whether the comment at the top of a requirements file says that it was made of others.
#[must_use]
pub fn is_compiled(text: &str) -> bool {
    let comment = text.lines().take_while(|it| it.starts_with('#') || it.trim().is_empty());
    comment.take(12).any(|line| {
        let by = ["by pip-compile", "by uv via", "by uv pip compile"];
        by.iter().any(|it| line.contains(it))
    })
}

fn package(line: &str, start: usize) -> Option<Package> {
    // Hashes and comments follow on the same line, too.
    let line = line.split(" --").next()?.split(" #").next()?.trim_end();
    let requirement = requirement::parse(line, start).ok()?;
    let mut package = Package::new(&requirement.name, requirement.name_span);
    let exact = requirement.specifiers.to_string();
    package.version = exact.strip_prefix("==").map(|it| it.trim().to_owned());
    package.version_span = requirement.specifier_span;
    package.extras = requirement.extras.into_iter().map(|it| it.0).collect();
    package.markers = requirement.marker.iter().map(|it| it.spelled().to_owned()).collect();
    package.groups = Some(Vec::new());
    if requirement.url.is_some() {
        package.source = Source::Url;
        package.version_span = Span::new(requirement.name_span.end, requirement.name_span.end);
    }
    Some(package)
}

/// `# via` says what needs the package above it: a distribution, or a file given with `-r`.
fn via(lock: &mut Lock, reason: &str) {
    let reason = reason.trim().strip_prefix("via").unwrap_or(reason).trim();
    let Some(package) = lock.packages.last_mut() else { return };
    if let Some(file) = reason.strip_prefix("-r ") {
        package.groups.get_or_insert_default().push(file.trim().to_owned());
    } else if let Some(name) = requirement::name_of(reason).filter(|it| **it == *reason) {
        // Turned round: it is the other that needs this one.
        let needing = name.to_string();
        let needed = package.name.to_string();
        let other = lock.packages.iter_mut().find(|it| *it.name == *needing);
        if let Some(other) = other {
            other.dependencies.push(Dependency { name: needed, ..Dependency::default() });
        }
    }
}
