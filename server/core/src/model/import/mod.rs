//! What the code imports, judged: whether each module is there, who brings it, and whether the project says that it needs it.

mod grounds;
mod judging;
mod named;
mod observing;
mod part;
mod placing;
mod resolving;
mod using;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

pub use self::placing::Role;
use self::{grounds::Grounds, judging::Judge, named::Named, observing::Outer};
use crate::{
    model::Model,
    source::{Import, Rare, Source, Sources},
    standard::{marker::MarkerEnvironment, modules::ModuleTable},
    text::{Location, Range},
    world::AbsPath,
};

/// What is known of the code of a project. Everything in it may still be missing: nothing waits for it.
#[derive(Clone, Debug, Default)]
pub struct Imports {
    pub sources: Option<Arc<Sources>>,
    /// What the editor holds open, which outranks the disk.
    pub opened: BTreeMap<AbsPath, Arc<Source>>,
    /// What can be imported from the environment; `None` without one.
    pub modules: Option<Arc<ModuleTable>>,
    /// What is not as it should be, in the order of the files.
    pub judged: Vec<Arc<Judged>>,
    /// Of these, what is to be told anew, where nothing else was judged than what the editor holds open.
    anew: Option<Vec<Arc<Judged>>>,
    /// By normalised distribution, how it is used.
    pub usage: BTreeMap<Arc<str>, Usage>,
    /// Members of the workspace, by normalised name.
    pub members: BTreeMap<String, AbsPath>,
    outer: Outer,
    named: Named,
    target: MarkerEnvironment,
    /// What was judged of the files that are not open: it stands as long as nothing changes that it rests on.
    on_disk: Arc<Judgements>,
    is_judged: bool,
    /// Whether there is code beyond tests and what builds the project.
    pub has_code: bool,
    /// Whether the project's manifests say all that it needs, as far as they can be read.
    pub declares_all: bool,
}

impl Imports {
    /// Whether the whole project serves one around it: its documentation, an example, what a test is given.
    #[must_use]
    pub fn serves_another(&self) -> bool {
        self.outer.role.is_some()
    }
}

/// One import that something is to be said about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Judged {
    pub path: AbsPath,
    pub range: Range,
    /// Dotted; with what is taken from it, where that is what is missing.
    pub module: String,
    pub role: Role,
    pub judgement: Judgement,
}

/// What is to be said about an import. At most one thing is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Judgement {
    /// It is declared by the want of that number, and not installed.
    NotInstalled { want: usize },
    /// Likewise, but the program goes on without it, or only an extra or a group declares it.
    Optional { want: usize, guarded: bool },
    /// Neither declared nor installed; this distribution brings it.
    Undeclared { distribution: String },
    /// Neither declared nor installed; each of these brings it.
    Ambiguous { distributions: Vec<String> },
    /// Neither declared nor installed, and nobody is known to bring it.
    Unknown,
    /// It is installed, and not declared; the way leads from what is declared to it, both included.
    Transitive { distribution: Arc<str>, version: Option<Arc<str>>, way: Vec<String> },
    /// Shipped code imports what only the group of that want declares.
    Development { want: usize },
    /// The want's marker fails where the import is reached; for that Python, where it is not the environment's own.
    Mismatch { want: usize, python: Option<String> },
    /// The standard library had it up to that minor version.
    Removed { until: u64, environment: bool },
    /// Nothing but type stubs is installed.
    OnlyStubs { stubs: Vec<String>, providers: Vec<String> },
    /// A namespace around it is installed, and it is not; these have something in it.
    Elsewhere { around: Vec<String>, declared: Option<usize> },
    /// It belongs to a member of the workspace that the project does not declare.
    Member { distribution: String, folder: Option<AbsPath> },
    /// A single-file script imports what its block does not name.
    Script { providers: Vec<String> },
    /// A file of the project hides a module of the standard library, or of a declared distribution.
    Shadowed { by: AbsPath, distribution: Option<String> },
}

/// One import, as it is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told<'told> {
    pub path: &'told AbsPath,
    pub import: &'told Import,
    /// As the contract's JSON calls it.
    pub origin: &'static str,
    /// Normalised: who has it, or is known to bring it.
    pub distribution: Option<String>,
}

/// A module that an import asks for, and where it comes from, as [`Told`] has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Provenance {
    /// Dotted.
    pub module: String,
    pub origin: &'static str,
    pub distribution: Option<String>,
}

