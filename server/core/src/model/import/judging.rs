//! Whether each import is in order, and if not, the one thing to be said about it.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use super::{
    Judged, Judgement, Judgements, Role, Usage,
    grounds::Grounds,
    part::{Part, Use},
    placing,
    resolving::Resolution,
};
use crate::{
    manifest::Set,
    model::{Expectation, Want},
    source::{Condition, Import, Script},
    standard::{
        marker::{MarkerEnvironment, Verdict},
        modules::Portion,
        name, stdlib,
        version::Version,
    },
    text::Range,
    world::AbsPath,
};

/// The last minor version of Python 3 that is thought of.
const LAST: u64 = 15;

/// Where an import stands.
#[derive(Clone, Copy)]
pub(super) struct Place<'place> {
    pub(super) path: &'place AbsPath,
    pub(super) role: Role,
    pub(super) script: Option<&'place Script>,
    /// Whether the file has tried above whether there is such a module: who goes on then knows that there is.
    pub(super) tried: bool,
}

/// What is judged by.
pub(super) struct Judge<'judge> {
    pub(super) grounds: &'judge Grounds<'judge>,
    pub(super) minor: Option<u64>,
    /// The project's own name, normalised.
    pub(super) own: Option<String>,
    /// By normalised name, the numbers of the wants.
    pub(super) declared: BTreeMap<&'judge str, Vec<usize>>,
    /// The folders that every file of the project can import from.
    pub(super) roots: BTreeSet<AbsPath>,
}

