//! `Pipfile.lock` (pipenv's documentation, *Pipfile & Pipfile.lock*; version 6 of its specification).

use super::{Format, Lock, Package, Source, Stated, stated, tree, up_to};

pub(super) static FORMAT: Format = Format {
    name: "pipfile",
    summary: "`Pipfile.lock`",
    globs: &["Pipfile.lock"],
    matches: |name| name == "Pipfile.lock",
    of: Some(("pipenv", "Pipfile.lock")),
    understands: |version| up_to(6)(version),
    read,
};

fn read(text: &str) -> Lock {
    let tree = tree::json(text);
    let root = tree.root();
    let mut packages = Vec::new();
    for (category, _, table) in root.entries().filter(|it| it.0 != "_meta") {
        for (name, span, node) in table.entries() {
            let mut package = Package::new(name, span);
            package.groups = Some(vec![category.to_owned()]);
            if let Some(version) = node.get("version") {
                // One that no environment needs is locked as `*`.
                let exact = version.text().and_then(|it| it.strip_prefix("=="));
                package.version = exact.map(str::to_owned);
                package.version_span = version.span();
            }
            package.markers.extend(node.text_of("markers").map(str::to_owned));
            package.extras = node.texts("extras");
            package.source = if node.get("git").is_some() {
                Source::Git
            } else if node.get("path").is_some() {
                Source::Path
            } else if node.get("file").is_some() {
                Source::Url
            } else {
                Source::Index
            };
            packages.push(package);
        }
    }
    let python = stated(root, &["_meta", "requires", "python_version"]);
    let full = stated(root, &["_meta", "requires", "python_full_version"]);
    let bound = |it: Stated, end: &str| Stated { text: format!("=={}{end}", it.text), ..it };
    let lock = Lock {
        version: stated(root, &["_meta", "pipfile-spec"]),
        requires_python: full.map(|it| bound(it, "")).or_else(|| Some(bound(python?, ".*"))),
        hash: stated(root, &["_meta", "hash", "sha256"]),
        packages,
        ..Lock::default()
    };
    Lock { troubles: tree.troubles, ..lock }
}
