//! What is understood of a project as a whole: its manager, its environment and what it needs, observed through a `View`.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use super::{
    choice::{Candidate, Claim, Selection, Strength},
    choosing::{self, Chosen},
    conda::{self, CondaWant},
    configured::Configured,
    conflict::{Conflict, conflicts},
    damage::Staleness,
    environment::Environment,
    evidence::Evidence,
    expectation::normal,
    extra::ExtraGap,
    flaw::{Flaw, Installed},
    import::Imports,
    inspect::foresee_own,
    interpreter::{Interpreters, VenvModule, bundled_pip},
    layered::Layers,
    locked::{self, LockRead},
    member::Members,
    misfit::{self, Misfit},
    neighbour::Neighbours,
    origin::Origin,
    overlay::Packages,
    project::{ManifestRead, Project},
    python::Pin,
    reached::Reached,
    sharing::Sharing,
    tool::version_of_tool,
    variable::unset,
    want::{Want, wants},
    word,
};
use crate::{
    Depth, Tables,
    manager::{self, Manager},
    manifest::{self, Says, Set},
    standard::{marker::MarkerEnvironment, version::Version},
    text::Location,
    world::{AbsPath, Asked, Inventory, Machine, MetadataTable, Os, Place, Trust, View},
};

/// A project and everything outside its folder that its findings depend on.
#[derive(Clone, Debug)]
pub struct Model {
    pub project: Project,
    /// Every manager that claims the project, strongest first.
    pub claims: Vec<Claim>,
    /// Every environment that the project could get, strongest first.
    pub candidates: Vec<Candidate>,
    pub selection: Option<Selection>,
    /// The interpreter that the user chose, whether it is there or not.
    pub choice: Option<AbsPath>,
    /// The other project that the selected environment was made for.
    pub sharing: Option<Arc<Sharing>>,
    /// The environment that the project calls by name, where it is not there and whoever keeps it could make it.
    pub unmade: Option<manager::Unmade>,
    /// Places where environments were looked for, as a person would write them.
    pub looked_at: Vec<String>,
    pub wants: Vec<Want>,
    /// What conda is to install always, where its environment has conda's records.
    pub conda: Vec<CondaWant>,
    pub members: Members,
    /// The groups and extras, by normalised name, that come along when the manager installs what it does by itself.
    pub brought: BTreeSet<Set>,
    /// What is installed in the selected environment; `None` where there is none that could be read.
    pub installed: Option<Arc<Inventory>>,
    /// The metadata of what is installed; `None` also while it is still being read, for nothing waits for it.
    pub metadata: Option<Arc<MetadataTable>>,
    /// What does not hold between the installed distributions.
    pub conflicts: Vec<Conflict>,
    /// The extras of which not everything is installed.
    pub extra_gaps: Vec<ExtraGap>,
    /// The environment variables that manifests name and that are not set.
    pub unset: BTreeSet<String>,
    /// What is wrong with how something was installed.
    pub flaws: Vec<Flaw>,
    /// The programs that the project's manager works with, by name, as far as they are on this machine.
    pub programs: BTreeMap<&'static str, AbsPath>,
    /// The versions of those of them for which that matters, as far as files or, where that may be, they themselves tell.
    pub versions: BTreeMap<&'static str, Version>,
    /// Whether the environment's Python brings a pip along; looked at only where there is neither pip nor what installs without.
    pub bundled_pip: Option<VenvModule>,
    /// The machine's interpreters; looked for only where a base for an environment is wanted.
    pub bases: Option<Arc<Interpreters>>,
    /// The layer that the environment is in, where it is in one.
    pub reached: Option<Reached>,
    /// The containers that the project's own files speak of.
    pub neighbours: Neighbours,
    /// The indexes that the user's settings name.
    pub configured: Configured,
    /// The Python that the environment's own table names, where it is one of several that the manager makes.
    pub python_named: Option<Pin>,
    /// The Python that the user wants an environment to be made with, whatever is pinned.
    pub python_wanted: Option<Version>,
    pub trust: Trust,
    /// The locks of the project's own manager.
    pub locks: Vec<LockRead>,
    /// Where the manager would keep its lock, while there is none.
    pub lock_missing: Option<AbsPath>,
    /// What the code imports.
    pub imports: Arc<Imports>,
    /// The containers and machines that the project declares.
    pub layers: Layers,
    pub machine: Option<Arc<Machine>>,
    /// Where the selected environment was made, where it is not what it seems here.
    pub origin: Option<Origin>,
    /// What is installed and was compiled for something else.
    pub misfits: Vec<Misfit>,
}

