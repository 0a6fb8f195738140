//! The members of a workspace, held against what its manifest says of them (uv, *Using workspaces*).

use std::collections::BTreeSet;

use super::project::{ManifestRead, Project};
use crate::{
    manifest::Says,
    standard::{glob, name::normalised},
    text::{Location, Span},
    world::{AbsPath, Asked, ListedKind, Reply, View},
};

/// What is known of the members.
#[derive(Clone, Debug, Default)]
pub struct Members {
    /// Folders that are members by a glob of this project's manifest, and have no manifest of their own.
    pub bare: Vec<Bare>,
    /// The normalised names of all members; `None` where they were not asked for, or not all of them are known.
    pub names: Option<BTreeSet<String>>,
}

#[derive(Clone, Debug)]
pub struct Bare {
    pub folder: AbsPath,
    /// The glob that takes it in.
    pub location: Location,
    pub glob: String,
}

impl Members {
    /// Looks at the members of the workspace whose root is at `home`.
    pub(super) fn observe(view: &View<'_>, project: &Project, home: &AbsPath) -> Asked<Members> {
        let wanted = project.facts().any(|it| matches!(it.1.says, Says::FromWorkspace(_)));
        let is_home = *home == project.root;
        if !is_home && !wanted {
            return Ok(Members::default());
        }
        let path = home.join("pyproject.toml");
        let manifest = if is_home {
            project.manifests.iter().find(|it| it.path == path).cloned()
        } else {
            view.manifest(&path)?.known().map(|document| ManifestRead { path, document })
        };
        let stated = manifest.as_ref().and_then(|manifest| {
            manifest.document.facts.iter().find_map(|fact| match &fact.says {
                Says::Workspace { members, exclude } => {
                    Some((manifest, fact.span, members, exclude))
                }
                _ => None,
            })
        });
        let Some((manifest, span, members, exclude)) = stated else {
            return Ok(Members::default());
        };
        let mut found = Members { bare: Vec::new(), names: wanted.then(BTreeSet::new) };
        let expanded: Vec<_> = members.iter().map(|it| (it, folders(view, home, it))).collect();
        let mut manifests = vec![manifest.path.clone()];
        for (pattern, folders) in expanded {
            let Some(folders) = folders? else {
                found.names = None;
                continue;
            };
            // Ask all before the first `?`, so that one round trip answers them.
            let listed: Vec<_> = folders.iter().map(|it| (it, view.listing(it))).collect();
            for (folder, listing) in listed {
                let Reply::Known(listing) = listing? else { continue };
                let below = folder.below(home).map(String::from_utf8_lossy).unwrap_or_default();
                // Hidden files alone make no member, and neither does what is excluded.
                let holds = listing.names().any(|it| !it.0.starts_with('.'));
                if !holds || glob::takes_in(exclude, &[], &below) {
                    continue;
                }
                if listing.has("pyproject.toml") {
                    manifests.push(folder.join("pyproject.toml"));
                } else if is_home {
                    let place = place(&manifest.document.text, span, pattern);
                    let location = manifest.document.location(&manifest.path, place);
                    let glob = pattern.clone();
                    found.bare.push(Bare { folder: folder.clone(), location, glob });
                }
            }
        }
        if wanted {
            found.name(view, &manifests)?;
        }
        Ok(found)
    }

    fn name(&mut self, view: &View<'_>, manifests: &[AbsPath]) -> Asked<()> {
        let read: Vec<_> = manifests.iter().map(|it| view.manifest(it)).collect();
        for document in read {
            let document = document?.known();
            let name = document.iter().flat_map(|it| &it.facts).find_map(|it| match &it.says {
                Says::Name(name) => Some(normalised(name)),
                _ => None,
            });
            match (name, &mut self.names) {
                (Some(name), Some(names)) => drop(names.insert(name)),
                // One whose name is not known may be any.
                _ => self.names = None,
            }
        }
        Ok(())
    }
}

/// The folders that a glob takes in; `None` for one that goes down any number of folders.
fn folders(view: &View<'_>, root: &AbsPath, pattern: &str) -> Asked<Option<Vec<AbsPath>>> {
    let mut folders = vec![root.clone()];
    for segment in pattern.trim_start_matches("./").trim_end_matches('/').split('/') {
        if segment == "**" {
            return Ok(None);
        }
        if !segment.contains(['*', '?', '[', '{']) {
            folders = folders.iter().map(|it| it.join(segment)).collect();
            continue;
        }
        let listed: Vec<_> = folders.iter().map(|it| (it, view.listing(it))).collect();
        let mut next = Vec::new();
        for (folder, listing) in listed {
            let Reply::Known(listing) = listing? else { continue };
            let segments = [segment.to_owned()];
            let fits = |it: &(&str, ListedKind)| {
                it.1 != ListedKind::File
                    && !it.0.starts_with('.')
                    && glob::takes_in(&segments, &[], it.0)
            };
            next.extend(listing.names().filter(fits).map(|it| folder.join(it.0)));
        }
        folders = next;
    }
    Ok(Some(folders))
}

/// Where a glob stands behind the key of its table; the table itself where it is written in another way.
fn place(text: &str, table: Span, pattern: &str) -> Span {
    let behind = text.get(table.end..).unwrap_or("");
    let found = ['"', '\''].into_iter().find_map(|quote| {
        let at = behind.find(&format!("{quote}{pattern}{quote}"))?;
        Some(table.end + at + 1)
    });
    found.map_or(table, |at| Span::new(at, at + pattern.len()))
}
