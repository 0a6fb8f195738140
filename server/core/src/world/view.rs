//! The world as far as it is known, and the one way to read it, which notes every question.

use std::{
    cell::RefCell,
    collections::{BTreeSet, HashMap},
    hash::{BuildHasherDefault, Hasher},
    sync::Arc,
};

use super::{
    answer::{
        Answer, Around, Content, Entry, Inventory, Listing, Machine, MetadataTable, ProjectsBelow,
        RecordTable, Reply, Trust,
    },
    path::AbsPath,
    place::Place,
    question::{Noun, Question},
    registry::Registry,
    variables::Variables,
};
use crate::{
    declared,
    lock::LockDocument,
    manifest::Document,
    model::{Environments, Interpreters},
    place::instance::Instance,
    source::{Source, Sources},
    standard::{executable::Executable, lifetime::Date, modules::ModuleTable},
};

/// The question has been noted and is not answered yet; `?` hands it to the shell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pending;

pub type Asked<T> = Result<T, Pending>;

/// Every answer that is known, by its question.
#[derive(Clone, Debug, Default)]
pub struct World {
    variables: Variables,
    /// Only ever looked up, never gone through: its order is no order.
    answers: HashMap<Question, Held, BuildHasherDefault<Marked>>,
    edition: Edition,
}

/// How much has been learned: what was learned later has a higher one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Edition(u64);

/// Takes the mark that a question carries for its hash.
#[derive(Clone, Copy, Debug, Default)]
struct Marked(u64);

impl Hasher for Marked {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        bytes.iter().for_each(|byte| self.write_u64(u64::from(*byte)));
    }

    fn write_u64(&mut self, mark: u64) {
        self.0 = self.0.rotate_left(7) ^ mark;
    }
}

#[derive(Clone, Debug)]
enum Held {
    Known {
        answer: Arc<Answer>,
        /// Something it rests on may have changed; it stands until the new answer comes.
        stale: bool,
        /// When it began to say what it says.
        since: Edition,
    },
    /// What it says was let go, for it is not needed until somebody asks again; with the paths that it rests on.
    LetGo { rests_on: Box<[AbsPath]> },
}

impl Held {
    fn answer(&self) -> Option<&Arc<Answer>> {
        match self {
            Held::Known { answer, .. } => Some(answer),
            Held::LetGo { .. } => None,
        }
    }

    fn is_fresh(&self) -> bool {
        matches!(self, Held::Known { stale: false, .. })
    }
}

/// What learning an answer changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Learned {
    /// It says what was known already.
    Same,
    New,
}

impl World {
    /// Of a process that was started with these variables.
    #[must_use]
    pub fn with_variables(variables: Variables) -> World {
        World { variables, ..World::default() }
    }

    /// Takes an answer in, in place of the older one. An answer of another kind than its question is not taken.
    pub fn learn(&mut self, answer: Answer) -> Learned {
        if !answer.content.fits(&answer.question.noun) {
            return Learned::Same;
        }
        let question = answer.question.clone();
        let since = match self.answers.get(&question) {
            Some(Held::Known { answer: known, since, .. }) if known.content == answer.content => {
                Some(*since)
            }
            _ => None,
        };
        let learned = if since.is_some() { Learned::Same } else { Learned::New };
        let since = since.unwrap_or_else(|| self.advance());
        let held = Held::Known { answer: Arc::new(answer), stale: false, since };
        self.answers.insert(question, held);
        learned
    }

    /// The edition of all that is known now.
    #[must_use]
    pub fn edition(&self) -> Edition {
        self.edition
    }

    /// Makes whatever comes from now on later than whatever was before.
    pub fn advance(&mut self) -> Edition {
        self.edition = Edition(self.edition.0 + 1);
        self.edition
    }

    /// Whether an answer is known, not doubted, and says what it said in that edition.
    #[must_use]
    pub fn is_since(&self, question: &Question, edition: Edition) -> bool {
        let held = self.answers.get(question);
        held.is_some_and(
            |it| matches!(it, Held::Known { stale: false, since, .. } if *since <= edition),
        )
    }

    /// Marks an answer as stale, so that it is asked again; its value stands until then.
    pub fn doubt(&mut self, question: &Question) {
        if let Some(Held::Known { stale, .. }) = self.answers.get_mut(question) {
            *stale = true;
        }
    }

    /// Forgets an answer that nobody rests on any more.
    pub fn forget(&mut self, question: &Question) -> Option<Arc<Answer>> {
        self.answers.remove(question)?.answer().cloned()
    }

