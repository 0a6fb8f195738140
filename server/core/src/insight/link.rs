//! Where the paths in a manifest lead: files that it includes, and folders that something is taken from.

use crate::{
    manifest::Says,
    model::Model,
    text::{Range, Span},
    world::AbsPath,
};

/// A stretch of a manifest that leads to a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    pub range: Range,
    pub target: AbsPath,
}

/// The links of one manifest, in the order of its text. What is not there is a finding, not a link.
#[must_use]
pub fn links(model: &Model, path: &AbsPath) -> Vec<Link> {
    let manifest = model.project.manifests.iter().find(|it| it.path == *path);
    let Some((manifest, folder)) = manifest.zip(path.parent()) else { return Vec::new() };
    let document = &manifest.document;
    let link = |span: Span, target: AbsPath| Link { range: document.range(span), target };
    let links = document.facts.iter().filter_map(|fact| match &fact.says {
        Says::Includes { target, .. } | Says::Reads { target, .. } => {
            let path = folder.join(target);
            (!model.project.absent.contains(&path)).then(|| link(fact.span, path))
        }
        Says::Source { target, .. } | Says::Direct { target, .. } => {
            Some(link(fact.span, taken_from(&folder, target)?))
        }
        _ => None,
    });
    links.collect()
}

/// The file that says what a folder or an archive is.
fn taken_from(folder: &AbsPath, target: &str) -> Option<AbsPath> {
    let bare = target.split(['#', '[']).next()?.trim_end();
    let bare = bare.strip_prefix("file://").unwrap_or(bare);
    if bare.contains("://") || bare.contains("${") || bare.is_empty() {
        return None;
    }
    let path = folder.join(bare);
    let archives = [".whl", ".zip", ".gz", ".bz2", ".xz", ".tgz", ".tar"];
    let name = path.name_text();
    let archive = archives.iter().any(|it| name.ends_with(it));
    Some(if archive { path } else { path.join("pyproject.toml") })
}
