//! Between the session and the host: effects that are the shell's own to perform, and reports as the session's events.

use std::time::Duration;

use envls_core::session::{Effect, Event, Weight};

use crate::host::{Host, HostEvent};

/// How long what keeps changing is waited for before it is shown as it is.
const PATIENCE: Duration = Duration::from_secs(2);

impl Host {
    /// Performs an effect. What only a front end can do (show, ask, say) comes back.
    pub fn perform(&self, effect: Effect) -> Option<Effect> {
        match effect {
            Effect::Ask(askings) => self.ask(askings),
            Effect::Workspace(folders) => {
                self.set_workspace(&folders.into_iter().collect::<Vec<_>>());
            }
            Effect::Retain(wanted) => self.retain(wanted),
            Effect::LetGo(questions) => self.let_go(&questions),
            Effect::Run { operation, project, recipe, consent } => {
                self.run(operation, &project, &recipe, consent);
            }
            Effect::Stop(operation) => self.cancel(operation),
            Effect::Conclude { operation, keep } => self.conclude(operation, keep),
            Effect::Choose(choice) => {
                // Who chooses an interpreter in a layer wants it looked into.
                if let Some(python) = choice.python.as_ref().filter(|it| !it.is_here())
                    && let Err(error) = self.consents().agree(&choice.project, &python.place())
                {
                    let words = format!("what you agreed to cannot be kept: {error:#}");
                    return Some(Effect::Say { weight: Weight::Error, words });
                }
                let chosen = self.choices().choose(&choice.project, choice.python.as_ref());
                let error = chosen.err()?;
                let words = format!("the choice cannot be kept: {error:#}");
                return Some(Effect::Say { weight: Weight::Error, words });
            }
            Effect::Wake => self.wake_after(PATIENCE, 0),
            other => return Some(other),
        }
        None
    }
}

/// What the host reports, as the session takes it in.
#[must_use]
pub fn events(reports: Vec<HostEvent>) -> Vec<Event> {
    let mut events = Vec::new();
    for report in reports {
        match report {
            HostEvent::Answered(answered) => {
                events.extend(
                    answered.into_iter().map(|(ticket, answer)| Event::Answered(ticket, answer)),
                );
            }
            HostEvent::Touched(paths) => events.extend(paths.into_iter().map(Event::Touched)),
            HostEvent::Listed(paths) => events.extend(paths.into_iter().map(Event::Listed)),
            HostEvent::Written(paths) => events.extend(paths.into_iter().map(Event::Written)),
            HostEvent::LookAgainAtEverything => events.push(Event::Overlooked),
            HostEvent::Progress { operation, line } => {
                events.push(Event::Progressed { operation, line });
            }
            HostEvent::Finished { operation, end, output: _ } => {
                events.push(Event::Finished { operation, end });
            }
            HostEvent::Woke(_) => events.push(Event::Woke),
        }
    }
    events
}