impl Model {
    /// Observes a project. `Ok(None)` where there is none at this folder any more. What was understood `before` spares
    /// work, and changes nothing in what is understood now.
    pub fn observe(
        view: &View<'_>,
        tables: &Tables,
        root: &AbsPath,
        before: Option<&Model>,
    ) -> Asked<Option<Model>> {
        let project = Project::observe(view, root);
        foresee_own(view, root);
        if tables.depth == Depth::Everything {
            Imports::foresee(view, root);
        }
        let Some(project) = project? else { return Ok(None) };
        // Ask all before the first `?`, so that one round trip answers every manager.
        let claims: Vec<_> = tables.managers.iter().map(|it| it.claim(view, &project)).collect();
        let places: Vec<_> = tables.managers.iter().map(|it| it.places(view, &project)).collect();
        let unmade: Vec<_> = tables.managers.iter().map(|it| it.unmade(view, &project)).collect();
        let chosen = choosing::chosen(view, tables, root);
        let (layers, machine) = (Layers::observe(view, &project), view.machine());
        let neighbours = layers.as_ref().map(|it| Neighbours::observe(view, &project, it));
        let claims: Asked<Vec<Option<Claim>>> = claims.into_iter().collect();
        let mut claims: Vec<Claim> = claims?.into_iter().flatten().collect();
        claims.sort_by(|a, b| (b.strength, a.manager).cmp(&(a.strength, b.manager)));
        let places: Asked<Vec<_>> = places.into_iter().collect();
        let mut places: Vec<manager::EnvironmentPlace> = places?.into_iter().flatten().collect();
        places.extend(claims.iter().filter_map(|it| kept_by(it, &project)));
        if claims.first().is_some_and(|it| it.strength >= Strength::Lockfile) {
            // A tool that keeps its own environment for the project pays no heed to what happens to be active.
            places.retain(|it| it.strength > Strength::Ambient);
        }
        let manager = manager::named(claims.first().map_or("pip", |it| it.manager));
        manager.programs().iter().for_each(|name| drop(view.program(name)));
        let unmade: Asked<Vec<Option<manager::Unmade>>> = unmade.into_iter().collect();
        // Every other manager has a place and a name of its own.
        let by_name = unmade?.into_iter().flatten().filter(|_| manager.name() == "pip");
        let unmade = by_name.min_by_key(|it| it.manager);
        let mut looked_at = looked_at(&project.root, &claims, &places);
        looked_at.extend(unmade.iter().map(|it| it.prefix.shown_from(&project.root)));
        let Chosen { python: choice, place, installation } = chosen?;
        places.extend(place);
        let mut neighbours = neighbours.map_err(|it| *it)??;
        places.append(&mut neighbours.places);
        let mut candidates = choosing::candidates(view, tables, &project, &claims, places)?;
        candidates.extend(installation);
        choosing::rank(&mut candidates);
        word::complete(view, &project, &claims, &mut candidates)?;
        let selection = choosing::select(&candidates);
        let place = selection.as_ref().map_or(Place::Here, |it| it.environment.prefix.place());
        let (layers, machine) = (layers?, machine?);
        let reached = Reached::observe(view, &place, &layers, machine.as_deref())?;
        if let Some(reached) = &reached {
            claims.iter_mut().for_each(|it| it.prefix = reached.kept_at(it));
        }
        let mut model = Model {
            layers,
            machine,
            origin: None,
            misfits: Vec::new(),
            project,
            claims,
            candidates,
            selection,
            reached,
            neighbours,
            choice,
            sharing: None,
            unmade,
            looked_at,
            wants: Vec::new(),
            conda: Vec::new(),
            members: Members::default(),
            brought: BTreeSet::new(),
            installed: None,
            metadata: None,
            conflicts: Vec::new(),
            extra_gaps: Vec::new(),
            unset: BTreeSet::new(),
            flaws: Vec::new(),
            programs: BTreeMap::new(),
            versions: BTreeMap::new(),
            bundled_pip: None,
            bases: None,
            configured: Configured::default(),
            python_named: None,
            python_wanted: None,
            trust: Trust::Untrusted,
            locks: Vec::new(),
            lock_missing: None,
            imports: Arc::default(),
        };
        if tables.depth == Depth::Choice {
            return Ok(Some(model));
        }
        // Ask all before the first `?`, so that one round trip answers them.
        let (tools, found) = (model.observe_tools(view), locked::find(view, &model));
        tools?;
        model.observe_needs(view, found?, before)?;
        Ok(Some(model))
    }

