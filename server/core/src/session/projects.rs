//! The projects, what was last derived of each, and what of it is settled.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use super::{
    Effect, Session, Turn,
    asking::{Dependent, Desk},
    resting::Rest,
};
use crate::{
    Outcome,
    derive::derive_after,
    model::Model,
    source,
    world::{AbsPath, Answer, Content, Noun, Question},
};

/// From so many new projects on, a few are derived first: what all of them ask in the same words is known by then, and each
/// of the others is derived in fewer rounds.
const MANY: usize = 16;
const SCOUTS: usize = 4;
/// So many of those that were held are derived in one turn, so that no turn takes long.
const AT_ONCE: usize = 64;

#[derive(Default)]
pub(super) struct Projects {
    pub(super) all: BTreeMap<AbsPath, Project>,
    /// Those for which not everything is known that they rest on.
    waiting: BTreeSet<AbsPath>,
    /// To be derived again once none of the answers is open that their last derivation rests on: what is asked for together
    /// comes together, and one derivation takes it all in.
    deferred: BTreeSet<AbsPath>,
    /// To be derived again in this turn, whatever changed.
    unjudged: BTreeSet<AbsPath>,
    /// Of many that are new, those whose turn has not come.
    held: BTreeSet<AbsPath>,
    /// Those that are derived before the ones that are held.
    scouts: BTreeSet<AbsPath>,
    /// Those that are settled and of which everything is held that was understood.
    pub(super) whole: BTreeSet<AbsPath>,
    /// Those of which it was last answered that a source is open.
    opened: BTreeSet<AbsPath>,
    /// A `Wake` is under way.
    waking: bool,
    quiescent: bool,
}

/// One project.
#[derive(Default)]
pub(super) struct Project {
    pub(super) outcome: Arc<Outcome>,
    /// What was derived when nothing was open; it stands until the next such derivation.
    pub(super) settled: Option<Arc<Outcome>>,
    pub(super) rest: Rest,
}

impl Projects {
    pub(super) fn judge_all_again(&mut self) {
        self.unjudged.extend(self.all.keys().cloned());
    }

    /// What was last derived of a project from complete answers.
    pub(super) fn settled(&self, root: &AbsPath) -> Option<&Arc<Outcome>> {
        self.all.get(root)?.settled.as_ref()
    }

    /// What was chosen for a project, as far as it is settled; that is known also while nobody looks at it.
    pub(super) fn choice(&self, root: &AbsPath) -> Option<&Arc<Model>> {
        let project = self.all.get(root)?;
        project.settled.as_ref()?.model.as_ref().or_else(|| project.rest.choice())
    }

    /// Whether everything is known that the project rests on.
    pub(super) fn is_settled(&self, root: &AbsPath) -> bool {
        !self.waiting.contains(root) && self.settled(root).is_some()
    }

    pub(super) fn is_quiescent(&self) -> bool {
        self.quiescent
    }

    fn waits(&self, root: &AbsPath, desk: &Desk) -> bool {
        desk.waits(&Dependent::Project(root.clone()))
            || self.deferred.contains(root)
            || self.held.contains(root)
    }

    /// Of many new projects, holds all but a few and those that somebody looks at; what is left is derived at once.
    fn hold(&mut self, new: BTreeSet<AbsPath>, looked_at: &BTreeSet<AbsPath>) -> BTreeSet<AbsPath> {
        if new.len() < MANY {
            return new;
        }
        let (mut first, mut later): (BTreeSet<_>, BTreeSet<_>) =
            new.into_iter().partition(|it| looked_at.contains(it));
        while first.len() < SCOUTS
            && let Some(scout) = later.pop_first()
        {
            first.insert(scout);
        }
        self.scouts.extend(first.iter().cloned());
        self.held.append(&mut later);
        first
    }

    /// Those that are held and whose turn has come: when the scouts are done, or it takes them too long.
    fn released(&mut self, woken: bool) -> BTreeSet<AbsPath> {
        self.scouts.retain(|it| self.waiting.contains(it));
        if woken {
            self.scouts.clear();
        }
        let under_way = self.waiting.len().saturating_sub(self.held.len());
        if !self.scouts.is_empty() || self.held.is_empty() || under_way >= AT_ONCE {
            return BTreeSet::new();
        }
        std::iter::from_fn(|| self.held.pop_first()).take(AT_ONCE).collect()
    }
}

