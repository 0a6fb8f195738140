//! Whether an environment is sound: each damage by its own signs.

use super::{
    damage::{Damage, Foreign, Staleness},
    facts::{Base, Library, claimed_minor, near_to},
    inspect::{Interpreting, Place},
    recognised::Seen,
};
use crate::{
    standard::{
        executable::{Executable, Format, usual_name},
        lifetime::{Date, lifetime},
        pyvenv::Pyvenv,
        version::Version,
    },
    world::{AbsPath, Asked, EntryKind, Machine, Os, Reply, View},
};

/// What hinders an interpreter from being started.
pub(super) fn does_not_start(interpreting: &Interpreting) -> Option<Damage> {
    let Interpreting { python, entry, .. } = interpreting;
    match entry.kind {
        EntryKind::Dangling => {
            Some(Damage::DanglingPython { python: python.clone(), target: entry.real.clone() })
        }
        EntryKind::File if entry.executable => None,
        _ => Some(Damage::NotExecutable { python: python.clone() }),
    }
}

/// Whether an interpreter was made for this machine. Only what is known not to run is said: systems run programs for some
/// other machines too.
pub(super) fn is_foreign(
    python: &AbsPath,
    made: Option<&Executable>,
    machine: Option<&Machine>,
) -> Option<Damage> {
    let (made, machine) = (made?, machine?);
    let native = match machine.os {
        Os::Linux | Os::Other => Format::Elf,
        Os::Macos => Format::MachO,
        Os::Windows => Format::Pe,
    };
    let system = match made.format {
        Format::Elf => "Linux",
        Format::Pe => "Windows",
        Format::MachO => "macOS",
        Format::Script | Format::Unknown => return None,
    };
    let here = usual_name(&machine.architecture);
    let runs = made.architectures.is_empty()
        || made.architectures.iter().any(|it| runs_on(it, here, machine.os));
    if made.format == native && runs {
        return None;
    }
    let made_for = if made.format == native {
        made.architectures.join(" and ")
    } else {
        [system, &made.architectures.join(" and ")].join(" on ").trim_end_matches(" on ").to_owned()
    };
    let by = if made.format == native { Foreign::Architecture } else { Foreign::System };
    let machine =
        if made.format == native { here.to_owned() } else { os_name(machine.os).to_owned() };
    Some(Damage::Foreign { python: python.clone(), by, made_for, machine })
}

fn runs_on(made_for: &str, here: &str, os: Os) -> bool {
    match (made_for, here) {
        _ if made_for == here => true,
        ("i686", "x86_64") | ("arm", "aarch64") => true,
        // Apple's and Microsoft's translators come with the system.
        ("x86_64", "aarch64") => matches!(os, Os::Macos | Os::Windows),
        ("i686", "aarch64") => os == Os::Windows,
        _ => false,
    }
}

fn os_name(os: Os) -> &'static str {
    match os {
        Os::Linux => "Linux",
        Os::Macos => "macOS",
        Os::Windows => "Windows",
        Os::Other => "another system",
    }
}

/// The damages of a virtual environment that its own files show.
pub(super) fn of_virtual(
    seen: &Seen,
    is_configured: bool,
    interpreting: Option<&Interpreting>,
    folder: &AbsPath,
    base: &Base,
) -> Vec<Damage> {
    let mut damages: Vec<Damage> = match interpreting {
        None if is_configured => vec![Damage::NoPython { folder: folder.clone() }],
        None => vec![Damage::Interrupted { prefix: seen.prefix.clone() }],
        Some(interpreting) => does_not_start(interpreting).into_iter().collect(),
    };
    let configuration = seen.prefix.join("pyvenv.cfg");
    let starts = damages.is_empty();
    match &seen.configuration {
        None if is_configured => damages.push(Damage::EmptyConfiguration { configuration }),
        None if starts => {
            let base = match base {
                Base::Known(base) => Some(base.clone()),
                Base::Gone(_) | Base::Unknown => None,
            };
            damages.push(Damage::NoConfiguration { base });
        }
        None => {}
        Some(said) => match (said.home.as_ref().and_then(|it| near_to(None, &it.text)), base) {
            (None, _) => damages.push(Damage::NoHome { configuration }),
            // A dangling link has told already that the base is gone.
            (_, Base::Gone(home)) if starts => {
                damages.push(Damage::BaseGone { home: home.clone() })
            }
            _ => {}
        },
    }
    damages
}

