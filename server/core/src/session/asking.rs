//! What is known, what is being asked, and what each answer rests on.

use std::{
    collections::{BTreeMap, BTreeSet},
    ops::Bound,
};

use super::{
    Effect, Session, Turn,
    event::{Asking, Ticket, Urgency},
    few::Few,
};
use crate::{
    source,
    world::{AbsPath, Answer, Content, FEW_DISTRIBUTIONS, Learned, Noun, Question, Reply, World},
};

/// Who rests on an answer.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Dependent {
    Roots,
    /// The derivation that answers this question for all projects.
    Machine(Box<Noun>),
    Project(AbsPath),
}

/// What may have changed at a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Doubt {
    /// Whether it is there, and all that it is.
    Anything,
    /// Whether it is there; and nobody searches for projects by its name.
    Name,
    /// What is in it.
    Content,
}

/// The world, and the askings under way.
#[derive(Default)]
pub(super) struct Desk {
    pub(super) world: World,
    asked: BTreeMap<Question, (Ticket, Urgency)>,
    dependents: BTreeMap<Question, Few<Dependent>>,
    /// How many of the answers that each rests on are being asked.
    waiting: BTreeMap<Dependent, usize>,
    /// By path, the questions whose answers rest on it.
    resting: BTreeMap<AbsPath, Few<Question>>,
    last: Ticket,
    /// Some answer was dropped, so that less need be watched.
    dropped: bool,
}

impl Desk {
    /// Whether a question waits for its answer.
    pub(super) fn is_asked(&self, question: &Question) -> bool {
        self.asked.contains_key(question)
    }

    /// Whether a question must be asked, or asked again, since somebody looks at what waits for it by now.
    pub(super) fn must_ask(&self, question: &Question, looked_at: &BTreeSet<AbsPath>) -> bool {
        match self.asked.get(question) {
            None => true,
            Some((_, Urgency::Now)) => false,
            Some((_, Urgency::Later)) => self.urgency(question, looked_at) == Urgency::Now,
        }
    }

    /// Whether any answer that it rests on is being asked.
    pub(super) fn waits(&self, who: &Dependent) -> bool {
        self.waiting.contains_key(who)
    }

    /// Whether all but a few are known.
    pub(super) fn waits_for_few(&self, who: &Dependent) -> bool {
        self.waiting.get(who).is_some_and(|it| *it <= 4)
    }

    /// Whether it asks for so much of what is installed that reading it may take a while, or a tool, which may never answer.
    pub(super) fn is_much(&self, question: &Question) -> bool {
        let path = match &question.noun {
            Noun::Records(..) | Noun::Modules(_) | Noun::Sources(_) | Noun::ToolVersion(_) => {
                return true;
            }
            Noun::Metadata(path) => path,
            _ => return false,
        };
        let names = Question::here(Noun::Distributions(path.clone()));
        let Some(answer) = self.world.answer(&names) else { return false };
        let Content::Distributions(Reply::Known(inventory)) = &answer.content else { return false };
        inventory.distributions.len() > FEW_DISTRIBUTIONS
    }

    /// The tools that are asked for their version, if nothing else is asked.
    pub(super) fn tools_waited_for(&self) -> Vec<AbsPath> {
        let tools = self.asked.keys().map(|it| match &it.noun {
            Noun::ToolVersion(program) => Some(program.clone()),
            _ => None,
        });
        tools.collect::<Option<_>>().unwrap_or_default()
    }

    fn wait(&mut self, who: &Dependent) {
        match self.waiting.get_mut(who) {
            Some(count) => *count += 1,
            None => drop(self.waiting.insert(who.clone(), 1)),
        }
    }

    fn wait_no_more(&mut self, who: &Dependent) {
        let Some(count) = self.waiting.get_mut(who) else { return };
        *count -= 1;
        if *count == 0 {
            self.waiting.remove(who);
        }
    }

    pub(super) fn is_quiet(&self) -> bool {
        self.asked.is_empty()
    }

    pub(super) fn dependents(&self, question: &Question) -> impl Iterator<Item = &Dependent> {
        self.dependents.get(question).into_iter().flatten()
    }

