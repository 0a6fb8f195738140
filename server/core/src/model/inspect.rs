//! Looks at a folder that may be an environment: what it is, and whether it is sound, from files alone.

use super::{
    damage::Damage,
    environment::Environment,
    evidence::Evidence,
    interpreter::{full_version, minor_of},
    recognised::{Layout, Offer, Recognised, Seen, understood},
};
use crate::{
    Tables, manager,
    standard::{
        pyvenv::{Pyvenv, Said, pyvenv},
        version::Version,
    },
    world::{AbsPath, Asked, Entry, EntryKind, ListedKind, Listing, Reply, View},
};

/// What is in the folder of executables.
struct Executable {
    python: AbsPath,
    entry: Entry,
}

/// Where an environment may be, by every path that leads there, and what the places tell of it.
#[derive(Clone, Debug)]
pub(crate) struct Place {
    /// By the spelling that says most; the others are aliases.
    pub(crate) prefix: AbsPath,
    pub(crate) aliases: Vec<AbsPath>,
    pub(crate) real: AbsPath,
    pub(crate) told: Vec<Recognised>,
}

/// Where the links of a path lead; the path itself, where there is nothing.
pub(crate) fn real(view: &View<'_>, path: &AbsPath) -> Asked<AbsPath> {
    Ok(view.entry(path)?.known().map_or_else(|| path.clone(), |it| it.real))
}

/// Looks at a folder that may be an environment; `None` where there is no trace of one.
pub(crate) fn inspect(
    view: &View<'_>,
    tables: &Tables,
    place: &Place,
) -> Asked<Option<Environment>> {
    let prefix = &place.prefix;
    let listing = match view.listing(prefix)? {
        Reply::Known(listing) => listing,
        Reply::Absent => return Ok(None),
        Reply::Fault(_) => return Ok(Some(unreadable(place))),
    };
    let folder = executables_folder(prefix, &listing);
    let configuration_path = prefix.join("pyvenv.cfg");
    // Ask all before the first `?`, so that one round trip is enough.
    let configured = listing.has("pyvenv.cfg").then(|| view.text(&configuration_path));
    let executables = view.listing(&folder);
    let library = library_name(&listing).map(|it| view.listing(&prefix.join(it)));
    let configured = configured.transpose()?;
    let executables = executables?.known();
    let library = library.transpose()?.and_then(Reply::known);
    let Some(layout) = layout(place, &listing, executables.as_deref(), library.as_deref()) else {
        return Ok(None);
    };
    let configuration = configured.as_ref().and_then(|it| pyvenv(&it.as_ref().known().cloned()?));
    let seen = Seen { prefix: prefix.clone(), real: place.real.clone(), listing, configuration };
    let recognised = manager::recognise(view, tables, &seen);
    let executable = executable(view, &folder, executables.as_deref())?;
    let damages = match layout {
        Layout::Virtual => {
            damages(view, &seen, configured.is_some(), executable.as_ref(), &folder)?
        }
        Layout::Conda => damages_of_conda(executable.as_ref(), &folder),
        Layout::Packages => Vec::new(),
    };
    let words = recognised?.into_iter().chain(place.told.iter().cloned()).collect();
    let understood = understood(words, layout, prefix);
    let library_minor = library.as_deref().and_then(minor);
    let prompt = seen.configuration.as_ref().and_then(|it| it.prompt.as_ref());
    let mut environment = Environment {
        prefix: prefix.clone(),
        real: place.real.clone(),
        aliases: place.aliases.clone(),
        python: executable.as_ref().map(|it| it.python.clone()),
        version: None,
        implementation: implementation(seen.configuration.as_ref(), library.as_deref()),
        kind: understood.kind,
        manager: understood.manager,
        project: understood.project,
        offer: understood.offer,
        name: understood.name.or_else(|| prompt.map(|it| it.text.clone())),
        base: executable.as_ref().and_then(|it| base(it, &place.real)),
        site_packages: site_packages(prefix, layout, library.as_deref()),
        damages,
        because: understood.because,
    };
    let (version, disagreement) = version(view, &seen, environment.base.as_ref(), library_minor)?;
    environment.version = version;
    environment.damages.extend(disagreement);
    Ok(Some(environment))
}

