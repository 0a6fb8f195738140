//! Trust, as the editor or the user gives it.

use envls_core::{
    session::{Consent, Effect, Event, Weight},
    world::{AbsPath, Answer, Content, Trust},
};

use crate::{announced::Can, shell::Shell};

impl Shell {
    /// Remembers that the user trusts a folder, for every editor and the command line.
    pub(crate) fn trust(&mut self, folder: &AbsPath) {
        match self.host.trust().trust(folder) {
            Ok(()) => {
                self.events.extend(self.host.trust().file().map(Event::Touched));
                self.say(Weight::Information, &format!("`{folder}` is trusted now"));
            }
            Err(error) => {
                self.say(Weight::Error, &format!("`{folder}` cannot be trusted: {error:#}"));
            }
        }
    }

    /// The editor asked the user itself; that holds for as long as this server runs.
    pub(crate) fn trusted_by_editor(&mut self) {
        self.announced.trusted = Can::Yes;
        self.events.push(Event::Overlooked);
    }

    /// Takes in what the host reports. Where the editor vouches for its folders, that is the answer about trust.
    pub(crate) fn take_reports(&mut self, reports: Vec<Event>) {
        let vouched = self.is_trusted_by_editor();
        self.events.extend(reports.into_iter().map(|event| match event {
            Event::Answered(
                ticket,
                Answer { question, content: Content::Trust(_), rests_on, also },
            ) if vouched => {
                let content = Content::Trust(Trust::Trusted);
                Event::Answered(ticket, Answer { question, content, rests_on, also })
            }
            other => other,
        }));
    }

    /// What is run where the editor vouches for its folders has been agreed to.
    pub(crate) fn vouched(&self, effect: Effect) -> Effect {
        match effect {
            Effect::Run { operation, project, recipe, .. } if self.is_trusted_by_editor() => {
                Effect::Run { operation, project, recipe, consent: Consent::Given }
            }
            other => other,
        }
    }
}
