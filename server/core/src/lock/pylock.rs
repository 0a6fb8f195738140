//! `pylock.toml` and `pylock.*.toml` (*pylock.toml specification*).

use super::{
    Dependency, Format, Lock, Package, Source, Trouble, portable::only_for, stated, tree, up_to,
};
use crate::{standard::name::normalised, text::Span};

pub(super) static FORMAT: Format = Format {
    name: "pylock",
    summary: "`pylock.toml` and `pylock.NAME.toml`, the standard's lock",
    globs: &["pylock.toml", "pylock.*.toml"],
    matches: |name| {
        let between = name.strip_prefix("pylock.").and_then(|it| it.strip_suffix(".toml"));
        name == "pylock.toml" || between.is_some_and(|it| !it.is_empty() && !it.contains('.'))
    },
    of: Some(("pip", "pylock.toml")),
    understands: |version| up_to(1)(version),
    read,
};

fn read(text: &str) -> Lock {
    let tree = tree::toml(text);
    let root = tree.root();
    let packages = root.get("packages").into_iter().flat_map(tree::Node::elements);
    let lock = Lock {
        version: stated(root, &["lock-version"]),
        requires_python: stated(root, &["requires-python"]),
        platforms: root.texts("environments"),
        hash: stated(root, &["tool", "pdm", "hashes", "sha256"]),
        packages: packages.filter_map(|it| package(it, text)).collect(),
        ..Lock::default()
    };
    let mut troubles = tree.troubles;
    // The two keys without which nobody may read it.
    for key in ["lock-version", "created-by"] {
        if troubles.is_empty() && tree_lacks(&lock, key, text) {
            troubles.push(Trouble { span: Span::new(0, 0), words: format!("`{key}` is missing") });
        }
    }
    Lock { troubles, ..lock }
}

fn tree_lacks(lock: &Lock, key: &str, text: &str) -> bool {
    match key {
        "lock-version" => lock.version.is_none(),
        key => !text.lines().any(|it| it.trim_start().starts_with(key)),
    }
}

fn package(node: tree::Node<'_, '_>, text: &str) -> Option<Package> {
    let mut package = Package::read(node)?;
    package.only_for = only_for(node, text);
    package.source = if node.get("vcs").is_some() {
        Source::Git
    } else if node.get("directory").is_some() {
        Source::Path
    } else if node.get("archive").is_some() {
        Source::Url
    } else {
        Source::Index
    };
    package.markers.extend(node.text_of("marker").map(str::to_owned));
    // Whoever installs from it takes all that applies; there are no groups but in markers.
    package.groups = Some(Vec::new());
    for dependency in node.get("dependencies").into_iter().flat_map(tree::Node::elements) {
        let Some(name) = dependency.text_of("name") else { continue };
        let version = dependency.text_of("version").map(str::to_owned);
        let name = normalised(name);
        package.dependencies.push(Dependency { name, version, ..Dependency::default() });
    }
    Some(package)
}
