//! The commands (LSP 3.17, `workspace/executeCommand`): each answers at once, and what takes long goes on as an operation.

use std::sync::Arc;

use envls_core::{
    action::{Action, What},
    finding::{Finding, Reach},
    model::Model,
    session::{ActionId, Consent, Event, OperationId, Weight},
    world::AbsPath,
};
use serde_json::{Value, json};
use tower_lsp::{
    jsonrpc::{Error, Result},
    ls_types as lsp,
};

use crate::{progress, shell::Shell};

pub(crate) const RUN: &str = "envls.runAction";
pub(crate) const TRUST: &str = "envls.trustWorkspace";
pub(crate) const EXPLAIN: &str = "envls.explain";
pub(crate) const REFRESH: &str = "envls.refresh";
const SHOW_LOG: &str = "envls.showLog";
const CANCEL: &str = "envls.cancel";
const CREATE: &str = "envls.createEnvironment";
const SYNC: &str = "envls.syncEnvironment";

/// What no finding asks for.
pub(crate) const DO: &str = "envls.do";

pub(crate) const SELECT: &str = "envls.selectInterpreter";
pub(crate) const USE: &str = "envls.useInterpreter";
pub(crate) const CLEAR: &str = "envls.clearInterpreter";

/// What is declared; all but the first also work with no argument, since some editors can pass none.
pub(crate) const ALL: &[&str] =
    &[RUN, TRUST, EXPLAIN, REFRESH, SHOW_LOG, CANCEL, CREATE, SYNC, SELECT, USE, CLEAR, DO];

impl Shell {
    pub(crate) fn execute(&mut self, params: &lsp::ExecuteCommandParams) -> Result<Option<Value>> {
        let given = params.arguments.first();
        let text = |name: &str| given.and_then(|it| it.get(name)?.as_str());
        let path = match text("uri") {
            Some(uri) => crate::uri::path_of(uri),
            None => self.in_focus(),
        };
        match params.command.as_str() {
            RUN => {
                let Some(id) = text("id") else {
                    return Err(Error::invalid_params(format!(
                        "`{RUN}` needs the `id` of an action"
                    )));
                };
                let trust = given.and_then(|it| it.get("trust")?.as_bool()) == Some(true);
                self.run_action(ActionId(id.to_owned()), trust);
            }
            TRUST => match path.and_then(|it| self.folder_of(&it)) {
                Some(folder) => self.trust(&folder),
                None => self.say(Weight::Warning, "there is no folder to trust here"),
            },
            EXPLAIN => {
                let text = self.explained(path.as_ref());
                // A client may have a better place for it than a file.
                if given.and_then(|it| it.get("show")?.as_bool()) != Some(false) {
                    self.show_explanation(path.as_ref(), &text);
                }
                return Ok(Some(json!(text)));
            }
            SELECT => self.select(path),
            USE => match text("path").and_then(AbsPath::parse_anywhere) {
                Some(python) => self.prefer(path, Some(python)),
                // Without one the user is asked.
                None => self.select(path),
            },
            CLEAR => self.prefer(path, None),
            DO => self.do_errand(path, given),
            REFRESH => self.events.push(Event::Overlooked),
            SHOW_LOG => return Ok(Some(json!(self.show_log()))),
            CANCEL => self.events.push(Event::Stopped(given.and_then(operation))),
            CREATE => self.run_best(path.as_ref(), |it| it.reach == Reach::Project),
            SYNC => self.run_best(path.as_ref(), |_| true),
            other => {
                return Err(Error::invalid_params(format!("there is no command `{other}`")));
            }
        }
        Ok(None)
    }

    fn run_action(&mut self, action: ActionId, trust: bool) {
        let folder = trust.then(|| self.folder_of_action(&action)).flatten();
        let consent = match folder {
            Some(folder) => {
                self.trust(&folder);
                Consent::Given
            }
            None => Consent::None,
        };
        self.events.push(Event::Chosen { action, consent });
    }

    /// Runs the preferred action of the first finding of a path's project that is wanted.
    fn run_best(&mut self, path: Option<&AbsPath>, wanted: impl Fn(&Finding) -> bool) {
        let standing = path.and_then(|it| self.session.project_of(it));
        let Some(standing) = standing else {
            return self.say(Weight::Information, "this file belongs to no Python project");
        };
        let runs = |(_, it): &(usize, &Action)| it.preferred && matches!(it.what, What::Run(_));
        let best = |finding: &Finding| {
            let (at, _) = finding.actions.iter().enumerate().find(runs)?;
            Some(ActionId::of(finding, at))
        };
        let mut findings: Vec<&Finding> =
            standing.outcome.findings.iter().map(|it| &**it).filter(|it| wanted(it)).collect();
        findings.sort_by_key(|it| it.reach != Reach::Project);
        let name = standing.choice().map(Model::called).unwrap_or_default();
        match findings.into_iter().find_map(best) {
            Some(action) => self.events.push(Event::Chosen { action, consent: Consent::None }),
            None => self.say(Weight::Information, &format!("`{name}` needs nothing of that")),
        }
    }

    /// The folder that an action's file is in.
    pub(crate) fn folder_of_action(&self, action: &ActionId) -> Option<AbsPath> {
        if let Some(project) = self.session.wanted_by(action) {
            return self.folder_of(project);
        }
        let (path, _) = self.session.published().find(|(_, findings)| {
            let named =
                |it: &Arc<Finding>| (0..it.actions.len()).any(|at| ActionId::of(it, at) == *action);
            findings.iter().any(named)
        })?;
        self.folder_of(path)
    }
}

/// An operation by its number, or by the token of its progress.
fn operation(given: &Value) -> Option<OperationId> {
    let id = given.get("id")?;
    let number = id.as_u64().or_else(|| progress::number(id.as_str()?));
    number.map(OperationId)
}
