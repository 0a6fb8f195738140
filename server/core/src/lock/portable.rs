//! For which platforms and Pythons a lock holds files (*Binary distribution format*, *Platform compatibility tags*): what has no
//! source can be installed only where one of its wheels fits.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use super::{
    Belongs, Lock, Package,
    needed::{Asked, needed},
};
use crate::{
    standard::{
        marker::{Marker, MarkerEnvironment, Verdict},
        version::{Specifiers, Version},
    },
    text::Span,
    tree::Node,
};

/// A locked distribution that cannot be installed on a platform or with a Python which the lock was made for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unportable {
    /// Where the lock names it.
    pub span: Span,
    pub name: Arc<str>,
    pub version: Option<String>,
    /// Where it lacks one, sorted: `Linux`, `macOS x86_64`: the machine where the lock names it; `Python 3.13`.
    pub platforms: Vec<String>,
    /// For which platforms there are wheels, and of which Pythons, where that matters.
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

/// What the lock says nothing of: whatever platform it is.
const ANYWHERE: &str = "";

/// What cannot be installed everywhere where the lock says that it can be. Nothing is found where the lock names neither platforms
/// nor Pythons.
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
    let asked = everything(lock, project, base);
    let mut found: BTreeMap<Span, (&Package, Vec<Lack<'_>>)> = BTreeMap::new();
    let with_python = pythons(format, lock, base).into_iter().map(Some);
    // What lacks a file whatever the Python is comes first, for nothing more is said of it then.
    for python in std::iter::once(None).chain(with_python) {
        let base = python.map_or_else(|| base.clone(), |minor| with(base, minor));
        for (system, machines) in claimed(lock, &base) {
            if system == ANYWHERE && python.is_none() {
                continue;
            }
            let mut lacking: Option<Vec<&Package>> = None;
            for machine in &machines {
                let lacks = |it: &&Package| {
                    let only = it.only_for.as_ref();
                    only.is_some_and(|all| !all.iter().any(|it| fits(it, python, system, machine)))
                };
                let mut here: Vec<&Package> = lock.packages.iter().filter(lacks).collect();
                if !here.is_empty() {
                    let environment = environment(&base, (system, machine));
                    let asked = Asked { environment, ..asked.clone() };
                    let Some(needed) = needed(format, lock, &asked) else { return Vec::new() };
                    here.retain(|one| needed.values().any(|it| std::ptr::eq(*it, *one)));
                }
                // A system without word of machines is served by a file for any of them.
                lacking = Some(match lacking {
                    None => here,
                    Some(before) => {
                        let is_both =
                            |it: &&Package| here.iter().any(|one| std::ptr::eq(*one, *it));
                        before.into_iter().filter(is_both).collect()
                    }
                });
            }
            let machine = if let [one] = &*machines { Some(*one) } else { None };
            for package in lacking.unwrap_or_default() {
                let (_, lacks) = found.entry(package.name_span).or_insert((package, Vec::new()));
                let is_said = |it: &Lack<'_>| it.python.is_none() && it.system == system;
                if !lacks.iter().any(is_said) {
                    lacks.push(Lack { python, system, machine });
                }
            }
        }
    }
    found.into_values().map(|(package, lacks)| told(package, &lacks)).collect()
}

/// Where something lacks a file.
struct Lack<'lock> {
    /// The Python's minor version, where it matters.
    python: Option<u64>,
    system: &'lock str,
    machine: Option<&'lock str>,
}

fn told(package: &Package, lacks: &[Lack<'_>]) -> Unportable {
    let mut platforms: Vec<String> = lacks.iter().map(Lack::shown).collect();
    platforms.sort();
    platforms.dedup();
    let mut there = there(package);
    if lacks.iter().any(|it| it.python.is_some()) {
        // Of one without its lock only the ABI tells.
        let named = tags(package).map(|it| if it.1.ends_with('t') { it.1 } else { it.0 });
        let pythons: BTreeSet<&str> = named.flat_map(|it| it.split('.')).collect();
        there.extend(pythons.iter().map(|it| format!("`{it}`")));
    }
    Unportable {
        span: package.name_span,
        name: Arc::clone(&package.name),
        version: package.version.clone(),
        platforms,
        there,
    }
}

impl Lack<'_> {
    fn shown(&self) -> String {
        let python = self.python.map(|it| format!("Python 3.{it}"));
        match (python, self.system) {
            (Some(python), ANYWHERE) => python,
            (Some(python), _) => format!("{} with {python}", shown(self.system, self.machine)),
            (None, _) => shown(self.system, self.machine),
        }
    }
}

/// The minor versions of Python 3 that the lock is surely for: all between two bounds; without an upper bound the oldest, and those
/// up to the one in use. A lock of several targets has a range for each, and of other implementations nothing is said.
fn pythons(format: &str, lock: &Lock, base: &MarkerEnvironment) -> Vec<u64> {
    let is_other = base.implementation_name.as_deref().is_some_and(|it| it != "cpython");
    let stated = lock.requires_python.as_ref().filter(|_| format != "pdm" && !is_other);
    let Some(specifiers) = stated.and_then(|it| Specifiers::parse(&it.text).ok()) else {
        return Vec::new();
    };
    let admits = |minor: &u64| patched(*minor).is_some_and(|it| specifiers.admits(&it));
    let used = base.python_full_version.as_ref().and_then(|it| it.release().get(1).copied());
    let mut all: Vec<u64> = (0..=FAR).filter(admits).collect();
    let oldest = all.first().copied().unwrap_or_default();
    if admits(&FAR) {
        all.retain(|it| *it <= used.unwrap_or_default().max(oldest));
    }
    if oldest == 0 {
        // Nobody thought of a lower bound.
        all.retain(|it| Some(*it) == used);
    }
    all
}

