//! The answer to each question, from the disk as it is at that moment.

use std::sync::{Arc, atomic::AtomicBool};

use envls_core::{
    declared,
    lock::{self, LockDocument},
    manifest,
    session::Asking,
    standard::{
        self,
        executable::{Executable, HEADER_LENGTH},
    },
    world::{AbsPath, Answer, Around, Content, Noun, Question, Reply},
};

use crate::{
    choice::Choices,
    disk::{entry, folder, text},
    environment::Environment,
    installed::{Headers, distributions, modules::Modules, records},
    machine,
    place::consent::Consents,
    program,
    projects::{self, Bounds, Memory},
    registry, sources,
    trust::Store,
    word,
    workspace::Workspace,
};

/// All that answers are made of, beyond the disk.
pub(crate) struct Answers {
    pub(crate) environment: Environment,
    pub(crate) workspace: Arc<Workspace>,
    pub(crate) headers: Headers,
    pub(crate) modules: Modules,
    pub(crate) sources: sources::Read,
    pub(crate) trust: Store,
    pub(crate) choices: Choices,
    pub(crate) consents: Consents,
    /// Where walks are repeated, they are remembered.
    pub(crate) walks: Option<Memory>,
    /// Whether tools that are to say their version have been waited for long enough.
    pub(crate) hurried: AtomicBool,
}

/// What was read for one question.
pub(crate) struct Read {
    pub(crate) content: Content,
    pub(crate) rests_on: Vec<AbsPath>,
    /// What was learned along the way.
    pub(crate) more: Vec<Answer>,
}

impl Answers {
    /// Reads what a question asks for. `None` for a question that the session answers itself.
    pub(crate) fn read(&self, asking: &Asking) -> Option<Read> {
        let (content, rests_on) = match &asking.question.noun {
            Noun::Text(path) => match &asking.open {
                Some(open) => (Content::Text(Reply::Known(Arc::clone(open))), Vec::new()),
                None => with(text::text(path), Content::Text),
            },
            Noun::Listing(path) => with(folder::listing(path), Content::Listing),
            Noun::Around(path) => {
                let (listing, rests_on) = folder::listing(path);
                let around = text::map(listing, |it| Arc::new(Around::of(&it)));
                (Content::Around(around), rests_on)
            }
            Noun::Entry(path) => with(entry::entry(path), Content::Entry),
            Noun::Program(name) => {
                with(program::program(name, &self.environment, &self.workspace), Content::Program)
            }
            Noun::Machine => {
                let machine = machine::machine(&self.environment);
                (Content::Machine(Reply::Known(Arc::new(machine))), Vec::new())
            }
            Noun::Registry => (Content::Registry(registry::registry()), Vec::new()),
            Noun::Manifest(path) => with(manifest(path, asking.open.as_ref()), Content::Manifest),
            Noun::Lock(path) => with(lock(path, asking.open.as_ref()), Content::Lock),
            Noun::Declaration(path) => {
                with(declaration(path, asking.open.as_ref()), Content::Declaration)
            }
            Noun::Distributions(path) => with(distributions(path), Content::Distributions),
            Noun::Metadata(path) => with(self.headers.metadata(path), Content::Metadata),
            Noun::Records(path, folders) => with(records::records(path, folders), Content::Records),
            Noun::Modules(path) => with(self.modules.modules(path), Content::Modules),
            Noun::Sources(path) => with(self.sources.sources(path), Content::Sources),
            Noun::Source(path) => {
                with(sources::source(path, asking.open.as_ref()), Content::Source)
            }
            Noun::Trust(folder) => {
                (Content::Trust(self.trust.ask(folder)), self.trust.file().into_iter().collect())
            }
            Noun::Today => (Content::Today(machine::today()), Vec::new()),
            Noun::Executable(path) => with(executable(path), Content::Executable),
            Noun::Choice(project) => (
                Content::Choice(self.choices.ask(project)),
                self.choices.file().into_iter().collect(),
            ),
            Noun::ToolVersion(program) => with(word::version(self, program), Content::ToolVersion),
            Noun::Probe(python) => with(word::probe(self, python), Content::Probe),
            Noun::Projects(path) => return Some(self.projects(path)),
            Noun::Instances(_) | Noun::Opened(_) | Noun::Interpreters | Noun::Environments => {
                return None;
            }
        };
        Some(Read { content, rests_on, more: Vec::new() })
    }

    /// Whether a program turns out to be one of a workspace.
    pub(crate) fn is_brought(&self, program: &AbsPath) -> bool {
        let real = || entry::real(program).is_some_and(|it| self.workspace.encloses(&it));
        self.workspace.encloses(program) || real()
    }

    fn projects(&self, folder: &AbsPath) -> Read {
        let home = self.workspace.spans_home(folder);
        let bounds = if home { Bounds::HOME } else { Bounds::PROJECT };
        let walked = projects::walk(folder, bounds, self.walks.as_ref());
        if let Reply::Known(below) = &walked.reply {
            self.workspace.set_roots(folder, &below.roots);
        }
        let listing = |(path, listing)| {
            let content = Content::Listing(Reply::Known(listing));
            Answer::new(Question::here(Noun::Listing(path)), content)
        };
        let more = walked.listings.into_iter().map(listing).collect();
        Read { content: Content::Projects(walked.reply), rests_on: walked.rests_on, more }
    }
}

fn with<T>(
    (reply, rests_on): (T, Vec<AbsPath>),
    content: impl FnOnce(T) -> Content,
) -> (Content, Vec<AbsPath>) {
    (content(reply), rests_on)
}

/// The parsed document of a manifest. The open buffer's text outranks the file.
fn manifest(
    path: &AbsPath,
    open: Option<&Arc<str>>,
) -> (Reply<Arc<manifest::Document>>, Vec<AbsPath>) {
    let (reply, rests_on) = match open {
        Some(open) => (Reply::Known(Arc::clone(open)), Vec::new()),
        None => text::text(path),
    };
    (text::map(reply, |it| Arc::new(manifest::read_file(path, it))), rests_on)
}

/// For what an executable was made, from its first bytes.
fn executable(path: &AbsPath) -> (Reply<Executable>, Vec<AbsPath>) {
    let (reply, rests_on) = text::first_bytes(path, HEADER_LENGTH);
    (text::map(reply, |it| standard::executable::executable(&it)), rests_on)
}

/// The parsed document of a file that declares layers. The open buffer's text outranks the file.
fn declaration(
    path: &AbsPath,
    open: Option<&Arc<str>>,
) -> (Reply<Arc<declared::Document>>, Vec<AbsPath>) {
    let (reply, rests_on) = match open {
        Some(open) => (Reply::Known(Arc::clone(open)), Vec::new()),
        None => text::text(path),
    };
    (text::map(reply, |it| Arc::new(declared::read_file(path, it))), rests_on)
}

/// The parsed document of a lock. The open buffer's text outranks the file.
fn lock(path: &AbsPath, open: Option<&Arc<str>>) -> (Reply<Arc<LockDocument>>, Vec<AbsPath>) {
    let (reply, rests_on) = match open {
        Some(open) => (Reply::Known(Arc::clone(open)), Vec::new()),
        None => text::text_up_to(path, text::LOCK_LIMIT),
    };
    (text::map(reply, |it| Arc::new(lock::read_file(path, it))), rests_on)
}
