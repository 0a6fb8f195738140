//! What an environment should hold by its lock, and how it differs from what it holds.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::{Belongs, Lock, Package, Source};
use crate::{
    standard::{
        marker::{Marker, MarkerEnvironment, Verdict},
        name::normalised,
        version::Version,
    },
    world::Inventory,
};

/// What is to be installed from a lock, and for which interpreter.
#[derive(Clone, Debug)]
pub struct Asked<'text> {
    /// The project itself.
    pub project: Option<&'text str>,
    pub environment: MarkerEnvironment,
    pub groups: Vec<String>,
    pub extras: Vec<String>,
}

/// How an environment differs from a lock. Sorted by name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Differences {
    /// Name and locked version.
    pub missing: Vec<(String, Option<String>)>,
    /// Name, locked and installed version.
    pub other: Vec<(String, String, String)>,
    /// Installed, but not in the lock at all.
    pub extra: Vec<String>,
}

impl Differences {
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.missing.is_empty() && self.other.is_empty() && self.extra.is_empty()
    }
}

/// What comes with an environment itself and is no matter of a lock.
const SEEDS: &[&str] = &["pip", "setuptools", "wheel", "uv", "distribute"];

/// What is to be installed, by name. `None` where the lock does not tell.
pub(super) fn needed<'lock>(
    format: &str,
    lock: &'lock Lock,
    asked: &Asked<'_>,
) -> Option<BTreeMap<&'lock str, &'lock Package>> {
    match format {
        "uv" => walked(lock, asked),
        "poetry" | "pdm" | "pipfile" | "pylock" => listed(lock, asked),
        // What conda installs is not written down where the rest is.
        _ => None,
    }
}

/// Compares an environment with a lock. `None` where the lock does not tell what is needed.
#[must_use]
pub fn differences(
    format: &str,
    lock: &Lock,
    asked: &Asked<'_>,
    installed: &Inventory,
) -> Option<Differences> {
    let needed = needed(format, lock, asked)?;
    let mut differences = Differences::default();
    for (name, package) in &needed {
        match installed.distributions.get(*name).map(Vec::as_slice) {
            None | Some([]) if package.source != Source::Virtual => {
                differences.missing.push(((*name).to_owned(), package.version.clone()));
            }
            None | Some([]) => {}
            Some(found) => {
                let Some(version) = package.version.as_deref() else { continue };
                // Of a folder's version its own files tell, and of several one that fits is enough.
                let own =
                    matches!(package.source, Source::Editable | Source::Virtual | Source::Path);
                if own || found.iter().any(|it| is_same(&it.version, version)) {
                    continue;
                }
                let found = found.last().map_or(String::new(), |it| it.version.to_string());
                differences.other.push(((*name).to_owned(), version.to_owned(), found));
            }
        }
    }
    let locked: BTreeSet<&str> = lock.packages.iter().map(|it| &*it.name).collect();
    let own = asked.project.map(normalised);
    for name in installed.distributions.keys() {
        let belongs = locked.contains(&**name) || SEEDS.contains(&&**name);
        if !belongs && own.as_deref() != Some(&**name) {
            differences.extra.push(name.to_string());
        }
    }
    Some(differences)
}

fn is_same(one: &str, other: &str) -> bool {
    match (Version::parse(one), Version::parse(other)) {
        (Some(one), Some(other)) => one == other,
        _ => one == other,
    }
}

/// Judges conditions for one environment. A large lock repeats a few thousands of times, so each is judged once.
struct Judge<'lock> {
    environment: MarkerEnvironment,
    judged: BTreeMap<&'lock str, Verdict>,
}