/// How a distribution is used.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    pub roles: BTreeSet<Role>,
    /// Of imports proper, the first places, sorted by path.
    pub places: Vec<Location>,
    /// How many there are.
    pub count: usize,
}

/// So many places of a use are kept.
const PLACES: usize = 3;

/// What was judged of some files.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Judgements {
    judged: Vec<Arc<Judged>>,
    usage: BTreeMap<Arc<str>, Usage>,
    has_code: bool,
}

impl Judgements {
    /// With what was judged of other files.
    fn and(mut self, others: &Judgements) -> Judgements {
        self.judged.extend(others.judged.iter().cloned());
        self.judged
            .sort_by(|a, b| (&a.path, a.range, &a.module).cmp(&(&b.path, b.range, &b.module)));
        for (name, other) in &others.usage {
            let usage = self.usage.entry(Arc::clone(name)).or_default();
            usage.roles.extend(&other.roles);
            usage.count += other.count;
            usage.places.extend(other.places.iter().cloned());
            usage.places.sort();
            usage.places.truncate(PLACES);
        }
        self.has_code |= others.has_code;
        self
    }
}

impl Imports {
    /// Every import with where it comes from, sorted by place.
    #[must_use]
    pub fn told<'told>(&'told self, model: &'told Model) -> Vec<Told<'told>> {
        let grounds = Grounds::of(model, self);
        let judge = Judge::new(&grounds);
        let each = self
            .files()
            .flat_map(|(path, source)| source.imports.iter().map(move |import| (path, import)));
        let mut told: Vec<Told<'_>> = each
            .map(|(path, import)| {
                let (origin, distribution) = judge.origin(&import.module, path);
                Told { path, import, origin, distribution }
            })
            .collect();
        told.sort_by(|a, b| (a.path, a.import.range).cmp(&(b.path, b.import.range)));
        told
    }

    /// What the import at a place of a file asks for: each dotted path with where it comes from, as [`Told`] has it.
    #[must_use]
    pub fn told_at(
        &self,
        model: &Model,
        path: &AbsPath,
        is_there: impl Fn(Range) -> bool,
    ) -> Option<(Range, Vec<Provenance>)> {
        let source = self.source(path)?;
        let import = source.imports.iter().find(|it| is_there(it.range) && !it.is_named())?;
        let grounds = Grounds::of(model, self);
        let judge = Judge::new(&grounds);
        let each = judge.asked(import).into_iter().map(|module| {
            let (origin, distribution) = judge.origin(&module, path);
            Provenance { module, origin, distribution }
        });
        Some((import.range, each.collect()))
    }

    /// The imports that rules are to tell of.
    pub(crate) fn to_tell(&self) -> &[Arc<Judged>] {
        self.anew.as_deref().unwrap_or(&self.judged)
    }

    /// The source at a path, as the editor has it or the disk.
    #[must_use]
    pub fn source(&self, path: &AbsPath) -> Option<&Arc<Source>> {
        let on_disk = || Some(&self.sources.as_ref()?.file(path)?.source);
        self.opened.get(path).or_else(on_disk)
    }

    /// What is rare in a file, of each file that has some, each once.
    pub(crate) fn rare(&self) -> impl Iterator<Item = (&AbsPath, &Rare)> {
        let on_disk = self.sources.iter().flat_map(|it| it.rare());
        let on_disk = on_disk.filter(|it| !self.opened.contains_key(&it.path));
        let all = on_disk.map(|it| (&it.path, &it.source)).chain(&self.opened);
        all.filter_map(|(path, source)| Some((path, source.rare.as_deref()?)))
    }

    /// What is rare in the source at a path.
    pub(crate) fn rare_of(&self, path: &AbsPath) -> Option<&Rare> {
        match self.opened.get(path) {
            Some(opened) => opened.rare.as_deref(),
            None => self.sources.as_ref()?.rare_of(path),
        }
    }

    /// How many files there are.
    pub(crate) fn count(&self) -> usize {
        let on_disk = self.sources.as_ref();
        let is_new = |path: &&AbsPath| on_disk.is_none_or(|it| it.file(path).is_none());
        on_disk.map_or(0, |it| it.files.len()) + self.opened.keys().filter(is_new).count()
    }

    /// Every file, each once.
    pub fn files(&self) -> impl Iterator<Item = (&AbsPath, &Arc<Source>)> {
        let on_disk = self.sources.iter().flat_map(|it| &it.files);
        let on_disk = on_disk.filter(|it| !self.opened.contains_key(&it.path));
        on_disk.map(|it| (&it.path, &it.source)).chain(&self.opened)
    }
}