impl Session {
    /// Derives again what rests on something that changed, until nothing more follows without new answers.
    pub(super) fn rederive(&mut self, turn: &mut Turn) {
        let mut dirty = std::mem::take(&mut self.projects.unjudged);
        let mut changed = std::mem::take(&mut turn.changed);
        if self.is_dirty(&Dependent::Roots, &changed) || std::mem::take(&mut self.roots.moved) {
            dirty.extend(self.derive_roots(turn));
            changed.append(&mut turn.changed);
        }
        dirty.extend(changed.iter().flat_map(|it| self.desk.projects_on(it)));
        if !self.projects.held.is_empty() {
            let looked_at = self.roots.looked_at();
            dirty.extend(looked_at.into_iter().filter(|it| self.projects.held.remove(it)));
        }
        if turn.woken {
            dirty.append(&mut self.projects.deferred);
        } else {
            let deferred = &mut self.projects.deferred;
            dirty.extend(turn.checking.iter().filter(|it| deferred.remove(*it)).cloned());
        }
        dirty.append(&mut self.roused());
        self.derive_projects(&dirty, turn);
        self.derive_machine(&changed, turn);
    }

    pub(super) fn is_dirty(&self, who: &Dependent, changed: &BTreeSet<Question>) -> bool {
        changed.iter().any(|it| self.desk.dependents(it).any(|it| it == who))
    }

    /// Finds the projects again; those that are new must be derived.
    fn derive_roots(&mut self, turn: &mut Turn) -> BTreeSet<AbsPath> {
        let found = self.roots.derive(&self.desk.world);
        self.desk.rests(&Dependent::Roots, &self.roots.read, &found.read);
        turn.asking.extend(found.pending.into_iter().filter(|it| !self.desk.is_asked(it)));
        self.roots.read = found.read;
        for note in found.notes.difference(&self.roots.notes) {
            turn.effects.push(Effect::Log(note.clone()));
        }
        self.roots.notes = found.notes;
        let gone: Vec<AbsPath> = self.roots.found.difference(&found.roots).cloned().collect();
        let new: BTreeSet<AbsPath> = found.roots.difference(&self.roots.found).cloned().collect();
        if !gone.is_empty() || !new.is_empty() {
            self.roots.found = found.roots;
            let workspace = self.roots.folders().union(&self.roots.found).cloned().collect();
            turn.effects.push(Effect::Workspace(workspace));
            // Which project an open file belongs to may have changed.
            turn.files.extend(self.open.keys().cloned());
        }
        for root in gone {
            if let Some(project) = self.projects.all.remove(&root) {
                let who = Dependent::Project(root.clone());
                self.desk.rests(&who, &project.outcome.read, &BTreeSet::new());
                self.projects.waiting.remove(&root);
                self.projects.deferred.remove(&root);
                self.projects.held.remove(&root);
                self.projects.scouts.remove(&root);
                self.projects.whole.remove(&root);
                let settled = project.settled.as_ref().map_or(&[][..], |it| &it.findings);
                self.published.forget(&root, settled, &mut turn.files);
            }
        }
        for root in &new {
            self.projects.all.insert(root.clone(), Project::default());
        }
        let first = self.projects.hold(new, &self.roots.looked_at());
        turn.checking.extend(self.projects.held.iter().cloned());
        first
    }

    /// Derives those that were held, as many as are to be in one turn.
    pub(super) fn release(&mut self, turn: &mut Turn) -> bool {
        let released = self.projects.released(turn.woken);
        if released.is_empty() {
            return false;
        }
        self.derive_projects(&released, turn);
        self.derive_machine(&BTreeSet::new(), turn);
        true
    }

    pub(super) fn derive_projects(&mut self, roots: &BTreeSet<AbsPath>, turn: &mut Turn) {
        let looked_at = self.roots.looked_at();
        for root in roots {
            if !self.projects.all.contains_key(root) {
                continue;
            }
            turn.checking.insert(root.clone());
            if self.wake(root, turn) {
                self.projects.deferred.insert(root.clone());
                continue;
            }
            let waits = self.desk.waits(&Dependent::Project(root.clone()));
            if !turn.woken && waits && !(looked_at.contains(root) && self.need_not_wait(root)) {
                self.projects.deferred.insert(root.clone());
                continue;
            }
            self.projects.held.remove(root);
            self.tell_opened_of(root, turn);
            let Some(project) = self.projects.all.get_mut(root) else { continue };
            let known = [Some(&project.outcome), project.settled.as_ref()].into_iter().flatten();
            // What was derived under other settings tells nothing.
            let known = known.filter(|it| it.edition >= self.configured);
            let before = known.filter(|it| it.model.is_some()).map(|it| &**it).next();
            let outcome =
                derive_after(&self.desk.world, &self.tables, &self.settings, root, before);
            let who = Dependent::Project(root.clone());
            self.desk.rests(&who, &project.outcome.read, &outcome.read);
            self.machine.want_what_is_read(&outcome.read);
            let asking = outcome.pending.iter().filter(|it| self.desk.must_ask(it, &looked_at));
            turn.asking.extend(asking.cloned());
            for fault in outcome.faults.iter().filter(|it| !project.outcome.faults.contains(it)) {
                let words =
                    format!("rule `{}` went wrong at `{root}`: {}", fault.code, fault.words);
                turn.effects.push(Effect::Log(words));
            }
            project.outcome = Arc::new(outcome);
        }
    }

