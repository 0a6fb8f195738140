//! A requirement as a lock repeats it and as a manifest states it, in one shape, so that the two can be compared.

use super::tree;
use crate::standard::{
    marker::Marker,
    name::normalised,
    requirement::Requirement,
    version::{Specifier, Specifiers},
};

/// A requirement, its sources folded in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Declared {
    /// Normalised.
    pub name: String,
    /// Normalised and sorted.
    pub extras: Vec<String>,
    pub specifiers: Specifiers,
    pub marker: Option<Marker>,
    pub from: From,
}

/// What a requirement is taken from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum From {
    /// An index: the named one, or whichever serves the project.
    Index(Option<String>),
    /// A repository, and what of it: `https://host/repository`, `v1.2`.
    Git {
        repository: String,
        reference: Option<String>,
    },
    Url(String),
    /// A file or a folder, a member of the workspace included.
    Local,
}

impl Declared {
    /// A requirement as its text says it.
    pub(super) fn stated(requirement: &Requirement) -> Declared {
        Declared {
            name: requirement.name.to_string(),
            extras: sorted(requirement.extras.iter().map(|it| it.0.as_str())),
            specifiers: requirement.specifiers.clone(),
            marker: requirement.marker.clone(),
            from: requirement.url.as_deref().map_or(From::Index(None), From::address),
        }
    }

    /// A requirement as `uv.lock` repeats it; `None` for one that cannot be understood.
    pub(super) fn locked(node: tree::Node<'_, '_>) -> Option<Declared> {
        let marker = match node.text_of("marker") {
            Some(text) => Some(Marker::parse(text, 0).ok()?),
            None => None,
        };
        let mut from = From::Index(None);
        for (key, _, value) in node.entries() {
            from = match (key, value.text()) {
                ("git", Some(address)) => From::repository(address),
                ("url", Some(address)) => From::Url(address.to_owned()),
                ("index", address) => From::Index(address.map(str::to_owned)),
                ("path" | "directory" | "editable" | "virtual", _) => From::Local,
                _ => continue,
            };
        }
        Some(Declared {
            name: normalised(node.text_of("name")?),
            extras: sorted(node.texts("extras").iter().map(String::as_str)),
            specifiers: Specifiers::parse(node.text_of("specifier").unwrap_or("")).ok()?,
            marker,
            from,
        })
    }

    /// Whether both want the same versions, in whatever order and spelling.
    pub(super) fn same_specifiers(&self, other: &Declared) -> bool {
        // A repository, an address or a folder has the version that it has.
        if !matches!((&self.from, &other.from), (From::Index(_), From::Index(_))) {
            return true;
        }
        same(&self.specifiers, &other.specifiers)
    }
}

/// Whether two sets of specifiers have the same clauses; `1` and `1.0` are the same version.
pub(super) fn same(one: &Specifiers, other: &Specifiers) -> bool {
    let clauses = |it: &Specifiers| -> Vec<Specifier> { it.iter().cloned().collect() };
    let equal = |a: &Specifier, b: &Specifier| a.operator == b.operator && a.bound == b.bound;
    let (one, other) = (clauses(one), clauses(other));
    one.iter().all(|a| other.iter().any(|b| equal(a, b)))
        && other.iter().all(|a| one.iter().any(|b| equal(a, b)))
}

impl From {
    /// What an address after `@` means.
    fn address(address: &str) -> From {
        match address.strip_prefix("git+") {
            Some(rest) => {
                let bare = rest.split('#').next().unwrap_or(rest);
                // An `@` before the host belongs to the user's name.
                let path = bare.find("://").map_or(0, |it| it + 3);
                let path = bare[path..].find('/').map_or(bare.len(), |it| path + it);
                let at = bare[path..].rfind('@').map(|it| path + it);
                let (repository, reference) = match at {
                    Some(at) => (&bare[..at], Some(bare[at + 1..].to_owned())),
                    None => (bare, None),
                };
                From::Git { repository: tidy(repository), reference }
            }
            None if address.starts_with("file:") => From::Local,
            None => From::Url(address.to_owned()),
        }
    }

    /// `https://host/repository?rev=v1.2`, as `uv.lock` writes it.
    fn repository(address: &str) -> From {
        let bare = address.split('#').next().unwrap_or(address);
        let (repository, query) = bare.split_once('?').unwrap_or((bare, ""));
        let mut pairs = query.split('&').filter_map(|it| it.split_once('='));
        let reference = pairs.find(|it| matches!(it.0, "rev" | "tag" | "branch"));
        let reference = reference.map(|it| it.1.replace("%2F", "/"));
        From::Git { repository: tidy(repository), reference }
    }

    /// A repository and what of it, as `[tool.uv.sources]` names them.
    pub(super) fn git(repository: &str, reference: Option<&str>) -> From {
        From::Git { repository: tidy(repository), reference: reference.map(str::to_owned) }
    }

    /// Whether both mean the same place.
    pub(super) fn agrees(&self, other: &From) -> bool {
        match (self, other) {
            // An index that only one side names was told to the tool in another way.
            (From::Index(one), From::Index(other)) => {
                one.is_none() || other.is_none() || one == other
            }
            _ => self == other,
        }
    }
}

fn tidy(repository: &str) -> String {
    repository.trim_end_matches('/').to_owned()
}

fn sorted<'names>(names: impl Iterator<Item = &'names str>) -> Vec<String> {
    let mut sorted: Vec<String> = names.map(normalised).collect();
    sorted.sort_unstable();
    sorted.dedup();
    sorted
}