impl<'judge> Judge<'judge> {
    pub(super) fn new(grounds: &'judge Grounds<'judge>) -> Judge<'judge> {
        let mut declared: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        for (at, want) in grounds.wants.iter().enumerate() {
            if want.set != Set::Constraint {
                declared.entry(&want.requirement.name).or_default().push(at);
            }
        }
        let roots = ["src", "lib", "python", "source"].iter().map(|it| grounds.root.join(it));
        let version = grounds.target.python_full_version.as_ref();
        Judge {
            grounds,
            minor: version.and_then(|it| it.release().get(1).copied()),
            own: grounds.name.map(name::normalised),
            declared,
            roots: roots.chain([grounds.root.clone()]).collect(),
        }
    }

    /// Everything that is to be said about some of the files, and how they use each distribution.
    pub(super) fn all(&self, part: &Part<'judge>) -> Judgements {
        let mut judged = Vec::new();
        let mut usage: BTreeMap<Arc<str>, Usage> = BTreeMap::new();
        let mut roles: BTreeMap<usize, Role> = BTreeMap::new();
        for top in part.tops() {
            if self.is_plain(&top) {
                continue;
            }
            let uses = part.with_top(&top);
            // Where it is first tried, in each file.
            let mut tried: BTreeMap<usize, Range> = BTreeMap::new();
            for Use { number, import, .. } in uses.iter().filter(|it| it.import.is_optional()) {
                let first = tried.entry(*number).or_insert(import.range);
                *first = (*first).min(import.range);
            }
            for Use { number, path, source, import } in uses {
                let role = || self.role(path);
                let role = *roles.entry(number).or_insert_with(role);
                if role == Role::Vendored {
                    continue;
                }
                for module in self.asked(import) {
                    let tried = tried.get(&number).is_some_and(|it| *it < import.range);
                    let place = Place { path, role, script: source.script(), tried };
                    let judgement = self.one(&module, import, &place, &mut usage);
                    judged.extend(judgement.map(|judgement| Judged {
                        path: path.clone(),
                        range: import.range,
                        module,
                        role,
                        judgement,
                    }));
                }
            }
        }
        self.mention(part, &mut usage);
        self.shadowed(part, &mut judged);
        judged.sort_by(|a, b| (&a.path, a.range, &a.module).cmp(&(&b.path, b.range, &b.module)));
        let mut told: BTreeSet<(AbsPath, usize)> = BTreeSet::new();
        judged.retain(|it| match &it.judgement {
            // Once in a file is enough for a hint.
            Judgement::Optional { want, .. } => told.insert((it.path.clone(), *want)),
            _ => true,
        });
        // One import may ask for several parts of a namespace that are missing for one reason.
        judged
            .dedup_by(|b, a| a.path == b.path && a.range == b.range && a.judgement == b.judgement);
        let is_code = |it: &AbsPath| matches!(self.role(it), Role::Shipped | Role::Development);
        let has_code = part.files().any(|it| !it.1.imports.is_empty() && is_code(it.0));
        let judged = judged.into_iter().map(Arc::new).collect();
        Judgements { judged, usage, has_code }
    }

    /// What a file is for; that of a project which is itself a test or a copy is for no more than that.
    pub(super) fn role(&self, path: &AbsPath) -> Role {
        let own = placing::role(path, self.grounds.root);
        let serves = self.grounds.outer.role.filter(|it| *it != Role::Aside);
        serves.filter(|_| matches!(own, Role::Shipped | Role::Development)).unwrap_or(own)
    }

    /// Whether nothing can be said about a module of that first name, in whatever file: it has been in the library all along,
    /// or is the project's own wherever it is asked for.
    fn is_plain(&self, top: &str) -> bool {
        match stdlib::module(top).filter(|it| !self.is_lost(*it)) {
            Some(it) => it.until.is_none() && self.minor.is_none_or(|minor| it.is_in(minor)),
            None => self.is_own_everywhere(top),
        }
    }

    fn one(
        &self,
        module: &str,
        import: &Import,
        place: &Place<'_>,
        usage: &mut BTreeMap<Arc<str>, Usage>,
    ) -> Option<Judgement> {
        let Place { path, role, script, tried } = *place;
        let resolution = self.resolve(module, path);
        let reached = import.is_reached(self.grounds.target);
        let after = import.tried_before().any(|it| self.is_there(it, path));
        if script.is_none() {
            self.note(module, import, place, &resolution, usage);
        }
        if reached == Verdict::Fails || after || import.is_named() {
            return None;
        }
        let is_after = import.tried_before().next().is_some();
        let guarded = import.is_optional() || tried || is_after || reached == Verdict::Unknown;
        if let (
            Some(script),
            Resolution::Installed(_) | Resolution::Stubs(_) | Resolution::Missing { .. },
        ) = (script, &resolution)
        {
            return if guarded { None } else { self.of_script(module, script) };
        }
        let is_stub = path.name().ends_with(b".pyi");
        match resolution {
            Resolution::Own => None,
            Resolution::Standard(_) if is_stub || guarded || role == Role::Aside => None,
            Resolution::Standard(of_library) => self.of_library(of_library, import, module),
            _ if import.is_for_typing() || is_stub || role == Role::Aside => None,
            Resolution::Installed(portions) => {
                self.of_installed(module, portions, import, role, guarded)
            }
            Resolution::Stubs(_) if !self.wanted(module).is_empty() => {
                self.of_missing(module, &[], import, role, guarded)
            }
            Resolution::Stubs(stubs) if !guarded && role != Role::Development => {
                let providers = self.providers(module);
                Some(Judgement::OnlyStubs { stubs, providers })
            }
            Resolution::Stubs(_) => None,
            Resolution::Missing { around } => {
                self.of_missing(module, &around, import, role, guarded)
            }
        }
    }

    fn of_library(&self, module: stdlib::Module, import: &Import, path: &str) -> Option<Judgement> {
        let until = module.until?;
        let top = path.split('.').next().unwrap_or(path);
        let back = stdlib::replacement(top).1;
        let installed = |it: &str| {
            self.grounds.installed.as_ref().is_some_and(|all| all.distributions.contains_key(it))
        };
        if back.is_some_and(|it| self.declared.contains_key(it) || installed(it)) {
            return None;
        }
        if self.grounds.has_environment && self.minor.is_some_and(|it| until < it) {
            return Some(Judgement::Removed { until, environment: true });
        }
        let stated = self.grounds.requires_python?;
        let later = Version::parse(&format!("3.{}.99", until + 1))?;
        let admits = stated.specifiers.admits(&later);
        let reached = import.is_reached(&self.with_version(&later)) == Verdict::Holds;
        (admits && reached).then_some(Judgement::Removed { until, environment: false })
    }

    /// The environment that is judged for, with another Python.
    fn with_version(&self, version: &Version) -> MarkerEnvironment {
        MarkerEnvironment {
            python_full_version: Some(version.clone()),
            implementation_version: Some(version.clone()),
            ..self.grounds.target.clone()
        }
    }

    fn of_script(&self, module: &str, script: &Script) -> Option<Judgement> {
        let providers = self.providers(module);
        let top = name::normalised(module.split('.').next().unwrap_or(module));
        let named = |it: &str| script.wants.iter().any(|want| &*want.requirement.name == it);
        let is_wanted =
            providers.iter().any(|it| named(it)) || named(&top) || named(&name::normalised(module));
        (!is_wanted && !providers.is_empty()).then_some(Judgement::Script { providers })
    }

    pub(super) fn want(&self, at: usize) -> Option<&'judge Want> {
        self.grounds.wants.get(at)
    }

    fn of_installed(
        &self,
        module: &str,
        portions: &[Portion],
        import: &Import,
        role: Role,
        guarded: bool,
    ) -> Option<Judgement> {
        let names: Vec<&Arc<str>> =
            portions.iter().filter_map(|it| it.distribution.as_ref()).collect();
        let first = *names.first()?;
        if names.iter().any(|it| self.own.as_deref() == Some(&***it)) {
            return None;
        }
        let mut wants: Vec<usize> = Vec::new();
        for name in &names {
            wants.extend(self.declared.get(&***name).into_iter().flatten());
        }
        if wants.is_empty() {
            wants = self.wanted(module);
        }
        wants.retain(|it| self.is_need(*it));
        if !wants.is_empty() {
            return self.of_declared(&wants, import, role, guarded);
        }
        if guarded
            || names.iter().any(|it| self.grounds.outer.declared.contains(&***it))
            || !self.grounds.declares_all
        {
            return None;
        }
        if let Some(member) = names.iter().find(|it| self.grounds.members.contains_key(&****it)) {
            let folder = self.grounds.members.get(&***member).cloned();
            return Some(Judgement::Member { distribution: member.to_string(), folder });
        }
        // What builds and installs is at hand wherever something is developed.
        let at_hand = matches!(&**first, "setuptools" | "pip" | "wheel");
        if at_hand && role != Role::Shipped || role == Role::Development {
            return None;
        }
        self.transitive(first, &|it| !matches!(it, Set::Build | Set::Constraint))
    }

    /// That a distribution came with something which a set of that kind declares, with what is always needed first.
    fn transitive(
        &self,
        distribution: &Arc<str>,
        counts: &dyn Fn(&Set) -> bool,
    ) -> Option<Judgement> {
        let table = self.grounds.metadata?;
        let installed = self.grounds.installed.as_ref();
        let version = installed.and_then(|it| it.distributions.get(&**distribution)?.first());
        let version = version.map(|it| Arc::clone(&it.version));
        let holding = || self.grounds.wants.iter().filter(|it| it.applies == Verdict::Holds);
        let of = |set: &dyn Fn(&Set) -> bool| -> BTreeSet<&str> {
            let names = holding().filter(|it| set(&it.set)).map(|it| &*it.requirement.name);
            names.filter(|it| *it != &**distribution).collect()
        };
        let (always, any) = (of(&|it| *it == Set::Main), of(counts));
        let ways = &table.dependencies;
        let way = ways.way(&always, distribution).or_else(|| ways.way(&any, distribution));
        let way = way.unwrap_or_default();
        Some(Judgement::Transitive { distribution: Arc::clone(distribution), version, way })
    }

    /// What is installed and declared, somewhere.
    fn of_declared(
        &self,
        wants: &[usize],
        import: &Import,
        role: Role,
        guarded: bool,
    ) -> Option<Judgement> {
        let only_groups =
            wants.iter().all(|it| self.want(*it).is_some_and(|it| matches!(it.set, Set::Group(_))));
        if only_groups {
            let inside = import.conditions.contains(&Condition::Function);
            let accused = role == Role::Shipped && !guarded && !inside && self.grounds.declares_all;
            return accused.then(|| self.development(wants)).flatten();
        }
        self.mismatched(wants, import, guarded)
    }

    /// What only groups declare, unless it comes along with what is always installed: groups often hold all that a resolver
    /// found.
    fn development(&self, wants: &[usize]) -> Option<Judgement> {
        let first = *wants.first()?;
        let name = &self.want(first)?.requirement.name;
        match self.transitive(name, &|it| *it == Set::Main) {
            Some(Judgement::Transitive { distribution, version, way }) if !way.is_empty() => {
                Some(Judgement::Transitive { distribution, version, way })
            }
            // Until the metadata is read it is not known.
            None => None,
            _ => Some(Judgement::Development { want: first }),
        }
    }

    /// Whether the markers of all wants fail for some Python that the project supports, and that the import is reached in.
    fn mismatched(&self, wants: &[usize], import: &Import, guarded: bool) -> Option<Judgement> {
        if guarded || import.tried_before().next().is_some() {
            return None;
        }
        let main: Vec<(usize, &Want)> =
            wants.iter().filter_map(|it| Some((*it, self.want(*it)?))).collect();
        if main.iter().any(|it| it.1.requirement.marker.is_none() || it.1.set != Set::Main) {
            return None;
        }
        let first = main.first()?.0;
        if main.iter().all(|it| it.1.applies == Verdict::Fails) {
            return Some(Judgement::Mismatch { want: first, python: None });
        }
        let stated = self.grounds.requires_python?;
        for minor in 8..=LAST {
            let version = Version::parse(&format!("3.{minor}.99"))?;
            if !stated.specifiers.admits(&version) {
                continue;
            }
            let target = self.with_version(&version);
            let fails = main.iter().all(|it| {
                it.1.requirement
                    .marker
                    .as_ref()
                    .is_some_and(|it| it.judge(&target) == Verdict::Fails)
            });
            if fails && import.is_reached(&target) == Verdict::Holds {
                return Some(Judgement::Mismatch {
                    want: first,
                    python: Some(format!("3.{minor}")),
                });
            }
        }
        None
    }

    fn of_missing(
        &self,
        module: &str,
        around: &[&str],
        import: &Import,
        role: Role,
        guarded: bool,
    ) -> Option<Judgement> {
        let wants = self.wanted(module);
        let needs: Vec<usize> = wants.into_iter().filter(|it| self.is_need(*it)).collect();
        if !needs.is_empty() {
            return self.of_missing_declared(module, &needs, around, import, guarded);
        }
        if guarded || role == Role::Development {
            return None;
        }
        let top = module.split('.').next().unwrap_or(module);
        let member = [module, top]
            .into_iter()
            .map(name::normalised)
            .find(|it| self.grounds.members.contains_key(it));
        if let Some(member) = member {
            let folder = self.grounds.members.get(&member).cloned();
            return Some(Judgement::Member { distribution: member, folder });
        }
        let mut providers = self.providers(module);
        if providers.iter().any(|it| self.grounds.outer.declared.contains(it))
            || !self.grounds.declares_all
        {
            return None;
        }
        // What is installed, and yet has not got the module, does not bring it.
        providers.retain(|it| !self.is_installed(it));
        match providers.as_slice() {
            // What tests need is often declared where only their own tool reads it.
            _ if !self.grounds.has_environment
                && (role != Role::Shipped || self.is_locked(&providers)) =>
            {
                None
            }
            [] if !self.grounds.has_environment => None,
            [] if !around.is_empty() => {
                let around = around.iter().map(|it| (*it).to_owned()).collect();
                Some(Judgement::Elsewhere { around, declared: None })
            }
            // What a test makes for itself is found nowhere else.
            [] if role == Role::Test && import.conditions.contains(&Condition::Function) => None,
            [] => Some(Judgement::Unknown),
            [one] => Some(Judgement::Undeclared { distribution: one.clone() }),
            _ => Some(Judgement::Ambiguous { distributions: providers }),
        }
    }

    /// Whether a lock has one of these, so that it comes along with something.
    fn is_locked(&self, distributions: &[String]) -> bool {
        let mut locked = self.grounds.locks.iter().flat_map(|it| &it.lock.packages);
        locked.any(|it| distributions.iter().any(|name| **name == *it.name))
    }

    pub(super) fn is_installed(&self, distribution: &str) -> bool {
        let installed = self.grounds.installed.as_ref();
        installed.is_some_and(|it| it.distributions.contains_key(distribution))
    }

    fn of_missing_declared(
        &self,
        module: &str,
        wants: &[usize],
        around: &[&str],
        import: &Import,
        guarded: bool,
    ) -> Option<Judgement> {
        if let Some(mismatch) = self.mismatched(wants, import, guarded) {
            return Some(mismatch);
        }
        if !self.grounds.has_environment {
            return None;
        }
        let of = |at: usize| self.want(at).map(|it| (at, it));
        let applying: Vec<(usize, &Want)> = wants
            .iter()
            .filter_map(|it| of(*it))
            .filter(|it| it.1.applies == Verdict::Holds && it.1.set != Set::Build)
            .collect();
        let expected =
            applying.iter().find(|it| matches!(it.1.expected, Expectation::Installed(_)));
        let (want, chosen) = expected.or(applying.first())?;
        if self.is_installed(&chosen.requirement.name) {
            let installed = self
                .grounds
                .modules
                .as_ref()
                .and_then(|it| it.distributions.get(&chosen.requirement.name));
            let known = installed.is_some_and(|it| it.is_known && !it.modules.is_empty());
            // That it only seems to bring it is said where somebody should know better.
            let says = known && !guarded && !around.is_empty() && module.contains('.');
            let around = around.iter().map(|it| (*it).to_owned()).collect();
            return says.then_some(Judgement::Elsewhere { around, declared: Some(*want) });
        }
        let want = *want;
        match (expected.is_some(), guarded) {
            (true, false) => Some(Judgement::NotInstalled { want }),
            (_, guarded) => Some(Judgement::Optional { want, guarded }),
        }
    }
}
