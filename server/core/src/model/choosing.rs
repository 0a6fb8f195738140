//! Which environment a project gets: what speaks for and against each that it could get, strongest first.

use std::{cmp::Reverse, collections::BTreeMap, sync::Arc};

use super::{
    choice::{Candidate, Claim, Eligibility, Selection, Strength},
    damage::Damage,
    environment::Environment,
    evidence::Evidence,
    facts::packages_of_installation,
    inspect::{Place, Scope, ended, foresee, inspect, real},
    interpreter::{Interpreter, InterpreterPlace, look},
    project::Project,
    recognised::{Layout, Offer, Recognised},
};
use crate::{
    Tables,
    manager::EnvironmentPlace,
    standard::lifetime::Date,
    world::{AbsPath, Asked, EntryKind, Reply, View},
};

/// What the user chose for a project.
pub(super) struct Chosen {
    /// As it was chosen, whether it is there or not.
    pub(super) python: Option<AbsPath>,
    /// The environment that it belongs to.
    pub(super) place: Option<EnvironmentPlace>,
    /// The installation that it belongs to, where it belongs to no environment.
    pub(super) installation: Option<Candidate>,
}

/// Looks up what the user chose.
pub(super) fn chosen(view: &View<'_>, tables: &Tables, root: &AbsPath) -> Asked<Chosen> {
    let Reply::Known(python) = view.choice(root)? else {
        return Ok(Chosen { python: None, place: None, installation: None });
    };
    let because = Evidence::at(&python, "you chose it");
    let is_folder = view.entry(&python)?.known().is_some_and(|it| it.kind == EntryKind::Folder);
    let above = python.parent().unwrap_or_else(|| python.clone());
    let is_nested = matches!(above.name(), b"bin" | b"Scripts");
    let prefix = match above.parent() {
        _ if is_folder => python.clone(),
        Some(outer) if is_nested => outer,
        _ => above,
    };
    let listing = view.listing(&prefix)?.known();
    let is_environment =
        listing.is_none_or(|it| it.has("pyvenv.cfg") || it.has("conda-meta")) || is_folder;
    let installed = if is_environment { None } else { installation(view, tables, &python)? };
    let installation = installed.map(|environment| Candidate {
        environment: Arc::new(environment),
        strength: Strength::Chosen,
        eligibility: Eligibility::Eligible,
        because: vec![because.clone()],
        against: Vec::new(),
    });
    let place =
        installation.is_none().then(|| EnvironmentPlace::new(prefix, Strength::Chosen, because));
    Ok(Chosen { python: Some(python), place, installation })
}

/// An installation of Python as the environment that a project works in, if the user wants it so.
fn installation(view: &View<'_>, tables: &Tables, python: &AbsPath) -> Asked<Option<Environment>> {
    let place = InterpreterPlace {
        python: python.clone(),
        strength: Strength::Ambient,
        kind: "system",
        because: Evidence::at(python, "it is an interpreter of this machine"),
        recorded: None,
    };
    // What kind it is is known to the manager that keeps it.
    let named: Vec<_> = tables.managers.iter().map(|it| it.interpreters(view)).collect();
    let (found, today) = (look(view, &place), view.today());
    let named: Asked<Vec<_>> = named.into_iter().collect();
    let named: Vec<InterpreterPlace> = named?.into_iter().flatten().collect();
    let Some(interpreter) = found? else { return Ok(None) };
    let same = |it: &&InterpreterPlace| it.python == *python || it.python == interpreter.python;
    let named = named.iter().filter(same).max_by_key(|it| (it.strength, Reverse(it.kind)));
    let kind = named.map_or(place.kind, |it| it.kind);
    let because = named.map_or(place.because, |it| it.because.clone());
    Ok(Some(of_interpreter(view, python, &interpreter, kind, because, today?)?))
}

