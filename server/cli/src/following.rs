//! Asking at a terminal, and following what was agreed to until nothing is left to be found out.

use envls_core::{
    action::What,
    finding::Severity,
    session::{Effect, Event, Step, Weight},
    world::{AbsPath, Trust},
};

use crate::{
    Status,
    r#loop::{Input, Loop},
    print::{self, DIM, Printer, of_severity, plain, styled},
    signal,
};

pub(crate) enum Agreed {
    Yes,
    No,
    /// Nothing more is wanted.
    Stop,
}

/// A session at whose terminal somebody agrees to things, one by one.
pub(crate) struct Following<'run> {
    pub(crate) turns: Loop,
    pub(crate) printer: &'run Printer,
    /// Good, as long as nothing has failed.
    pub(crate) status: Status,
}

/// The question about an action of a project.
pub(crate) fn question(what: &What, root: &AbsPath, trust: Trust) -> String {
    match what {
        What::Edit(_) => "Write it?".to_owned(),
        What::Choose(_) => "Remember it?".to_owned(),
        What::Run(recipe) if trust == Trust::Untrusted => {
            format!("  {}\nRun it?", print::untrusted(root, recipe))
        }
        What::Run(_) => "Run it?".to_owned(),
    }
}

impl Following<'_> {
    /// Asks, and waits for a line: only a yes is one.
    pub(crate) fn agree(&mut self, words: &str) -> anyhow::Result<Agreed> {
        self.printer.ask(&format!("{words} [y/N] "));
        let mut line = Vec::new();
        loop {
            for input in self.turns.wait()?.inputs {
                match input {
                    Input::Typed(bytes) => line.extend(bytes),
                    Input::Closed | Input::Signal(signal::Signal::End) => {
                        self.printer.ask("\n");
                        return Ok(Agreed::Stop);
                    }
                    Input::Signal(signal::Signal::Redraw) | Input::Wanted(_) => {}
                }
            }
            if line.contains(&b'\n') {
                let said = String::from_utf8_lossy(&line).trim().to_lowercase();
                let yes = matches!(said.as_str(), "y" | "yes");
                return Ok(if yes { Agreed::Yes } else { Agreed::No });
            }
        }
    }

    /// Has it done, follows it, and waits until what became of it has been looked at.
    pub(crate) fn follow(&mut self, event: Event) -> anyhow::Result<()> {
        let mut effects = self.turns.turn(vec![event]);
        loop {
            while !effects.is_empty() {
                effects = self.take(effects);
            }
            if self.turns.session.is_quiescent() {
                return Ok(());
            }
            let turned = self.turns.wait()?;
            effects = turned.effects;
            for input in turned.inputs {
                if matches!(input, Input::Signal(signal::Signal::End)) {
                    self.status = Status::Bad;
                    effects.extend(self.turns.turn(vec![Event::Stopped(None)]));
                }
            }
        }
    }

    /// Shows what a turn left for us, and writes edits; what follows from those comes back.
    fn take(&mut self, effects: Vec<Effect>) -> Vec<Effect> {
        let mut more = Vec::new();
        for effect in effects {
            match effect {
                Effect::Progress { step: Step::Report { line }, .. } => {
                    self.printer.aside(&format!("    {}\n", styled(DIM, plain(&line))));
                }
                Effect::Say { weight, words } => {
                    if weight > Weight::Information {
                        self.status = Status::Bad;
                    }
                    self.say(weight, &words);
                }
                Effect::Edit { edits, .. } => match self.turns.write(&edits) {
                    Ok(events) => more.extend(self.turns.turn(events)),
                    Err(error) => {
                        self.status = Status::Bad;
                        self.say(Weight::Error, &format!("not done: {error:#}"));
                    }
                },
                _ => {}
            }
        }
        more
    }

    pub(crate) fn say(&self, weight: Weight, words: &str) {
        let (style, label) = match weight {
            Weight::Information => (DIM, "note"),
            Weight::Warning => (of_severity(Severity::Warning), "warning"),
            Weight::Error => (of_severity(Severity::Error), "error"),
        };
        self.printer.ask(&format!("{}: {words}\n", styled(style, label)));
    }
}
