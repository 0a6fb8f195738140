//! Has one command of a recipe done in a layer whose tool does that step by step, or wants the user's credentials for it.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use envls_core::{
    action::Work,
    place::{self, Input, Inside, Invocation, Worked, Working},
    world::Fault,
};

use super::tool::Tools;
use crate::{
    answer::Answers,
    gate::Pass,
    process::{Cancel, Ended, Outcome, elsewhere},
};

/// Does what a command asks for, to its end. The leave for it holds for every step.
pub(crate) fn work(
    answers: &Arc<Answers>,
    pass: &Pass,
    asked: &Work,
    cancel: &Cancel,
    limit: Duration,
    progress: &dyn Fn(&str),
) -> Outcome {
    let not_started = |words: String| elsewhere(Ended::NotStarted(words), &[]);
    let Some(layer) = asked.place.kind().and_then(place::named) else {
        return not_started(format!("`{}` is no layer", asked.place));
    };
    let tools = Tools { answers: Arc::clone(answers) };
    let (target, user) = (asked.place.target(), tools.user(layer));
    let Work { words, directory, variables, .. } = asked;
    let inside = Inside { words, directory, variables, input: Input::None };
    let run = |invocation: &Invocation| tools.run_agreed(&pass.command().program, invocation);
    let until = Instant::now() + limit;
    let mut said = Vec::new();
    loop {
        let invocation = match layer.work(&target, &inside, &user, &said) {
            Some(Working::Run(invocation)) => invocation,
            Some(Working::Done(Ok(Worked { code, printed }))) => {
                return elsewhere(Ended::Exited(code), &printed);
            }
            Some(Working::Done(Err(why))) => {
                return not_started(format!("`{}`: {why}", asked.place));
            }
            None => return not_started(format!("nothing can be run in `{}`", asked.place)),
        };
        let stopped = if cancel.is_wanted() {
            Some(Ended::Cancelled)
        } else {
            (Instant::now() >= until).then_some(Ended::TimedOut)
        };
        if let Some(ended) = stopped {
            if let Some(ending) = layer.end_work(&target, &said)
                && let Err(fault) = run(&ending)
            {
                tracing::warn!(place = %asked.place, %fault, "what was begun inside may run on");
            }
            return elsewhere(ended, &[]);
        }
        match run(&invocation) {
            Ok(output) => said.push(output),
            Err(Fault::Unreachable(why)) => {
                return not_started(format!("`{}`: {why}", asked.place));
            }
            Err(fault) => return not_started(fault.to_string()),
        }
        if said.len() == 1 {
            progress(&format!("it runs in `{}`, which says how it went at its end", asked.place));
        }
    }
}
