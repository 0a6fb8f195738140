//! Recipes that run: agreed to, queued one at a time for each environment, followed, stopped, and judged by looking.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    Effect, Session, Turn,
    asking::Doubt,
    event::{ActionId, Consent, End, Keep, Kept, OperationId, Step, Weight},
};
use crate::{
    action::{Action, Choice, Recipe, Step as RecipeStep, What},
    world::{AbsPath, Noun, Question, Trust},
};

#[derive(Default)]
pub(super) struct Operations {
    all: BTreeMap<OperationId, Operation>,
    last: OperationId,
}

struct Operation {
    project: AbsPath,
    title: String,
    recipe: Recipe,
    consent: Consent,
    phase: Phase,
}

enum Phase {
    /// Another operation touches the same paths.
    Queued,
    Running,
    /// The commands are done; what they left is being looked at.
    Looking(End),
}

impl Operations {
    pub(super) fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// The projects on whose account something is done.
    pub(super) fn projects(&self) -> impl Iterator<Item = &AbsPath> {
        self.all.values().map(|it| &it.project)
    }

    /// Whether a project's findings are held back: while its environment is half made, what is seen of it is no news.
    pub(super) fn holds(&self, project: &AbsPath) -> bool {
        let running = |it: &&Operation| matches!(it.phase, Phase::Running);
        self.all.values().filter(running).any(|it| it.project == *project)
    }

    pub(super) fn stop(&mut self, which: Option<OperationId>, turn: &mut Turn) {
        let wanted = |id: &OperationId| which.is_none_or(|it| it == *id);
        let stopped: Vec<OperationId> = self.all.keys().copied().filter(wanted).collect();
        for id in stopped {
            match self.all.get(&id).map(|it| &it.phase) {
                Some(Phase::Running) => turn.effects.push(Effect::Stop(id)),
                Some(Phase::Queued) => {
                    self.all.remove(&id);
                    let step = Step::End { words: "cancelled".to_owned() };
                    turn.effects.push(Effect::Progress { operation: id, step });
                }
                Some(Phase::Looking(_)) | None => {}
            }
        }
    }

    /// What an operation waits for, and how many are to be done before it; nothing, where it runs.
    fn line_of(&self, id: OperationId) -> Option<String> {
        let queued = self.all.get(&id).filter(|it| matches!(it.phase, Phase::Queued))?;
        let shares =
            |it: &Operation| it.recipe.touches.iter().any(|it| queued.recipe.touches.contains(it));
        let before: Vec<&Operation> =
            self.all.range(..id).map(|it| it.1).filter(|it| shares(it)).collect();
        let last = before.last()?;
        Some(match before.len() {
            1 => format!("waits until this is done: {}", last.title),
            many => format!("waits until {many} others are done, the last: {}", last.title),
        })
    }

    /// Starts what waits for nothing any more.
    fn start_queued(&mut self, turn: &mut Turn) {
        let mut busy: BTreeSet<AbsPath> = BTreeSet::new();
        for operation in self.all.values().filter(|it| !matches!(it.phase, Phase::Queued)) {
            busy.extend(operation.recipe.touches.iter().cloned());
        }
        for (id, operation) in &mut self.all {
            let free = operation.recipe.touches.iter().all(|it| !busy.contains(it));
            busy.extend(operation.recipe.touches.iter().cloned());
            if matches!(operation.phase, Phase::Queued) && free {
                operation.phase = Phase::Running;
                turn.effects.push(Effect::Run {
                    operation: *id,
                    project: operation.project.clone(),
                    recipe: operation.recipe.clone(),
                    consent: operation.consent,
                });
            }
        }
    }
}

impl Session {
    /// Performs an action that the user chose, if it still stands, may be done, and would do what it says.
    pub(super) fn perform(&mut self, id: &ActionId, consent: Consent, turn: &mut Turn) {
        let found = self.wanted.action(id).or_else(|| self.action(id));
        let Some((project, action)) = found else {
            let words = "this action is not offered any more: what it would mend has changed";
            turn.effects.push(Effect::Say { weight: Weight::Information, words: words.to_owned() });
            return;
        };
        let recipe = match action.what {
            What::Edit(edits) => {
                turn.effects.push(Effect::Edit { label: action.title, edits });
                return;
            }
            What::Choose(choice) => return self.choose(choice, turn),
            What::Run(recipe) => recipe,
        };
        if let Some(path) = self.unsaved_input(&recipe) {
            let words = format!(
                "`{}` has unsaved changes that `{}` would not see: save it first",
                path.shown_from(&project),
                recipe.shown()
            );
            turn.effects.push(Effect::Say { weight: Weight::Warning, words });
            return;
        }
        if consent == Consent::None && self.trust(&project) == Trust::Untrusted {
            turn.effects.push(Effect::AskConsent {
                action: id.clone(),
                question: question(&project, &recipe),
            });
            return;
        }
        self.operations.last = OperationId(self.operations.last.0 + 1);
        let operation = self.operations.last;
        let title = action.title;
        let step = Step::Begin { title: title.clone() };
        turn.effects.push(Effect::Progress { operation, step });
        let started = Operation { project, title, recipe, consent, phase: Phase::Queued };
        self.operations.all.insert(operation, started);
        self.operations.start_queued(turn);
        if let Some(line) = self.operations.line_of(operation) {
            let step = Step::Report { line };
            turn.effects.push(Effect::Progress { operation, step });
        }
    }