    /// What is understood where nothing has changed but what is in the sources that the editor holds open. `None` where it
    /// must be understood from the beginning.
    pub(crate) fn observe_opened(view: &View<'_>, before: &Model) -> Option<Model> {
        let imports = Imports::observe_opened(view, before)?;
        Some(Model { imports: Arc::new(imports), ..before.clone() })
    }

    /// Lets go of everything but what was chosen, and why: of what the project needs and holds.
    pub(crate) fn keep_choice(&mut self) {
        self.project.manifests = Vec::new();
        self.wants = Vec::new();
        self.conda = Vec::new();
        self.members = Members::default();
        self.brought = BTreeSet::new();
        self.metadata = None;
        self.conflicts = Vec::new();
        self.extra_gaps = Vec::new();
        self.unset = BTreeSet::new();
        self.flaws = Vec::new();
        self.programs = BTreeMap::new();
        self.bases = None;
        self.neighbours = Neighbours::default();
        self.locks = Vec::new();
        self.imports = Arc::default();
        self.layers = Layers::default();
        self.misfits = Vec::new();
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
        selected.unwrap_or_else(|| self.own_prefix())
    }

    /// Where the project's own environment is, or would be made, whatever was selected.
    #[must_use]
    pub fn own_prefix(&self) -> AbsPath {
        let claimed = self.claim().map(|it| it.prefix.clone());
        claimed.unwrap_or_else(|| self.project.root.join(".venv"))
    }

    /// The selected environment, if it is sound: only then does anything that rests on it make sense.
    #[must_use]
    pub fn usable(&self) -> Option<&Environment> {
        let environment = &self.selection.as_ref()?.environment;
        environment.is_usable().then_some(&**environment)
    }

    /// Whether a group or an extra comes along when the manager installs what it does by itself.
    #[must_use]
    pub fn brings(&self, set: &Set) -> bool {
        self.brought.contains(&normal(set))
    }

    /// How a person in the project's folder would write a path.
    #[must_use]
    pub fn shown(&self, path: &AbsPath) -> String {
        path.shown_from(&self.project.root)
    }