    /// Answers which sources are open, wherever that is asked: where some are by now, or were.
    pub(super) fn tell_opened(&mut self, turn: &mut Turn) {
        if turn.files.is_empty() {
            return;
        }
        let sources = self.open.keys().filter(|it| source::is_source(it.name()));
        let mut roots: BTreeSet<AbsPath> =
            sources.filter_map(|it| self.roots.owner(it)).cloned().collect();
        roots.append(&mut self.projects.opened);
        roots.retain(|it| self.projects.all.contains_key(it));
        for root in &roots {
            self.tell_opened_of(root, turn);
        }
    }

    fn tell_opened_of(&mut self, root: &AbsPath, turn: &mut Turn) {
        let question = Question::here(Noun::Opened(root.clone()));
        let sources = self.open.keys().filter(|it| source::is_source(it.name()));
        let opened: BTreeSet<AbsPath> =
            sources.filter(|it| self.roots.owner(it) == Some(root)).cloned().collect();
        if !opened.is_empty() {
            self.projects.opened.insert(root.clone());
        }
        let known = self.desk.world.answer(&question).map(|it| &it.content);
        if known.is_some_and(|it| matches!(it, Content::Opened(it) if **it == opened)) {
            return;
        }
        self.desk.learn(Answer::new(question, Content::Opened(Arc::new(opened))), turn);
    }

    /// Takes over what is derived from complete answers.
    pub(super) fn settle(&mut self, turn: &mut Turn) {
        turn.checking.extend(self.machine.settle(&self.desk));
        let looked_at = self.roots.looked_at();
        for root in std::mem::take(&mut turn.checking) {
            let Some(project) = self.projects.all.get(&root) else { continue };
            let open = self.projects.waits(&root, &self.desk)
                || self.machine.is_open(&project.outcome.read);
            if open || self.operations.holds(&root) {
                let early = project.outcome.model.is_some()
                    && looked_at.contains(&root)
                    && self.need_not_wait(&root);
                self.projects.waiting.insert(root.clone());
                if early {
                    self.take_over(&root, turn);
                }
            } else {
                self.projects.waiting.remove(&root);
                self.take_over(&root, turn);
            }
        }
        if turn.woken {
            self.show_what_is_known(turn);
        }
    }

    /// Whether a project that somebody looks at and that has shown nothing yet waits only for the headers of so much that reading them takes longer than
    /// all the rest.
    fn need_not_wait(&self, root: &AbsPath) -> bool {
        let Some(project) = self.projects.all.get(root) else { return false };
        let who = Dependent::Project(root.clone());
        let few = project.settled.is_none() && self.desk.waits_for_few(&who);
        let mut open = project.outcome.read.iter().filter(|it| few && self.desk.is_asked(it));
        let much = few && open.all(|it| self.desk.is_much(it));
        let machine = self.machine.is_open(&project.outcome.read);
        much && !machine && !self.operations.holds(root)
    }

    /// Says whether anything is still open, and asks to be woken while it is.
    pub(super) fn announce(&mut self, turn: &mut Turn) {
        let waiting = !self.projects.waiting.is_empty();
        if waiting && !std::mem::replace(&mut self.projects.waking, true) {
            turn.effects.push(Effect::Wake);
        }
        let quiescent = self.desk.is_quiet()
            && !waiting
            && self.operations.is_empty()
            && self.wanted.is_empty();
        if std::mem::replace(&mut self.projects.quiescent, quiescent) != quiescent {
            turn.effects.push(Effect::Quiescent(quiescent));
        }
    }

    /// Some time has passed. Where answers keep changing, as while someone installs, what is known is shown all the same.
    fn show_what_is_known(&mut self, turn: &mut Turn) {
        self.projects.waking = false;
        let known = |root: &&AbsPath| {
            let project = self.projects.all.get(*root);
            project.is_some_and(|it| it.outcome.model.is_some()) && !self.operations.holds(root)
        };
        let waiting: Vec<AbsPath> = self.projects.waiting.iter().filter(known).cloned().collect();
        for root in waiting {
            self.take_over(&root, turn);
        }
    }

    /// Makes what was derived of a project what is shown of it.
    fn take_over(&mut self, root: &AbsPath, turn: &mut Turn) {
        let Some(project) = self.projects.all.get_mut(root) else { return };
        if project.outcome.model.is_some() {
            self.projects.whole.insert(root.clone());
        }
        project.rest.end();
        let before = project.settled.replace(Arc::clone(&project.outcome));
        let before = before.as_ref().map_or(&[][..], |it| &it.findings);
        self.published.findings_of(root, before, &project.outcome.findings, &mut turn.files);
        let roots = &self.roots;
        turn.files.extend(self.open.keys().filter(|it| roots.owner(it) == Some(root)).cloned());
    }
}