/// Where what `pyvenv.cfg` claims, what the base is named and what the library folders are for do not agree.
pub(super) fn disagreement(
    seen: &Seen,
    running: Option<(u64, u64)>,
    libraries: &[Library],
) -> (Option<Damage>, Option<Staleness>) {
    let said = seen.configuration.as_ref().and_then(|it| it.version.as_ref());
    let claimed = said.and_then(claimed_minor);
    let spelled = |(major, minor): (u64, u64)| format!("{major}.{minor}");
    let has = |minor: (u64, u64)| libraries.iter().any(|it| it.minor == minor);
    let newest = libraries.last().map(|it| it.minor);
    if let (Some(running), Some(made)) = (running, newest)
        && !has(running)
    {
        let damage = Damage::BaseUpgraded { made_with: spelled(made), now: spelled(running) };
        return (Some(damage), None);
    }
    let (Some(claimed), Some(found)) = (claimed, running.or(newest)) else { return (None, None) };
    if claimed == found {
        return (None, None);
    }
    let (made_with, now) = (spelled(claimed), spelled(found));
    if has(claimed) {
        return (None, Some(Staleness::Upgraded { made_with, now }));
    }
    (Some(Damage::VersionLie { claimed: made_with, found: now }), None)
}

/// Whether its scripts say that it was made elsewhere.
pub(super) fn was_moved(
    view: &View<'_>,
    place: &Place,
    seen: &Seen,
    folder: &AbsPath,
) -> Asked<Option<Staleness>> {
    let made_at = made_at(view, seen.configuration.as_ref(), folder)?;
    let Some(from) = made_at.map(|it| it.at(&place.prefix.place())) else { return Ok(None) };
    let is_here = [&place.prefix, &place.real].contains(&&from) || place.aliases.contains(&from);
    if is_here || view.entry(&from)?.known().is_some_and(|it| it.real == place.real) {
        return Ok(None);
    }
    Ok(Some(Staleness::Moved { from }))
}

/// The path that an environment was made at, by its own files.
pub(super) fn made_at(
    view: &View<'_>,
    configuration: Option<&Pyvenv>,
    folder: &AbsPath,
) -> Asked<Option<AbsPath>> {
    let command = configuration.and_then(|it| it.command.as_ref());
    Ok(match command.and_then(|it| commanded(&it.text)) {
        Some(made_at) => Some(made_at),
        None => view.text(&folder.join("activate"))?.known().and_then(|it| activated(&it)),
    })
}

/// The folder that `python -m venv` was told to make: its last argument.
fn commanded(command: &str) -> Option<AbsPath> {
    let (_, arguments) = command.split_once(" -m venv ")?;
    // Options come before the folder, which may have blanks in it.
    let start =
        arguments.find(" /").map(|at| at + 1).or(arguments.starts_with('/').then_some(0))?;
    AbsPath::parse(arguments.get(start..)?.trim())
}

/// The folder that an activation script puts in force; one that finds its own place names none.
fn activated(script: &str) -> Option<AbsPath> {
    let assigned = |line: &str| -> Option<AbsPath> {
        let line = line.trim().strip_prefix("export ").unwrap_or(line.trim());
        let value = line.strip_prefix("VIRTUAL_ENV=")?;
        AbsPath::parse(value.trim_matches(['"', '\'']))
    };
    script.lines().find_map(assigned)
}

/// Whether the project that it was made for is gone.
pub(super) fn is_orphan(view: &View<'_>, project: Option<&AbsPath>) -> Asked<Option<Staleness>> {
    let Some(project) = project else { return Ok(None) };
    let gone = matches!(view.entry(project)?, Reply::Absent);
    Ok(gone.then(|| Staleness::Orphan { project: project.clone() }))
}

/// A pre-release, once the release it led to is out.
pub(super) fn is_outdated(version: Option<&Version>, today: Option<Date>) -> Option<Staleness> {
    let (version, today) = (version.filter(|it| it.is_prerelease())?, today?);
    let minor = (*version.release().first()?, *version.release().get(1)?);
    let is_out = lifetime(minor).is_some_and(|it| it.released <= today);
    is_out.then(|| Staleness::PreRelease { version: version.clone() })
}
