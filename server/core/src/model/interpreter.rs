//! The interpreters of the machine, as bases for new environments: known from files alone, none of them is started.

use std::collections::BTreeMap;

use super::{choice::Strength, evidence::Evidence, facts::full_version};
use crate::{
    Tables,
    standard::version::{Specifiers, Version},
    world::{AbsPath, Asked, EntryKind, ListedKind, Listing, Reply, View},
};

/// The interpreters of the machine, each once, sorted by the path that links to it lead to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Interpreters {
    pub found: Vec<Interpreter>,
}

/// Beside the standard library it says that another installer keeps this Python (PEP 668).
const MARKER: &str = "EXTERNALLY-MANAGED";

/// One interpreter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Interpreter {
    /// What every link to it leads to.
    pub python: AbsPath,
    /// Other paths to it.
    pub aliases: Vec<AbsPath>,
    pub prefix: AbsPath,
    /// As far as files tell: some systems keep only the minor version in them.
    pub version: Version,
    pub implementation: &'static str,
    /// As in the contract's `kind`.
    pub kind: &'static str,
    pub threading: Threading,
    pub venv: VenvModule,
    /// As `platform.machine()` says it on Linux.
    pub architecture: Option<&'static str>,
    /// The file that tells installers to leave it alone, where it has one.
    pub externally_managed: Option<AbsPath>,
    pub because: Vec<Evidence>,
}

/// Whether an interpreter has the global lock.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Threading {
    Ordinary,
    /// A free-threaded build (PEP 703): its executable is named `python3.13t`.
    Free,
}

/// Whether `python -m venv` can make an environment with pip.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum VenvModule {
    Complete,
    /// Debian and its kin ship `ensurepip` apart; this is the package to install.
    Lacks {
        package: String,
    },
}

/// Where a manager says that an interpreter may be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InterpreterPlace {
    pub python: AbsPath,
    /// How much the place says about the kind: a manager's own folder more than the search path.
    pub strength: Strength,
    pub kind: &'static str,
    pub because: Evidence,
    /// What only a record elsewhere tells of it.
    pub recorded: Option<Recorded>,
}

/// What a record says of an installation, where its files may say nothing: a package of the Store cannot be listed, and
/// `python.exe` does not say in its name which it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recorded {
    pub prefix: AbsPath,
    pub version: Version,
}

impl Interpreters {
    /// The best base for a new environment: one that the specifiers admit, no pre-release and no free-threaded build, the
    /// newest of them; where `preferred` names a version, one of that version first.
    #[must_use]
    pub fn best(
        &self,
        specifiers: Option<&Specifiers>,
        preferred: impl Fn(&Version) -> bool,
        usable: impl Fn(&Interpreter) -> bool,
    ) -> Option<&Interpreter> {
        let fits = |it: &&Interpreter| {
            let admitted = specifiers.is_none_or(|specifiers| specifiers.admits(&it.version));
            let plain = !it.version.is_prerelease() && it.threading == Threading::Ordinary;
            admitted && plain && it.implementation == "cpython" && usable(it)
        };
        let rank = |it: &&Interpreter| (preferred(&it.version), it.version.clone());
        // Of equals the first by path, so that equal machines give equal answers.
        self.found.iter().filter(fits).rev().max_by_key(rank)
    }
}

/// What all managers' files name, looked at; the one derivation that every project shares.
pub(crate) fn observe_interpreters(
    view: &View<'_>,
    tables: &Tables,
    is_ours: &dyn Fn(&AbsPath) -> bool,
) -> Asked<Interpreters> {
    // Ask all before the first `?`, so that one round trip answers every manager.
    let places: Vec<_> = tables.managers.iter().map(|it| it.interpreters(view)).collect();
    let places: Asked<Vec<_>> = places.into_iter().collect();
    let mut places: Vec<InterpreterPlace> = places?.into_iter().flatten().collect();
    places.retain(|it| !is_ours(&it.python));
    // The strongest place says what kind it is; of equals the first by path, so that equal machines give equal answers.
    places.sort_by(|a, b| (b.strength, &a.python, a.kind).cmp(&(a.strength, &b.python, b.kind)));
    places.dedup_by(|a, b| a.python == b.python);
    let seen: Vec<_> = places.iter().map(|it| look(view, it)).collect();
    let seen: Asked<Vec<_>> = seen.into_iter().collect();
    let mut found: BTreeMap<AbsPath, Interpreter> = BTreeMap::new();
    for (named, interpreter) in places.iter().zip(seen?) {
        let Some(interpreter) = interpreter else { continue };
        let known = found.entry(interpreter.python.clone()).or_insert(interpreter);
        if named.python != known.python && !known.aliases.contains(&named.python) {
            known.aliases.push(named.python.clone());
            known.aliases.sort();
        }
    }
    Ok(Interpreters { found: found.into_values().collect() })
}

