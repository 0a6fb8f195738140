//! `pixi.lock` (pixi's documentation, *Lock file*; versions 4 to 6), YAML of conda and index packages by environment and
//! platform.

use std::collections::BTreeMap;

use super::{Dependency, Format, Lock, Package, Source, stated, tree, up_to};
use crate::standard::requirement;

pub(super) static FORMAT: Format = Format {
    name: "pixi",
    summary: "`pixi.lock`: what each environment of the project has on each platform",
    globs: &["pixi.lock"],
    matches: |name| name == "pixi.lock",
    of: Some(("pixi", "pixi.lock")),
    understands: |version| up_to(6)(version),
    read,
};

fn read(text: &str) -> Lock {
    let tree = tree::yaml(text);
    let root = tree.root();
    let environments = environments(root);
    let packages = root.get("packages").into_iter().flat_map(tree::Node::elements);
    let lock = Lock {
        version: stated(root, &["version"]),
        packages: packages.filter_map(|it| package(it, &environments)).collect(),
        ..Lock::default()
    };
    Lock { troubles: tree.troubles, ..lock }
}

/// By the address of a package, the environments and platforms that have it: `default/linux-64`.
fn environments<'tree>(root: tree::Node<'tree, '_>) -> BTreeMap<&'tree str, Vec<String>> {
    let mut environments: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for (name, _, environment) in root.get("environments").into_iter().flat_map(tree::Node::entries)
    {
        let platforms = environment.get("packages");
        for (platform, _, list) in platforms.into_iter().flat_map(tree::Node::entries) {
            for element in list.elements() {
                let address = element.entries().next().and_then(|it| it.2.text());
                let of = format!("{name}/{platform}");
                environments.entry(address.unwrap_or("")).or_default().push(of);
            }
        }
    }
    environments
}

fn package(
    node: tree::Node<'_, '_>,
    environments: &BTreeMap<&str, Vec<String>>,
) -> Option<Package> {
    let found = ["conda", "pypi"].iter().find_map(|kind| Some((*kind, node.get(kind)?)));
    // Before version 6, the kind stands by itself and the address under its own key.
    let kind = found.map(|it| it.0).or_else(|| node.text_of("kind"))?;
    let address = found.map(|it| it.1).or_else(|| node.get("url"))?;
    let spelled = address.text()?;
    let mut package = match node.get("name") {
        Some(_) => Package::read(node)?,
        None => {
            let (name, version) = file_name(spelled)?;
            let mut package = Package::new(name, address.span());
            package.version = Some(version.to_owned());
            package
        }
    };
    package.groups = Some(environments.get(spelled).cloned().unwrap_or_default());
    if kind == "conda" {
        package.source = Source::Conda;
        for needed in node.texts("depends") {
            let mut words = needed.split_whitespace();
            let name = words.next().unwrap_or("").to_owned();
            let version = words.next().map(str::to_owned);
            package.dependencies.push(Dependency { name, version, ..Dependency::default() });
        }
        return Some(package);
    }
    if spelled.starts_with('.') || spelled.starts_with('/') {
        package.source = Source::Path;
    }
    for line in node.texts("requires_dist") {
        let Ok(requirement) = requirement::parse(&line, 0) else { continue };
        package.dependencies.push(Dependency {
            name: requirement.name.to_string(),
            version: Some(requirement.specifiers.to_string()).filter(|it| !it.is_empty()),
            marker: requirement.marker.as_ref().map(|it| it.spelled().to_owned()),
            extras: requirement.extras.into_iter().map(|it| it.0).collect(),
            ..Dependency::default()
        });
    }
    Some(package)
}

/// Name and version of a conda package, from the name of its file: `name-version-build.conda`.
fn file_name(address: &str) -> Option<(&str, &str)> {
    let file = address.rsplit('/').next()?;
    let stem = file.strip_suffix(".conda").or_else(|| file.strip_suffix(".tar.bz2"))?;
    let (rest, _build) = stem.rsplit_once('-')?;
    rest.rsplit_once('-')
}
