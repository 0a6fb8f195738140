//! `conda-lock.yml` (conda-lock's documentation, *Output formats*; version 1 of the unified lock).

use super::{Dependency, Format, Lock, Package, Source, stated, tree, up_to};

pub(super) static FORMAT: Format = Format {
    name: "conda-lock",
    summary: "`conda-lock.yml`: what each platform of a conda environment has",
    globs: &["conda-lock.yml", "*.conda-lock.yml"],
    matches: |name| name == "conda-lock.yml" || name.ends_with(".conda-lock.yml"),
    of: Some(("conda", "conda-lock.yml")),
    understands: |version| up_to(1)(version),
    read,
};

fn read(text: &str) -> Lock {
    let tree = tree::yaml(text);
    let root = tree.root();
    let packages = root.get("package").into_iter().flat_map(tree::Node::elements);
    let hashes = root.at(&["metadata", "content_hash"]);
    let first = hashes.into_iter().flat_map(tree::Node::entries).next();
    let hash = first.and_then(|(_, _, node)| stated(node, &[]));
    let lock = Lock {
        version: stated(root, &["version"]),
        hash,
        packages: packages.filter_map(package).collect(),
        ..Lock::default()
    };
    Lock { troubles: tree.troubles, ..lock }
}

fn package(node: tree::Node<'_, '_>) -> Option<Package> {
    let mut package = Package::read(node)?;
    if node.text_of("manager") == Some("conda") {
        package.source = Source::Conda;
    }
    let platform = node.text_of("platform").unwrap_or("");
    let category = node.text_of("category").unwrap_or("main");
    package.groups = Some(vec![format!("{category}/{platform}")]);
    for (name, _, version) in node.get("dependencies").into_iter().flat_map(tree::Node::entries) {
        package.dependencies.push(Dependency {
            name: name.to_owned(),
            version: version.text().filter(|it| !it.is_empty()).map(str::to_owned),
            ..Dependency::default()
        });
    }
    Some(package)
}
