//! What all projects share: the machine's interpreters and environments, each derived only when somebody asks for it.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use super::{
    Session, Turn,
    asking::{Dependent, Desk},
};
use crate::{
    model::{observe_environments, observe_interpreters},
    world::{AbsPath, Answer, Content, Noun, Question, View},
};

/// The shared derivations that were asked for, by the question that each answers.
#[derive(Default)]
pub(super) struct Machine {
    wanted: BTreeMap<Noun, Shared>,
}

#[derive(Default)]
struct Shared {
    read: BTreeSet<Question>,
    settled: bool,
    /// To be derived again once none of the answers is open that the last derivation rests on: what is asked for together
    /// comes together, and one derivation takes it all in.
    deferred: bool,
}

impl Machine {
    pub(super) fn want(&mut self, noun: Noun) {
        self.wanted.entry(noun).or_default();
    }

    /// Wants the shared answers among what a derivation read.
    pub(super) fn want_what_is_read(&mut self, read: &BTreeSet<Question>) {
        for question in read.iter().filter(|it| it.noun.is_shared()) {
            self.want(question.noun.clone());
        }
    }

    /// Whether a shared answer that was read may still change.
    pub(super) fn is_open(&self, read: &BTreeSet<Question>) -> bool {
        let mut open = self.wanted.iter().filter(|(_, shared)| !shared.settled);
        open.any(|(noun, _)| read.contains(&Question::here(noun.clone())))
    }

    /// Notes which derivations rest on complete answers; the projects that rest on those where that changed.
    pub(super) fn settle(&mut self, desk: &Desk) -> BTreeSet<AbsPath> {
        let mut resting = BTreeSet::new();
        for (noun, shared) in &mut self.wanted {
            let question = Question::here(noun.clone());
            let known = desk.world.answer(&question).is_some();
            let settled = known && !desk.waits(&Dependent::Machine(Box::new(noun.clone())));
            if settled != shared.settled {
                resting.extend(desk.projects_on(&question));
            }
            shared.settled = settled;
        }
        resting
    }
}

impl Session {
    /// Derives again what rests on something that changed, and the projects that rest on that.
    pub(super) fn derive_machine(&mut self, changed: &BTreeSet<Question>, turn: &mut Turn) {
        let wanted: Vec<Noun> = self.machine.wanted.keys().cloned().collect();
        for noun in wanted {
            let question = Question::here(noun.clone());
            let who = Dependent::Machine(Box::new(noun.clone()));
            let dirty = self.is_dirty(&who, changed);
            let waits = self.desk.waits(&who) && !turn.woken;
            let unknown = self.desk.world.answer(&question).is_none();
            let Some(shared) = self.machine.wanted.get_mut(&noun) else { continue };
            shared.deferred |= dirty || unknown;
            if !shared.deferred || waits {
                continue;
            }
            shared.deferred = false;
            self.derive_shared(&noun, turn);
            let resting: BTreeSet<AbsPath> = self.desk.projects_on(&question).collect();
            if turn.changed.contains(&question) {
                self.derive_projects(&resting, turn);
            }
            turn.checking.extend(resting);
        }
    }

    fn derive_shared(&mut self, noun: &Noun, turn: &mut Turn) {
        let view = View::new(&self.desk.world);
        let folders = self.roots.folders();
        let is_ours = |path: &AbsPath| {
            folders.iter().chain(&self.roots.found).any(|folder| path.is_within(folder))
        };
        let content = match noun {
            Noun::Environments => observe_environments(&view, &self.tables)
                .map(|it| Content::Environments(Arc::new(it))),
            _ => observe_interpreters(&view, &self.tables, &is_ours)
                .map(|it| Content::Interpreters(Arc::new(it))),
        };
        let (read, pending) = view.finish();
        let Some(shared) = self.machine.wanted.get_mut(noun) else { return };
        self.desk.rests(&Dependent::Machine(Box::new(noun.clone())), &shared.read, &read);
        let looked_at = self.roots.looked_at();
        turn.asking.extend(pending.into_iter().filter(|it| self.desk.must_ask(it, &looked_at)));
        shared.read = read;
        if let Ok(content) = content {
            self.desk.learn(Answer::new(Question::here(noun.clone()), content), turn);
        }
    }
}
