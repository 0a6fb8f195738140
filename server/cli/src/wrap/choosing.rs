//! The session beside the proxy, on a thread of its own: it derives which environment each folder gets, and says when that, or
//! what is installed there, has changed.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{
        Arc,
        mpsc::{Sender, channel},
    },
    thread,
};

use anyhow::Context as _;
use envls_core::{
    model::{Activation, Environment, Model},
    session::{Event, Session},
    world::{AbsPath, Inventory},
};

use super::proxy::News;
use crate::r#loop::{Input, Loop, Message};

/// The environment that a folder gets.
#[derive(Clone, Debug)]
pub(super) struct Choice {
    pub(super) python: AbsPath,
    pub(super) prefix: AbsPath,
    pub(super) activation: Activation,
    pub(super) site_packages: Option<AbsPath>,
    installed: Option<Arc<Inventory>>,
}

impl Choice {
    fn of(model: &Model) -> Option<Choice> {
        let environment: &Environment = model.usable()?;
        Some(Choice {
            python: environment.python.clone()?,
            prefix: environment.prefix.clone(),
            activation: environment.activation(),
            site_packages: environment.site_packages.clone(),
            installed: model.installed.clone(),
        })
    }

    #[cfg(test)]
    pub(super) fn bare(python: AbsPath, prefix: AbsPath) -> Choice {
        let (set, prepend_path, unset) = (BTreeMap::new(), Vec::new(), Vec::new());
        let activation = Activation { set, prepend_path, unset };
        Choice { python, prefix, activation, site_packages: None, installed: None }
    }

    /// Whether it is the same environment, whatever is installed in it.
    pub(super) fn is_same(&self, other: &Choice) -> bool {
        self.python == other.python && self.prefix == other.prefix
    }

    /// Whether the same is installed in it.
    pub(super) fn has_same(&self, other: &Choice) -> bool {
        self.installed == other.installed
    }
}

impl PartialEq for Choice {
    fn eq(&self, other: &Choice) -> bool {
        self.is_same(other) && self.has_same(other)
    }
}

/// By folder; `None` where it gets none.
pub(super) type Choices = BTreeMap<AbsPath, Option<Choice>>;

/// Where the session is told which folders are of interest, and which documents.
pub(super) struct Choosing {
    post: Sender<Message>,
    wanted: BTreeSet<AbsPath>,
}

impl Choosing {
    pub(super) fn start(proxy: Sender<News>) -> anyhow::Result<Choosing> {
        let (ready, started) = channel();
        let named = thread::Builder::new().name("envls session".to_owned());
        let body = move || {
            let turns = Loop::live();
            if ready.send(turns.post()).is_ok() {
                follow(turns, &proxy);
            }
        };
        named.spawn(body).context("starting the session")?;
        let post = started.recv().context("the session has ended")?;
        Ok(Choosing { post, wanted: BTreeSet::new() })
    }

    /// These folders are of interest from now on.
    pub(super) fn want(&mut self, folders: impl IntoIterator<Item = AbsPath>) {
        self.wanted.extend(folders);
        // A session that has ended says nothing more, and the last choice stands.
        drop(self.post.send(Message::Wanted(self.wanted.clone())));
    }
}

fn follow(mut turns: Loop, proxy: &Sender<News>) {
    let mut wanted = BTreeSet::new();
    let mut said = Choices::new();
    loop {
        let Ok(turned) = turns.wait() else { return };
        for input in turned.inputs {
            if let Input::Wanted(paths) = input {
                drop(turns.turn(paths.iter().cloned().map(Event::Attended).collect()));
                wanted = paths;
            }
        }
        for folder in &wanted {
            let Some(choice) = choice(&turns.session, folder) else { continue };
            if said.get(folder) != Some(&choice) {
                said.insert(folder.clone(), choice.clone());
                if proxy.send(News::Chosen(folder.clone(), choice)).is_err() {
                    return;
                }
            }
        }
    }
}

/// What a folder gets; `None` as long as that is not known.
fn choice(session: &Session, folder: &AbsPath) -> Option<Option<Choice>> {
    let standing = session.project_of(folder);
    match standing.as_ref().and_then(|it| it.outcome.model.as_deref()) {
        Some(model) => Some(Choice::of(model)),
        None => session.is_quiescent().then_some(None),
    }
}
