//! For which platforms a lock holds files (*Binary distribution format*, *Platform compatibility tags*): what has no source can be
//! installed only where one of its wheels fits.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use super::{
    Belongs, Lock, Package,
    needed::{Asked, needed},
};
use crate::{
    standard::marker::{Marker, MarkerEnvironment, Verdict},
    text::Span,
    tree::Node,
};

/// A locked distribution that cannot be installed on a platform which the lock was made for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unportable {
    /// Where the lock names it.
    pub span: Span,
    pub name: Arc<str>,
    pub version: Option<String>,
    /// Where it lacks one, sorted: `Linux`, `macOS x86_64`: the machine where the lock names it.
    pub platforms: Vec<String>,
    /// For which platforms there are wheels.
    pub there: Vec<String>,
}

/// A platform by what markers call it: `sys_platform`, `platform_machine`.
type Platform = (&'static str, &'static str);

/// The platforms that are thought of.
static PLATFORMS: &[Platform] = &[
    ("linux", "x86_64"),
    ("linux", "aarch64"),
    ("darwin", "arm64"),
    ("darwin", "x86_64"),
    ("win32", "AMD64"),
    ("win32", "ARM64"),
];
const SYSTEMS: [&str; 3] = ["linux", "darwin", "win32"];

/// What cannot be installed everywhere where the lock says that it can be. Nothing is found where the lock names no platform.
#[must_use]
pub fn unportable(
    format: &str,
    lock: &Lock,
    project: Option<&str>,
    base: &MarkerEnvironment,
) -> Vec<Unportable> {
    let is_bound = lock.packages.iter().any(|it| it.only_for.is_some());
    if !is_bound {
        return Vec::new();
    }
    let mut found: BTreeMap<Span, Unportable> = BTreeMap::new();
    let asked = everything(lock, project, base);
    for (system, machines) in claimed(lock, base) {
        let mut lacking: Option<Vec<&Package>> = None;
        for machine in &machines {
            let environment = environment(base, (system, machine));
            let asked = Asked { environment, ..asked.clone() };
            let Some(needed) = needed(format, lock, &asked) else { return Vec::new() };
            let lacks = |it: &&&Package| {
                let only = it.only_for.as_ref();
                only.is_some_and(|all| !all.iter().any(|it| fits(it, system, machine)))
            };
            let here: Vec<&Package> = needed.values().filter(lacks).copied().collect();
            // A system without word of machines is served by a file for any of them.
            lacking = Some(match lacking {
                None => here,
                Some(before) => {
                    let is_both = |it: &&Package| here.iter().any(|one| std::ptr::eq(*one, *it));
                    before.into_iter().filter(is_both).collect()
                }
            });
        }
        for package in lacking.unwrap_or_default() {
            let machine = match &*machines {
                [one] => Some(*one),
                _ => None,
            };
            let one = found.entry(package.name_span).or_insert_with(|| Unportable {
                span: package.name_span,
                name: Arc::clone(&package.name),
                version: package.version.clone(),
                platforms: Vec::new(),
                there: there(package),
            });
            one.platforms.push(shown(system, machine));
        }
    }
    for one in found.values_mut() {
        one.platforms.sort();
        one.platforms.dedup();
    }
    found.into_values().collect()
}

/// All groups and extras that the lock has of the project.
fn everything<'text>(
    lock: &Lock,
    project: Option<&'text str>,
    base: &MarkerEnvironment,
) -> Asked<'text> {
    let (mut groups, mut extras) = (BTreeSet::new(), BTreeSet::new());
    for package in &lock.packages {
        groups.extend(package.groups.iter().flatten().cloned());
        if package.declares.is_none() {
            continue;
        }
        for dependency in &package.dependencies {
            match &dependency.of {
                Belongs::Group(name) => drop(groups.insert(name.clone())),
                Belongs::Extra(name) => drop(extras.insert(name.clone())),
                Belongs::Always => {}
            }
        }
    }
    let (groups, extras) = (groups.into_iter().collect(), extras.into_iter().collect());
    Asked { project, environment: base.clone(), groups, extras }
}

