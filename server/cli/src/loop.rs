//! The loop: waits for one message, takes all that are ready, and lets the session turn once.

use std::{
    collections::BTreeSet,
    sync::{
        Arc,
        mpsc::{Receiver, Sender, channel},
    },
    time::Duration,
};

use anyhow::Context as _;
use envls_core::{
    action::Edit,
    session::{Asking, Effect, Event, Session, Ticket, Urgency},
    world::{AbsPath, Answer, Place, Question},
};
use envls_host::{
    environment::Environment,
    files,
    host::{Callback, Host, HostEvent},
    perform,
    place::{consent::Consents, record::Recorded},
    trust::Store,
};

use crate::{arguments::Common, findings, print::Printer, signal::Signal};

/// How long a tool may take to say its version where a look is to be brief.
const BRIEF: Duration = Duration::from_secs(1);

/// What comes in through the one channel.
#[derive(Debug)]
pub(crate) enum Message {
    Host(Vec<HostEvent>),
    /// Bytes from the standard input.
    Typed(Vec<u8>),
    /// The standard input has ended.
    Closed,
    Signal(Signal),
    /// Somebody wants to know the projects of these paths from now on.
    Wanted(BTreeSet<AbsPath>),
}

/// What the user did.
#[derive(Debug)]
pub(crate) enum Input {
    Typed(Vec<u8>),
    Closed,
    Signal(Signal),
    Wanted(BTreeSet<AbsPath>),
}

/// What came in at once.
#[derive(Debug, Default)]
pub(crate) struct Turned {
    /// What only a front end can do, in order.
    pub(crate) effects: Vec<Effect>,
    pub(crate) inputs: Vec<Input>,
}

/// The session, the host, and the channel between them.
pub(crate) struct Loop {
    pub(crate) session: Session,
    host: Host,
    inbox: Receiver<Message>,
    /// Keeps the channel open, and is handed to whoever else has something to say.
    post: Sender<Message>,
    /// How long tools are waited for that are to say their version, once all else is known.
    patience: Option<Duration>,
    /// Those that did not say it so soon.
    pub(crate) silent: Vec<AbsPath>,
}

impl Loop {
    /// Ends what runs, of a process that ends too: what it has understood goes with it, at once and not piece by piece.
    pub(crate) fn end(self) {
        std::mem::forget(self.session);
    }

    /// For one look at things as they are.
    pub(crate) fn once() -> Loop {
        Loop::with(Host::new)
    }

    /// For one look in which no tool is waited for longer than a moment.
    pub(crate) fn brief() -> Loop {
        Loop { patience: Some(BRIEF), ..Loop::once() }
    }

    /// For one look at which environment each project gets.
    pub(crate) fn of_choices() -> Loop {
        let turns = Loop::once();
        let session = Session::of_choices().started_with(turns.host.variables());
        Loop { session, ..turns }
    }

    /// For as long as things change.
    pub(crate) fn live() -> Loop {
        Loop::with(Host::watching)
    }

    /// For as long as things change, and what is done about them rests on what is known.
    pub(crate) fn thorough() -> Loop {
        let turns = Loop::live();
        turns.host.wait_for_layers();
        turns
    }

    fn with(host: impl FnOnce(Environment, Callback) -> Host) -> Loop {
        let (post, inbox) = channel();
        let to_us = post.clone();
        // The loop is gone only when the command is over; what comes later is of no interest.
        let callback = Arc::new(move |events| drop(to_us.send(Message::Host(events))));
        let host = host(Environment::of_this_process(), callback);
        let session = Session::default().started_with(host.variables());
        let silent = Vec::new();
        Loop { session, host, inbox, post, patience: None, silent }
    }

    /// Where whoever else has something to say puts it.
    pub(crate) fn post(&self) -> Sender<Message> {
        self.post.clone()
    }

    /// Looks at what was given until it is known. With `--trusted`, its projects are trusted as long as this process runs.
    pub(crate) fn look(&mut self, events: Vec<Event>, common: &Common) -> anyhow::Result<()> {
        self.settle(events)?;
        if !common.trusted {
            return Ok(());
        }
        // Only now it is known which projects those are: one may lie above a file that was given.
        for project in self.session.projects() {
            self.host.trust().trust_for_now(project.root)?;
        }
        let file = self.host.trust().file();
        self.settle(vec![file.map_or(Event::Overlooked, Event::Touched)])?;
        Ok(())
    }

