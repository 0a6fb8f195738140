//! What is going on between the user and the session: what runs, what was said, and what the user was asked.

use std::collections::{BTreeMap, VecDeque};

use envls_core::{
    action::What,
    session::{Consent, Effect, Event, OperationId, Session, Step, Weight},
    world::{AbsPath, Trust},
};

use super::numbers::{Numbered, Numbers};
use crate::{r#loop::Loop, print};

/// More lines of an operation's progress are not kept.
const PROGRESS: usize = 50;

pub(super) struct State {
    pub(super) here: AbsPath,
    /// What is watched.
    pub(super) path: AbsPath,
    trusted: bool,
    pub(super) numbers: Numbers,
    pub(super) running: BTreeMap<OperationId, Running>,
    /// What was said since the user last typed something, oldest first.
    pub(super) news: Vec<News>,
    pub(super) question: Option<Question>,
    /// Lines that were typed and not obeyed yet.
    typed: VecDeque<String>,
    ending: Ending,
    /// Everything was known at least once.
    pub(super) settled: bool,
}

pub(super) struct Running {
    pub(super) title: String,
    pub(super) lines: VecDeque<String>,
}

#[derive(Clone, Debug)]
pub(super) struct News {
    pub(super) weight: Weight,
    pub(super) words: String,
}

/// What the user has to agree to.
pub(super) struct Question {
    pub(super) offered: Numbered,
    /// What would be done.
    pub(super) lines: Vec<String>,
    /// The project whose code may run though its folder is not trusted.
    pub(super) untrusted: Option<AbsPath>,
    pub(super) words: String,
}

/// When the command ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Ending {
    No,
    /// As soon as everything that was typed is done.
    WhenDone,
    /// As soon as everything has stopped.
    WhenStopped,
    AtOnce,
}

/// Whether what is typed is obeyed while something is still going on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Patience {
    /// The user sees what is going on.
    None,
    /// Lines that were typed ahead mean what will be there then.
    UntilSettled,
}

impl State {
    pub(super) fn new(here: AbsPath, path: AbsPath, trusted: bool) -> State {
        State {
            here,
            path,
            trusted,
            numbers: Numbers::default(),
            running: BTreeMap::new(),
            news: Vec::new(),
            question: None,
            typed: VecDeque::new(),
            ending: Ending::No,
            settled: false,
        }
    }

    /// Takes over what a turn left for the front end.
    pub(super) fn take(&mut self, effects: Vec<Effect>, turns: &mut Loop) {
        let mut left: VecDeque<Effect> = effects.into();
        while let Some(effect) = left.pop_front() {
            match effect {
                Effect::Progress { operation, step } => self.progress(operation, step),
                Effect::Say { weight, words } => self.say(weight, words),
                Effect::AskConsent { question, .. } => self.say(Weight::Warning, question),
                Effect::Edit { label, edits } => match turns.write(&edits) {
                    Ok(events) => {
                        self.say(Weight::Information, format!("done: {label}"));
                        left.extend(turns.turn(events));
                    }
                    Err(error) => self.say(Weight::Error, format!("not done: {error:#}")),
                },
                // The session itself is looked at; the rest is the host's.
                _ => {}
            }
        }
    }

    /// Follows what the session offers now.
    pub(super) fn look(&mut self, turns: &Loop) {
        self.settled |= turns.session.is_quiescent();
        self.numbers.follow(&turns.session);
    }

    /// A line was typed.
    pub(super) fn typed(&mut self, line: &str) {
        self.typed.push_back(line.trim().to_owned());
    }

    /// Nothing more will be typed.
    pub(super) fn nothing_more(&mut self) {
        self.ending = self.ending.max(Ending::WhenDone);
    }

    /// The user wants to leave; who says it twice does not want to wait.
    pub(super) fn end(&mut self) {
        let twice = self.ending >= Ending::WhenStopped;
        self.ending = if twice { Ending::AtOnce } else { Ending::WhenStopped };
        self.typed.push_front("c".to_owned());
    }

    pub(super) fn is_over(&self, turns: &Loop) -> bool {
        match self.ending {
            Ending::No => false,
            Ending::WhenDone => self.typed.is_empty() && turns.session.is_quiescent(),
            Ending::WhenStopped => self.running.is_empty(),
            Ending::AtOnce => true,
        }
    }

