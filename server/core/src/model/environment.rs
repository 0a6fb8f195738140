//! One environment: what it is, and whether it is sound, from files alone.

use std::sync::Arc;

use super::{
    evidence::Evidence,
    interpreter::{full_version, minor_of},
};
use crate::{
    Tables, manager,
    standard::{
        pyvenv::{Pyvenv, Said, pyvenv},
        version::Version,
    },
    world::{AbsPath, Asked, Entry, EntryKind, Listed, ListedKind, Listing, Reply, View},
};

/// One environment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Environment {
    pub prefix: AbsPath,
    /// Its interpreter, by the environment's own path; `None` where there is none that could be started.
    pub python: Option<AbsPath>,
    /// As far as files tell.
    pub version: Option<Version>,
    /// `cpython`, `pypy`.
    pub implementation: Option<String>,
    /// As in the contract's `kind`.
    pub kind: &'static str,
    /// Who made it, where that can be told.
    pub manager: Option<&'static str>,
    pub name: Option<String>,
    /// The interpreter that it was made from.
    pub base: Option<AbsPath>,
    pub site_packages: Option<AbsPath>,
    pub damages: Vec<Damage>,
    pub because: Vec<Evidence>,
}

/// Whether an environment can be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Health {
    Ok,
    Broken,
}

impl Environment {
    #[must_use]
    pub fn health(&self) -> Health {
        if self.damages.is_empty() { Health::Ok } else { Health::Broken }
    }
}

/// What can be wrong with an environment. Each makes it unusable, or something other than it seems.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Damage {
    /// The interpreter is a link to what is no longer there.
    DanglingPython { python: AbsPath, target: AbsPath },
    /// No interpreter at all, though the rest of an environment is there.
    NoPython { folder: AbsPath },
    /// What stands in the interpreter's place cannot be executed.
    NotExecutable { python: AbsPath },
    /// The interpreter that it was made from is gone (`home` of `pyvenv.cfg`).
    BaseGone { home: AbsPath },
    /// There is an interpreter but no `pyvenv.cfg`: it acts as its base, and installs go there.
    NoConfiguration { base: Option<AbsPath> },
    /// `pyvenv.cfg` says nothing: what is installed beside the base interpreter shows through.
    EmptyConfiguration { configuration: AbsPath },
    /// `pyvenv.cfg` names no `home`, without which Python does not take the folder for an environment.
    NoHome { configuration: AbsPath },
    /// The base was replaced by another minor version: nothing that is installed is on the path any more.
    BaseUpgraded { made_with: String, now: String },
    /// `pyvenv.cfg` and the interpreter disagree about the version.
    VersionLie { claimed: String, found: String },
    /// It could not be looked into.
    Unreadable { path: AbsPath },
}

/// What was seen of a folder that may be an environment, for the managers to recognise.
#[derive(Clone, Debug)]
pub struct Seen {
    pub prefix: AbsPath,
    pub listing: Arc<Listing>,
    pub configuration: Option<Pyvenv>,
}

/// What is in the folder of executables.
struct Executable {
    python: AbsPath,
    entry: Entry,
}

/// Looks at a folder that may be an environment; `None` where there is no trace of one.
pub(crate) fn inspect(
    view: &View<'_>,
    tables: &Tables,
    prefix: &AbsPath,
) -> Asked<Option<Environment>> {
    let listing = match view.listing(prefix)? {
        Reply::Known(listing) => listing,
        Reply::Absent => return Ok(None),
        Reply::Fault(_) => return Ok(Some(unreadable(prefix))),
    };
    let folder = prefix.join(if listing.has("Scripts") { "Scripts" } else { "bin" });
    let configuration_path = prefix.join("pyvenv.cfg");
    // Ask all before the first `?`, so that one round trip is enough.
    let configured = listing.has("pyvenv.cfg").then(|| view.text(&configuration_path));
    let executables = view.listing(&folder);
    let library = view.listing(&prefix.join("lib"));
    let configured = configured.transpose()?;
    let (executables, library) = (executables?.known(), library?.known());
    if configured.is_none() && !executables.as_ref().is_some_and(|it| has_python(it)) {
        let traces = listing.has("lib64") || library.as_ref().is_some_and(|it| minor(it).is_some());
        if !traces && !listing.has(".lock") && !is_begun(&listing) {
            return Ok(None);
        }
    }
    let configuration = configured.as_ref().and_then(|it| pyvenv(&it.as_ref().known().cloned()?));
    let executable = executable(view, &folder, executables.as_deref())?;
    let seen = Seen { prefix: prefix.clone(), listing, configuration };
    let damages = damages(view, &seen, configured.is_some(), executable.as_ref(), &folder)?;
    let recognised = manager::recognise(tables, &seen);
    let library_minor = library.as_deref().and_then(minor);
    let mut environment = Environment {
        prefix: prefix.clone(),
        python: executable.as_ref().map(|it| it.python.clone()),
        version: None,
        implementation: implementation(seen.configuration.as_ref(), library.as_deref()),
        kind: recognised.kind,
        manager: recognised.manager,
        name: seen
            .configuration
            .as_ref()
            .and_then(|it| it.prompt.as_ref())
            .map(|it| it.text.clone()),
        base: executable.as_ref().and_then(|it| base(it, prefix)),
        site_packages: site_packages(prefix, library.as_deref()),
        damages,
        because: recognised.because,
    };
    let (version, disagreement) = version(view, &seen, environment.base.as_ref(), library_minor)?;
    environment.version = version;
    environment.damages.extend(disagreement);
    Ok(Some(environment))
}