    fn observe_tools(&mut self, view: &View<'_>) -> Asked<()> {
        let trust = view.trust(&self.project.root);
        let names = self.manager().programs();
        let place = self.place();
        let asked: Vec<_> =
            names.iter().map(|name| (*name, view.program_of(&place, name))).collect();
        let serves = |it: &Environment| {
            let is_pinned = self.project.admits_by_pin(it.version.as_ref());
            let is_own = it.externally_managed.is_none() && self.is_own(it);
            self.satisfies_python(it)
                && is_pinned
                && is_own
                && it.staleness.is_empty()
                && it.ended.is_none()
        };
        let home = self.claim().map_or(&self.project.root, |it| &it.home);
        // Only these tools go by such settings.
        let configured =
            names.contains(&"uv").then(|| Configured::observe(view, &self.project, home));
        let read_only = |it: &Staleness| matches!(it, Staleness::ReadOnly { .. });
        let chmod = self.usable().is_some_and(|it| it.staleness.iter().any(read_only));
        let chmod = chmod.then(|| view.program("chmod"));
        let fits = self.usable().is_some_and(serves);
        let bases = (!fits).then(|| match &self.reached {
            None => view.interpreters(),
            Some(reached) => reached.interpreters(view),
        });
        if let Some(program) = chmod.transpose()?.flatten() {
            self.programs.insert("chmod", program);
        }
        for (name, program) in asked {
            if let Some(program) = program? {
                self.programs.insert(name, program);
            }
        }
        self.configured = configured.transpose()?.unwrap_or_default();
        self.trust = trust?;
        for name in self.manager().versioned() {
            let Some(program) = self.programs.get(name) else { continue };
            if let Some(version) = version_of_tool(view, name, program, self.trust)? {
                self.versions.insert(name, version);
            }
        }
        self.bases = bases.transpose()?;
        Ok(())
    }

    fn observe_needs(
        &mut self,
        view: &View<'_>,
        mut found: locked::Found,
        before: Option<&Model>,
    ) -> Asked<()> {
        let place = self.usable().map_or(Place::Here, |it| it.prefix.place());
        let machine = view.machine_of(place);
        let origin = self.selection.as_ref().map(|it| {
            Origin::observe(view, &it.environment, &self.layers, self.machine.as_deref())
        });
        let imports = Imports::observe(view, self);
        let packages = self.usable().map(|it| Packages::observe(view, it));
        let sharing = Sharing::observe(view, self);
        let home = self.claim().map_or(&self.project.root, |it| &it.home);
        let members = Members::observe(view, &self.project, home);
        let packages = packages.transpose()?.unwrap_or_default();
        self.origin = origin.transpose()?.flatten();
        self.installed = packages.seen;
        self.sharing = sharing?.map(Arc::new);
        self.members = members?;
        let mut bundled = Ok(None);
        let lacks = |it: &Arc<Inventory>| !it.distributions.contains_key("pip");
        if self.installed.as_ref().is_some_and(lacks) && !self.programs.contains_key("uv") {
            let base = self.usable().and_then(|it| it.base.clone());
            bundled = base.map_or(Ok(None), |it| bundled_pip(view, &it));
        }
        // Without an environment the markers are judged for the one that would be made.
        let usable =
            self.usable().and_then(|it| Some((it.version.as_ref()?, it.implementation.as_deref())));
        let planned = || self.base(|_| true).map(|it| (&it.version, Some(it.implementation)));
        let machine = machine?;
        let os = machine.as_ref().map_or(Os::Linux, |it| it.os);
        let environment = usable.or_else(planned).zip(machine).map(|(python, machine)| {
            MarkerEnvironment::of(python.0, python.1.unwrap_or("cpython"), &machine)
        });
        self.unset = unset(view, &self.project);
        let judged = environment.clone().unwrap_or_default();
        // What calls none of its environments by name works in the one that is called `default`.
        let used = self.usable().filter(|it| it.manager == Some(self.manager().name()));
        let used = used.and_then(|it| it.name.as_deref());
        let named = used.unwrap_or("default");
        let holding = self.manager().holding(view, &self.project, named, os)?;
        self.python_named = used.and(holding.as_ref()).and_then(|it| it.python.clone());
        if self.other_python().is_some() && self.bases.is_none() {
            self.bases = Some(view.interpreters()?);
        }
        (self.wants, self.brought) = wants(
            &self.project,
            self.manager(),
            &judged,
            self.installed.as_deref(),
            holding.as_ref(),
        );
        if let Some(prefix) = self.usable().map(|it| it.prefix.clone()) {
            self.conda = conda::wants(view, &self.project, &prefix, &judged)?;
        }
        self.lock_missing = found.missing.take();
        self.locks = locked::compared(self, found, environment.as_ref());
        self.metadata = packages.seen_metadata;
        if let Some(table) = &self.metadata {
            let name = self.project.name.as_deref();
            (self.conflicts, self.extra_gaps) = conflicts(table, &judged, &self.wants, name);
        }
        let mut imports = imports?;
        imports.judge(self, &judged, before);
        self.imports = Arc::new(imports);
        self.misfits = misfit::misfits(self);
        if !self.misfits.is_empty() && self.bases.is_none() {
            self.bases = Some(view.interpreters()?);
        }
        // What is seen elsewhere is not this project's to mend.
        if let (Some(inventory), Some(site_packages)) = (&packages.own, &packages.site_packages) {
            let (metadata, wants) = (packages.own_metadata.as_deref(), &*self.wants);
            self.flaws = Installed { site_packages, inventory, metadata, wants }.flaws(view);
        }
        self.bundled_pip = bundled?;
        Ok(())
    }