    /// Something may have changed at a path: whatever rests on it, on what is below it, or on the folder it is in.
    pub(super) fn doubt(&mut self, path: &AbsPath, what: Doubt, turn: &mut Turn) {
        let parent = path.parent().filter(|_| what != Doubt::Content);
        for at in [Some(path), parent.as_ref()].into_iter().flatten() {
            for question in self.resting.get(at).into_iter().flatten() {
                // A folder's own kind and links do not change with what is in it.
                let is_same = match question.noun {
                    Noun::Entry(_) | Noun::Text(_) => at != path,
                    Noun::Projects(_) => at != path && what == Doubt::Name,
                    _ => false,
                };
                if !is_same {
                    turn.asking.insert(question.clone());
                }
            }
        }
        let below = self.resting.range((Bound::Excluded(path.clone()), Bound::Unbounded));
        // What begins with the same bytes is together; names such as `a-b` stand between `a` and `a/b`.
        let below = below.take_while(|(it, _)| it.as_bytes().starts_with(path.as_bytes()));
        for (_, questions) in below.filter(|(it, _)| it.is_within(path)) {
            turn.asking.extend(questions.iter().cloned());
        }
        self.doubt_sources(path, turn);
    }

    /// A source file may have changed: the sources of the projects around it rest on it, though nobody watches them all.
    pub(super) fn doubt_sources(&mut self, path: &AbsPath, turn: &mut Turn) {
        if !source::is_source(path.name()) {
            return;
        }
        for folder in path.ancestors() {
            let question = Question::here(Noun::Sources(folder));
            if self.dependents.contains_key(&question) {
                turn.asking.insert(question);
            }
        }
    }

    pub(super) fn doubt_everything(&mut self, turn: &mut Turn) {
        let asks_the_shell = |it: &&Question| !it.noun.is_of_session();
        turn.asking.extend(self.dependents.keys().filter(asks_the_shell).cloned());
    }

    /// What the editor holds of a path changed: the questions that read it are asked again.
    pub(super) fn buffer_changed(&mut self, path: &AbsPath, turn: &mut Turn) {
        let path = || path.clone();
        let nouns = [Noun::Text(path()), Noun::Manifest(path()), Noun::Lock(path())];
        for noun in nouns.into_iter().chain([Noun::Source(path()), Noun::Declaration(path())]) {
            let question = Question::here(noun);
            if self.dependents.contains_key(&question) {
                turn.asking.insert(question);
            }
        }
    }

    /// Takes an answer in, unless it was read before a change that we know of.
    pub(super) fn answered(&mut self, ticket: Ticket, answer: Answer, turn: &mut Turn) {
        let question = answer.question.clone();
        let asked = self.asked.get(&question).map(|it| it.0);
        if asked != Some(ticket) || !answer.content.fits(&question.noun) {
            return;
        }
        self.asked.remove(&question);
        turn.checking.extend(self.projects_on(&question));
        let dependents = self.dependents.remove(&question).unwrap_or_default();
        dependents.iter().for_each(|who| self.wait_no_more(who));
        self.dependents.insert(question, dependents);
        self.learn(answer, turn);
    }

    /// Whether somebody looks at what rests on an answer.
    fn urgency(&self, question: &Question, looked_at: &BTreeSet<AbsPath>) -> Urgency {
        let urgent = |it: &Dependent| match it {
            Dependent::Roots => true,
            Dependent::Machine(noun) => {
                let shared = Question::here(Noun::clone(noun));
                self.projects_on(&shared).any(|it| looked_at.contains(&it))
            }
            Dependent::Project(root) => looked_at.contains(root),
        };
        if self.dependents(question).any(urgent) { Urgency::Now } else { Urgency::Later }
    }

    /// The projects that rest on an answer.
    pub(super) fn projects_on(&self, question: &Question) -> impl Iterator<Item = AbsPath> {
        self.dependents(question).filter_map(|it| match it {
            Dependent::Project(root) => Some(root.clone()),
            Dependent::Roots | Dependent::Machine(_) => None,
        })
    }

