//! What nobody looks at is put to rest: its findings stand, and what they rest on is watched, but what was read and
//! understood of it is let go, and read again once somebody looks or something changes. A repository of a thousand projects
//! is mostly such projects.

use std::{collections::BTreeSet, sync::Arc};

use super::{
    Effect, Session, Turn,
    asking::{Dependent, Desk},
};
use crate::{
    Outcome,
    model::Model,
    world::{AbsPath, Content, Noun, Place, Question, Reply},
};

/// Whether everything that was understood is kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Keeping {
    /// For who reads it all when it is done.
    #[default]
    Everything,
    /// What somebody looks at or has something done in; of the rest, what was understood of so many projects.
    LookedAt { beside: usize },
}

/// More sources than this take longer to read again than anybody should wait who opens one of them.
const MANY_SOURCES: usize = 1_000;

/// How much is held of a project.
#[derive(Debug, Default)]
pub(super) enum Rest {
    /// Everything.
    #[default]
    Awake,
    /// Its findings, and what was chosen for it.
    Resting(Arc<Model>),
    /// The same, while what was let go is read again.
    Waking(Arc<Model>),
}

impl Rest {
    /// What was chosen for the project, while no more is held of it.
    pub(super) fn choice(&self) -> Option<&Arc<Model>> {
        match self {
            Rest::Awake => None,
            Rest::Resting(choice) | Rest::Waking(choice) => Some(choice),
        }
    }

    /// What was understood has been understood anew.
    pub(super) fn end(&mut self) {
        if matches!(self, Rest::Waking(_)) {
            *self = Rest::Awake;
        }
    }

    fn wake(&mut self) -> bool {
        match std::mem::take(self) {
            Rest::Resting(choice) => {
                *self = Rest::Waking(choice);
                true
            }
            other => {
                *self = other;
                false
            }
        }
    }
}

impl Session {
    /// A session that keeps less than everything.
    #[must_use]
    pub fn keeping(keeping: Keeping) -> Session {
        Session { keeping, ..Session::default() }
    }

    /// The projects that somebody looks at, or has something done in.
    fn needed(&self) -> BTreeSet<AbsPath> {
        let mut needed = self.roots.looked_at();
        needed.extend(self.operations.projects().cloned());
        needed.extend(self.wanted.paths().filter_map(|it| self.roots.owner(it)).cloned());
        needed
    }

    /// The projects at rest that are needed from now on.
    pub(super) fn roused(&self) -> BTreeSet<AbsPath> {
        if self.keeping == Keeping::Everything {
            return BTreeSet::new();
        }
        let mut needed = self.needed();
        needed.retain(|it| self.projects.all.get(it).is_some_and(|it| it.rest.choice().is_some()));
        needed
    }

    /// Has what was let go of a project at rest asked for again. Whether anything was: the project is derived when it is known.
    pub(super) fn wake(&mut self, root: &AbsPath, turn: &mut Turn) -> bool {
        let Some(project) = self.projects.all.get_mut(root) else { return false };
        if !project.rest.wake() {
            return false;
        }
        let desk = &self.desk;
        let gone = project.outcome.read.iter().filter(|it| desk.world.is_let_go(it));
        let before = turn.asking.len();
        turn.asking.extend(gone.cloned());
        turn.asking.len() > before || self.desk.waits(&Dependent::Project(root.clone()))
    }

    /// Puts the projects to rest that nobody needs by now.
    pub(super) fn rest(&mut self, turn: &mut Turn) {
        let Keeping::LookedAt { beside } = self.keeping else { return };
        if self.projects.whole.len() <= beside {
            return;
        }
        let needed = self.needed();
        let idle = self.projects.whole.difference(&needed);
        let is_still = |it: &&AbsPath| {
            self.projects.is_settled(it) && !self.desk.waits(&Dependent::Project((*it).clone()))
        };
        let idle: Vec<AbsPath> = idle.filter(is_still).skip(beside).cloned().collect();
        let mut gone = Vec::new();
        for root in idle {
            self.projects.whole.remove(&root);
            let Some(project) = self.projects.all.get_mut(&root) else { continue };
            // Both are the same by now, and what only one holds can be changed in place.
            project.settled = None;
            let outcome = Arc::make_mut(&mut project.outcome);
            if let Some(mut model) = outcome.model.take() {
                Arc::make_mut(&mut model).keep_choice();
                project.rest = Rest::Resting(model);
            }
            outcome.findings.shrink_to_fit();
            project.settled = Some(Arc::clone(&project.outcome));
            let who = Dependent::Project(root);
            gone.extend(let_go(&mut self.desk, &project.outcome, &who));
        }
        if !gone.is_empty() {
            turn.effects.push(Effect::LetGo(gone));
        }
    }
}

/// Lets go of what only this project rests on, where it is much to hold and soon read again.
fn let_go(desk: &mut Desk, outcome: &Outcome, who: &Dependent) -> Vec<Question> {
    let heavy = outcome.read.iter().filter(|it| is_heavy(desk, it)).cloned();
    let heavy: Vec<Question> = heavy.collect();
    heavy.into_iter().filter(|it| desk.let_go(it, who)).collect()
}

fn is_heavy(desk: &Desk, question: &Question) -> bool {
    if question.place != Place::Here {
        // To look into a layer takes a program.
        return false;
    }
    match &question.noun {
        Noun::Manifest(_)
        | Noun::Lock(_)
        | Noun::Declaration(_)
        | Noun::Metadata(_)
        | Noun::Modules(_)
        | Noun::Records(..) => true,
        Noun::Sources(_) => desk.world.answer(question).is_some_and(|it| {
            let Content::Sources(Reply::Known(sources)) = &it.content else { return true };
            sources.files.len() <= MANY_SOURCES
        }),
        _ => false,
    }
}
