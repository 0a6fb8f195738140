//! Looks at a folder that may be an environment: what it is, and whether it is sound, from files alone.

use std::sync::Arc;

use super::{
    damage::{Damage, Staleness},
    environment::Environment,
    evidence::Evidence,
    facts::{
        Base, Library, base, claimed_minor, claimed_version, full_version, libraries, near_to,
        packages_of_installation, version_of_conda,
    },
    health::{
        disagreement, does_not_start, is_foreign, is_orphan, is_outdated, of_virtual, was_moved,
    },
    interpreter::{Threading, installation, minor_of},
    recognised::{Layout, Recognised, Seen, understood},
};
use crate::{
    Tables, manager,
    standard::{
        lifetime::{Date, lifetime},
        pyvenv::pyvenv,
        version::Version,
    },
    world::{AbsPath, Asked, Entry, EntryKind, Fault, Listed, ListedKind, Listing, Reply, View},
};

/// Where conda keeps its records (conda's documentation, *Managing environments*).
const CONDA: &str = "conda-meta";

/// What stands in the interpreter's place.
pub(super) struct Interpreting {
    pub(super) python: AbsPath,
    pub(super) entry: Entry,
}

impl Interpreting {
    /// Where its links lead, when they lead out of the environment.
    fn leads_out(&self, place: &Place) -> Option<&AbsPath> {
        let out = self.entry.link.is_some() && !self.entry.real.is_within(&place.real);
        out.then_some(&self.entry.real)
    }
}

/// Where an environment may be, by every path that leads there, and what the places tell of it.
#[derive(Clone, Debug)]
pub(crate) struct Place {
    /// By the spelling that says most; the others are aliases.
    pub(crate) prefix: AbsPath,
    pub(crate) aliases: Vec<AbsPath>,
    pub(crate) real: AbsPath,
    pub(crate) told: Vec<Recognised>,
    pub(crate) scope: Scope,
}

/// What an environment is looked at for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scope {
    /// To be used by a project: also whether something could be installed.
    Project,
    /// To be listed among all of the machine.
    Machine,
}

/// Where the links of a path lead; the path itself, where there is nothing. Of the many environments in one folder, what
/// that folder says of each is enough.
pub(crate) fn real(view: &View<'_>, path: &AbsPath) -> Asked<AbsPath> {
    if let Some(parent) = path.parent()
        && let Some(listing) = view.listed_before(&parent)
        && listing.find(path.name()).is_some_and(|it| it.kind == ListedKind::Folder)
    {
        let parent = view.entry(&parent)?.known().map_or(parent, |it| it.real);
        return Ok(parent.join(path.name()));
    }
    if view.lacks(path) {
        return Ok(path.clone());
    }
    Ok(view.entry(path)?.known().map_or_else(|| path.clone(), |it| it.real))
}

/// The folders that say what an environment is.
struct Parts {
    listing: Arc<Listing>,
    /// Where its executables are.
    folder: AbsPath,
    /// `pyvenv.cfg`, where there is one.
    configured: Option<Reply<Arc<str>>>,
    executables: Option<Arc<Listing>>,
    library: Option<Arc<Listing>>,
    /// `conda-meta`.
    records: Option<Arc<Listing>>,
}

/// Asks what every look at an environment begins with, so that it comes along with what is asked before.
pub(crate) fn foresee<'place>(view: &View<'_>, prefixes: impl Iterator<Item = &'place AbsPath>) {
    for prefix in prefixes.filter(|it| !view.lacks(it)) {
        drop(view.listing(prefix));
    }
    drop((view.machine(), view.today()));
}

