//! A project: its manifests, its manager, its environment and what it needs, observed through a `View`.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use super::{
    choice::{Candidate, Claim, Selection, Strength},
    environment::Environment,
    evidence::Evidence,
    inspect::{Place, inspect, real},
    interpreter::{Interpreter, Interpreters},
    python::{Pin, StatedPython},
    recognised::Recognised,
    want::{Want, wants},
};
use crate::{
    Tables,
    manager::{self, Manager},
    manifest::{self, Document, Says},
    standard::{
        marker::MarkerEnvironment,
        version::{Specifiers, Version},
    },
    text::{Location, Span},
    world::{AbsPath, Asked, Inventory, ListedKind, Listing, Reply, Trust, View},
};

/// A manifest of the project.
#[derive(Clone, Debug)]
pub struct ManifestRead {
    pub path: AbsPath,
    pub document: Arc<Document>,
}

/// What a project's own folder says, before anything outside it was looked at.
#[derive(Clone, Debug)]
pub struct Project {
    pub root: AbsPath,
    pub listing: Arc<Listing>,
    /// Sorted by path; those that others include come with them.
    pub manifests: Vec<ManifestRead>,
    pub name: Option<String>,
    pub requires_python: Option<StatedPython>,
    pub pins: Vec<Pin>,
}

/// A project and everything outside its folder that its findings depend on.
#[derive(Clone, Debug)]
pub struct Model {
    pub project: Project,
    /// Every manager that claims the project, strongest first.
    pub claims: Vec<Claim>,
    /// Every environment that the project could get, strongest first.
    pub candidates: Vec<Candidate>,
    pub selection: Option<Selection>,
    /// Places where environments were looked for, as a person would write them.
    pub looked_at: Vec<String>,
    pub wants: Vec<Want>,
    /// What is installed in the selected environment; `None` where there is none that could be read.
    pub installed: Option<Arc<Inventory>>,
    /// The programs that the project's manager works with, by name, as far as they are on this machine.
    pub programs: BTreeMap<&'static str, AbsPath>,
    /// The machine's interpreters; looked for only where a base for an environment is wanted.
    pub bases: Option<Arc<Interpreters>>,
    pub trust: Trust,
}

impl Model {
    /// Observes a project. `Ok(None)` where there is none at this folder any more.
    pub fn observe(view: &View<'_>, tables: &Tables, root: &AbsPath) -> Asked<Option<Model>> {
        let Some(project) = Project::observe(view, root)? else { return Ok(None) };
        // Ask all before the first `?`, so that one round trip answers every manager.
        let claims: Vec<_> = tables.managers.iter().map(|it| it.claim(view, &project)).collect();
        let places: Vec<_> = tables.managers.iter().map(|it| it.places(view, &project)).collect();
        let claims: Asked<Vec<Option<Claim>>> = claims.into_iter().collect();
        let mut claims: Vec<Claim> = claims?.into_iter().flatten().collect();
        claims.sort_by(|a, b| (b.strength, a.manager).cmp(&(a.strength, b.manager)));
        let places: Asked<Vec<_>> = places.into_iter().collect();
        let mut places: Vec<manager::EnvironmentPlace> = places?.into_iter().flatten().collect();
        if claims.first().is_some_and(|it| it.strength >= Strength::Lockfile) {
            // A tool that keeps its own environment for the project pays no heed to what happens to be active.
            places.retain(|it| it.strength > Strength::Ambient);
        }
        let looked_at = looked_at(&project.root, &claims, &places);
        let candidates = candidates(view, tables, &project, &claims, places)?;
        let selection = select(&candidates);
        let mut model = Model {
            project,
            claims,
            candidates,
            selection,
            looked_at,
            wants: Vec::new(),
            installed: None,
            programs: BTreeMap::new(),
            bases: None,
            trust: Trust::Untrusted,
        };
        model.observe_tools(view)?;
        model.observe_needs(view)?;
        Ok(Some(model))
    }

