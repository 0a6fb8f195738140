//! All mutable state, behind one entrance: a batch of events goes in, the effects to perform come out.

mod event;
mod asking;
mod few;
mod roots;
mod machine;
mod projects;
mod publishing;
mod operation;
mod wanted;
mod report;
mod resting;

pub use self::{
    event::{
        ActionId, Asking, Consent, Effect, End, Event, Keep, Kept, OperationId, Step, Ticket,
        Urgency, Weight,
    },
    publishing::is_source,
    report::Standing,
    resting::Keeping,
};

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use self::{
    asking::{Desk, Doubt},
    machine::Machine,
    operation::Operations,
    projects::Projects,
    publishing::Published,
    roots::Roots,
    wanted::Wanted,
};
use crate::{
    Depth, Tables,
    setting::Settings,
    world::{AbsPath, Edition, Noun, Question, Variables, World},
};

/// The one mutable thing.
#[derive(Default)]
pub struct Session {
    tables: Tables,
    keeping: Keeping,
    settings: Settings,
    /// When the settings became what they are.
    configured: Edition,
    open: BTreeMap<AbsPath, Open>,
    desk: Desk,
    roots: Roots,
    machine: Machine,
    projects: Projects,
    published: Published,
    operations: Operations,
    wanted: Wanted,
}

/// A document that the editor holds open.
struct Open {
    version: i32,
    text: Arc<str>,
    kept: Kept,
}

/// What happened in a batch, for the steps after it.
#[derive(Default)]
struct Turn {
    /// Questions whose answers are new.
    changed: BTreeSet<Question>,
    /// Questions that must be asked, or asked again.
    asking: BTreeSet<Question>,
    /// Some time has passed since something was left open.
    woken: bool,
    /// Projects that may have become settled.
    checking: BTreeSet<AbsPath>,
    /// Files whose findings may have to be published.
    files: BTreeSet<AbsPath>,
    effects: Vec<Effect>,
}

impl Session {
    /// A session that finds out which environment each project gets, and nothing else.
    #[must_use]
    pub fn of_choices() -> Session {
        Session::with_tables(Tables { depth: Depth::Choice, ..Tables::default() })
    }

    /// A session with other tables than all that there is, for tests that shuffle or break them.
    #[must_use]
    pub fn with_tables(tables: Tables) -> Session {
        Session { tables, ..Session::default() }
    }

    /// Of a process that was started with these variables.
    #[must_use]
    pub fn started_with(mut self, variables: Variables) -> Session {
        self.desk.world = World::with_variables(variables);
        self
    }

    /// Takes a batch of events in, and says what is to be done.
    pub fn update(&mut self, batch: impl IntoIterator<Item = Event>) -> Vec<Effect> {
        let mut turn = Turn::default();
        for event in batch {
            self.absorb(event, &mut turn);
        }
        self.tell_opened(&mut turn);
        self.rederive(&mut turn);
        self.ask(&mut turn);
        self.settle(&mut turn);
        while self.release(&mut turn) {
            self.ask(&mut turn);
            self.settle(&mut turn);
        }
        self.take_up(&mut turn);
        self.conclude(&mut turn);
        self.announce(&mut turn);
        self.publish(&mut turn);
        self.rest(&mut turn);
        self.let_go(&mut turn);
        turn.effects
    }

    fn absorb(&mut self, event: Event, turn: &mut Turn) {
        match event {
            Event::Folders(folders) => self.roots.set_folders(folders),
            Event::Configured(settings) if settings != self.settings => {
                self.settings = settings;
                self.configured = self.desk.world.advance();
                self.projects.judge_all_again();
            }
            Event::Configured(_) => {}
            Event::Attended(path) => {
                self.published.opened(&path);
                turn.files.insert(path.clone());
                self.roots.attend(path);
            }
            Event::InterpretersWanted => self.machine.want(Noun::Interpreters),
            Event::EnvironmentsWanted => self.machine.want(Noun::Environments),
            Event::Edited { path, version, text, kept } => {
                if !self.open.contains_key(&path) {
                    self.roots.attend(path.clone());
                }
                turn.files.insert(path.clone());
                self.open.insert(path.clone(), Open { version, text, kept });
                self.desk.buffer_changed(&path, turn);
            }
            Event::Saved { path } => {
                if let Some(open) = self.open.get_mut(&path) {
                    open.kept = Kept::Saved;
                }
                self.desk.doubt_sources(&path, turn);
            }
            Event::Closed { path } => {
                self.open.remove(&path);
                self.published.closed(&path);
                self.roots.ignore(&path);
                self.desk.buffer_changed(&path, turn);
                self.desk.doubt_sources(&path, turn);
                turn.files.insert(path);
            }
            Event::Touched(path) => self.desk.doubt(&path, Doubt::Anything, turn),
            Event::Listed(path) => self.desk.doubt(&path, Doubt::Name, turn),
            Event::Written(path) => self.desk.doubt(&path, Doubt::Content, turn),
            Event::Overlooked => self.desk.doubt_everything(turn),
            Event::Answered(ticket, answer) => self.desk.answered(ticket, answer, turn),
            Event::Woke => turn.woken = true,
            Event::Chosen { action, consent } => self.perform(&action, consent, turn),
            Event::Preferred { path, python } => self.prefer(&path, python, turn),
            Event::Wanted { path, chore, consent } => self.want(path, chore, consent),
            Event::Progressed { operation, line } => {
                turn.effects.push(Effect::Progress { operation, step: Step::Report { line } });
            }
            Event::Finished { operation, end } => self.finished(operation, end, turn),
            Event::Stopped(operation) => self.operations.stop(operation, turn),
        }
    }
}
