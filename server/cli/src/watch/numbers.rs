//! The numbers by which actions are chosen: one keeps its number for as long as it is offered.

use std::collections::BTreeMap;

use envls_core::{
    action::{Action, What},
    finding::Finding,
    session::{ActionId, Session},
    text::Location,
    world::AbsPath,
};

use crate::{findings, print::is_silencing};

/// An action that can be chosen by its number.
#[derive(Clone, Debug)]
pub(super) struct Numbered {
    pub(super) number: usize,
    pub(super) id: ActionId,
    pub(super) action: Action,
}

#[derive(Debug, Default)]
pub(super) struct Numbers {
    offered: BTreeMap<Key, Numbered>,
    keys: BTreeMap<usize, Key>,
}

/// What tells actions apart: what they are called, which is the command or the replacement itself, and where they act.
type Key = (String, Vec<AbsPath>, Option<Location>);

fn key(action: &Action) -> Key {
    let (touches, location) = match &action.what {
        What::Run(recipe) => (recipe.touches.clone(), None),
        What::Choose(choice) => (vec![choice.project.clone()], None),
        What::Edit(edits) => (Vec::new(), edits.first().map(|it| it.location.clone())),
    };
    (action.title.clone(), touches, location)
}

impl Numbers {
    /// Takes over what is offered now. What several findings offer is one action.
    pub(super) fn follow(&mut self, session: &Session) {
        let before = std::mem::take(&mut self.offered);
        self.keys.clear();
        let mut new: Vec<Key> = Vec::new();
        for (id, action) in offers(session) {
            let key = key(action);
            if self.offered.contains_key(&key) {
                continue;
            }
            let number = before.get(&key).map_or(0, |it| it.number);
            match number {
                0 => new.push(key.clone()),
                number => drop(self.keys.insert(number, key.clone())),
            }
            self.offered.insert(key, Numbered { number, id, action: action.clone() });
        }
        let free: Vec<usize> =
            (1..).filter(|it| !self.keys.contains_key(it)).take(new.len()).collect();
        for (number, key) in free.into_iter().zip(new) {
            if let Some(offered) = self.offered.get_mut(&key) {
                offered.number = number;
            }
            self.keys.insert(number, key);
        }
    }

    pub(super) fn get(&self, number: usize) -> Option<&Numbered> {
        self.offered.get(self.keys.get(&number)?)
    }

    /// The number of an action.
    pub(super) fn find(&self, action: &Action) -> Option<usize> {
        self.offered.get(&key(action)).map(|it| it.number)
    }

    /// Whether an action that was shown a moment ago is still offered, by that name and as it was.
    pub(super) fn stands(&self, shown: &Numbered) -> bool {
        let same = |it: &Numbered| it.id == shown.id && it.action.what == shown.action.what;
        self.offered.get(&key(&shown.action)).is_some_and(same)
    }
}

/// The actions of a finding that mend something, by their index.
pub(super) fn mending(finding: &Finding) -> impl Iterator<Item = (usize, &Action)> {
    finding.actions.iter().enumerate().filter(|it| !is_silencing(it.1))
}

fn offers(session: &Session) -> impl Iterator<Item = (ActionId, &Action)> {
    findings::all(session).into_iter().flat_map(|finding| {
        mending(finding).map(|(at, action)| (ActionId::of(finding, at), action))
    })
}