/// What kind of folder it is; `None` where there is no trace of an environment.
fn layout(
    place: &Place,
    listing: &Listing,
    executables: Option<&Listing>,
    library: Option<&Listing>,
) -> Option<Layout> {
    let is_packages = place.prefix.parent().is_some_and(|it| it.name() == b"__pypackages__");
    if listing.has("pyvenv.cfg") {
        return Some(Layout::Virtual);
    }
    if listing.has("conda-meta") {
        return Some(Layout::Conda);
    }
    if is_packages && listing.has("lib") {
        return Some(Layout::Packages);
    }
    // What a creation that was killed may have left behind.
    let traces = executables.is_some_and(has_python)
        || listing.has("lib64")
        || listing.has(".lock")
        || library.is_some_and(|it| minor(it).is_some());
    traces.then_some(Layout::Virtual)
}

/// `bin`; on Windows `Scripts`, and for conda the prefix itself.
fn executables_folder(prefix: &AbsPath, listing: &Listing) -> AbsPath {
    if listing.has("python.exe") {
        return prefix.clone();
    }
    prefix.join(if listing.has("Scripts") { "Scripts" } else { "bin" })
}

fn library_name(listing: &Listing) -> Option<&'static str> {
    ["lib", "Lib"].into_iter().find(|it| listing.has(it))
}

fn unreadable(place: &Place) -> Environment {
    let because = vec![Evidence::at(&place.prefix, "it cannot be listed")];
    Environment {
        prefix: place.prefix.clone(),
        real: place.real.clone(),
        aliases: place.aliases.clone(),
        python: None,
        version: None,
        implementation: None,
        kind: "venv",
        manager: None,
        project: None,
        offer: Offer::Offered,
        name: None,
        base: None,
        site_packages: None,
        damages: vec![Damage::Unreadable { path: place.prefix.clone() }],
        because,
    }
}

/// An environment of conda need not hold a Python; one that is there must start.
fn damages_of_conda(executable: Option<&Executable>, folder: &AbsPath) -> Vec<Damage> {
    match executable {
        None => vec![Damage::NoPython { folder: folder.clone() }],
        Some(executable) => does_not_start(executable).into_iter().collect(),
    }
}

/// What hinders an interpreter from being started.
fn does_not_start(executable: &Executable) -> Option<Damage> {
    let Executable { python, entry } = executable;
    match entry.kind {
        EntryKind::Dangling => {
            Some(Damage::DanglingPython { python: python.clone(), target: entry.real.clone() })
        }
        EntryKind::File if entry.executable => None,
        _ => Some(Damage::NotExecutable { python: python.clone() }),
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
    let mut damages: Vec<Damage> = match executable {
        None => vec![Damage::NoPython { folder: folder.clone() }],
        Some(executable) => does_not_start(executable).into_iter().collect(),
    };
    let configuration = seen.prefix.join("pyvenv.cfg");
    let starts = damages.is_empty();
    match &seen.configuration {
        None if configured => damages.push(Damage::EmptyConfiguration { configuration }),
        None if starts => {
            let base = executable.and_then(|it| base(it, &seen.real));
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

/// `lib/pythonX.Y/site-packages`; on Windows `Lib\site-packages`; of PEP 582 `lib` itself.
fn site_packages(prefix: &AbsPath, layout: Layout, library: Option<&Listing>) -> Option<AbsPath> {
    let (library, folder) =
        (library?, prefix.join(if prefix.is_windows() { "Lib" } else { "lib" }));
    if layout == Layout::Packages {
        return Some(folder);
    }
    if library.has("site-packages") {
        return Some(folder.join("site-packages"));
    }
    Some(folder.join(library_folder(library)?).join("site-packages"))
}

fn implementation(configuration: Option<&Pyvenv>, library: Option<&Listing>) -> Option<String> {
    let said = configuration.and_then(|it| it.implementation.as_ref());
    if let Some(said) = said {
        return Some(said.text.to_lowercase());
    }
    let folder = library.and_then(library_folder)?;
    Some(if folder.starts_with("pypy") { "pypy" } else { "cpython" }.to_owned())
}