    pub(super) fn learn(&mut self, answer: Answer, turn: &mut Turn) {
        let question = answer.question.clone();
        self.unrest(&question);
        for path in answer.question.noun.path().into_iter().chain(&answer.rests_on) {
            self.resting.entry(path.clone()).or_default().insert(question.clone());
        }
        let mut answer = answer;
        let also = std::mem::take(&mut answer.also);
        if self.world.learn(answer) == Learned::New {
            turn.changed.insert(question);
        }
        for extra in also {
            let known = self.world.is_fresh(&extra.question) || self.is_asked(&extra.question);
            if !known {
                self.learn(extra, turn);
            }
        }
    }

    /// Says what a derivation rests on now; answers that nobody rests on any more are dropped.
    pub(super) fn rests(
        &mut self,
        who: &Dependent,
        before: &BTreeSet<Question>,
        now: &BTreeSet<Question>,
    ) {
        for question in now.difference(before) {
            self.dependents.entry(question.clone()).or_default().insert(who.clone());
            if self.asked.contains_key(question) {
                self.wait(who);
            }
        }
        for question in before.difference(now) {
            if self.asked.contains_key(question) {
                self.wait_no_more(who);
            }
            let Some(dependents) = self.dependents.get_mut(question) else { continue };
            dependents.remove(who);
            if dependents.is_empty() {
                self.dependents.remove(question);
                self.asked.remove(question);
                self.unrest(question);
                self.world.forget(question);
                self.dropped = true;
            }
        }
    }

    /// Lets go of what an answer says, if nobody but `who` rests on it; what it rests on is watched as before.
    pub(super) fn let_go(&mut self, question: &Question, who: &Dependent) -> bool {
        let alone = self.dependents(question).all(|it| it == who);
        let known = alone && !self.is_asked(question) && self.world.is_fresh(question);
        if known {
            self.world.let_go(question);
        }
        known
    }

    fn unrest(&mut self, question: &Question) {
        for path in question.noun.path().into_iter().chain(self.world.rests_on(question)) {
            if let Some(questions) = self.resting.get_mut(path) {
                questions.remove(question);
                if questions.is_empty() {
                    self.resting.remove(path);
                }
            }
        }
    }
}

impl Session {
    /// Asks what the turn left open, each question once.
    pub(super) fn ask(&mut self, turn: &mut Turn) {
        let mut askings = Vec::new();
        let looked_at = self.roots.looked_at();
        for question in std::mem::take(&mut turn.asking) {
            if question.noun.is_of_session() || !self.desk.dependents.contains_key(&question) {
                continue;
            }
            self.desk.last = Ticket(self.desk.last.0 + 1);
            let ticket = self.desk.last;
            self.desk.world.doubt(&question);
            turn.checking.extend(self.desk.projects_on(&question));
            let urgency = self.desk.urgency(&question, &looked_at);
            if self.desk.asked.insert(question.clone(), (ticket, urgency)).is_none() {
                let dependents: Vec<Dependent> = self.desk.dependents(&question).cloned().collect();
                dependents.iter().for_each(|who| self.desk.wait(who));
            }
            let open = question.noun.path().filter(|_| question.noun.reads_buffer());
            let open = open.and_then(|it| self.open.get(it)).map(|it| it.text.clone());
            askings.push(Asking { ticket, question, open, urgency });
        }
        if !askings.is_empty() {
            turn.effects.push(Effect::Ask(askings));
        }
    }

    /// Says what is still wanted, where that is less than before. It goes through everything there is, so it is left until
    /// nobody waits.
    pub(super) fn let_go(&mut self, turn: &mut Turn) {
        if self.projects.is_quiescent() && std::mem::take(&mut self.desk.dropped) {
            turn.effects.push(Effect::Retain(self.desk.resting.keys().cloned().collect()));
        }
    }

    /// What a shared derivation found.
    pub(super) fn shared(&self, noun: Noun) -> Option<&Content> {
        self.desk.world.answer(&Question::here(noun)).map(|it| &it.content)
    }
}