    /// Lets go of what an answer says. It is asked for again by whoever reads it next; until then, what it rests on is known.
    pub fn let_go(&mut self, question: &Question) {
        let Some(held) = self.answers.get_mut(question) else { return };
        if let Held::Known { answer, .. } = held {
            *held = Held::LetGo { rests_on: answer.rests_on.as_slice().into() };
        }
    }

    /// Whether what the answer said was let go.
    #[must_use]
    pub fn is_let_go(&self, question: &Question) -> bool {
        matches!(self.answers.get(question), Some(Held::LetGo { .. }))
    }

    /// The paths that an answer rests on, beyond the one that its question names.
    pub fn rests_on(&self, question: &Question) -> impl Iterator<Item = &AbsPath> {
        let paths: &[AbsPath] = match self.answers.get(question) {
            Some(Held::Known { answer, .. }) => &answer.rests_on,
            Some(Held::LetGo { rests_on }) => rests_on,
            None => &[],
        };
        paths.iter()
    }

    #[must_use]
    pub fn answer(&self, question: &Question) -> Option<&Arc<Answer>> {
        self.answers.get(question)?.answer()
    }

    #[must_use]
    pub fn is_fresh(&self, question: &Question) -> bool {
        self.answers.get(question).is_some_and(Held::is_fresh)
    }
}

/// One reading of the world.
pub struct View<'world> {
    world: &'world World,
    /// In the order of asking, some more than once.
    read: RefCell<Vec<Question>>,
    pending: RefCell<BTreeSet<Question>>,
}