    pub(crate) fn trust(&self) -> &Store {
        self.host.trust()
    }

    pub(crate) fn record_layer(&self, layer: &Place) -> Vec<Recorded> {
        self.host.record_layer(layer)
    }

    pub(crate) fn consents(&self) -> &Consents {
        self.host.consents()
    }

    /// The file in which the user's choices are.
    pub(crate) fn choices_file(&self) -> Option<AbsPath> {
        self.host.choices().file()
    }

    /// Tidies up after processes that were killed while a recipe ran, and says so.
    pub(crate) fn recover(&self, printer: &Printer) {
        for words in self.host.recover() {
            printer.aside(&format!("note: {words}\n"));
        }
    }

    /// How many folders are watched by the system's events, and how many by looking.
    pub(crate) fn watched(&self) -> (usize, usize) {
        self.host.watched()
    }

    /// Lets the session take events in, and performs what the host can.
    pub(crate) fn turn(&mut self, events: Vec<Event>) -> Vec<Effect> {
        let effects = self.session.update(events);
        let left = effects.into_iter().filter_map(|it| self.host.perform(it));
        let mut left: Vec<Effect> = left.collect();
        left.retain(|it| match it {
            Effect::Log(words) => {
                tracing::info!("{words}");
                false
            }
            _ => true,
        });
        left
    }

    /// Waits for something to happen, and takes everything in that is ready.
    pub(crate) fn wait(&mut self) -> anyhow::Result<Turned> {
        let first = match self.patience.filter(|_| self.silent.is_empty()) {
            Some(patience) if !self.session.tools_waited_for().is_empty() => {
                self.inbox.recv_timeout(patience).ok()
            }
            _ => Some(self.inbox.recv().context("the host is gone")?),
        };
        let Some(first) = first else {
            // What hangs is ended, and answers that way.
            self.silent = self.session.tools_waited_for();
            self.host.hurry();
            return Ok(Turned::default());
        };
        let (mut events, mut inputs) = (Vec::new(), Vec::new());
        for message in std::iter::once(first).chain(self.inbox.try_iter()) {
            match message {
                Message::Host(reports) => events.extend(perform::events(reports)),
                Message::Typed(bytes) => inputs.push(Input::Typed(bytes)),
                Message::Closed => inputs.push(Input::Closed),
                Message::Signal(signal) => inputs.push(Input::Signal(signal)),
                Message::Wanted(paths) => inputs.push(Input::Wanted(paths)),
            }
        }
        let effects = if events.is_empty() { Vec::new() } else { self.turn(events) };
        Ok(Turned { effects, inputs })
    }

    /// Lets the session take events in, and waits until nothing is left to be found out.
    pub(crate) fn settle(&mut self, events: Vec<Event>) -> anyhow::Result<Vec<Effect>> {
        let mut effects = self.turn(events);
        while !self.session.is_quiescent() {
            effects.extend(self.wait()?.effects);
        }
        Ok(effects)
    }

    /// Writes edits to the disk, each file at once and only if it is still what the edits were made for. What follows is
    /// that the files are read again.
    pub(crate) fn write(&mut self, edits: &[Edit]) -> anyhow::Result<Vec<Event>> {
        let mut events = Vec::new();
        for path in edits.iter().map(|it| &it.location.path).collect::<BTreeSet<&AbsPath>>() {
            let document = findings::document(&self.session, path);
            let document =
                document.with_context(|| format!("`{path}` is no file that was read here"))?;
            let edited = findings::edited(document, path, edits);
            files::replace(path, document.text, &edited)?;
            events.push(Event::Touched(path.clone()));
        }
        Ok(events)
    }
}

/// Asks the host one question, without a session.
pub(crate) fn ask(question: &Question) -> anyhow::Result<Answer> {
    let host = Host::new(Environment::of_this_process(), Arc::new(|_| {}));
    let (question, urgency) = (question.clone(), Urgency::Now);
    let asking = Asking { ticket: Ticket(1), question, open: None, urgency };
    host.answer_now(&asking).context("only a session answers that")
}
