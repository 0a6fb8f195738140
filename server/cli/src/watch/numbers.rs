//! The numbers by which actions are chosen: one keeps its number for as long as it is offered.

use std::collections::BTreeSet;

use envls_core::{
    action::Action,
    finding::Finding,
    session::{ActionId, Session},
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
    offered: Vec<Numbered>,
}

impl Numbers {
    /// Takes over what is offered now. What several findings offer is one action.
    pub(super) fn follow(&mut self, session: &Session) {
        let before = std::mem::take(&mut self.offered);
        let mut taken: BTreeSet<usize> = BTreeSet::new();
        let mut new: Vec<(ActionId, &Action)> = Vec::new();
        for (id, action) in offers(session) {
            let known = before.iter().find(|it| it.action.what == action.what);
            let number = known.map(|it| it.number);
            if self.find(action).is_some() || new.iter().any(|it| it.1.what == action.what) {
                continue;
            }
            match number {
                Some(number) => {
                    taken.insert(number);
                    self.offered.push(Numbered { number, id, action: action.clone() });
                }
                None => new.push((id, action)),
            }
        }
        let mut free = (1..).filter(|it| !taken.contains(it));
        for (id, action) in new {
            let Some(number) = free.next() else { return };
            self.offered.push(Numbered { number, id, action: action.clone() });
        }
    }

    pub(super) fn get(&self, number: usize) -> Option<&Numbered> {
        self.offered.iter().find(|it| it.number == number)
    }

    /// The number of an action.
    pub(super) fn find(&self, action: &Action) -> Option<usize> {
        self.offered.iter().find(|it| it.action.what == action.what).map(|it| it.number)
    }

    /// Whether an action that was shown a moment ago is still offered, by that name and as it was.
    pub(super) fn stands(&self, shown: &Numbered) -> bool {
        let same = |it: &Numbered| it.id == shown.id && it.action.what == shown.action.what;
        self.offered.iter().any(same)
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