    /// Has a choice remembered for the project that a path is in.
    pub(super) fn prefer(&mut self, path: &AbsPath, python: Option<AbsPath>, turn: &mut Turn) {
        match self.roots.owner(path).cloned() {
            Some(project) => self.choose(Choice { project, python }, turn),
            None => {
                let words = format!("`{path}` is in no Python project");
                turn.effects.push(Effect::Say { weight: Weight::Warning, words });
            }
        }
    }

    /// The effect comes before the asking, so that what is asked again is answered with the new choice.
    fn choose(&mut self, choice: Choice, turn: &mut Turn) {
        turn.asking.insert(Question::here(Noun::Choice(choice.project.clone())));
        turn.effects.push(Effect::Choose(choice));
    }

    fn unsaved_input(&self, recipe: &Recipe) -> Option<AbsPath> {
        let unsaved =
            |path: &&AbsPath| self.open.get(*path).is_some_and(|it| it.kept == Kept::Unsaved);
        recipe.inputs.iter().find(unsaved).cloned()
    }

    /// Whether a project's workspace is trusted; what is not known is not.
    pub(super) fn trust(&self, project: &AbsPath) -> Trust {
        self.projects.choice(project).map_or(Trust::Untrusted, |it| it.trust)
    }

    /// The commands of an operation are done: everything that they touch is looked at again.
    pub(super) fn finished(&mut self, id: OperationId, end: End, turn: &mut Turn) {
        let Some(operation) = self.operations.all.get_mut(&id) else { return };
        for path in operation.recipe.touches.clone() {
            self.desk.doubt(&path, Doubt::Anything, turn);
        }
        turn.checking.insert(operation.project.clone());
        operation.phase = Phase::Looking(end);
    }

    /// Ends the operations whose outcome has been looked at.
    pub(super) fn conclude(&mut self, turn: &mut Turn) {
        let projects = &self.projects;
        let looked_at = |it: &&(&OperationId, &Operation)| {
            let gone = !projects.all.contains_key(&it.1.project);
            matches!(it.1.phase, Phase::Looking(_)) && (gone || projects.is_settled(&it.1.project))
        };
        let done: Vec<OperationId> =
            self.operations.all.iter().filter(|it| looked_at(&it)).map(|it| *it.0).collect();
        for id in done {
            let Some(operation) = self.operations.all.remove(&id) else { continue };
            let Phase::Looking(end) = operation.phase else { continue };
            let sets_aside = |it: &RecipeStep| matches!(it, RecipeStep::SetAside(_));
            if operation.recipe.steps.iter().any(sets_aside) {
                // One that is sound but lacks what could not be installed is no better than the one before.
                let good = end == End::Ran && self.is_sound(&operation.project);
                let keep = if good { Keep::Made } else { Keep::Aside };
                turn.effects.push(Effect::Conclude { operation: id, keep });
                if keep == Keep::Aside {
                    // What was put back is looked at once more.
                    operation
                        .recipe
                        .touches
                        .iter()
                        .for_each(|it| self.desk.doubt(it, Doubt::Anything, turn));
                    self.ask(turn);
                }
            }
            let (weight, words) = verdict(&operation.title, &end);
            let step = Step::End { words: words.clone() };
            turn.effects.push(Effect::Progress { operation: id, step });
            turn.effects.extend(weight.map(|weight| Effect::Say { weight, words }));
        }
        self.operations.start_queued(turn);
    }

    fn is_sound(&self, project: &AbsPath) -> bool {
        let model = self.projects.settled(project).and_then(|it| it.model.clone());
        model.and_then(|it| it.selection.clone()).is_some_and(|it| it.environment.is_usable())
    }

    /// The action of that name, with the project that offers it.
    fn action(&self, id: &ActionId) -> Option<(AbsPath, Action)> {
        let of_projects = self.projects.all.keys().flat_map(|root| {
            let settled = self.projects.settled(root);
            settled.into_iter().flat_map(move |it| it.findings.iter().map(move |it| (root, it)))
        });
        // Shown on another file than their own, findings have another name there.
        let shown = self.published.all().filter_map(|(path, findings)| {
            let root = self.roots.owner(path)?;
            Some(findings.iter().map(move |it| (root, it)))
        });
        for (root, finding) in of_projects.chain(shown.flatten()) {
            let named = |(at, _): &(usize, &Action)| ActionId::of(finding, *at) == *id;
            if let Some((_, action)) = finding.actions.iter().enumerate().find(named) {
                return Some((root.clone(), action.clone()));
            }
        }
        None
    }
}

fn question(project: &AbsPath, recipe: &Recipe) -> String {
    let code = if recipe.runs_project_code {
        ", which may run code of the project and of what it installs"
    } else {
        ""
    };
    format!("`{}` is not trusted. Run `{}`{code}?", project.name_text(), recipe.shown())
}

fn verdict(title: &str, end: &End) -> (Option<Weight>, String) {
    match end {
        End::Ran => (None, format!("done: {title}")),
        End::Failed { command, words } => {
            (Some(Weight::Error), format!("`{command}` failed: {words}"))
        }
        End::Cancelled => (None, format!("cancelled: {title}")),
        End::NotStarted { words } => (Some(Weight::Error), words.clone()),
    }
}
