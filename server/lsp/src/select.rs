//! Choosing an interpreter: by a request where the client can ask, by a code action for each that could be chosen, or by the
//! client's own list.

use std::sync::Arc;

use envls_core::{
    model::{Environment, Health, Model},
    rule,
    session::{Event, Weight},
    world::AbsPath,
};
use serde::Deserialize;
use serde_json::{Value, json};
use tower_lsp::ls_types::{
    MessageActionItem, MessageType, ShowMessageRequestParams, Uri, request::ShowMessageRequest,
};

use crate::{
    inbox::{Message, Told},
    json,
    outgoing::PATIENT,
    shell::Shell,
};

/// More buttons than this are no question any more; the others are found by a list of the client's own.
const MOST: usize = 12;
pub(crate) const FORGET: &str = "Let envls choose";
const CANCEL: &str = "Cancel";

#[derive(Debug, Deserialize)]
pub(crate) struct ChoiceParams {
    uri: Uri,
    path: Option<String>,
}

/// One that could be chosen, as a button says it.
pub(crate) struct Choosable {
    pub(crate) title: String,
    pub(crate) python: AbsPath,
    pub(crate) is_active: bool,
}

impl Shell {
    /// `envls.selectInterpreter`: asks the user, once everything that could be chosen is known.
    pub(crate) fn select(&mut self, path: Option<AbsPath>) {
        let Some(path) = path else {
            return self.say(Weight::Information, "no file is open");
        };
        if self.choice_at(&path).is_none() {
            return self.say(Weight::Information, "this file belongs to no Python project");
        }
        self.events.push(Event::EnvironmentsWanted);
        if !self.announced.message_requests.yes() {
            let words =
                "choose among the code actions of this file's project name or `requires-python`";
            return self.say(Weight::Information, words);
        }
        self.selecting = Some(path);
        self.ask_when_known();
    }

    /// Asks the question that waits, if all is known by now.
    pub(crate) fn ask_when_known(&mut self) {
        let known = self.session.is_quiescent() && self.session.environments().is_some();
        let Some(path) = self.selecting.take_if(|_| known) else { return };
        let Some(model) = self.choice_at(&path) else { return };
        let choosable = self.choosable(&path, model);
        if choosable.is_empty() {
            return self.say(Weight::Information, "there is no Python environment to choose yet");
        }
        let message = format!("Which Python should `{}` get?", model.called());
        let forget = model.choice.as_ref().map(|_| FORGET.to_owned());
        let shown = choosable.iter().take(MOST).map(|it| it.title.clone());
        let item = |title: String| MessageActionItem {
            title,
            properties: std::collections::HashMap::new(),
        };
        let titles = shown.chain(forget).chain([CANCEL.to_owned()]);
        let params = ShowMessageRequestParams {
            typ: MessageType::INFO,
            message,
            actions: Some(titles.map(item).collect()),
        };
        let inbox = self.inbox.clone();
        self.outgoing.request::<ShowMessageRequest>(params, PATIENT, move |chosen| {
            let Ok(Some(MessageActionItem { title, .. })) = chosen else { return };
            let python = choosable.into_iter().find(|it| it.title == title).map(|it| it.python);
            if python.is_some() || title == FORGET {
                drop(inbox.send(Message::Told(Told::Preferred { path, python })));
            }
        });
    }

    /// `envls.useInterpreter` and `envls.clearInterpreter`.
    pub(crate) fn prefer(&mut self, path: Option<AbsPath>, python: Option<AbsPath>) {
        match path {
            Some(path) => self.events.push(Event::Preferred { path, python }),
            None => self.say(Weight::Information, "no file is open"),
        }
    }

    /// `envls/setActiveEnvironment`. What was chosen is looked at with the next answers; what is known of it now is said.
    pub(crate) fn set_active_environment(&mut self, params: &ChoiceParams) -> Value {
        let path = crate::uri::path_of(params.uri.as_str());
        let python = params.path.as_ref().and_then(AbsPath::parse_anywhere);
        let encoding = self.announced.encoding;
        let Some(path) = path else { return json!({"environment": null, "problems": []}) };
        let known = python.as_ref().and_then(|python| {
            let is_it =
                |it: &&Arc<Environment>| it.python.as_ref() == Some(python) || it.is_at(python);
            self.session.choosable(&path).iter().find(is_it).cloned()
        });
        let root = self.session.project_of(&path).map(|it| it.root.clone());
        self.prefer(Some(path), python);
        let (Some(environment), Some(root)) = (known, root) else {
            return json!({"environment": null, "problems": []});
        };
        let problems = rule::problems(&root, &environment).into_iter();
        let problems: Vec<Value> =
            problems.map(|(code, message)| json!({"code": code, "message": message})).collect();
        let environment = json::environment(&environment, &root, encoding);
        json!({"environment": environment, "problems": problems})
    }

    /// What could be chosen for a path, the best first, with what to know of each.
    pub(crate) fn choosable(&self, path: &AbsPath, model: &Model) -> Vec<Choosable> {
        let active = model.selection.as_ref().map(|it| &it.environment.real);
        let environments = self.session.choosable(path).into_iter();
        let one = |it: Arc<Environment>| {
            let is_active = active == Some(&it.real);
            let title = title(model, &it, is_active);
            Some(Choosable { title, python: it.python.clone()?, is_active })
        };
        environments.filter_map(one).collect()
    }

    /// What was chosen for the project that a path is in.
    pub(crate) fn choice_at(&self, path: &AbsPath) -> Option<&Model> {
        self.session.project_of(path)?.choice()
    }

    /// What is understood of the project that a path is in; nothing, where nobody looks at it.
    pub(crate) fn model_at(&self, path: &AbsPath) -> Option<&Model> {
        self.session.project_of(path)?.outcome.model.as_deref()
    }
}

/// `.venv: Python 3.12.4, venv by uv, in use`
fn title(model: &Model, environment: &Environment, is_active: bool) -> String {
    let mut words = Vec::new();
    words.extend(environment.version.as_ref().map(|it| format!("Python {it}")));
    words.push(match environment.manager.filter(|it| *it != environment.kind) {
        Some(manager) => format!("{} by {manager}", environment.kind),
        None => environment.kind.to_owned(),
    });
    if environment.health() != Health::Ok {
        words.push(environment.health().name().to_owned());
    }
    if !model.satisfies_python(environment) {
        words.push("not what `requires-python` asks for".to_owned());
    }
    if is_active {
        words.push("in use".to_owned());
    }
    format!("{}: {}", model.shown(environment.place()), words.join(", "))
}
