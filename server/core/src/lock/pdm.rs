//! `pdm.lock` (PDM's documentation, *Lock file*; `pdm.project.lockfile` writes version 4.5.1).

use super::{
    Belongs, Dependency, Format, Lock, Package, Source, portable::only_for, stated, tree, up_to,
};
use crate::standard::requirement;

pub(super) static FORMAT: Format = Format {
    name: "pdm",
    summary: "`pdm.lock`",
    globs: &["pdm.lock", "pdm.*.lock"],
    matches: |name| name == "pdm.lock" || (name.starts_with("pdm.") && name.ends_with(".lock")),
    of: Some(("pdm", "pdm.lock")),
    understands: |version| up_to(4)(version),
    read,
};

fn read(text: &str) -> Lock {
    let tree = tree::toml(text);
    let root = tree.root();
    let packages = root.get("package").into_iter().flat_map(tree::Node::elements);
    let targets = root.at(&["metadata", "targets"]);
    let mut targets = targets.into_iter().flat_map(tree::Node::elements);
    let target = targets.next().filter(|_| targets.next().is_none());
    drop(targets);
    let lock = Lock {
        version: stated(root, &["metadata", "lock_version"]),
        requires_python: target.and_then(|it| stated(it, &["requires_python"])),
        hash: stated(root, &["metadata", "content_hash"]),
        maker: root.at(&["metadata", "lock_inputs"]).map(|_| "lock_inputs".to_owned()),
        platforms: platforms(root),
        packages: packages.filter_map(|it| package(it, text)).collect(),
        ..Lock::default()
    };
    Lock { troubles: tree.troubles, ..lock }
}

/// The platforms of the targets that it was locked for (PDM, *Lock for specific platforms or Python versions*), as markers.
fn platforms(root: tree::Node<'_, '_>) -> Vec<String> {
    let targets = root.at(&["metadata", "targets"]);
    let platforms = targets.into_iter().flat_map(tree::Node::elements);
    let platforms = platforms.filter_map(|it| it.text_of("platform"));
    platforms.filter_map(marker_of).collect()
}

fn marker_of(platform: &str) -> Option<String> {
    let systems = [
        ("manylinux", "linux"),
        ("musllinux", "linux"),
        ("linux", "linux"),
        ("alpine", "linux"),
        ("macos", "darwin"),
        ("windows", "win32"),
    ];
    let (_, system) = systems.into_iter().find(|it| platform.starts_with(it.0))?;
    let machines = [
        ("_x86_64", "x86_64"),
        ("_aarch64", "aarch64"),
        ("_arm64", if system == "win32" { "ARM64" } else { "arm64" }),
        ("_amd64", "AMD64"),
    ];
    let machine = machines.into_iter().find(|it| platform.ends_with(it.0));
    let machine = machine.map(|it| format!(" and platform_machine == '{}'", it.1));
    Some(format!("sys_platform == '{system}'{}", machine.unwrap_or_default()))
}

fn package(node: tree::Node<'_, '_>, text: &str) -> Option<Package> {
    let mut package = Package::read(node)?;
    package.only_for = only_for(node, text);
    package.source = if node.get("git").is_some() {
        Source::Git
    } else if node.get("url").is_some() {
        Source::Url
    } else if node.get("path").is_some() {
        Source::Path
    } else {
        Source::Index
    };
    package.extras = node.texts("extras");
    package.markers.extend(node.text_of("marker").map(str::to_owned));
    package.groups = node.get("groups").map(|_| node.texts("groups"));
    for line in node.texts("dependencies") {
        let Ok(requirement) = requirement::parse(&line, 0) else { continue };
        package.dependencies.push(Dependency {
            name: requirement.name.to_string(),
            version: Some(requirement.specifiers.to_string()).filter(|it| !it.is_empty()),
            marker: requirement.marker.as_ref().map(|it| it.spelled().to_owned()),
            extras: requirement.extras.into_iter().map(|it| it.0).collect(),
            of: Belongs::Always,
        });
    }
    Some(package)
}