/// Asks what will be asked of a project's own environment if it is where it mostly is, and of the workspace that it may be a
/// member of: each answer that has to be waited for is another derivation of the whole project.
pub(crate) fn foresee_own(view: &View<'_>, root: &AbsPath) {
    drop((view.choice(root), view.trust(root), view.entry(root), view.machine(), view.today()));
    root.ancestors().for_each(|it| drop(view.manifest(&it.join("pyproject.toml"))));
    let Ok(Reply::Known(listing)) = view.listing(root) else { return };
    let has = |it: &Listed| it.kind == ListedKind::Folder && *it.name == *b".venv";
    if listing.entries.iter().any(has) {
        let prefix = root.join(".venv");
        let folder = prefix.join("bin");
        drop((view.listing(&prefix), view.entry(&prefix), view.text(&prefix.join("pyvenv.cfg"))));
        drop(view.listing(&prefix.join("lib")));
        drop((view.entry(&folder.join("python")), view.text(&folder.join("activate"))));
    }
}

/// Looks at a folder that may be an environment; `None` where there is no trace of one.
pub(crate) fn inspect(
    view: &View<'_>,
    tables: &Tables,
    place: &Place,
) -> Asked<Option<Environment>> {
    let prefix = &place.prefix;
    if view.lacks(prefix) {
        return Ok(None);
    }
    let listing = match view.listing(prefix)? {
        Reply::Known(listing) => listing,
        Reply::Absent => return Ok(None),
        Reply::Fault(why) if !prefix.is_here() => return Ok(Some(unreachable(place, why))),
        Reply::Fault(_) => return Ok(Some(unreadable(place))),
    };
    let parts = Parts::read(view, prefix, listing)?;
    let libraries = parts.library.as_deref().map(libraries).unwrap_or_default();
    let Some(layout) = parts.layout(prefix, &libraries) else { return Ok(None) };
    let configuration =
        parts.configured.as_ref().and_then(|it| pyvenv(&it.as_ref().known().cloned()?));
    let listing = Arc::clone(&parts.listing);
    let seen = Seen { prefix: prefix.clone(), real: place.real.clone(), listing, configuration };
    // Ask all before the first `?`, so that one round trip is enough.
    let (recognised, today) = (manager::recognise(view, tables, &seen), view.today());
    let interpreting = parts.interpreting(view)?;
    let words = recognised?.into_iter().chain(place.told.iter().cloned()).collect();
    let understood = understood(words, layout, prefix);
    let mut environment = Environment {
        layout,
        python: interpreting.as_ref().map(|it| it.python.clone()),
        kind: understood.kind,
        manager: understood.manager,
        project: understood.project,
        offer: understood.offer,
        name: understood.name,
        because: understood.because,
        ..Environment::at(place)
    };
    if environment.name.is_none() {
        let prompt = seen.configuration.as_ref().and_then(|it| it.prompt.as_ref());
        environment.name = prompt.map(|it| it.text.clone());
    }
    let found = Found { place, seen: &seen, parts: &parts, libraries: &libraries, layout };
    found.facts(view, interpreting.as_ref(), today?, &mut environment)?;
    Ok(Some(environment))
}

impl Parts {
    fn read(view: &View<'_>, prefix: &AbsPath, listing: Arc<Listing>) -> Asked<Parts> {
        let folder = executables_folder(prefix, &listing);
        let configuration = prefix.join("pyvenv.cfg");
        let library = ["lib", "Lib"].into_iter().find(|it| listing.has(it));
        // Ask all before the first `?`, so that one round trip is enough.
        let configured = listing.has("pyvenv.cfg").then(|| view.text(&configuration));
        let is_beside = folder != *prefix;
        // Where there is a `pyvenv.cfg`, the interpreter is looked for by its name.
        let by_name = (is_beside && configured.is_some()).then(|| named(view, &folder));
        let library = library.map(|it| view.listing(&prefix.join(it)));
        let records = listing.has(CONDA).then(|| view.listing(&prefix.join(CONDA)));
        let is_named = by_name.transpose()?.flatten().is_some();
        let executables = match is_beside {
            true if is_named => None,
            true => view.listing(&folder)?.known(),
            false => Some(Arc::clone(&listing)),
        };
        Ok(Parts {
            folder,
            configured: configured.transpose()?,
            executables,
            library: library.transpose()?.and_then(Reply::known),
            records: records.transpose()?.and_then(Reply::known),
            listing,
        })
    }