    /// Does what was typed next, if its time has come. Whether it has.
    pub(super) fn obey(&mut self, turns: &mut Loop, patience: Patience) -> bool {
        let Some(line) = self.typed.front() else { return false };
        let waits = patience == Patience::UntilSettled && !turns.session.is_quiescent();
        let stops = self.settled && matches!(line.as_str(), "c" | "q");
        if waits && !stops {
            return false;
        }
        let Some(line) = self.typed.pop_front() else { return false };
        self.news.clear();
        let events = match self.question.take() {
            Some(question) => self.answered(&question, &line, turns),
            None => self.commanded(&line, &turns.session),
        };
        if !events.is_empty() {
            let effects = turns.turn(events);
            self.take(effects, turns);
        }
        true
    }

    fn commanded(&mut self, line: &str, session: &Session) -> Vec<Event> {
        match line {
            "" => {}
            "q" => self.end(),
            "c" => return vec![Event::Stopped(None)],
            "r" => return vec![Event::Overlooked],
            number => match number.parse().ok().and_then(|it| self.numbers.get(it)).cloned() {
                Some(offered) => self.question = Some(self.ask(offered, session)),
                None => {
                    let words =
                        format!("`{number}` is none of the numbers above, nor `c`, `r` or `q`");
                    self.say(Weight::Warning, words);
                }
            },
        }
        Vec::new()
    }

    fn ask(&self, offered: Numbered, session: &Session) -> Question {
        let mut lines = print::offer(session, &offered.action, &self.here);
        let project = print::project_of(session, &offered.id);
        let (untrusted, words) = match &offered.action.what {
            What::Edit(_) => (None, "Write it? [y/N]".to_owned()),
            What::Choose(_) => (None, "Remember it? [y/N]".to_owned()),
            What::Run(recipe) => {
                match project.filter(|it| !self.trusted && it.trust == Trust::Untrusted) {
                    None => (None, "Run it? [y/N]".to_owned()),
                    Some(model) => {
                        let root = &model.project.root;
                        lines.push(print::untrusted(root, recipe));
                        let words = format!(
                            "Run it? [y = this once, t = trust `{}` and run, N]",
                            root.name_text()
                        );
                        (Some(root.clone()), words)
                    }
                }
            }
        };
        Question { offered, lines, untrusted, words }
    }

    fn answered(&mut self, question: &Question, line: &str, turns: &Loop) -> Vec<Event> {
        let trusts = match (line.to_lowercase().as_str(), &question.untrusted) {
            ("y" | "yes", _) => None,
            ("t", Some(root)) => Some(root),
            ("q", _) => {
                self.end();
                return Vec::new();
            }
            _ => {
                self.say(Weight::Warning, "not done".to_owned());
                return Vec::new();
            }
        };
        if !self.numbers.stands(&question.offered) {
            let words = "not done: what it would mend has changed meanwhile".to_owned();
            self.say(Weight::Warning, words);
            return Vec::new();
        }
        let mut events = Vec::new();
        if let Some(root) = trusts {
            match turns.trust().trust(root) {
                Ok(()) => events.extend(turns.trust().file().map(Event::Touched)),
                Err(error) => {
                    self.say(Weight::Error, format!("not trusted: {error:#}"));
                    return Vec::new();
                }
            }
        }
        let action = question.offered.id.clone();
        events.push(Event::Chosen { action, consent: Consent::Given });
        events
    }

    fn progress(&mut self, operation: OperationId, step: Step) {
        match step {
            Step::Begin { title } => {
                self.running.insert(operation, Running { title, lines: VecDeque::new() });
            }
            Step::Report { line } => {
                let Some(running) = self.running.get_mut(&operation) else { return };
                if running.lines.len() == PROGRESS {
                    running.lines.pop_front();
                }
                running.lines.push_back(line);
            }
            Step::End { words } => {
                self.running.remove(&operation);
                self.say(Weight::Information, words);
            }
        }
    }

    /// The same is not said twice in a row: how an operation ends comes both as its end and, when it failed, as a message.
    fn say(&mut self, weight: Weight, words: String) {
        match self.news.last_mut().filter(|it| it.words == words) {
            Some(last) => last.weight = last.weight.max(weight),
            None => self.news.push(News { weight, words }),
        }
    }
}