    /// Whether an environment is the project's own, and not one that belongs to another project.
    fn is_own(&self, environment: &Environment) -> bool {
        let ours = |owner: &AbsPath| {
            self.project.root.is_within(owner) || self.claims.iter().any(|it| it.home == *owner)
        };
        environment.owner().is_none_or(|it| ours(&it))
    }

    /// Where something about the project as a whole is said: its name, else the start of its first manifest.
    #[must_use]
    pub fn anchor(&self) -> Location {
        let named = self.project.manifests.iter().find_map(|it| {
            let fact = it.document.facts.iter().find(|it| matches!(it.says, Says::Name(_)))?;
            Some(it.document.location(&it.path, fact.span))
        });
        let marking =
            || self.project.manifests.iter().filter(|it| manifest::marks_project(&it.path));
        // What is always needed speaks for the project before what a group needs.
        let is_main =
            |it: &&ManifestRead| !matches!(manifest::set_of_file(&it.path), Some(Set::Group(_)));
        let first = || {
            let manifest = marking().find(is_main).or_else(|| marking().next())?;
            let line = manifest.document.lines.line(&manifest.document.text, 0)?;
            Some(manifest.document.location(&manifest.path, line))
        };
        let code = || self.project.first_source().map(|it| Location::start_of(&it));
        let fallback = || Location::start_of(&self.project.root);
        named.or_else(first).or_else(code).unwrap_or_else(fallback)
    }

    /// What to call the project in a sentence.
    #[must_use]
    pub fn called(&self) -> String {
        self.project.name.clone().unwrap_or_else(|| self.project.root.name_text())
    }
}

/// The place where a tool that claims the project keeps its environment by itself.
fn kept_by(claim: &Claim, project: &Project) -> Option<manager::EnvironmentPlace> {
    if claim.strength < Strength::Lockfile {
        return None;
    }
    let whose = if claim.home == project.root { "project" } else { "workspace" };
    let what = format!("{} keeps the {whose}'s environment there", claim.manager);
    let because = Evidence::at(&claim.prefix, what);
    Some(manager::EnvironmentPlace::new(claim.prefix.clone(), claim.strength, because))
}

fn looked_at(
    root: &AbsPath,
    claims: &[Claim],
    places: &[manager::EnvironmentPlace],
) -> Vec<String> {
    let claimed = claims.iter().map(|it| it.prefix.shown_from(root));
    // What merely happens to be around, as what tox keeps, is not where the project's would be.
    let places = places.iter().filter(|it| it.strength > Strength::Ambient);
    let shown: BTreeSet<String> =
        places.map(|it| it.prefix.shown_from(root)).chain(claimed).collect();
    if shown.is_empty() { vec![".venv".to_owned()] } else { shown.into_iter().collect() }
}