    /// What kind of folder it is; `None` where there is no trace of an environment.
    fn layout(&self, prefix: &AbsPath, libraries: &[Library]) -> Option<Layout> {
        let is_packages = prefix.parent().is_some_and(|it| it.name() == b"__pypackages__");
        if self.configured.is_some() {
            return Some(Layout::Virtual);
        }
        if self.records.is_some() {
            return Some(Layout::Conda);
        }
        if is_packages && self.listing.has("lib") {
            return Some(Layout::Packages);
        }
        // What a creation that was killed may have left behind.
        let traces = self.python_name().is_some()
            || self.listing.has("lib64")
            || self.listing.has(".lock")
            || is_begun(prefix, &self.listing)
            || !libraries.is_empty();
        traces.then_some(Layout::Virtual)
    }

    fn python_name(&self) -> Option<&'static str> {
        let executables = self.executables.as_ref()?;
        ["python", "python3", "python.exe"].into_iter().find(|it| executables.has(it))
    }

    /// The interpreter that a person would start.
    fn interpreting(&self, view: &View<'_>) -> Asked<Option<Interpreting>> {
        if self.configured.is_some() && self.executables.is_none() {
            return named(view, &self.folder);
        }
        let Some(name) = self.python_name() else { return Ok(None) };
        let python = self.folder.join(name);
        Ok(view.entry(&python)?.known().map(|entry| Interpreting { python, entry }))
    }
}

/// What is called `python` in a folder of executables, as it is in every environment that is whole.
fn named(view: &View<'_>, folder: &AbsPath) -> Asked<Option<Interpreting>> {
    let python = folder.join("python");
    Ok(view.entry(&python)?.known().map(|entry| Interpreting { python, entry }))
}

/// What uv and virtualenv make in an environment before there is an interpreter in it.
const BEGINNINGS: [&[u8]; 7] =
    [b".gitignore", b".lock", b"CACHEDIR.TAG", b"Scripts", b"bin", b"lib", b"pyvenv.cfg"];

/// What the standard library's `venv` makes before that.
const FOLDERS: [&[u8]; 7] = [b"Include", b"Lib", b"Scripts", b"bin", b"include", b"lib", b"lib64"];

/// Whether making an environment ended right after it began: uv would not begin again in a folder that is not empty. Only
/// where the folder is marked as one that can be made again, or is called like nothing else, and nothing else is in it.
fn is_begun(prefix: &AbsPath, listing: &Listing) -> bool {
    let only = |names: &[&[u8]]| listing.entries.iter().all(|it| names.contains(&&*it.name));
    let by_uv = listing.has("CACHEDIR.TAG") && only(&BEGINNINGS);
    by_uv || (prefix.name() == b".venv" && !listing.entries.is_empty() && only(&FOLDERS))
}

/// `bin`; on Windows `Scripts`, and for conda the prefix itself.
fn executables_folder(prefix: &AbsPath, listing: &Listing) -> AbsPath {
    if listing.has("python.exe") {
        return prefix.clone();
    }
    prefix.join(if listing.has("Scripts") { "Scripts" } else { "bin" })
}

/// A folder that is an environment, with what was read of it.
struct Found<'found> {
    place: &'found Place,
    seen: &'found Seen,
    parts: &'found Parts,
    libraries: &'found [Library],
    layout: Layout,
}

