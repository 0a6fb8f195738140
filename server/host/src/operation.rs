//! Runs recipes, each on a thread of its own, and keeps what they set aside until its fate is known.

use std::{
    collections::BTreeMap,
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use envls_core::{
    action::{Recipe, Step, line},
    session::{Consent, End, Keep, OperationId},
    world::AbsPath,
};

use crate::{
    answer::Answers,
    files::{self, Aside},
    gate::{self, Pass},
    held::{self, Held},
    host::{Callback, HostEvent},
    journal::Journal,
    place::{Places, work::work},
    process::{self, Cancel, Ended, Outcome, TIME_LIMIT},
};

/// How long a host that ends waits for its commands to end; they were asked to, and after a second are not asked any more.
const FAREWELL: Duration = Duration::from_millis(1800);

/// How long it waits for what is being removed or put back: a large environment on a busy disk takes a while, and what were
/// left of it would lie in the project for good.
const TIDYING: Duration = Duration::from_secs(60);

/// The recipes that run, and those whose outcome is still being looked at.
#[derive(Clone)]
pub(crate) struct Operations {
    shared: Arc<Shared>,
}

struct Shared {
    state: Mutex<State>,
    changed: Condvar,
    answers: Arc<Answers>,
    places: Places,
    callback: Callback,
}

#[derive(Default)]
struct State {
    running: BTreeMap<OperationId, Cancel>,
    unjudged: BTreeMap<OperationId, Unjudged>,
    time_limit: Option<Duration>,
    /// How many conclusions are under way.
    tidying: usize,
    closing: bool,
}

/// What is kept of a recipe until its fate is known.
#[derive(Default)]
struct Unjudged {
    aside: Vec<Aside>,
    journal: Option<Journal>,
    /// Dropped last: as long as this is kept, nobody else works on the same environment.
    _held: Held,
}

/// The variable by which one envls tells another that it holds what that will touch.
const HELD: &str = "ENVLS_HELD";

/// A step that may be done: what runs a program holds its pass.
enum Allowed {
    Run(Pass),
    SetAside(AbsPath),
    UndoIfFails(AbsPath),
    Remove(AbsPath),
    WriteNew { path: AbsPath, text: String },
}

/// What is left of a recipe.
struct Left {
    end: End,
    output: String,
}

impl Operations {
    pub(crate) fn new(answers: Arc<Answers>, places: Places, callback: Callback) -> Operations {
        let (state, changed) = (Mutex::default(), Condvar::new());
        Operations { shared: Arc::new(Shared { state, changed, answers, places, callback }) }
    }

    /// Runs a recipe on a project's account; its end comes as `Finished`.
    pub(crate) fn run(
        &self,
        operation: OperationId,
        project: &AbsPath,
        recipe: &Recipe,
        consent: Consent,
    ) {
        let cancel = Cancel::default();
        self.shared.lock().running.insert(operation, cancel.clone());
        let allowed = self.shared.allowed(project, recipe, consent);
        let shared = Arc::clone(&self.shared);
        let touches = recipe.touches.clone();
        let body = move || {
            let left = match allowed {
                Ok(steps) => shared.perform(operation, &steps, &touches, &cancel),
                Err(words) => Left { end: End::NotStarted { words }, output: String::new() },
            };
            shared.places.forget(touches.iter());
            shared.finish(operation, left);
        };
        if !crate::pool::start("envls recipe", body) {
            let words = "no thread can be started for it".to_owned();
            let left = Left { end: End::NotStarted { words }, output: String::new() };
            self.shared.finish(operation, left);
        }
    }

    pub(crate) fn limit_time(&self, limit: Duration) {
        self.shared.lock().time_limit = Some(limit);
    }

    pub(crate) fn cancel(&self, operation: OperationId) {
        if let Some(cancel) = self.shared.lock().running.get(&operation) {
            cancel.cancel();
        }
    }

    /// Removes what a recipe set aside, or puts it back.
    pub(crate) fn conclude(&self, operation: OperationId, keep: Keep) {
        let Some(unjudged) = self.shared.lock().unjudged.remove(&operation) else { return };
        // Removing an environment is removing thousands of files.
        self.shared.lock().tidying += 1;
        let shared = Arc::clone(&self.shared);
        crate::pool::start("envls tidy", move || {
            conclude(unjudged, keep);
            shared.lock().tidying -= 1;
            shared.changed.notify_all();
        });
    }

    /// Stops everything, and puts back what was set aside for what never came about.
    pub(crate) fn close(&self) {
        let begin = Instant::now();
        let mut state = self.shared.lock();
        state.closing = true;
        state.running.values().for_each(Cancel::cancel);
        while !state.running.is_empty() || state.tidying > 0 {
            let limit = if state.tidying > 0 { TIDYING } else { FAREWELL };
            let left = (begin + limit).saturating_duration_since(Instant::now());
            if left.is_zero() {
                tracing::warn!("a command did not end in time");
                break;
            }
            let waited = self.shared.changed.wait_timeout(state, left);
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        // Whether what took their place is sound, nobody has looked; so neither is removed.
        for unjudged in state.unjudged.values_mut() {
            for aside in &unjudged.aside {
                tracing::warn!(kept_at = %aside.kept_at(), "what was set aside stays there");
            }
            // Nor by the next process: as long as it is written down, that one would put it back.
        }
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Leave for every command of a recipe, before the first of them is run.
    fn allowed(
        &self,
        project: &AbsPath,
        recipe: &Recipe,
        consent: Consent,
    ) -> Result<Vec<Allowed>, String> {
        let allowed = recipe.steps.iter().map(|step| match step {
            Step::Run(command) => {
                let pass = gate::pass(&self.answers.trust, project, command, consent);
                pass.map(Allowed::Run).map_err(|it| it.to_string())
            }
            Step::SetAside(path) => Ok(Allowed::SetAside(path.clone())),
            Step::UndoIfFails(path) => Ok(Allowed::UndoIfFails(path.clone())),
            Step::Remove(path) => Ok(Allowed::Remove(path.clone())),
            Step::WriteNew { path, text } => {
                Ok(Allowed::WriteNew { path: path.clone(), text: text.clone() })
            }
        });
        allowed.collect()
    }

    fn perform(
        &self,
        operation: OperationId,
        steps: &[Allowed],
        touches: &[AbsPath],
        cancel: &Cancel,
    ) -> Left {
        let mut unjudged = match self.begin(operation, touches, cancel) {
            Ok(unjudged) => unjudged,
            Err(end) => return Left { end, output: String::new() },
        };
        let mut output = String::new();
        let mut end = End::Ran;
        let mut untouched = None;
        for step in steps {
            let fresh: Option<&AbsPath> = untouched.take();
            let done = match step {
                Allowed::Run(pass) => self.run(operation, pass, &mut unjudged, &mut output, cancel),
                Allowed::SetAside(path) => {
                    self.write_down(operation, path);
                    set_aside(path, &mut unjudged).map_err(failed)
                }
                Allowed::UndoIfFails(path) => files::exists(path).map_err(failed).map(|there| {
                    untouched = Some(path).filter(|_| !there);
                    if let (false, Some(journal)) = (there, &mut unjudged.journal) {
                        journal.fresh(path);
                    }
                }),
                Allowed::Remove(path) => {
                    let checked = files::check_environment(path);
                    checked.and_then(|()| undo(path, &mut unjudged)).map_err(failed)
                }
                Allowed::WriteNew { path, text } => {
                    files::write_new(path, text).map_err(failed).map(drop)
                }
            };
            if let Err(failure) = done {
                if let Some(Err(error)) = fresh.map(|it| undo(it, &mut unjudged)) {
                    tracing::error!(error = %format!("{error:#}"), "what was half made stays there");
                }
                end = failure;
                break;
            }
        }
        if !unjudged.aside.is_empty() {
            self.lock().unjudged.insert(operation, unjudged);
        }
        Left { end, output }
    }

    /// Waits until nobody else works on what is touched, and tidies up after those who were killed at it.
    fn begin(
        &self,
        operation: OperationId,
        touches: &[AbsPath],
        cancel: &Cancel,
    ) -> Result<Unjudged, End> {
        let Some(state) = self.answers.environment.state_folder() else {
            return Ok(Unjudged::default());
        };
        // What touches nothing, as asking a tool for its version, leaves nothing behind either; and what another envls has us do
        // is under its lock.
        if touches.is_empty() || self.answers.environment.get(HELD).is_some() {
            return Ok(Unjudged::default());
        }
        let waits = |line: &str| self.progress(operation, line);
        let held = match held::hold(&state, touches, &|| cancel.is_wanted(), &waits) {
            Ok(Some(held)) => held,
            Ok(None) => return Err(End::Cancelled),
            Err(error) => {
                // Better done without than not at all: the disk may be full, or the home read-only.
                tracing::warn!(error = %format!("{error:#}"), "nothing keeps other processes out");
                Held::default()
            }
        };
        for line in crate::journal::recover(&state).words {
            self.progress(operation, &line);
        }
        let journal = Journal::begin(&state);
        let journal = journal.inspect_err(|error| {
            tracing::warn!(error = %format!("{error:#}"), "what is under way is not written down");
        });
        Ok(Unjudged { aside: Vec::new(), journal: journal.ok(), _held: held })
    }

    /// Writes an environment down that is about to be replaced, and says how it can be had again.
    fn write_down(&self, operation: OperationId, path: &AbsPath) {
        let Some(state) = self.answers.environment.state_folder() else { return };
        if !files::is_whole(path) {
            return;
        }
        match crate::snapshot::keep(&state, path) {
            Ok(file) => {
                let words =
                    ["envls".to_owned(), "restore".to_owned(), file.to_string(), path.to_string()];
                self.progress(operation, &format!("to have it back: {}", line(&words)));
            }
            Err(error) => {
                tracing::warn!(error = %format!("{error:#}"), "what is replaced is not written down");
            }
        }
    }

    fn progress(&self, operation: OperationId, line: &str) {
        let line = line.to_owned();
        (self.callback)(vec![HostEvent::Progress { operation, line }]);
    }

    fn run(
        &self,
        operation: OperationId,
        pass: &Pass,
        unjudged: &mut Unjudged,
        output: &mut String,
        cancel: &Cancel,
    ) -> Result<(), End> {
        if let Err(refusal) = pass.startable() {
            return Err(End::NotStarted { words: refusal.to_string() });
        }
        let progress = |line: &str| self.progress(operation, line);
        let journal = std::cell::RefCell::new(&mut unjudged.journal);
        let started = |id: u32| {
            if let Some(journal) = &mut **journal.borrow_mut() {
                journal.child(id);
            }
        };
        let (environment, workspace) = (&self.answers.environment, &self.answers.workspace);
        let limit = self.time_limit();
        if let Some(asked) = &pass.command().work {
            let outcome = work(&self.answers, pass, asked, cancel, limit, &progress);
            output.push_str(&outcome.output);
            return end_of(pass, &outcome).map_or(Ok(()), Err);
        }
        let mut outcome =
            process::run(pass, environment, workspace, cancel, limit, &started, &progress);
        output.push_str(&outcome.output);
        if pass.is_of_pip() && outcome.may_hide_a_refusal() {
            let again = pass.again_with("PIP_VERBOSE", "2");
            let silent = |_: &str| {};
            let said =
                process::run(&again, environment, workspace, cancel, limit, &started, &silent);
            if said.tells_of_password() {
                outcome = said;
            }
        }
        end_of(pass, &outcome).map_or(Ok(()), Err)
    }

    fn time_limit(&self) -> Duration {
        self.lock().time_limit.unwrap_or(TIME_LIMIT)
    }

    fn finish(&self, operation: OperationId, left: Left) {
        let mut state = self.lock();
        let unjudged = if state.closing { state.unjudged.remove(&operation) } else { None };
        let keep = if left.end == End::Ran { Keep::Made } else { Keep::Aside };
        drop(state);
        conclude(unjudged.unwrap_or_default(), keep);
        let Left { end, output } = left;
        (self.callback)(vec![HostEvent::Finished { operation, end, output }]);
        self.lock().running.remove(&operation);
        self.changed.notify_all();
    }
}

fn conclude(mut unjudged: Unjudged, keep: Keep) {
    if let (Keep::Made, Some(journal)) = (keep, &mut unjudged.journal) {
        journal.made();
    }
    // The last that was set aside may lie in what was set aside before it.
    for aside in std::mem::take(&mut unjudged.aside).into_iter().rev() {
        let done = match keep {
            Keep::Made => files::discard(aside),
            Keep::Aside => files::put_back(aside),
        };
        if let Err(error) = done {
            tracing::error!(error = %format!("{error:#}"), "what was set aside stays there");
        }
    }
}

/// Moves what is at a path aside, after that has been written down.
fn set_aside(path: &AbsPath, unjudged: &mut Unjudged) -> anyhow::Result<()> {
    let Some(aside) = files::way_aside(path)? else { return Ok(()) };
    if let Some(journal) = &mut unjudged.journal {
        journal.aside(&aside);
    }
    files::move_aside(&aside)?;
    unjudged.aside.push(aside);
    Ok(())
}

/// Removes what a step that failed left half made, or what is to be removed: moved first, so that nobody ever sees half of it.
fn undo(path: &AbsPath, unjudged: &mut Unjudged) -> anyhow::Result<()> {
    let Some(aside) = files::way_aside(path)? else { return Ok(()) };
    files::move_aside(&aside)?;
    if let Some(journal) = &mut unjudged.journal {
        journal.goes(&aside);
    }
    files::discard(aside)
}

/// How a command ends its recipe; `None` when the next step may come.
fn end_of(pass: &Pass, outcome: &Outcome) -> Option<End> {
    let failed =
        |words: String| Some(End::Failed { command: line(&pass.command().words()), words });
    let decisive = outcome.decisive.as_str();
    match &outcome.ended {
        Ended::Exited(0) => None,
        Ended::Exited(code) if decisive.is_empty() => failed(format!("it ended with code {code}")),
        Ended::Exited(_) => failed(decisive.to_owned()),
        Ended::Signalled(signal) => failed(format!("it was ended by signal {signal}")),
        Ended::TimedOut => failed("it took too long and was stopped".to_owned()),
        Ended::Cancelled => Some(End::Cancelled),
        Ended::NotStarted(words) => Some(End::NotStarted { words: words.clone() }),
    }
}

fn failed(error: anyhow::Error) -> End {
    End::NotStarted { words: format!("{error:#}") }
}
