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
    host::{Callback, HostEvent},
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
    callback: Callback,
}

#[derive(Default)]
struct State {
    running: BTreeMap<OperationId, Cancel>,
    aside: BTreeMap<OperationId, Vec<Aside>>,
    time_limit: Option<Duration>,
    /// How many conclusions are under way.
    tidying: usize,
    closing: bool,
}

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
    pub(crate) fn new(answers: Arc<Answers>, callback: Callback) -> Operations {
        let (state, changed) = (Mutex::default(), Condvar::new());
        Operations { shared: Arc::new(Shared { state, changed, answers, callback }) }
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
        let body = move || {
            let left = match allowed {
                Ok(steps) => shared.perform(operation, &steps, &cancel),
                Err(words) => Left { end: End::NotStarted { words }, output: String::new() },
            };
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
        let aside = self.shared.lock().aside.remove(&operation).unwrap_or_default();
        if aside.is_empty() {
            return;
        }
        // Removing an environment is removing thousands of files.
        self.shared.lock().tidying += 1;
        let shared = Arc::clone(&self.shared);
        crate::pool::start("envls tidy", move || {
            conclude(aside, keep);
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
        for aside in state.aside.values().flatten() {
            tracing::warn!(kept_at = %aside.kept_at(), "what was set aside stays there");
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

    fn perform(&self, operation: OperationId, steps: &[Allowed], cancel: &Cancel) -> Left {
        let mut output = String::new();
        let mut untouched = None;
        for step in steps {
            let fresh = untouched.take();
            let done = match step {
                Allowed::Run(pass) => match pass.startable() {
                    Ok(()) => {
                        let outcome = self.run(operation, pass, cancel);
                        output.push_str(&outcome.output);
                        end_of(pass, &outcome).map_or(Ok(()), Err)
                    }
                    Err(refusal) => Err(End::NotStarted { words: refusal.to_string() }),
                },
                Allowed::SetAside(path) => files::set_aside(path).map_err(failed).map(|aside| {
                    self.lock().aside.entry(operation).or_default().extend(aside);
                }),
                Allowed::UndoIfFails(path) => files::exists(path).map_err(failed).map(|there| {
                    untouched = Some(path).filter(|_| !there);
                }),
                Allowed::Remove(path) => files::remove_environment(path).map_err(failed),
                Allowed::WriteNew { path, text } => {
                    files::write_new(path, text).map_err(failed).map(drop)
                }
            };
            if let Err(end) = done {
                fresh.into_iter().for_each(undo);
                return Left { end, output };
            }
        }
        Left { end: End::Ran, output }
    }

    fn run(&self, operation: OperationId, pass: &Pass, cancel: &Cancel) -> Outcome {
        let progress = |line: &str| {
            let line = line.to_owned();
            (self.callback)(vec![HostEvent::Progress { operation, line }]);
        };
        let (environment, workspace) = (&self.answers.environment, &self.answers.workspace);
        process::run(pass, environment, workspace, cancel, self.time_limit(), &progress)
    }

    fn time_limit(&self) -> Duration {
        self.lock().time_limit.unwrap_or(TIME_LIMIT)
    }

    fn finish(&self, operation: OperationId, left: Left) {
        let mut state = self.lock();
        let aside = if state.closing { state.aside.remove(&operation) } else { None };
        let keep = if left.end == End::Ran { Keep::Made } else { Keep::Aside };
        drop(state);
        conclude(aside.unwrap_or_default(), keep);
        let Left { end, output } = left;
        (self.callback)(vec![HostEvent::Finished { operation, end, output }]);
        self.lock().running.remove(&operation);
        self.changed.notify_all();
    }
}

fn conclude(aside: Vec<Aside>, keep: Keep) {
    // The last that was set aside may lie in what was set aside before it.
    for aside in aside.into_iter().rev() {
        let done = match keep {
            Keep::Made => files::discard(aside),
            Keep::Aside => files::put_back(aside),
        };
        if let Err(error) = done {
            tracing::error!(error = %format!("{error:#}"), "what was set aside stays there");
        }
    }
}

/// Removes what a step that failed left half made.
fn undo(path: &AbsPath) {
    let removed = files::set_aside(path).and_then(|it| it.map_or(Ok(()), files::discard));
    if let Err(error) = removed {
        tracing::error!(error = %format!("{error:#}"), "what was half made stays there");
    }
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