macro_rules! asks {
    ($($(#[$doc:meta])* $method:ident, $kind:ident => $answer:ty;)*) => {$(
        $(#[$doc])*
        pub fn $method(&self, path: &AbsPath) -> Asked<$answer> {
            match self.ask(Noun::$kind(path.clone()))? {
                Content::$kind(reply) => Ok(reply.clone()),
                _ => Err(Pending),
            }
        }
    )*};
}

/// Each method answers, or notes the question as pending.
impl<'world> View<'world> {
    #[must_use]
    pub fn new(world: &'world World) -> View<'world> {
        View { world, read: RefCell::default(), pending: RefCell::default() }
    }

    asks! {
        text, Text => Reply<Arc<str>>;
        listing, Listing => Reply<Arc<Listing>>;
        around, Around => Reply<Arc<Around>>;
        entry, Entry => Reply<Entry>;
        projects, Projects => Reply<Arc<ProjectsBelow>>;
        manifest, Manifest => Reply<Arc<Document>>;
        lock, Lock => Reply<Arc<LockDocument>>;
        declaration, Declaration => Reply<Arc<declared::Document>>;
        distributions, Distributions => Reply<Arc<Inventory>>;
        metadata, Metadata => Reply<Arc<MetadataTable>>;
        modules, Modules => Reply<Arc<ModuleTable>>;
        sources, Sources => Reply<Arc<Sources>>;
        source, Source => Reply<Arc<Source>>;
        opened, Opened => Arc<BTreeSet<AbsPath>>;
        trust, Trust => Trust;
        executable, Executable => Reply<Executable>;
        choice, Choice => Reply<AbsPath>;
    }

    /// The value of an environment variable; `None` when it is not set or empty.
    #[must_use]
    pub fn variable(&self, name: &str) -> Option<Arc<[u8]>> {
        self.world.variables.get(name)
    }

    /// An environment variable that holds an absolute path.
    #[must_use]
    pub fn variable_path(&self, name: &str) -> Option<AbsPath> {
        self.variable(name).and_then(AbsPath::parse)
    }

    pub fn program(&self, name: &str) -> Asked<Option<AbsPath>> {
        match self.ask(Noun::Program(name.to_owned()))? {
            Content::Program(reply) => Ok(reply.clone().known()),
            _ => Err(Pending),
        }
    }

    /// Whether the files of these metadata folders are there.
    pub fn records(
        &self,
        site_packages: &AbsPath,
        folders: Vec<Arc<str>>,
    ) -> Asked<Reply<Arc<RecordTable>>> {
        match self.ask(Noun::Records(site_packages.clone(), folders.into()))? {
            Content::Records(reply) => Ok(reply.clone()),
            _ => Err(Pending),
        }
    }

    pub fn machine(&self) -> Asked<Option<Arc<Machine>>> {
        self.machine_of(Place::Here)
    }

    /// The machine that a path is on: ours, or that of a layer.
    pub fn machine_of(&self, place: Place) -> Asked<Option<Arc<Machine>>> {
        match self.ask_of(Question::of(place, Noun::Machine))? {
            Content::Machine(reply) => Ok(reply.clone().known()),
            _ => Err(Pending),
        }
    }

    /// A program on the search path of a place.
    pub fn program_of(&self, place: &Place, name: &str) -> Asked<Option<AbsPath>> {
        match self.ask_of(Question::of(place.clone(), Noun::Program(name.to_owned())))? {
            Content::Program(reply) => Ok(reply.clone().known()),
            _ => Err(Pending),
        }
    }

    /// What a kind of layer has on this machine.
    pub fn instances(&self, kind: &'static str) -> Asked<Reply<Arc<Vec<Instance>>>> {
        match self.ask(Noun::Instances(kind))? {
            Content::Instances(reply) => Ok(reply.clone()),
            _ => Err(Pending),
        }
    }

    /// What the registry of Windows says of Python; `None` where there is no registry.
    pub fn registry(&self) -> Asked<Option<Arc<Registry>>> {
        match self.ask(Noun::Registry)? {
            Content::Registry(reply) => Ok(reply.clone().known()),
            _ => Err(Pending),
        }
    }

    /// What a program says when it is asked for its version. It is run, so ask files first, and only for a project that is trusted.
    pub fn tool_version(&self, program: &AbsPath) -> Asked<Reply<Arc<str>>> {
        match self.ask(Noun::ToolVersion(program.clone()))? {
            Content::ToolVersion(reply) => Ok(reply.clone()),
            _ => Err(Pending),
        }
    }

    /// What an interpreter says of itself, as JSON. It is run, so ask files first, and only for a project that is trusted.
    pub fn probe(&self, python: &AbsPath) -> Asked<Reply<Arc<str>>> {
        match self.ask(Noun::Probe(python.clone()))? {
            Content::Probe(reply) => Ok(reply.clone()),
            _ => Err(Pending),
        }
    }

    pub fn today(&self) -> Asked<Option<Date>> {
        match self.ask(Noun::Today)? {
            Content::Today(reply) => Ok(reply.clone().known()),
            _ => Err(Pending),
        }
    }

    pub fn interpreters(&self) -> Asked<Arc<Interpreters>> {
        match self.ask(Noun::Interpreters)? {
            Content::Interpreters(interpreters) => Ok(Arc::clone(interpreters)),
            _ => Err(Pending),
        }
    }

    /// The environments of the whole machine: only for a look-up that cannot be made by asking for one place.
    pub fn environments(&self) -> Asked<Arc<Environments>> {
        match self.ask(Noun::Environments)? {
            Content::Environments(environments) => Ok(Arc::clone(environments)),
            _ => Err(Pending),
        }
    }

    /// What a folder says that was listed before in this reading; `None` where it was not, or is not known. For what could
    /// be asked in another way too, and need not be.
    #[must_use]
    pub fn listed_before(&self, folder: &AbsPath) -> Option<Arc<Listing>> {
        let question = Question::here(Noun::Listing(folder.clone()));
        if !self.read.borrow().contains(&question) {
            return None;
        }
        self.listing(folder).ok()?.known()
    }

    /// Whether a path is known not to be there, since the folder around it was listed in this reading and has no such name,
    /// or is not there itself. Some file systems know no case, and other spellings of what is no ASCII: what could be meant
    /// by the name is not lacking.
    #[must_use]
    pub fn lacks(&self, path: &AbsPath) -> bool {
        let name = path.name();
        let is_plain = path.is_here() && !path.is_windows() && name.is_ascii();
        let Some(parent) = path.parent().filter(|_| is_plain) else { return false };
        let question = Question::here(Noun::Listing(parent.clone()));
        if !self.read.borrow().contains(&question) {
            return false;
        }
        match self.listing(&parent) {
            Ok(Reply::Known(listing)) => {
                !listing.entries.iter().any(|it| it.name.eq_ignore_ascii_case(name))
            }
            Ok(Reply::Absent) => true,
            Ok(Reply::Fault(_)) | Err(Pending) => false,
        }
    }

    /// Every question that was asked, and those of them that are not answered or whose answers are stale.
    #[must_use]
    pub fn finish(self) -> (BTreeSet<Question>, BTreeSet<Question>) {
        (self.read.into_inner().into_iter().collect(), self.pending.into_inner())
    }

    fn ask(&self, noun: Noun) -> Asked<&'world Content> {
        self.ask_of(Question::here(noun))
    }

    fn ask_of(&self, question: Question) -> Asked<&'world Content> {
        let held = self.world.answers.get(&question);
        if held.is_none_or(|it| !it.is_fresh()) {
            self.pending.borrow_mut().insert(question.clone());
        }
        self.read.borrow_mut().push(question);
        held.and_then(Held::answer).map(|it| &it.content).ok_or(Pending)
    }
}