impl Found<'_> {
    /// Fills in what follows from the interpreter, its base and the folders beside it.
    fn facts(
        &self,
        view: &View<'_>,
        interpreting: Option<&Interpreting>,
        today: Option<Date>,
        environment: &mut Environment,
    ) -> Asked<()> {
        let real = interpreting.and_then(|it| it.leads_out(self.place));
        let own = interpreting.map(|it| &it.python);
        let started = interpreting.filter(|it| it.entry.kind == EntryKind::File);
        let configuration = self.seen.configuration.as_ref();
        // Ask all before the first `?`, so that one round trip is enough.
        let base = base(view, configuration, real, own);
        let made = started.map(|it| view.executable(&it.entry.real));
        self.foresee_version(view);
        let machine = view.machine_of(self.place.prefix.place());
        let is_virtual = self.layout == Layout::Virtual;
        let moved = (is_virtual && started.is_some())
            .then(|| was_moved(view, self.place, self.seen, &self.parts.folder));
        let orphan = is_orphan(view, environment.project.as_ref());
        let writable = (self.place.scope == Scope::Project).then(|| view.entry(&self.place.prefix));
        let base = base?;
        let made = made.transpose()?.and_then(Reply::known);
        let base_path = match &base {
            Base::Known(path) if is_virtual => Some(path),
            _ => None,
        };
        let version = self.version(view, base_path)?;
        environment.architecture =
            made.as_ref().and_then(|it| it.architecture()).map(str::to_owned);
        let foreign = interpreting.and_then(|it| {
            is_foreign(&it.python, made.as_ref(), machine.as_ref().ok()?.as_deref())
        });
        let user = machine?.and_then(|it| it.user);
        environment.damages.extend(foreign);
        self.damages(interpreting, &base, base_path, environment);
        environment.staleness.extend(moved.transpose()?.flatten());
        environment.staleness.extend(orphan?);
        environment.staleness.extend(is_outdated(version.as_ref(), today));
        let locked = writable.transpose()?.and_then(Reply::known).filter(|it| !it.writable);
        if let Some(locked) = locked {
            let prefix = self.place.prefix.clone();
            let owner = locked.owner.filter(|it| user.is_some_and(|user| user != *it));
            environment.staleness.push(Staleness::ReadOnly { prefix, owner });
        }
        environment.ended = version.as_ref().and_then(|it| ended(it, today?));
        environment.threading = self.threading(base_path);
        environment.implementation = self.implementation();
        environment.site_packages = self.site_packages();
        if let (Some(said), Some(base), Some(version)) = (configuration, base_path, &version)
            && said.include_system_site_packages
        {
            environment.also_sees = packages_beside(view, base, version, environment.threading)?;
        }
        environment.base = base_path.cloned();
        environment.version = version;
        environment.damages.sort();
        environment.damages.dedup();
        environment.staleness.sort();
        Ok(())
    }

    fn damages(
        &self,
        interpreting: Option<&Interpreting>,
        base: &Base,
        base_path: Option<&AbsPath>,
        environment: &mut Environment,
    ) {
        let folder = &self.parts.folder;
        match self.layout {
            Layout::Packages | Layout::Installation => {}
            // An environment of conda need not hold a Python; one that is there must start.
            Layout::Conda => environment.damages.extend(match interpreting {
                None => Some(Damage::NoPython { folder: folder.clone() }),
                Some(interpreting) => does_not_start(interpreting).or_else(|| {
                    // What conda has installed wholly, it writes down at last.
                    let records = self.parts.records.as_ref()?;
                    let records = version_of_conda(records).is_none().then_some(CONDA)?;
                    Some(Damage::Unrecorded { records: self.place.prefix.join(records) })
                }),
            }),
            Layout::Virtual => {
                let configured = self.parts.configured.is_some();
                let own = of_virtual(self.seen, configured, interpreting, folder, base);
                let sound = own.is_empty();
                environment.damages.extend(own);
                let running = base_path.and_then(minor_of).map(|it| it.0);
                let (damage, stale) = disagreement(self.seen, running, self.libraries);
                environment.damages.extend(damage);
                environment.staleness.extend(stale);
                if sound && self.site_packages().is_none() {
                    let prefix = self.place.prefix.clone();
                    environment.damages.push(Damage::NoPackages { prefix });
                }
            }
        }
    }

    /// Asks for what the version is read from, where `pyvenv.cfg` tells before the base is known.
    fn foresee_version(&self, view: &View<'_>) {
        let Some(said) = self.seen.configuration.as_ref() else { return };
        let near = Some(&self.place.prefix);
        let home = said.home.as_ref().and_then(|it| near_to(near, &it.text));
        let minor = said.version.as_ref().and_then(claimed_minor);
        let around = |it: AbsPath| if it.is_windows() { Some(it) } else { it.parent() };
        if let (Some(installation), Some(minor)) = (home.and_then(around), minor) {
            drop(full_version(view, &installation, minor, Threading::Ordinary));
        }
    }

    /// The version. Of the patch level, what `pyvenv.cfg` claims is as old as the environment, so the base's own word wins.
    fn version(&self, view: &View<'_>, base: Option<&AbsPath>) -> Asked<Option<Version>> {
        if let Some(records) = &self.parts.records {
            return Ok(version_of_conda(records));
        }
        if self.layout == Layout::Packages {
            return Ok(Version::parse(&self.place.prefix.name_text()));
        }
        let claim = self.seen.configuration.as_ref().and_then(|it| it.version.as_ref());
        let named = base.and_then(minor_of);
        let newest = self.libraries.last().map(|it| (it.minor, it.threading));
        let claimed = claim.and_then(claimed_minor);
        let Some((minor, threading)) =
            named.or(newest).or(claimed.map(|it| (it, Threading::Ordinary)))
        else {
            return Ok(None);
        };
        if let Some(installation) = base.and_then(installation)
            && let Some(full) = full_version(view, &installation, minor, threading)?
        {
            return Ok(Some(full));
        }
        let claim = claim.filter(|_| claimed == Some(minor)).and_then(claimed_version);
        Ok(claim.or_else(|| Version::parse(&format!("{}.{}", minor.0, minor.1))))
    }

    fn threading(&self, base: Option<&AbsPath>) -> Threading {
        let named = base.and_then(minor_of).map(|it| it.1);
        let newest = || self.libraries.last().map(|it| it.threading);
        named.or_else(newest).unwrap_or(Threading::Ordinary)
    }

    fn implementation(&self) -> Option<String> {
        let said = self.seen.configuration.as_ref().and_then(|it| it.implementation.as_ref());
        let newest = || self.libraries.last().map(|it| it.implementation().to_owned());
        said.map(|it| it.text.to_lowercase()).or_else(newest)
    }

    /// `lib/pythonX.Y/site-packages`; on Windows `Lib\site-packages`; of PEP 582 `lib` itself.
    fn site_packages(&self) -> Option<AbsPath> {
        let library = self.parts.library.as_ref()?;
        let windows = self.place.prefix.is_windows();
        let folder = self.place.prefix.join(if windows { "Lib" } else { "lib" });
        if self.layout == Layout::Packages {
            return Some(folder);
        }
        if library.has("site-packages") {
            return Some(folder.join("site-packages"));
        }
        // Where an upgrade left several, the newest is the one in use.
        Some(folder.join(&self.libraries.last()?.name).join("site-packages"))
    }
}

