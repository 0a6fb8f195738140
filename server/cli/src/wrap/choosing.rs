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
    session::{Event, Session, is_source},
    world::{AbsPath, Inventory, Trust},
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

    /// Whether whoever made the folder made it too, as with what was checked out together with the sources.
    fn came_with(&self, model: &Model, folder: &AbsPath) -> bool {
        let places = [&self.prefix, &self.python];
        places.iter().any(|it| it.is_within(folder) || it.is_within(&model.project.root))
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
    /// `guarded`: what lies in a folder that is not trusted is not handed over.
    pub(super) fn start(proxy: Sender<News>, guarded: bool) -> anyhow::Result<Choosing> {
        let (ready, started) = channel();
        let named = thread::Builder::new().name("envls session".to_owned());
        let body = move || {
            let turns = Loop::live();
            if ready.send(turns.post()).is_ok() {
                follow(turns, &proxy, guarded);
            }
        };
        named.spawn(body).context("starting the session")?;
        let post = started.recv().context("the session has ended")?;
        Ok(Choosing { post, wanted: BTreeSet::new() })
    }

    /// These folders, or the projects of these documents, are of interest from now on.
    pub(super) fn want(&mut self, paths: impl IntoIterator<Item = AbsPath>) {
        let known = self.wanted.len();
        self.wanted.extend(paths);
        if self.wanted.len() == known {
            return;
        }
        // A session that has ended says nothing more, and the last choice stands.
        drop(self.post.send(Message::Wanted(self.wanted.clone())));
    }
}

fn follow(mut turns: Loop, proxy: &Sender<News>, guarded: bool) {
    let mut wanted = BTreeSet::new();
    let mut withheld = BTreeSet::new();
    let mut said = Choices::new();
    loop {
        let Ok(turned) = turns.wait() else { return };
        for input in turned.inputs {
            if let Input::Wanted(paths) = input {
                drop(turns.turn(paths.iter().cloned().map(Event::Attended).collect()));
                wanted = paths;
            }
        }
        // A document stands for the project that it is in.
        let project = |it: &AbsPath| match turns.session.project_of(it) {
            Some(standing) if is_source(it) => Some(standing.root.clone()),
            _ => (!is_source(it)).then(|| it.clone()),
        };
        let folders: BTreeSet<AbsPath> = wanted.iter().filter_map(project).collect();
        for folder in &folders {
            let Some(choice) = choice(&turns.session, folder) else { continue };
            let choice = match choice {
                Given::Choice(choice) => choice,
                Given::Withheld { python, .. } if !guarded => Some(python),
                Given::Withheld { python, root } => {
                    let told = News::Withheld(root.clone(), python.python);
                    if withheld.insert(root) && proxy.send(told).is_err() {
                        return;
                    }
                    None
                }
            };
            if said.get(folder) != Some(&choice) {
                said.insert(folder.clone(), choice.clone());
                if proxy.send(News::Chosen(folder.clone(), choice)).is_err() {
                    return;
                }
            }
        }
    }
}

/// What a folder is to get.
enum Given {
    Choice(Option<Choice>),
    /// It lies in the folder of this project, which is not trusted.
    Withheld {
        python: Choice,
        root: AbsPath,
    },
}

/// What a folder gets; `None` as long as that is not known.
fn choice(session: &Session, folder: &AbsPath) -> Option<Given> {
    let standing = session.project_of(folder);
    let Some(model) = standing.as_ref().and_then(|it| it.outcome.model.as_deref()) else {
        return session.is_quiescent().then_some(Given::Choice(None));
    };
    let choice = Choice::of(model);
    Some(match choice {
        Some(python) if model.trust != Trust::Trusted && python.came_with(model, folder) => {
            Given::Withheld { python, root: model.project.root.clone() }
        }
        choice => Given::Choice(choice),
    })
}
