//! Whether two markers, or two sets of versions, mean the same, however they are written. Both are judged in every
//! environment in which a part of either could turn over: around each version and with each value that they name.

use std::collections::BTreeSet;

use super::{Comparison, Marker, MarkerEnvironment, Side, Variable, Verdict};
use crate::standard::version::{Bound, Specifiers, Version};

/// More environments than this are not tried; such markers count as the same.
const MOST_TRIED: usize = 20_000;

/// Whether two markers hold in the same environments, as far as the Pythons of `python` go. No marker holds always.
#[must_use]
pub fn agree(one: Option<&Marker>, other: Option<&Marker>, python: Option<&Specifiers>) -> bool {
    if one == other {
        return true;
    }
    let mut named = Named::default();
    for marker in [one, other].into_iter().flatten() {
        marker.tree.visit(&mut |comparison| named.read(comparison));
    }
    let environments = named.environments(python);
    environments.is_none_or(|environments| {
        environments.iter().all(|it| {
            let verdict =
                |marker: Option<&Marker>| marker.map_or(Verdict::Holds, |marker| marker.judge(it));
            verdict(one) == verdict(other)
        })
    })
}

/// Whether every Python that the first set admits is one that the second admits.
#[must_use]
pub fn within(one: &Specifiers, other: &Specifiers) -> bool {
    let bounds: BTreeSet<String> = [one, other].into_iter().flat_map(bounds).collect();
    let versions = around(&bounds);
    versions.iter().all(|it| !one.admits(it) || other.admits(it))
}

fn bounds(specifiers: &Specifiers) -> Vec<String> {
    let bound = |it: &Bound| match it {
        Bound::Version(version) | Bound::Prefix(version) => Some(version.to_string()),
        Bound::Text(_) => None,
    };
    specifiers.iter().filter_map(|it| bound(&it.bound)).collect()
}

/// The versions at, just before and just after each of these.
fn around(versions: &BTreeSet<String>) -> BTreeSet<Version> {
    let mut around = BTreeSet::new();
    for version in versions.iter().filter_map(|it| Version::parse(it)) {
        let at = |index: usize| version.release().get(index).copied().unwrap_or(0);
        let (major, minor, patch) = (at(0), at(1), at(2));
        let before = match (minor, patch) {
            (0, 0) => format!("{}.99.99", major.saturating_sub(1)),
            (_, 0) => format!("{major}.{}.99", minor.saturating_sub(1)),
            _ => format!("{major}.{minor}.{}", patch.saturating_sub(1)),
        };
        let near = [
            before,
            format!("{major}.{minor}.{patch}"),
            format!("{major}.{minor}.{}", patch + 1),
            format!("{major}.{minor}.99"),
            format!("{major}.{}.0", minor + 1),
            format!("{}.0.0", major + 1),
        ];
        around.extend(near.iter().filter_map(|it| Version::parse(it)));
    }
    around
}

/// What markers ask for, by the variables that they ask.
#[derive(Default)]
struct Named {
    python: BTreeSet<String>,
    platforms: BTreeSet<(Variable, String)>,
    implementations: BTreeSet<(Variable, String)>,
    machines: BTreeSet<String>,
    releases: BTreeSet<String>,
    system_versions: BTreeSet<String>,
    extras: BTreeSet<String>,
}

impl Named {
    fn read(&mut self, comparison: &Comparison) {
        let (variable, text) = match (&comparison.left, &comparison.right) {
            (Side::Variable(variable), Side::Text(text))
            | (Side::Text(text), Side::Variable(variable)) => (*variable, text.to_string()),
            _ => return,
        };
        match variable {
            Variable::PythonVersion
            | Variable::PythonFullVersion
            | Variable::ImplementationVersion => {
                let words = text.split([' ', ',', '|']).map(|it| it.trim_end_matches(".*"));
                self.python.extend(words.map(str::to_owned));
            }
            Variable::OsName | Variable::SysPlatform | Variable::PlatformSystem => {
                self.platforms.insert((variable, text));
            }
            Variable::ImplementationName | Variable::PlatformPythonImplementation => {
                self.implementations.insert((variable, text));
            }
            Variable::PlatformMachine => drop(self.machines.insert(text)),
            Variable::PlatformRelease => drop(self.releases.insert(text)),
            Variable::PlatformVersion => drop(self.system_versions.insert(text)),
            Variable::Extra => drop(self.extras.insert(text)),
            Variable::Extras | Variable::DependencyGroups => {}
        }
    }

