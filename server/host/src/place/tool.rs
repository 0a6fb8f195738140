//! Runs the tool of a kind of layer: to list what it has, and to run a script in one of them.

use std::{io::Write as _, sync::Arc};

use envls_core::{
    action::Command,
    place::{
        self, Argument, Entering, Invocation, Layer, Listing, Output, Variables,
        instance::{Instance, Unreachable},
    },
    session::Consent,
    world::{AbsPath, Fault, Place, Reply, Trust},
};

use crate::{
    answer::Answers,
    gate::{self, Pass},
    path,
    process::exchange::{Exchanged, exchange},
    program::program,
};

/// So often a tool is run for one answer, at most: a guest's agent is asked again and again whether it is done.
const RUNS: usize = 400;

/// The layers' own tools, with everything they need of the machine.
pub(crate) struct Tools {
    pub(crate) answers: Arc<Answers>,
}

impl Tools {
    /// What a kind of layer has on this machine.
    pub(crate) fn instances(&self, kind: &str) -> Result<Vec<Instance>, Fault> {
        let layer = layer(kind)?;
        self.trusted().ok_or(Fault::Untrusted)?;
        let user = self.user(layer);
        let program = self.program(layer)?;
        let mut said = Vec::new();
        for _ in 0..RUNS {
            match layer.list(&user, &said) {
                Listing::Done(instances) => return instances.map_err(Fault::Unreachable),
                Listing::Run(invocation) => said.push(self.run(&program, &invocation)?),
            }
        }
        Err(Fault::Unreachable(Unreachable::TimedOut))
    }

    /// What a script prints in a place, if the user agreed to have it looked into.
    pub(crate) fn enter(&self, place: &Place, script: &[u8]) -> Result<Vec<u8>, Fault> {
        let layer = layer(place.kind().unwrap_or_default())?;
        self.trusted().ok_or(Fault::Untrusted)?;
        if !self.is_agreed(place) {
            return Err(Fault::Unreachable(Unreachable::Unasked));
        }
        let user = self.user(layer);
        let program = self.program(layer)?;
        let mut said = Vec::new();
        for _ in 0..RUNS {
            match layer.enter(&place.target(), script, &user, &said) {
                Entering::Done(printed) => return printed.map_err(Fault::Unreachable),
                Entering::Run(invocation) => said.push(self.run(&program, &invocation)?),
            }
        }
        Err(Fault::Unreachable(Unreachable::TimedOut))
    }

    /// A folder on whose account something may be run.
    fn trusted(&self) -> Option<AbsPath> {
        let mut folders = self.answers.workspace.folders().into_iter();
        folders.find(|it| self.answers.trust.ask(it) == Trust::Trusted)
    }

    /// Whether the user agreed, for any of the folders that are trusted.
    fn is_agreed(&self, place: &Place) -> bool {
        let Answers { workspace, trust, consents, .. } = &*self.answers;
        let folders = workspace.folders();
        folders.iter().any(|it| trust.ask(it) == Trust::Trusted && consents.has(it, place))
    }

    pub(super) fn user(&self, layer: &dyn Layer) -> Variables {
        let value = |name: &&str| {
            let value = self.answers.environment.get(name)?.to_str()?.to_owned();
            Some(((*name).to_owned(), value))
        };
        layer.variables().iter().chain(layer.credentials()).filter_map(value).collect()
    }

    pub(super) fn program(&self, layer: &dyn Layer) -> Result<AbsPath, Fault> {
        let Answers { environment, workspace, .. } = &*self.answers;
        let found = layer.programs().iter().find_map(|name| {
            let (Reply::Known(found), _) = program(name, environment, workspace) else {
                return None;
            };
            Some(found)
        });
        let programs = || {
            let quoted: Vec<String> = layer.programs().iter().map(|it| format!("`{it}`")).collect();
            quoted.join(" or ")
        };
        found.ok_or_else(|| Fault::Unreachable(Unreachable::NoTool { programs: programs() }))
    }

    fn run(&self, program: &AbsPath, invocation: &Invocation) -> Result<Output, Fault> {
        let folder = self.trusted().ok_or(Fault::Untrusted)?;
        self.run_for(program, invocation, &folder, Consent::None)
    }

    /// The same, where the user asked for just this.
    pub(super) fn run_agreed(
        &self,
        program: &AbsPath,
        invocation: &Invocation,
    ) -> Result<Output, Fault> {
        self.run_for(program, invocation, &AbsPath::new("/"), Consent::Given)
    }

    fn run_for(
        &self,
        program: &AbsPath,
        invocation: &Invocation,
        folder: &AbsPath,
        consent: Consent,
    ) -> Result<Output, Fault> {
        let trouble = |error: std::io::Error| Fault::Other(format!("a file for it: {error}"));
        if !invocation.wait.is_zero() {
            std::thread::sleep(invocation.wait);
        }
        let mut files = Vec::new();
        let mut taken = None;
        let mut words = Vec::new();
        for argument in &invocation.arguments {
            match argument {
                Argument::Word(word) => words.push(word.clone()),
                Argument::Given(bytes) => {
                    let mut file = tempfile::NamedTempFile::new().map_err(trouble)?;
                    file.write_all(bytes).map_err(trouble)?;
                    words.push(file.path().to_string_lossy().into_owned());
                    files.push(file);
                }
                Argument::Taken => {
                    let file = tempfile::NamedTempFile::new().map_err(trouble)?;
                    words.push(file.path().to_string_lossy().into_owned());
                    taken = Some(file);
                }
            }
        }
        // Where it runs must not be a workspace, since some tools read their settings there.
        let directory = path::of(&std::env::temp_dir()).unwrap_or_else(|| program.clone());
        let command = Command::new(program, words, &directory);
        let pass: Pass = gate::pass(&self.answers.trust, folder, &command, consent)
            .map_err(|it| Fault::Other(it.to_string()))?;
        let Answers { environment, workspace, .. } = &*self.answers;
        let input = invocation.input.clone();
        tracing::debug!(command = ?command.words(), "a layer's tool");
        match exchange(&pass, environment, workspace, input, || invocation.limit) {
            Exchanged::Ended { code, printed, errors } => {
                let errors = String::from_utf8_lossy(&errors).into_owned();
                let taken = taken.and_then(|it| std::fs::read(it.path()).ok()).unwrap_or_default();
                Ok(Output { code, printed, errors, taken })
            }
            Exchanged::TimedOut => Err(Fault::Unreachable(Unreachable::TimedOut)),
            Exchanged::TooMuch => Err(Fault::Unreachable(Unreachable::Garbled {
                words: "it is far too much".to_owned(),
            })),
            Exchanged::NotStarted(words) => Err(Fault::Unreachable(Unreachable::Failed { words })),
        }
    }
}

fn layer(kind: &str) -> Result<&'static dyn Layer, Fault> {
    place::named(kind).ok_or_else(|| {
        let words = format!("`{kind}` is no kind of layer");
        Fault::Unreachable(Unreachable::NotFound { words })
    })
}