/// What uv and virtualenv make in an environment before there is an interpreter in it.
const BEGINNINGS: [&[u8]; 7] =
    [b".gitignore", b".lock", b"CACHEDIR.TAG", b"Scripts", b"bin", b"lib", b"pyvenv.cfg"];

/// Whether making an environment ended right after it began: uv would not begin again in a folder that is not empty. Only where
/// the folder is marked as one that can be made again, and nothing else is in it.
fn is_begun(listing: &Listing) -> bool {
    let begins = |it: &Listed| BEGINNINGS.contains(&&*it.name);
    listing.has("CACHEDIR.TAG") && listing.entries.iter().all(begins)
}

fn unreadable(prefix: &AbsPath) -> Environment {
    Environment {
        prefix: prefix.clone(),
        python: None,
        version: None,
        implementation: None,
        kind: "venv",
        manager: None,
        name: None,
        base: None,
        site_packages: None,
        damages: vec![Damage::Unreadable { path: prefix.clone() }],
        because: vec![Evidence::at(prefix, "it cannot be listed")],
    }
}

fn has_python(executables: &Listing) -> bool {
    ["python", "python3", "python.exe"].iter().any(|name| executables.has(name))
}

/// The interpreter that a person would start.
fn executable(
    view: &View<'_>,
    folder: &AbsPath,
    executables: Option<&Listing>,
) -> Asked<Option<Executable>> {
    let names = ["python", "python3", "python.exe"];
    let Some(name) = names.iter().find(|name| executables.is_some_and(|it| it.has(name))) else {
        return Ok(None);
    };
    let python = folder.join(name);
    Ok(view.entry(&python)?.known().map(|entry| Executable { python, entry }))
}

fn damages(
    view: &View<'_>,
    seen: &Seen,
    configured: bool,
    executable: Option<&Executable>,
    folder: &AbsPath,
) -> Asked<Vec<Damage>> {
    let mut damages = Vec::new();
    match executable {
        None => damages.push(Damage::NoPython { folder: folder.clone() }),
        Some(Executable { python, entry }) => match entry.kind {
            EntryKind::Dangling => damages.push(Damage::DanglingPython {
                python: python.clone(),
                target: entry.real.clone(),
            }),
            EntryKind::File if entry.executable => {}
            _ => damages.push(Damage::NotExecutable { python: python.clone() }),
        },
    }
    let configuration = seen.prefix.join("pyvenv.cfg");
    let starts = damages.is_empty();
    match &seen.configuration {
        None if configured => damages.push(Damage::EmptyConfiguration { configuration }),
        None if starts => {
            let base = executable.and_then(|it| base(it, &seen.prefix));
            damages.push(Damage::NoConfiguration { base });
        }
        None => {}
        Some(said) => match said.home.as_ref().and_then(|it| AbsPath::parse(&it.text)) {
            None => damages.push(Damage::NoHome { configuration }),
            // A dangling link has told already that the base is gone.
            Some(home) if starts && base_is_gone(view, said, &home, executable)? => {
                damages.push(Damage::BaseGone { home });
            }
            Some(_) => {}
        },
    }
    Ok(damages)
}

/// Whether none of the interpreters that `home` could mean is there.
fn base_is_gone(
    view: &View<'_>,
    said: &Pyvenv,
    home: &AbsPath,
    executable: Option<&Executable>,
) -> Asked<bool> {
    let Reply::Known(listing) = view.listing(home)? else { return Ok(true) };
    let named = [&said.executable, &said.base_executable];
    let named = named.into_iter().flatten().filter_map(|it| AbsPath::parse(&it.text));
    let mut names: Vec<String> = named.map(|it| it.name_text()).collect();
    names.extend(executable.map(|it| it.entry.real.name_text()));
    names.extend(["python3", "python", "python.exe", "pypy3", "pypy"].map(str::to_owned));
    if let Some(minor) = said.version.as_ref().and_then(minor_said) {
        names.push(format!("python{}.{}", minor.0, minor.1));
    }
    Ok(!names.iter().any(|it| listing.has(it)))
}