    /// Every environment that matters; `None` where there are too many.
    fn environments(&self, python: Option<&Specifiers>) -> Option<Vec<MarkerEnvironment>> {
        let mut versions = self.python.clone();
        versions.extend(python.into_iter().flat_map(bounds));
        versions.insert("3.12.4".to_owned());
        let admitted = |it: &Version| python.is_none_or(|python| python.admits(it));
        let pythons: Vec<Version> = around(&versions).into_iter().filter(admitted).collect();
        let (platforms, implementations) = (self.platforms(), self.implementations());
        let machines = others(&self.machines);
        let (releases, systems) = (others(&self.releases), others(&self.system_versions));
        let extras = self.extras();
        let count = [
            pythons.len(),
            platforms.len(),
            implementations.len(),
            machines.len(),
            releases.len(),
            systems.len(),
            extras.len(),
        ];
        if count.into_iter().try_fold(1_usize, usize::checked_mul)? > MOST_TRIED {
            return None;
        }
        let mut environments = vec![MarkerEnvironment::default()];
        vary(&mut environments, &pythons, |it, python| {
            it.python_full_version = Some(python.clone());
            it.implementation_version = Some(python.clone());
        });
        vary(&mut environments, &platforms, |it, (os, platform, system)| {
            it.os_name = Some(os.clone());
            it.sys_platform = Some(platform.clone());
            it.platform_system = Some(system.clone());
        });
        vary(&mut environments, &implementations, |it, (name, spoken)| {
            it.implementation_name = Some(name.clone());
            it.platform_python_implementation = Some(spoken.clone());
        });
        vary(&mut environments, &machines, |it, machine| {
            it.platform_machine = Some(machine.clone());
        });
        vary(&mut environments, &releases, |it, release| {
            it.platform_release = Some(release.clone());
        });
        vary(&mut environments, &systems, |it, system| it.platform_version = Some(system.clone()));
        vary(&mut environments, &extras, |it, extras| it.extras = Some(extras.clone()));
        Some(environments)
    }

    /// The three names of a platform go together; where none is asked for, one platform is enough.
    fn platforms(&self) -> Vec<(String, String, String)> {
        let known = [
            ("posix", "linux", "Linux"),
            ("posix", "darwin", "Darwin"),
            ("nt", "win32", "Windows"),
            ("posix", "cygwin", "CYGWIN_NT"),
            ("java", "java", "Java"),
            ("posix", "emscripten", "Emscripten"),
            ("posix", "android", "Android"),
            ("posix", "ios", "iOS"),
            ("posix", "freebsd13", "FreeBSD"),
        ];
        let owned = |it: (&str, &str, &str)| (it.0.to_owned(), it.1.to_owned(), it.2.to_owned());
        if self.platforms.is_empty() {
            return vec![owned(("posix", "linux", "Linux"))];
        }
        let mut platforms: Vec<_> = known.into_iter().map(owned).collect();
        for (variable, value) in &self.platforms {
            let is_known = platforms.iter().any(|it| [&it.0, &it.1, &it.2].contains(&value));
            let (small, value) = (value.to_lowercase(), value.clone());
            match variable {
                _ if is_known => {}
                Variable::OsName => platforms.push((value, small.clone(), small)),
                Variable::SysPlatform => platforms.push(("posix".to_owned(), value, small)),
                _ => platforms.push(("posix".to_owned(), small, value)),
            }
        }
        platforms
    }

    fn implementations(&self) -> Vec<(String, String)> {
        let owned = |it: (&str, &str)| (it.0.to_owned(), it.1.to_owned());
        if self.implementations.is_empty() {
            return vec![owned(("cpython", "CPython"))];
        }
        let known =
            [("cpython", "CPython"), ("pypy", "PyPy"), ("graalpy", "GraalVM"), ("other", "Other")];
        let mut implementations: Vec<_> = known.into_iter().map(owned).collect();
        for (variable, value) in &self.implementations {
            if implementations.iter().any(|it| it.0 == *value || it.1 == *value) {
                continue;
            }
            implementations.push(match variable {
                Variable::ImplementationName => (value.clone(), value.to_uppercase()),
                _ => (value.to_lowercase(), value.clone()),
            });
        }
        implementations
    }

    /// Every combination of a few extras; of many each alone, none, and all.
    fn extras(&self) -> Vec<Vec<String>> {
        let all: Vec<String> = self.extras.iter().cloned().collect();
        if all.len() <= 4 {
            let chosen = |which: usize| {
                let chosen = all.iter().enumerate().filter(|it| which >> it.0 & 1 == 1);
                chosen.map(|it| it.1.clone()).collect()
            };
            return (0..1_usize << all.len()).map(chosen).collect();
        }
        let mut extras = vec![Vec::new()];
        extras.extend(all.iter().map(|it| vec![it.clone()]));
        extras.push(all);
        extras
    }
}

/// The values that are named, and one that is not.
fn others(named: &BTreeSet<String>) -> Vec<String> {
    let mut values: Vec<String> = named.iter().cloned().collect();
    values.push("another".to_owned());
    values
}

/// Each environment once with each value.
fn vary<T>(
    environments: &mut Vec<MarkerEnvironment>,
    values: &[T],
    set: impl Fn(&mut MarkerEnvironment, &T),
) {
    let mut varied = Vec::with_capacity(environments.len() * values.len());
    for environment in environments.iter() {
        for value in values {
            let mut environment = environment.clone();
            set(&mut environment, value);
            varied.push(environment);
        }
    }
    *environments = varied;
}