    /// The claim that won.
    #[must_use]
    pub fn claim(&self) -> Option<&Claim> {
        self.claims.first()
    }

    /// The manager whose claim won; a project that nobody claims is served by pip.
    #[must_use]
    pub fn manager(&self) -> &'static dyn Manager {
        manager::named(self.claim().map_or("pip", |it| it.manager))
    }

    /// Where the project's environment is, or would be made.
    #[must_use]
    pub fn prefix(&self) -> AbsPath {
        let selected = self.selection.as_ref().map(|it| it.environment.prefix.clone());
        let claimed = || self.claim().map(|it| it.prefix.clone());
        selected.or_else(claimed).unwrap_or_else(|| self.project.root.join(".venv"))
    }

    /// The selected environment, if it is sound: only then does anything that rests on it make sense.
    #[must_use]
    pub fn usable(&self) -> Option<&Environment> {
        let environment = &self.selection.as_ref()?.environment;
        environment.is_usable().then_some(&**environment)
    }

    /// How a person in the project's folder would write a path.
    #[must_use]
    pub fn shown(&self, path: &AbsPath) -> String {
        path.shown_from(&self.project.root)
    }

    fn observe_tools(&mut self, view: &View<'_>) -> Asked<()> {
        let trust = view.trust(&self.project.root);
        let names = self.manager().programs();
        let asked: Vec<_> = names.iter().map(|name| (*name, view.program(name))).collect();
        let fits = self.usable().is_some_and(|it| self.satisfies_python(it));
        let bases = (!fits).then(|| view.interpreters());
        for (name, program) in asked {
            if let Some(program) = program? {
                self.programs.insert(name, program);
            }
        }
        self.bases = bases.transpose()?;
        self.trust = trust?;
        Ok(())
    }

    fn observe_needs(&mut self, view: &View<'_>) -> Asked<()> {
        let machine = view.machine();
        let site_packages = self.usable().and_then(|it| it.site_packages.clone());
        let installed = site_packages.map(|it| view.distributions(&it)).transpose()?;
        self.installed = installed.and_then(Reply::known);
        // Without an environment the markers are judged for the one that would be made.
        let usable =
            self.usable().and_then(|it| Some((it.version.as_ref()?, it.implementation.as_deref())));
        let planned = || self.base(|_| true).map(|it| (&it.version, Some(it.implementation)));
        let environment = usable.or_else(planned).zip(machine?).map(|(python, machine)| {
            MarkerEnvironment::of(python.0, python.1.unwrap_or("cpython"), &machine)
        });
        self.wants = wants(
            &self.project,
            self.manager(),
            &environment.unwrap_or_default(),
            self.installed.as_deref(),
        );
        Ok(())
    }

    /// Whether an environment's Python is one that the project supports; so it is where either is unknown.
    #[must_use]
    pub fn satisfies_python(&self, environment: &Environment) -> bool {
        match (&self.project.requires_python, &environment.version) {
            (Some(stated), Some(version)) => stated.specifiers.admits(version),
            _ => true,
        }
    }

    /// The best interpreter of the machine to make the project's environment from: one of the pinned version, where there is
    /// a pin, else the newest that the project supports.
    #[must_use]
    pub fn base(&self, usable: impl Fn(&Interpreter) -> bool) -> Option<&Interpreter> {
        let specifiers = self.project.requires_python.as_ref().map(|it| &it.specifiers);
        let pinned =
            |version: &Version| self.project.pins.iter().any(|it| it.admits(version) == Some(true));
        self.bases.as_ref()?.best(specifiers, pinned, usable)
    }

    /// Where something about the project as a whole is said: its name, else the start of its first manifest.
    #[must_use]
    pub fn anchor(&self) -> Location {
        let named = self.project.manifests.iter().find_map(|it| {
            let fact = it.document.facts.iter().find(|it| matches!(it.says, Says::Name(_)))?;
            Some(it.document.location(&it.path, fact.span))
        });
        let marks = |it: &&ManifestRead| {
            manifest::format_of(&it.path).is_some_and(|format| format.marks_project)
        };
        let first = || {
            let manifest = self.project.manifests.iter().find(marks)?;
            let line = manifest.document.lines.line(&manifest.document.text, 0)?;
            Some(manifest.document.location(&manifest.path, line))
        };
        named.or_else(first).unwrap_or_else(|| Location::start_of(&self.project.root))
    }

    /// What to call the project in a sentence.
    #[must_use]
    pub fn called(&self) -> String {
        self.project.name.clone().unwrap_or_else(|| self.project.root.name_text())
    }
}

