//! `poetry.lock` (Poetry's documentation, *Basic usage*; `poetry.packages.locker` reads versions from 1 up to, not including, 3).

use super::{
    Belongs, Dependency, Format, Lock, Package, Source, portable::only_for, stated, tree, up_to,
};
use crate::standard::name::normalised;

pub(super) static FORMAT: Format = Format {
    name: "poetry",
    summary: "`poetry.lock`, of Poetry 1 and 2",
    globs: &["poetry.lock"],
    matches: |name| name == "poetry.lock",
    of: Some(("poetry", "poetry.lock")),
    understands: |version| up_to(2)(version),
    read,
};

fn read(text: &str) -> Lock {
    let tree = tree::toml(text);
    let root = tree.root();
    let packages = root.get("package").into_iter().flat_map(tree::Node::elements);
    // Only the comment at the top says which Poetry wrote it.
    let opening = text.lines().next().unwrap_or("");
    let maker = opening.split_once("Poetry ").and_then(|it| it.1.split_whitespace().next());
    let lock = Lock {
        version: stated(root, &["metadata", "lock-version"]),
        requires_python: stated(root, &["metadata", "python-versions"]),
        hash: stated(root, &["metadata", "content-hash"]),
        maker: maker.map(str::to_owned),
        packages: packages.filter_map(|it| package(it, text)).collect(),
        ..Lock::default()
    };
    Lock { troubles: tree.troubles, ..lock }
}

fn package(node: tree::Node<'_, '_>, text: &str) -> Option<Package> {
    let mut package = Package::read(node)?;
    package.only_for = only_for(node, text);
    package.source = match node.get("source").and_then(|it| it.text_of("type")) {
        Some("git") => Source::Git,
        Some("url") => Source::Url,
        Some("directory" | "file") => Source::Path,
        _ => Source::Index,
    };
    if let Some(groups) = node.get("groups") {
        package.groups =
            Some(groups.elements().filter_map(tree::Node::text).map(str::to_owned).collect());
    } else if let Some(category) = node.text_of("category") {
        package.groups = Some(vec![category.to_owned()]);
    }
    if let Some(markers) = node.get("markers") {
        // Where groups differ, each has its own.
        package.markers.extend(markers.text().map(str::to_owned));
        package.markers.extend(markers.entries().filter_map(|it| it.2.text()).map(str::to_owned));
    }
    let dependencies = node.get("dependencies");
    for (name, _, value) in dependencies.into_iter().flat_map(tree::Node::entries) {
        package.dependencies.push(Dependency {
            name: normalised(name),
            version: value.text().or_else(|| value.text_of("version")).map(str::to_owned),
            marker: value.text_of("markers").map(str::to_owned),
            extras: value.texts("extras"),
            of: Belongs::Always,
        });
    }
    let extras = node.get("extras");
    package.extras =
        extras.into_iter().flat_map(tree::Node::entries).map(|it| it.0.to_owned()).collect();
    Some(package)
}