impl<'lock> Judge<'lock> {
    fn of(environment: MarkerEnvironment) -> Judge<'lock> {
        Judge { environment, judged: BTreeMap::new() }
    }

    /// One that cannot be read is not known to hold.
    fn verdict(&mut self, marker: &'lock str) -> Verdict {
        let environment = &self.environment;
        *self.judged.entry(marker).or_insert_with(|| {
            Marker::parse(marker, 0).map_or(Verdict::Unknown, |it| it.judge(environment))
        })
    }

    /// Whether one of several conditions holds; none at all always does.
    fn any_holds(&mut self, markers: impl IntoIterator<Item = &'lock String>) -> bool {
        let mut is_empty = true;
        for marker in markers {
            is_empty = false;
            if self.verdict(marker) == Verdict::Holds {
                return true;
            }
        }
        is_empty
    }
}

/// From the project along everything that is needed: such a lock says of each package what it needs.
fn walked<'lock>(
    lock: &'lock Lock,
    asked: &Asked<'_>,
) -> Option<BTreeMap<&'lock str, &'lock Package>> {
    if lock.workspace.as_ref().is_some_and(|it| !it.conflicts.is_empty()) {
        // Its markers speak of extras of other packages.
        return None;
    }
    let mut by_name: BTreeMap<&str, Vec<&Package>> = BTreeMap::new();
    for package in &lock.packages {
        by_name.entry(&package.name).or_default().push(package);
    }
    let root = normalised(asked.project?);
    let root = by_name.get(root.as_str())?.iter().find(|it| it.declares.is_some())?;
    let mut judge = Judge::of(asked.environment.clone());
    let mut needed: BTreeMap<&str, &Package> = BTreeMap::new();
    let mut done: BTreeSet<(&str, Option<String>)> = BTreeSet::new();
    let mut next: VecDeque<(&Package, Belongs)> = VecDeque::from([(*root, Belongs::Always)]);
    let own = asked.extras.iter().map(|it| (*root, Belongs::Extra(normalised(it))));
    next.extend(own.chain(asked.groups.iter().map(|it| (*root, Belongs::Group(normalised(it))))));
    while let Some((package, part)) = next.pop_front() {
        for dependency in package.dependencies.iter().filter(|it| it.of == part) {
            if !judge.any_holds(&dependency.marker) {
                continue;
            }
            let candidates = by_name.get(dependency.name.as_str()).map_or(&[][..], Vec::as_slice);
            let version = dependency.version.as_deref();
            let mut fits = |it: &'lock Package| {
                (version.is_none() || it.version.as_deref() == version)
                    && judge.any_holds(&it.markers)
            };
            let Some(found) = candidates.iter().find(|it| fits(it)) else { continue };
            needed.insert(&found.name, found);
            let extras = dependency.extras.iter().map(|it| Some(normalised(it)));
            for extra in std::iter::once(None).chain(extras) {
                if done.insert((&found.name, extra.clone())) {
                    next.push_back((found, extra.map_or(Belongs::Always, Belongs::Extra)));
                }
            }
        }
    }
    if root.source != Source::Virtual {
        needed.insert(&root.name, root);
    }
    Some(needed)
}

/// Such a lock says of each package which groups it belongs to, and when it applies.
fn listed<'lock>(
    lock: &'lock Lock,
    asked: &Asked<'_>,
) -> Option<BTreeMap<&'lock str, &'lock Package>> {
    let extras = asked.extras.iter().cloned();
    let mut judge = Judge::of(asked.environment.clone().with_extras(extras));
    let named = asked.groups.iter().chain(&asked.extras).map(|it| normalised(it));
    let mut wanted: BTreeSet<String> = named.collect();
    if wanted.contains("dev") {
        // As pipenv calls it in its lock.
        wanted.insert("develop".to_owned());
    }
    wanted.extend(["main", "default"].map(str::to_owned));
    let mut needed = BTreeMap::new();
    for package in &lock.packages {
        let groups = package.groups.as_ref()?;
        let is_wanted =
            groups.is_empty() || groups.iter().any(|it| wanted.contains(&normalised(it)));
        if is_wanted && judge.any_holds(&package.markers) {
            needed.insert(&*package.name, package);
        }
    }
    Some(needed)
}
