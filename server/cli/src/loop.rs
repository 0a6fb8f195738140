//! The loop: waits for one message, takes all that are ready, and lets the session turn once.

use std::{
    sync::{
        Arc,
        mpsc::{Receiver, RecvTimeoutError, Sender, channel},
    },
    time::Duration,
};

use anyhow::Context as _;
use envls_core::{
    session::{Asking, Effect, Event, Session, Ticket},
    world::{Answer, Question},
};
use envls_host::{
    environment::Environment,
    host::{Host, HostEvent},
    perform,
};

/// What comes in through the one channel.
#[derive(Debug)]
pub(crate) enum Message {
    Host(Vec<HostEvent>),
}

/// What one turn left for the front end.
#[derive(Debug, Default)]
pub(crate) struct Turned {
    /// What only a front end can do, in order.
    pub(crate) effects: Vec<Effect>,
}

/// The session, the host, and the channel between them.
pub(crate) struct Loop {
    pub(crate) session: Session,
    host: Host,
    inbox: Receiver<Message>,
    /// Keeps the channel open, and is handed to whoever else has something to say.
    post: Sender<Message>,
}

impl Loop {
    pub(crate) fn new() -> Loop {
        let (post, inbox) = channel();
        let to_us = post.clone();
        // The loop is gone only when the command is over; what comes later is of no interest.
        let callback = Arc::new(move |events| drop(to_us.send(Message::Host(events))));
        let host = Host::new(Environment::of_this_process(), callback);
        Loop { session: Session::default(), host, inbox, post }
    }

    /// Lets the session take events in, and performs what the host can.
    pub(crate) fn turn(&mut self, events: Vec<Event>) -> Vec<Effect> {
        let effects = self.session.update(events);
        effects.into_iter().filter_map(|it| self.host.perform(it)).collect()
    }

    /// Waits for something to happen, at most so long, and takes everything in that is ready.
    pub(crate) fn wait(&mut self, patience: Option<Duration>) -> anyhow::Result<Turned> {
        let first = match patience {
            Some(patience) => match self.inbox.recv_timeout(patience) {
                Err(RecvTimeoutError::Timeout) => return Ok(Turned::default()),
                first => first.context("the host is gone")?,
            },
            None => self.inbox.recv().context("the host is gone")?,
        };
        let mut events = Vec::new();
        for message in std::iter::once(first).chain(self.inbox.try_iter()) {
            match message {
                Message::Host(reports) => events.extend(perform::events(reports)),
            }
        }
        Ok(Turned { effects: self.turn(events) })
    }

    /// Lets the session take events in, and waits until nothing is left to be found out.
    pub(crate) fn settle(&mut self, events: Vec<Event>) -> anyhow::Result<Vec<Effect>> {
        let mut effects = self.turn(events);
        while !self.session.is_quiescent() {
            effects.extend(self.wait(None)?.effects);
        }
        Ok(effects)
    }
}

/// Asks the host one question, without a session.
pub(crate) fn ask(question: Question) -> anyhow::Result<Answer> {
    let (post, inbox) = channel();
    let callback = Arc::new(move |events| drop(post.send(events)));
    let host = Host::new(Environment::of_this_process(), callback);
    host.ask(vec![Asking { ticket: Ticket(1), question: question.clone(), open: None }]);
    loop {
        for event in inbox.recv().context("the host is gone")? {
            let HostEvent::Answered(answered) = event else { continue };
            let ours = answered.into_iter().map(|it| it.1).find(|it| it.question == question);
            if let Some(answer) = ours {
                return Ok(answer);
            }
        }
    }
}