impl Project {
    fn observe(view: &View<'_>, root: &AbsPath) -> Asked<Option<Project>> {
        let Reply::Known(listing) = view.listing(root)? else { return Ok(None) };
        let files = listing.names().filter(|(_, kind)| *kind != ListedKind::Folder);
        let own: BTreeSet<AbsPath> = files.map(|(name, _)| root.join(name)).collect();
        let below = listing.find("requirements").filter(|it| it.kind == ListedKind::Folder);
        let below = below.map(|_| view.listing(&root.join("requirements"))).transpose()?;
        let mut paths: BTreeSet<AbsPath> =
            own.into_iter().filter(|it| manifest::format_of(it).is_some()).collect();
        for (name, kind) in
            below.as_ref().and_then(|it| it.as_ref().known()).iter().flat_map(|it| it.names())
        {
            let path = root.join("requirements").join(name);
            if kind != ListedKind::Folder && manifest::format_of(&path).is_some() {
                paths.insert(path);
            }
        }
        let manifests = read_all(view, paths)?;
        if manifests.is_empty() {
            return Ok(None);
        }
        let mut project = Project {
            root: root.clone(),
            listing,
            manifests,
            name: None,
            requires_python: None,
            pins: Vec::new(),
        };
        project.understand();
        Ok(Some(project))
    }

    fn understand(&mut self) {
        for manifest in &self.manifests {
            let at = |span: Span| manifest.document.location(&manifest.path, span);
            for fact in &manifest.document.facts {
                match &fact.says {
                    Says::Name(name) => self.name = Some(name.clone()),
                    Says::Pin(pin) => {
                        self.pins.push(Pin { spelled: pin.clone(), location: at(fact.span) });
                    }
                    Says::RequiresPython(spelled) => {
                        // One that cannot be read is a fact of its own; a bound is not guessed.
                        let Ok(specifiers) = Specifiers::parse(spelled) else { continue };
                        let (spelled, location) = (spelled.clone(), at(fact.span));
                        self.requires_python = Some(StatedPython { specifiers, spelled, location });
                    }
                    _ => {}
                }
            }
        }
    }

    /// The facts of all manifests, each with the manifest that says it.
    pub fn facts(&self) -> impl Iterator<Item = (&ManifestRead, &manifest::Fact)> {
        self.manifests.iter().flat_map(|it| it.document.facts.iter().map(move |fact| (it, fact)))
    }
}

/// Reads manifests and those that they include; each once, so that a circle ends.
fn read_all(view: &View<'_>, paths: BTreeSet<AbsPath>) -> Asked<Vec<ManifestRead>> {
    let mut read: BTreeMap<AbsPath, Arc<Document>> = BTreeMap::new();
    let mut tried: BTreeSet<AbsPath> = BTreeSet::new();
    let mut next = paths;
    while !next.is_empty() {
        let asked: Vec<_> = next.iter().map(|it| (it.clone(), view.manifest(it))).collect();
        tried.append(&mut next);
        for (path, reply) in asked {
            let Reply::Known(document) = reply? else { continue };
            let included = document.facts.iter().filter_map(|fact| match &fact.says {
                Says::Includes { target, .. } => Some(path.parent()?.join(target)),
                _ => None,
            });
            next.extend(included.filter(|it| !tried.contains(it)));
            read.insert(path, document);
        }
    }
    Ok(read.into_iter().map(|(path, document)| ManifestRead { path, document }).collect())
}

