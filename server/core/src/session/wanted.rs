//! What the user wants done though no finding asks for it: taken up once it is known what it takes, then run as any action is.

use std::collections::BTreeMap;

use super::{
    Effect, Session, Turn,
    event::{ActionId, Consent, Weight},
};
use crate::{
    action::Action,
    chore::{self, Chore},
    world::{AbsPath, Noun},
};

#[derive(Default)]
pub(super) struct Wanted {
    /// What waits for the machine's interpreters to be known.
    waiting: Vec<(AbsPath, Chore, Consent)>,
    /// Actions that were made of a chore and may still wait for the user's consent.
    made: BTreeMap<ActionId, (AbsPath, Action)>,
    count: u64,
}

impl Wanted {
    pub(super) fn action(&self, id: &ActionId) -> Option<(AbsPath, Action)> {
        self.made.get(id).cloned()
    }

    /// Where chores wait to be taken up.
    pub(super) fn paths(&self) -> impl Iterator<Item = &AbsPath> {
        self.waiting.iter().map(|it| &it.0)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }
}

impl Session {
    /// Has a chore taken up as soon as the project and the machine's interpreters are known.
    pub(super) fn want(&mut self, path: AbsPath, chore: Chore, consent: Consent) {
        self.machine.want(Noun::Interpreters);
        self.wanted.waiting.push((path, chore, consent));
    }

    /// Makes actions of the chores that wait for nothing any more, and does them.
    pub(super) fn take_up(&mut self, turn: &mut Turn) {
        if self.wanted.waiting.is_empty() || self.interpreters().is_none() {
            return;
        }
        let ready = |session: &Session, path: &AbsPath| {
            let owner = session.roots.owner(path);
            owner.is_none_or(|it| session.projects.is_settled(it))
        };
        let waiting = std::mem::take(&mut self.wanted.waiting);
        let (now, later) = waiting.into_iter().partition(|it| ready(self, &it.0));
        self.wanted.waiting = later;
        for (path, chore, consent) in now {
            match self.chore(&path, &chore) {
                Ok((project, actions)) => {
                    for action in actions {
                        self.wanted.count += 1;
                        let id = ActionId(format!("chore/{}", self.wanted.count));
                        self.wanted.made.insert(id.clone(), (project.clone(), action));
                        self.perform(&id, consent, turn);
                    }
                }
                Err(words) => turn.effects.push(Effect::Say { weight: Weight::Warning, words }),
            }
        }
    }

    /// The project on whose account an action is to be done that was made of a chore.
    #[must_use]
    pub fn wanted_by(&self, action: &ActionId) -> Option<&AbsPath> {
        self.wanted.made.get(action).map(|it| &it.0)
    }

    /// The project that a path is in, and the actions that do a chore there.
    ///
    /// # Errors
    /// When it cannot be done; the words say why.
    pub fn chore(&self, path: &AbsPath, chore: &Chore) -> Result<(AbsPath, Vec<Action>), String> {
        let standing = self.project_of(path);
        let model = standing.and_then(|it| it.outcome.model.as_ref());
        let Some(model) = model else {
            return Err(format!("`{path}` is in no Python project"));
        };
        let actions = chore::actions(model, self.interpreters(), chore)?;
        Ok((model.project.root.clone(), actions))
    }
}