/// Reads one interpreter, by the path that its links lead to; `None` where there is none.
pub(super) fn look(view: &View<'_>, place: &InterpreterPlace) -> Asked<Option<Interpreter>> {
    let Reply::Known(entry) = view.entry(&place.python)? else { return Ok(None) };
    if entry.kind != EntryKind::File || !entry.executable {
        return Ok(None);
    }
    let recorded = place.recorded.as_ref();
    let Some(prefix) = recorded.map(|it| it.prefix.clone()).or_else(|| installation(&entry.real))
    else {
        return Ok(None);
    };
    let named = match minor_of(&entry.real) {
        Some(named) => Some(named),
        None if prefix.is_windows() => {
            view.listing(&prefix)?.known().and_then(|it| of_library(&it))
        }
        None => None,
    };
    let Some((minor, threading)) = named.or_else(|| of_record(recorded?)) else { return Ok(None) };
    // Ask all before the first `?`, so that one round trip is enough.
    let full = full_version(view, &prefix, minor, threading);
    let library = library_of(&prefix, minor, threading);
    let marker = library.join(MARKER);
    let (venv, marked) = (venv_module(view, &library, minor), view.entry(&marker));
    let made = view.executable(&entry.real);
    let (full, venv, marked, made) = (full?, venv?, marked?.known(), made?.known());
    let full = full.or_else(|| recorded.map(|it| it.version.clone()));
    let Some(version) = full.or_else(|| Version::parse(&format!("{}.{}", minor.0, minor.1))) else {
        return Ok(None);
    };
    let implementation = if entry.real.name().starts_with(b"pypy") { "pypy" } else { "cpython" };
    Ok(Some(Interpreter {
        python: entry.real,
        aliases: Vec::new(),
        prefix,
        version,
        implementation,
        kind: place.kind,
        threading,
        venv,
        architecture: made.and_then(|it| it.architecture()),
        externally_managed: marked.map(|_| marker),
        because: vec![place.because.clone()],
    }))
}

/// The folder of the standard library.
fn library_of(prefix: &AbsPath, minor: (u64, u64), threading: Threading) -> AbsPath {
    let abi = if threading == Threading::Free { "t" } else { "" };
    if prefix.is_windows() {
        return prefix.join("Lib");
    }
    prefix.join(format!("lib/python{}.{}{abi}", minor.0, minor.1))
}

/// Asks for the one folder, not for the names of two hundred beside it: of each interpreter of a machine this is wanted.
fn venv_module(view: &View<'_>, library: &AbsPath, minor: (u64, u64)) -> Asked<VenvModule> {
    Ok(match view.entry(&library.join("ensurepip"))? {
        Reply::Absent => {
            VenvModule::Lacks { package: format!("python{}.{}-venv", minor.0, minor.1) }
        }
        Reply::Known(_) | Reply::Fault(_) => VenvModule::Complete,
    })
}

/// Whether the base of an environment brings a pip along; `None` where its name does not say where that would be.
pub(super) fn bundled_pip(view: &View<'_>, base: &AbsPath) -> Asked<Option<VenvModule>> {
    let Some((minor, threading)) = minor_of(base) else { return Ok(None) };
    let Some(prefix) = installation(base) else { return Ok(None) };
    venv_module(view, &library_of(&prefix, minor, threading), minor).map(Some)
}

/// The minor version in an executable's name: `python3.12`, `python3.13t`, `pypy3.10`, `python3.12.exe`.
pub(super) fn minor_of(real: &AbsPath) -> Option<((u64, u64), Threading)> {
    let name = real.name_text();
    let name = name.strip_suffix(".exe").unwrap_or(&name);
    let rest = name.strip_prefix("python").or_else(|| name.strip_prefix("pypy"))?;
    let (rest, threading) = match rest.strip_suffix('t') {
        Some(rest) => (rest, Threading::Free),
        None => (rest, Threading::Ordinary),
    };
    let (major, minor) = rest.split_once('.')?;
    Some(((major.parse().ok()?, minor.parse().ok()?), threading))
}

/// The installation that an interpreter is of: around its `bin`, on Windows around itself (*Using Python on Windows*).
pub(super) fn installation(python: &AbsPath) -> Option<AbsPath> {
    let folder = python.parent()?;
    if folder.is_windows() { Some(folder) } else { folder.parent() }
}

/// What the library beside `python.exe` says in its name: `python312.dll`, `python313t.dll`.
fn of_library(listing: &Listing) -> Option<((u64, u64), Threading)> {
    listing.names().find_map(|(name, _)| {
        let rest = name.strip_prefix("python")?.strip_suffix(".dll")?;
        let (digits, threading) = match rest.strip_suffix('t') {
            Some(digits) => (digits, Threading::Free),
            None => (rest, Threading::Ordinary),
        };
        // `python3.dll` is there for every minor version.
        let (major, minor) = digits.split_at_checked(1).filter(|it| !it.1.is_empty())?;
        Some(((major.parse().ok()?, minor.parse().ok()?), threading))
    })
}

fn of_record(recorded: &Recorded) -> Option<((u64, u64), Threading)> {
    let release = recorded.version.release();
    Some(((*release.first()?, *release.get(1)?), Threading::Ordinary))
}

/// The executables in a folder that are named like an interpreter with its minor version.
pub(crate) fn interpreters_in(
    view: &View<'_>,
    folder: &AbsPath,
    kind: &'static str,
    strength: Strength,
) -> Asked<Vec<InterpreterPlace>> {
    let Reply::Known(listing) = view.listing(folder)? else { return Ok(Vec::new()) };
    // A folder of programs has a thousand names, of which a few are looked at.
    let named = listing.names().filter(|it| it.0.starts_with("python") || it.0.starts_with("pypy"));
    let places = named.filter_map(|(name, listed)| {
        let python = folder.join(name);
        let plain = || name == "python.exe" && of_library(&listing).is_some();
        let named = (minor_of(&python).is_some() || plain()) && listed != ListedKind::Folder;
        let because = Evidence::at(folder, format!("`{name}` is in `{folder}`"));
        named.then_some(InterpreterPlace { python, strength, kind, because, recorded: None })
    });
    Ok(places.collect())
}