/// What an environment sees that was told to see what is installed beside its base.
fn packages_beside(
    view: &View<'_>,
    base: &AbsPath,
    version: &Version,
    threading: Threading,
) -> Asked<Vec<AbsPath>> {
    let installation = installation(base);
    let minor = version.release().first().copied().zip(version.release().get(1).copied());
    let (Some(installation), Some(minor)) = (installation, minor) else { return Ok(Vec::new()) };
    packages_of_installation(view, &installation, minor, threading)
}

/// The day from which on nobody mends this version any more, if it has come.
pub(super) fn ended(version: &Version, today: Date) -> Option<Date> {
    let minor = (*version.release().first()?, *version.release().get(1)?);
    lifetime(minor).map(|it| it.ends).filter(|it| *it < today)
}

/// An environment in a layer that does not answer.
fn unreachable(place: &Place, why: Fault) -> Environment {
    let layer = place.prefix.place();
    Environment {
        because: vec![Evidence::at(&place.prefix, format!("`{layer}` cannot be looked into"))],
        damages: vec![Damage::Unreachable { place: layer, why }],
        ..Environment::at(place)
    }
}

fn unreadable(place: &Place) -> Environment {
    Environment {
        damages: vec![Damage::Unreadable { path: place.prefix.clone() }],
        because: vec![Evidence::at(&place.prefix, "it cannot be listed")],
        ..Environment::at(place)
    }
}