/// The interpreter behind a link that leads out of the environment.
fn base(executable: &Executable, prefix: &AbsPath) -> Option<AbsPath> {
    let leads_out = executable.entry.link.is_some() && !executable.entry.real.is_within(prefix);
    leads_out.then(|| executable.entry.real.clone())
}

/// The version, from two independent sources where there are two: what `pyvenv.cfg` claims, and what the base and the
/// library folder are named. A claim about the patch level is as old as the environment, so the base's own header wins.
fn version(
    view: &View<'_>,
    seen: &Seen,
    base: Option<&AbsPath>,
    library: Option<(u64, u64)>,
) -> Asked<(Option<Version>, Option<Damage>)> {
    let claimed = seen.configuration.as_ref().and_then(|it| it.version.as_ref());
    let claimed_minor = claimed.and_then(minor_said);
    let running = base.and_then(minor_of).map(|it| it.0);
    let spelled = |(major, minor): (u64, u64)| format!("{major}.{minor}");
    let damage = match (claimed_minor, running, library) {
        (_, Some(running), Some(made)) if running != made => {
            Some(Damage::BaseUpgraded { made_with: spelled(made), now: spelled(running) })
        }
        (Some(claimed), running, library) => running
            .or(library)
            .filter(|found| *found != claimed)
            .map(|found| Damage::VersionLie { claimed: spelled(claimed), found: spelled(found) }),
        _ => None,
    };
    let Some(minor) = running.or(library).or(claimed_minor) else { return Ok((None, damage)) };
    let installation = base.and_then(AbsPath::parent).and_then(|it| it.parent());
    if let Some(installation) = installation
        && let Some(full) = full_version(view, &installation, minor)?
    {
        return Ok((Some(full), damage));
    }
    let claim =
        claimed.filter(|_| claimed_minor == Some(minor)).and_then(|it| parse_claim(&it.text));
    Ok((claim.or_else(|| Version::parse(&spelled(minor))), damage))
}

/// `3.12.4` and, as virtualenv writes it, `3.12.4.final.0`.
fn parse_claim(text: &str) -> Option<Version> {
    let numbers: Vec<&str> = text.split('.').take_while(|it| it.parse::<u64>().is_ok()).collect();
    Version::parse(text).or_else(|| Version::parse(&numbers.get(..numbers.len().min(3))?.join(".")))
}

fn minor_said(said: &Said) -> Option<(u64, u64)> {
    let version = parse_claim(&said.text)?;
    Some((*version.release().first()?, *version.release().get(1)?))
}

/// The version that a `lib` folder has its site-packages for: `python3.12`, `python3.13t`, `pypy3.10`.
fn minor(library: &Listing) -> Option<(u64, u64)> {
    library_folder(library).and_then(|name| {
        let digits = name.trim_start_matches(|it: char| !it.is_ascii_digit()).trim_end_matches('t');
        let (major, minor) = digits.split_once('.')?;
        Some((major.parse().ok()?, minor.parse().ok()?))
    })
}

fn library_folder(library: &Listing) -> Option<&str> {
    let named = |name: &str| {
        let rest = name.strip_prefix("python").or_else(|| name.strip_prefix("pypy"));
        rest.is_some_and(|it| it.starts_with(|first: char| first.is_ascii_digit()))
    };
    let folders = library.names().filter(|(_, kind)| *kind != ListedKind::File);
    // Where an upgrade in place left two, the environment was made with the last.
    folders.map(|it| it.0).filter(|name| named(name)).last()
}

/// `lib/pythonX.Y/site-packages`; on Windows `Lib\site-packages`.
fn site_packages(prefix: &AbsPath, library: Option<&Listing>) -> Option<AbsPath> {
    let library = library?;
    if library.has("site-packages") {
        return Some(prefix.join("lib").join("site-packages"));
    }
    let folder = library_folder(library)?;
    Some(prefix.join("lib").join(folder).join("site-packages"))
}

fn implementation(configuration: Option<&Pyvenv>, library: Option<&Listing>) -> Option<String> {
    let said = configuration.and_then(|it| it.implementation.as_ref());
    if let Some(said) = said {
        return Some(said.text.to_lowercase());
    }
    let folder = library.and_then(library_folder)?;
    Some(if folder.starts_with("pypy") { "pypy" } else { "cpython" }.to_owned())
}