fn of_interpreter(
    view: &View<'_>,
    python: &AbsPath,
    interpreter: &Interpreter,
    kind: &'static str,
    because: Evidence,
    today: Option<Date>,
) -> Asked<Environment> {
    let prefix = interpreter.prefix.clone();
    let version = interpreter.version.release();
    let minor = version.first().copied().zip(version.get(1).copied()).unwrap_or_default();
    let packages = packages_of_installation(view, &prefix, minor, interpreter.threading)?;
    let mut packages = packages.into_iter();
    let place = Place {
        prefix: prefix.clone(),
        aliases: Vec::new(),
        real: prefix,
        told: Vec::new(),
        scope: Scope::Project,
    };
    Ok(Environment {
        python: Some(python.clone()),
        // Several interpreters share the prefix of the system, so the executable is what tells them apart.
        real: interpreter.python.clone(),
        layout: Layout::Installation,
        version: Some(interpreter.version.clone()),
        implementation: Some(interpreter.implementation.to_owned()),
        architecture: interpreter.architecture.map(str::to_owned),
        threading: interpreter.threading,
        ended: today.and_then(|it| ended(&interpreter.version, it)),
        kind,
        site_packages: packages.next(),
        also_sees: packages.collect(),
        externally_managed: interpreter.externally_managed.clone(),
        because: vec![because],
        ..Environment::at(&place)
    })
}

/// Everything that the project could get.
pub(super) fn candidates(
    view: &View<'_>,
    tables: &Tables,
    project: &Project,
    claims: &[Claim],
    places: Vec<EnvironmentPlace>,
) -> Asked<Vec<Candidate>> {
    let named = by_identity(view, places)?;
    let inspected: Vec<_> = named.iter().map(|it| inspect(view, tables, &it.place)).collect();
    let mut candidates = Vec::new();
    for (named, environment) in named.into_iter().zip(inspected) {
        let Named { place, strength, mut because } = named;
        let is_wanted = strength == Strength::Chosen && !place.prefix.is_here();
        let environment = environment?.or_else(|| is_wanted.then(|| not_made(&place)));
        let Some(environment) = environment else { continue };
        because.sort();
        let environment = Arc::new(environment);
        let hindrance = hindrance(project, claims, strength, &environment);
        let standing =
            if hindrance.is_some() { Eligibility::Hindered } else { Eligibility::Eligible };
        let against = hindrance.into_iter().chain(against(project, claims, &environment)).collect();
        candidates.push(Candidate {
            environment,
            strength,
            eligibility: standing,
            because,
            against,
        });
    }
    Ok(candidates)
}

/// What the user chose in a layer and is not there yet: it can be made there.
fn not_made(place: &Place) -> Environment {
    let damages = vec![Damage::NotMade { prefix: place.prefix.clone() }];
    Environment { damages, ..Environment::at(place) }
}

/// A place that could be the project's environment, by whatever paths it was named.
struct Named {
    place: Place,
    strength: Strength,
    because: Vec<Evidence>,
}

/// Every environment once. It is called by the path that speaks most for it, of equals by the first.
fn by_identity(view: &View<'_>, places: Vec<EnvironmentPlace>) -> Asked<Vec<Named>> {
    let mut places = places;
    let key = |it: &EnvironmentPlace| (Reverse(it.strength), it.prefix.clone(), it.because.clone());
    places.sort_by_cached_key(key);
    let reals: Vec<_> = places.iter().map(|it| real(view, &it.prefix)).collect();
    foresee(view, places.iter().map(|it| &it.prefix));
    let mut named: BTreeMap<AbsPath, Named> = BTreeMap::new();
    for (place, real) in places.into_iter().zip(reals) {
        let real = real?;
        let told: Vec<Recognised> = place.told.into_iter().collect();
        let Some(known) = named.get_mut(&real) else {
            let (prefix, scope) = (place.prefix, Scope::Project);
            let at = Place { prefix, aliases: Vec::new(), real: real.clone(), told, scope };
            let because = vec![place.because];
            named.insert(real, Named { place: at, strength: place.strength, because });
            continue;
        };
        let is_alias = place.prefix != known.place.prefix;
        if is_alias && !known.place.aliases.contains(&place.prefix) {
            known.place.aliases.push(place.prefix);
        }
        known.place.told.extend(told);
        known.because.push(place.because);
    }
    Ok(named.into_values().collect())
}