/// A minor version that nobody means to exclude.
const FAR: u64 = 60;

/// A late patch of a minor version, which bounds on patches mostly admit.
fn patched(minor: u64) -> Option<Version> {
    Version::parse(&format!("3.{minor}.99"))
}

/// The environment, with another CPython.
fn with(base: &MarkerEnvironment, minor: u64) -> MarkerEnvironment {
    MarkerEnvironment {
        python_full_version: patched(minor),
        implementation_name: Some("cpython".to_owned()),
        implementation_version: patched(minor),
        platform_python_implementation: Some("CPython".to_owned()),
        ..base.clone()
    }
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
    if lock.platforms.is_empty() {
        claimed.insert((ANYWHERE, vec![ANYWHERE]));
    }
    for marker in lock.platforms.iter().filter_map(|it| Marker::parse(it, 0).ok()) {
        let holds = |it: &&Platform| marker.judge(&environment(base, **it)) == Verdict::Holds;
        let held: Vec<Platform> = PLATFORMS.iter().filter(holds).copied().collect();
        let of = |system: &str| -> Vec<&'static str> {
            held.iter().filter(|it| it.0 == system).map(|it| it.1).collect()
        };
        if SYSTEMS.iter().all(|it| !of(it).is_empty()) {
            // It says nothing of platforms.
            claimed.insert((ANYWHERE, vec![ANYWHERE]));
            continue;
        }
        claimed.extend(SYSTEMS.into_iter().map(|it| (it, of(it))).filter(|it| !it.1.is_empty()));
    }
    claimed
}

/// The environment, on another platform.
fn environment(base: &MarkerEnvironment, (system, machine): Platform) -> MarkerEnvironment {
    if system == ANYWHERE {
        return base.clone();
    }
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

/// The Python, ABI and platform tags of a package's wheels, each of which may be several.
fn tags(package: &Package) -> impl Iterator<Item = (&str, &str, &str)> {
    package.only_for.iter().flat_map(|it| it.iter()).map(|it| split(it))
}

fn split(wheel: &str) -> (&str, &str, &str) {
    let (before, platforms) = wheel.rsplit_once('-').unwrap_or(("", wheel));
    let (python, abi) = before.rsplit_once('-').unwrap_or((before, ""));
    (python, abi, platforms)
}

/// Whether a wheel of these tags can be installed: with a CPython of that minor version, or any Python; on a platform, or anywhere.
fn fits(wheel: &str, python: Option<u64>, system: &str, machine: &str) -> bool {
    let (pythons, abis, platforms) = split(wheel);
    let suits =
        |minor: u64| pythons.split('.').any(|it| abis.split('.').any(|abi| is_for(it, abi, minor)));
    let serves = |it: &str| it == "any" || system == ANYWHERE || is_on(it, system, machine);
    python.is_none_or(suits) && platforms.split('.').any(serves)
}

/// Whether a CPython of this minor version, with its lock (*Platform compatibility tags*: Python tag, ABI tag), takes such a wheel.
/// What is not known is taken to fit.
fn is_for(python: &str, abi: &str, minor: u64) -> bool {
    let number = |prefix: &str| python.strip_prefix(prefix)?.parse::<u64>().ok();
    if ["pp", "graalpy", "jy", "ip", "py2", "cp2"].iter().any(|it| python.starts_with(it)) {
        return false;
    }
    if let Some(least) = number("py3") {
        return least <= minor;
    }
    let Some(built) = number("cp3") else { return true };
    match abi {
        "abi3" => built <= minor,
        "none" => built == minor,
        // Without a lock it is another ABI (PEP 703).
        _ if abi.starts_with("cp3") => built == minor && !abi.ends_with('t'),
        _ => true,
    }
}

/// Whether a binary of that platform tag runs on a platform.
fn is_on(tag: &str, system: &str, machine: &str) -> bool {
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
    let tags: BTreeSet<&str> =
        tags(package).flat_map(|it| it.2.split('.')).filter(|it| *it != "any").collect();
    let mut there = BTreeSet::new();
    for tag in tags {
        let known = PLATFORMS.iter().filter(|it| is_on(tag, it.0, it.1));
        let before = there.len();
        there.extend(known.map(|it| shown(it.0, Some(it.1))));
        if there.len() == before && !PLATFORMS.iter().any(|it| is_on(tag, it.0, it.1)) {
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

/// The tags of a locked distribution's wheels, where it can be installed by one of these only: `None` where there is a source, a
/// wheel for every platform and Python, or no list of files.
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
            // The name and the version stand before them, and perhaps the number of a build.
            let before = stem.rmatch_indices('-').nth(2).map_or(0, |it| it.0 + 1);
            let wheel = stem.get(before..).unwrap_or(stem);
            let (python, abi, platforms) = split(wheel);
            if platforms == "any" && abi == "none" && python.split('.').any(|it| it == "py3") {
                return None;
            }
            tags.insert(wheel);
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
