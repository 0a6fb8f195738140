//! `uv.lock` (uv, *Projects: lockfile*; the format is uv's own and described by what uv writes).

pub(super) mod compare;
pub(super) mod project;

use std::collections::BTreeMap;

use super::{
    Belongs, Declares, Dependency, Format, Lock, Package, Source, Workspace, declared::Declared,
    portable::only_for, stated, tree, up_to,
};
use crate::standard::name::normalised;

pub(super) static FORMAT: Format = Format {
    name: "uv",
    summary: "`uv.lock`, with what each member of the workspace declared",
    globs: &["uv.lock"],
    matches: |name| name == "uv.lock",
    of: Some(("uv", "uv.lock")),
    understands: |version| up_to(1)(version),
    read,
};

fn read(text: &str) -> Lock {
    let tree = tree::toml(text);
    let root = tree.root();
    let packages = root.get("package").into_iter().flat_map(tree::Node::elements);
    let lock = Lock {
        version: stated(root, &["version"]),
        requires_python: stated(root, &["requires-python"]),
        packages: packages.filter_map(|it| package(it, text)).collect(),
        platforms: [root.texts("supported-markers"), root.texts("required-markers")].concat(),
        workspace: Some(Box::new(workspace(root))),
        ..Lock::default()
    };
    Lock { troubles: tree.troubles, ..lock }
}

fn package(node: tree::Node<'_, '_>, text: &str) -> Option<Package> {
    let mut package = Package::read(node)?;
    package.only_for = only_for(node, text);
    let mut folder = "";
    for (key, _, value) in node.get("source").into_iter().flat_map(tree::Node::entries) {
        package.source = match key {
            "registry" => Source::Index,
            "git" => Source::Git,
            "url" => Source::Url,
            "editable" => Source::Editable,
            "virtual" => Source::Virtual,
            "path" | "directory" => Source::Path,
            _ => continue,
        };
        folder = value.text().unwrap_or("");
    }
    package.markers = node.texts("resolution-markers");
    for key in ["dependencies", "optional-dependencies", "dev-dependencies"] {
        let Some(value) = node.get(key) else { continue };
        package.dependencies.extend(value.elements().map(|it| dependency(it, Belongs::Always)));
        for (of, _, list) in value.entries() {
            let of = match key {
                "dev-dependencies" => Belongs::Group(of.to_owned()),
                _ => Belongs::Extra(of.to_owned()),
            };
            package.dependencies.extend(list.elements().map(|it| dependency(it, of.clone())));
        }
    }
    if matches!(package.source, Source::Editable | Source::Virtual | Source::Path) {
        let metadata = node.get("metadata");
        let mut declares = Declares { folder: folder.to_owned(), ..Declares::default() };
        if let Some(metadata) = metadata {
            declares.requires = requirements(metadata.get("requires-dist"));
            declares.groups = groups(metadata.get("requires-dev"));
            declares.extras = metadata.texts("provides-extras");
        }
        package.declares = Some(Box::new(declares));
    }
    Some(package)
}

fn dependency(node: tree::Node<'_, '_>, of: Belongs) -> Dependency {
    Dependency {
        name: node.text_of("name").unwrap_or("").to_owned(),
        version: node.text_of("version").map(str::to_owned),
        marker: node.text_of("marker").map(str::to_owned),
        extras: node.texts("extra"),
        of,
    }
}

fn requirements(list: Option<tree::Node<'_, '_>>) -> Vec<Declared> {
    list.into_iter().flat_map(tree::Node::elements).filter_map(Declared::locked).collect()
}

fn groups(table: Option<tree::Node<'_, '_>>) -> BTreeMap<String, Vec<Declared>> {
    let entries = table.into_iter().flat_map(tree::Node::entries);
    entries.map(|(name, _, list)| (name.to_owned(), requirements(Some(list)))).collect()
}

fn workspace(root: tree::Node<'_, '_>) -> Workspace {
    let mut workspace = Workspace {
        environments: root.texts("supported-markers"),
        required_environments: root.texts("required-markers"),
        conflicts: conflicts(root.get("conflicts")),
        ..Workspace::default()
    };
    if let Some(manifest) = root.get("manifest") {
        workspace.members = manifest.texts("members");
        workspace.requires = requirements(manifest.get("requirements"));
        workspace.groups = groups(manifest.get("dependency-groups"));
        workspace.constraints = requirements(manifest.get("constraints"));
        workspace.overrides = requirements(manifest.get("overrides"));
        workspace.build_constraints = requirements(manifest.get("build-constraints"));
        workspace.excludes = manifest.texts("excludes");
    }
    for (key, _, value) in root.get("options").into_iter().flat_map(tree::Node::entries) {
        let value = value.word().unwrap_or("").to_owned();
        workspace.options.insert(key.to_owned(), value);
    }
    workspace
}

/// Sets of extras and groups that cannot be installed together; manifest and lock write them alike.
fn conflicts(list: Option<tree::Node<'_, '_>>) -> Vec<String> {
    let sets = list.into_iter().flat_map(tree::Node::elements).map(|set| {
        let mut parts: Vec<String> = set
            .elements()
            .filter_map(|it| {
                let kind = ["extra", "group"].into_iter().find(|kind| it.get(kind).is_some());
                let named = kind.and_then(|kind| it.text_of(kind)).map(normalised);
                Some(format!(
                    "{} {}",
                    kind.unwrap_or("package"),
                    named.or(it.text_of("package").map(normalised))?
                ))
            })
            .collect();
        parts.sort_unstable();
        parts.join(", ")
    });
    let mut sets: Vec<String> = sets.collect();
    sets.sort_unstable();
    sets
}
