//! Which files declare the layers of a project: those in its folder, found in the one listing of it, and those that they name.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use crate::{
    declared::{self, Document},
    model::project::Project,
    standard::pyvenv::Said,
    world::{AbsPath, Asked, ListedKind, Reply, View},
};

/// What was read, before anything was made of it.
pub(super) struct Read {
    pub(super) root: AbsPath,
    pub(super) files: BTreeMap<AbsPath, Arc<Document>>,
    /// By folder, the values that its `.env` gives to variables.
    pub(super) values: BTreeMap<AbsPath, BTreeMap<String, String>>,
}

/// More files than any project declares its layers in.
const MOST: usize = 64;

/// The folders of a project that such files are kept in.
const FOLDERS: &[&str] = &[
    ".devcontainer",
    "docker",
    ".docker",
    "k8s",
    "kubernetes",
    "manifests",
    "deploy",
    "deployment",
];

pub(super) fn read(view: &View<'_>, project: &Project) -> Asked<Read> {
    let mut next = found(view, project)?;
    let mut files = BTreeMap::new();
    let mut tried = BTreeSet::new();
    while !next.is_empty() && tried.len() < MOST {
        let asked: Vec<_> = next.iter().map(|it| (it.clone(), view.declaration(it))).collect();
        tried.append(&mut next);
        for (path, reply) in asked {
            let Reply::Known(document) = reply? else { continue };
            next.extend(named(&path, &document).into_iter().filter(|it| !tried.contains(it)));
            files.insert(path, document);
        }
    }
    let values = values(view, &files)?;
    Ok(Read { root: project.root.clone(), files, values })
}

/// The files in the project's folder, and in those that such files are kept in.
fn found(view: &View<'_>, project: &Project) -> Asked<BTreeSet<AbsPath>> {
    let root = &project.root;
    let mut paths = BTreeSet::new();
    let mut folders = Vec::new();
    for (name, kind) in project.listing.names() {
        let path = root.join(name);
        if kind != ListedKind::Folder && declared::format_of(&path).is_some() {
            paths.insert(path);
        } else if kind == ListedKind::Folder && FOLDERS.contains(&name) {
            folders.push(path);
        }
    }
    if project.listing.has(".vagrant") {
        paths.extend(of_vagrant(view, root)?);
    }
    // A dev container may have a folder of its own in there; nothing is looked for deeper.
    for depth in 0..2 {
        let listed: Vec<_> = folders.iter().map(|it| (it.clone(), view.listing(it))).collect();
        folders.clear();
        for (folder, listing) in listed {
            let Reply::Known(listing) = listing? else { continue };
            for (name, kind) in listing.names() {
                let path = folder.join(name);
                if kind != ListedKind::Folder && declared::format_of(&path).is_some() {
                    paths.insert(path);
                } else if kind == ListedKind::Folder
                    && folder.name() == b".devcontainer"
                    && depth == 0
                {
                    folders.push(path);
                }
            }
        }
    }
    Ok(paths.into_iter().take(MOST).collect())
}

/// What Vagrant wrote down of each machine, by each provider.
fn of_vagrant(view: &View<'_>, root: &AbsPath) -> Asked<BTreeSet<AbsPath>> {
    let folders = |folder: &AbsPath| -> Asked<Vec<AbsPath>> {
        let Reply::Known(listing) = view.listing(folder)? else { return Ok(Vec::new()) };
        let names = listing.names().filter(|it| it.1 == ListedKind::Folder);
        Ok(names.map(|it| folder.join(it.0)).collect())
    };
    let mut paths = BTreeSet::new();
    for machine in folders(&root.join(".vagrant/machines"))?.into_iter().take(MOST) {
        paths.extend(folders(&machine)?.into_iter().map(|it| it.join("synced_folders")));
    }
    Ok(paths)
}

/// The files that a file names, and those that go with it.
fn named(path: &AbsPath, document: &Document) -> BTreeSet<AbsPath> {
    let Some(folder) = path.parent() else { return BTreeSet::new() };
    let mut named: BTreeSet<AbsPath> = BTreeSet::new();
    let declarations = &document.declarations;
    let at = |it: &Said| plain(&it.text).map(|it| folder.join(it));
    named.extend(declarations.includes.iter().filter_map(at));
    for layer in &declarations.layers {
        named.extend(layer.service.iter().flat_map(|it| &it.0).filter_map(at));
        named.extend(layer.extends.iter().filter_map(|it| at(it.0.as_ref()?)));
        if let Some(build) = &layer.build {
            named.extend(dockerfile(&folder, document.format, build).map(|it| it.0));
            let context = build.context.as_ref().map_or(Some(folder.clone()), at);
            named.extend(context.map(|it| it.join(".dockerignore")));
        }
    }
    if document.format == "dockerfile" {
        named.insert(folder.join(format!("{}.dockerignore", path.name_text())));
    }
    named
}

/// The Dockerfile of a build, and its context. In a compose file the one is relative to the other, in devcontainer.json both
/// are relative to the file.
pub(super) fn dockerfile(
    folder: &AbsPath,
    format: &str,
    build: &declared::Build,
) -> Option<(AbsPath, AbsPath)> {
    let context = match &build.context {
        Some(context) => folder.join(plain(&context.text)?),
        None => folder.clone(),
    };
    let around = if matches!(format, "compose" | "skaffold") { &context } else { folder };
    let file = match &build.dockerfile {
        Some(file) => around.join(plain(&file.text)?),
        None => context.join("Dockerfile"),
    };
    Some((file, context))
}

/// A path without variables, on this machine.
fn plain(spelled: &str) -> Option<&str> {
    (!spelled.contains('$') && !spelled.contains("://") && !spelled.starts_with('~'))
        .then_some(spelled)
}

/// What the `.env` files beside compose files say, where any variable is asked for.
fn values(
    view: &View<'_>,
    files: &BTreeMap<AbsPath, Arc<Document>>,
) -> Asked<BTreeMap<AbsPath, BTreeMap<String, String>>> {
    let asking = files.iter().filter(|(_, it)| it.format == "compose" && it.text.contains('$'));
    let folders: BTreeSet<AbsPath> = asking.filter_map(|(path, _)| path.parent()).collect();
    let texts: Vec<_> = folders.into_iter().map(|it| (view.text(&it.join(".env")), it)).collect();
    let mut values = BTreeMap::new();
    for (text, folder) in texts {
        let Reply::Known(text) = text? else { continue };
        let pairs = text.lines().filter_map(|line| {
            let line = line.trim();
            let line = line.strip_prefix("export ").unwrap_or(line);
            let (name, value) = line.split_once('=').filter(|_| !line.starts_with('#'))?;
            let value = value.trim().trim_matches(['"', '\'']);
            Some((name.trim().to_owned(), value.to_owned()))
        });
        values.insert(folder, pairs.collect());
    }
    Ok(values)
}