/// The systems that the lock names, each with the machines that are meant: all of them where it says nothing of machines.
fn claimed(lock: &Lock, base: &MarkerEnvironment) -> BTreeSet<(&'static str, Vec<&'static str>)> {
    let mut claimed = BTreeSet::new();
    for marker in lock.platforms.iter().filter_map(|it| Marker::parse(it, 0).ok()) {
        let holds = |it: &&Platform| marker.judge(&environment(base, **it)) == Verdict::Holds;
        let held: Vec<Platform> = PLATFORMS.iter().filter(holds).copied().collect();
        let of = |system: &str| -> Vec<&'static str> {
            held.iter().filter(|it| it.0 == system).map(|it| it.1).collect()
        };
        if SYSTEMS.iter().all(|it| !of(it).is_empty()) {
            // It says nothing of platforms.
            continue;
        }
        claimed.extend(SYSTEMS.into_iter().map(|it| (it, of(it))).filter(|it| !it.1.is_empty()));
    }
    claimed
}

/// The environment, on another platform.
fn environment(base: &MarkerEnvironment, (system, machine): Platform) -> MarkerEnvironment {
    let (os_name, platform_system) = match system {
        "win32" => ("nt", "Windows"),
        "darwin" => ("posix", "Darwin"),
        _ => ("posix", "Linux"),
    };
    MarkerEnvironment {
        os_name: Some(os_name.to_owned()),
        sys_platform: Some(system.to_owned()),
        platform_system: Some(platform_system.to_owned()),
        platform_machine: Some(machine.to_owned()),
        platform_release: None,
        platform_version: None,
        ..base.clone()
    }
}

/// Whether a wheel of that platform tag can be installed on a platform.
fn fits(tag: &str, system: &str, machine: &str) -> bool {
    let of = match system {
        "linux" => tag.contains("linux"),
        "darwin" => tag.starts_with("macosx"),
        _ => tag.starts_with("win"),
    };
    let machine = machine.to_ascii_lowercase();
    // Binaries of macOS may hold several (*Platform compatibility tags*: macOS).
    let both = system == "darwin" && tag.ends_with("universal2");
    let old = ["intel", "fat64", "fat3", "universal"];
    let older = machine == "x86_64" && system == "darwin" && old.iter().any(|it| tag.ends_with(it));
    of && (tag.ends_with(&machine) || both || older)
}

/// The platforms of a package's wheels, as a person calls them.
fn there(package: &Package) -> Vec<String> {
    let tags = package.only_for.iter().flat_map(|it| it.iter());
    let mut there = BTreeSet::new();
    for tag in tags {
        let known = PLATFORMS.iter().filter(|it| fits(tag, it.0, it.1));
        let before = there.len();
        there.extend(known.map(|it| shown(it.0, Some(it.1))));
        if there.len() == before && !PLATFORMS.iter().any(|it| fits(tag, it.0, it.1)) {
            there.insert(format!("`{tag}`"));
        }
    }
    there.into_iter().collect()
}

fn shown(system: &str, machine: Option<&str>) -> String {
    let system = match system {
        "win32" => "Windows",
        "darwin" => "macOS",
        _ => "Linux",
    };
    machine.map_or_else(|| system.to_owned(), |it| format!("{system} {it}"))
}

/// The platform tags of a locked distribution's wheels, where it can be installed by one of these only: `None` where there is a
/// source, a wheel for every platform, or no list of files.
pub(super) fn only_for(node: Node<'_, '_>, text: &str) -> Option<Box<[Box<str>]>> {
    if ["sdist", "archive", "vcs", "directory"].iter().any(|it| node.get(it).is_some()) {
        return None;
    }
    let mut tags: BTreeSet<&str> = BTreeSet::new();
    for list in ["wheels", "files"].iter().filter_map(|it| node.get(it)) {
        let named = list.elements().filter_map(|file| {
            ["name", "file", "url", "path", "filename"].iter().find_map(|it| file.text_of(it))
        });
        for file in quoted(text, list.span()).chain(named) {
            let file = file.split(['#', '?']).next().unwrap_or(file);
            let file = file.rsplit(['/', '\\']).next().unwrap_or(file);
            if [".tar.gz", ".zip", ".tar.bz2", ".tgz", ".tar.xz"]
                .iter()
                .any(|it| file.ends_with(it))
            {
                return None;
            }
            let Some(stem) = file.strip_suffix(".whl") else { continue };
            let platforms = stem.rsplit('-').next().unwrap_or_default();
            if platforms == "any" {
                return None;
            }
            tags.extend(platforms.split('.'));
        }
    }
    (!tags.is_empty()).then(|| tags.into_iter().map(Into::into).collect())
}

/// The strings of a list that is not read as what it is, for it is long.
fn quoted(text: &str, span: Span) -> impl Iterator<Item = &str> {
    let list = text.get(span.start..span.end).unwrap_or("");
    let list = if list.starts_with('[') { list } else { "" };
    list.split(['"', '\'']).skip(1).step_by(2)
}