fn looked_at(
    root: &AbsPath,
    claims: &[Claim],
    places: &[manager::EnvironmentPlace],
) -> Vec<String> {
    let claimed = claims.iter().map(|it| it.prefix.shown_from(root));
    let shown: BTreeSet<String> =
        places.iter().map(|it| it.prefix.shown_from(root)).chain(claimed).collect();
    if shown.is_empty() { vec![".venv".to_owned()] } else { shown.into_iter().collect() }
}

/// A place that could be the project's environment, by whatever paths it was named.
struct Named {
    place: Place,
    strength: Strength,
    because: Vec<Evidence>,
}

/// Every environment once. It is called by the path that speaks most for it, of equals by the first.
fn by_identity(view: &View<'_>, places: Vec<manager::EnvironmentPlace>) -> Asked<Vec<Named>> {
    let mut places = places;
    places.sort_by(|a, b| {
        (b.strength, &a.prefix, &a.because).cmp(&(a.strength, &b.prefix, &b.because))
    });
    let reals: Vec<_> = places.iter().map(|it| real(view, &it.prefix)).collect();
    let mut named: BTreeMap<AbsPath, Named> = BTreeMap::new();
    for (place, real) in places.into_iter().zip(reals) {
        let real = real?;
        let told: Vec<Recognised> = place.told.into_iter().collect();
        let Some(known) = named.get_mut(&real) else {
            let at = Place { prefix: place.prefix, aliases: Vec::new(), real: real.clone(), told };
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

fn candidates(
    view: &View<'_>,
    tables: &Tables,
    project: &Project,
    claims: &[Claim],
    places: Vec<manager::EnvironmentPlace>,
) -> Asked<Vec<Candidate>> {
    let named = by_identity(view, places)?;
    let inspected: Vec<_> = named.iter().map(|it| inspect(view, tables, &it.place)).collect();
    let mut candidates = Vec::new();
    for (named, environment) in named.into_iter().zip(inspected) {
        let Some(environment) = environment? else { continue };
        let Named { place, strength, mut because } = named;
        because.sort();
        let environment = Arc::new(environment);
        let against = against(project, claims.first(), &place.prefix, &environment);
        candidates.push(Candidate { environment, strength, because, against });
    }
    candidates.sort_by(|a, b| {
        let by_path = a.environment.prefix.cmp(&b.environment.prefix);
        b.strength.cmp(&a.strength).then(by_path)
    });
    Ok(candidates)
}

fn against(
    project: &Project,
    claim: Option<&Claim>,
    prefix: &AbsPath,
    environment: &Environment,
) -> Vec<Evidence> {
    let mut against = Vec::new();
    if let Some(claim) =
        claim.filter(|it| it.prefix != *prefix && it.strength >= Strength::Lockfile)
    {
        let shown = claim.prefix.shown_from(&project.root);
        against
            .push(Evidence::at(&claim.prefix, format!("{} itself uses `{shown}`", claim.manager)));
    }
    if !environment.is_usable() {
        against.push(Evidence::at(prefix, "it is broken"));
    }
    if let (Some(stated), Some(version)) = (&project.requires_python, &environment.version)
        && !stated.specifiers.admits(version)
    {
        let what = format!("the project asks for Python `{}`, it has {version}", stated.spelled);
        against.push(Evidence::read(stated.location.clone(), what));
    }
    against
}

/// The strongest; of equally strong ones a sound one before a broken one, then one that its own files speak against least.
fn select(candidates: &[Candidate]) -> Option<Selection> {
    let best = candidates.iter().min_by_key(|it| {
        let health = it.environment.health();
        (
            std::cmp::Reverse(it.strength),
            health,
            it.against.len(),
            convention(&it.environment.prefix),
        )
    })?;
    Some(Selection { environment: Arc::clone(&best.environment), because: best.because.clone() })
}

/// Of equals, the name that most tools make comes first.
fn convention(prefix: &AbsPath) -> (bool, AbsPath) {
    (prefix.name() != b".venv", prefix.clone())
}
