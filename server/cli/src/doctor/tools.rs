//! The tools of every manager: where they are, and, where the folder is trusted, which version they say they are.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, mpsc::channel},
    time::Duration,
};

use anyhow::Context as _;
use envls_core::{
    action::{Command, Recipe, Step},
    manager,
    session::{Asking, Consent, End, OperationId, Ticket, Urgency},
    world::{AbsPath, Content, Machine, Noun, Question},
};
use envls_host::{
    environment::Environment,
    host::{Host, HostEvent},
};
use serde::Serialize;

use super::mask::masked;

/// A tool that says nothing for so long is shown without a version.
const PATIENCE: Duration = Duration::from_secs(10);

#[derive(Debug, Serialize)]
pub(super) struct Tool {
    pub(super) name: &'static str,
    pub(super) path: String,
    /// What it says of itself; nothing, where it was not asked or did not answer.
    pub(super) version: Option<String>,
}

/// What is known of the machine.
#[derive(Debug, Default)]
pub(super) struct Tools {
    pub(super) machine: Option<Arc<Machine>>,
    /// By name.
    pub(super) found: Vec<Tool>,
}

/// Looks for the tools outside of the project, and asks them for their versions where that is allowed.
pub(super) fn look(root: &AbsPath, for_now: bool, trusted: bool) -> anyhow::Result<Tools> {
    let (post, inbox) = channel();
    let callback = Arc::new(move |events| drop(post.send(events)));
    let host = Host::new(Environment::of_this_process(), callback);
    host.set_workspace(std::slice::from_ref(root));
    if for_now {
        host.trust().trust_for_now(root)?;
    }
    let names: BTreeSet<&'static str> =
        manager::ALL.iter().flat_map(|it| it.programs()).copied().collect();
    let programs = names.iter().map(|it| Noun::Program((*it).to_owned()));
    let nouns: BTreeSet<Noun> = programs.chain([Noun::Machine]).collect();
    let asking = |(ticket, noun): (u64, &Noun)| Asking {
        ticket: Ticket(ticket),
        question: Question::here(noun.clone()),
        open: None,
        urgency: Urgency::Now,
    };
    host.ask((1..).zip(&nouns).map(asking).collect());
    let mut tools = Tools::default();
    let mut paths: BTreeMap<String, AbsPath> = BTreeMap::new();
    let mut open: BTreeSet<Question> = nouns.into_iter().map(Question::here).collect();
    while !open.is_empty() {
        for event in inbox.recv().context("the host is gone")? {
            let HostEvent::Answered(answers) = event else { continue };
            for (_, answer) in answers {
                open.remove(&answer.question);
                match (&answer.question.noun, answer.content) {
                    (Noun::Program(name), Content::Program(reply)) => {
                        paths.extend(reply.known().map(|it| (name.clone(), it)));
                    }
                    (_, Content::Machine(reply)) => tools.machine = reply.known(),
                    _ => {}
                }
            }
        }
    }
    let found: Vec<(&'static str, AbsPath)> =
        names.iter().filter_map(|it| Some((*it, paths.get(*it)?.clone()))).collect();
    let mut versions: BTreeMap<OperationId, String> = BTreeMap::new();
    if trusted {
        host.limit_time(PATIENCE);
        let mut running = BTreeSet::new();
        for (number, (_, path)) in (1..).zip(&found) {
            running.insert(OperationId(number));
            host.run(OperationId(number), root, &asks_version(path), Consent::None);
        }
        while !running.is_empty() {
            for event in inbox.recv().context("the host is gone")? {
                let HostEvent::Finished { operation, end, output } = event else { continue };
                running.remove(&operation);
                let said = output.lines().map(str::trim).find(|it| !it.is_empty());
                if let (End::Ran, Some(said)) = (end, said) {
                    versions.insert(operation, masked(said));
                }
            }
        }
    }
    let tool = |(number, (name, path)): (u64, (&'static str, AbsPath))| Tool {
        name,
        path: path.to_string(),
        version: versions.remove(&OperationId(number)),
    };
    tools.found = (1..).zip(found).map(tool).collect();
    Ok(tools)
}

/// In the tool's own folder: what lies in the project must not change what it says.
fn asks_version(program: &AbsPath) -> Recipe {
    let folder = program.parent().unwrap_or_else(|| program.clone());
    Recipe {
        steps: vec![Step::Run(Command::new(program, ["--version"], &folder))],
        touches: Vec::new(),
        inputs: Vec::new(),
        network: false,
        runs_project_code: false,
    }
}