/// What speaks against an environment.
pub(super) fn against(
    project: &Project,
    claims: &[Claim],
    environment: &Environment,
) -> Vec<Evidence> {
    let prefix = &environment.prefix;
    let mut against = Vec::new();
    let claim = claims.first().filter(|it| it.strength >= Strength::Lockfile);
    if let Some(claim) = claim.filter(|it| !environment.is_at(&it.prefix)) {
        let shown = claim.prefix.shown_from(&project.root);
        against
            .push(Evidence::at(&claim.prefix, format!("{} itself uses `{shown}`", claim.manager)));
    }
    if !environment.is_usable() {
        against.push(Evidence::at(prefix, "it is broken"));
    } else if !environment.staleness.is_empty() {
        against.push(Evidence::at(prefix, "it is stale"));
    }
    let Some(version) = &environment.version else { return against };
    if let Some(stated) = &project.requires_python
        && !stated.specifiers.admits(version)
    {
        let what = format!("the project asks for Python `{}`, it has {version}", stated.spelled);
        against.push(Evidence::read(stated.location.clone(), what));
    }
    if let Some(pin) = project.pins.first()
        && !project.admits_by_pin(Some(version))
    {
        let what = format!("Python {} is pinned, it has {version}", pin.spelled);
        against.push(Evidence::read(pin.location.clone(), what));
    }
    if let Some(ended) = environment.ended {
        let what = format!("Python {version} came to its end on {ended}");
        against.push(Evidence::at(prefix, what));
    }
    against
}

/// Why an environment is not chosen by itself, however well it would serve.
fn hindrance(
    project: &Project,
    claims: &[Claim],
    strength: Strength,
    environment: &Environment,
) -> Option<Evidence> {
    let prefix = &environment.prefix;
    if strength == Strength::Chosen {
        return None;
    }
    if environment.offer == Offer::Withheld {
        let of = environment.manager.unwrap_or(environment.kind);
        return Some(Evidence::at(prefix, format!("{of} keeps it for a purpose of its own")));
    }
    let owner = environment.owner()?;
    let homes = claims.iter().map(|it| &it.home);
    let is_ours = project.root.is_within(&owner) || homes.into_iter().any(|it| *it == owner);
    let elsewhere = strength == Strength::Ambient && !is_ours;
    elsewhere.then(|| Evidence::at(&owner, format!("it belongs to `{owner}`")))
}

/// Best first, whatever order they were found in.
pub(super) fn rank(candidates: &mut [Candidate]) {
    candidates.sort_by(|a, b| {
        let by_path = a.environment.prefix.cmp(&b.environment.prefix);
        b.strength.cmp(&a.strength).then(by_path)
    });
}

/// The strongest; of equally strong ones a sound one before a broken one, then one that least speaks against.
pub(super) fn select(candidates: &[Candidate]) -> Option<Selection> {
    let best = candidates.iter().filter(|it| it.eligibility == Eligibility::Eligible).min_by_key(
        |it| {
            (
                Reverse(it.strength),
                it.environment.health(),
                it.against.len(),
                convention(&it.environment.prefix),
            )
        },
    )?;
    let environment = Arc::clone(&best.environment);
    Some(Selection { environment, strength: best.strength, because: best.because.clone() })
}

/// Of equals, the name that most tools make comes first.
fn convention(prefix: &AbsPath) -> (bool, AbsPath) {
    (prefix.name() != b".venv", prefix.clone())
}
