//! The requests of the contract, answered from the last settled state.

use envls_core::{session::Event, world::AbsPath};
use serde::Deserialize;
use serde_json::{Value, json};
use tower_lsp::ls_types::Uri;

use crate::{json, shell::Shell};

#[derive(Debug, Deserialize)]
pub(crate) struct EnvironmentsParams {
    uri: Option<Uri>,
    refresh: Option<bool>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct PathParams {
    uri: Uri,
}

impl Shell {
    /// `envls/environments`
    pub(crate) fn environments(&mut self, params: &EnvironmentsParams) -> Value {
        // Who asks for all of them wants the machine's too; they are in the next answer.
        self.events.extend([Event::InterpretersWanted, Event::EnvironmentsWanted]);
        if params.refresh == Some(true) {
            self.events.push(Event::Overlooked);
        }
        let path = self.meant(params.uri.as_ref());
        let encoding = self.announced.encoding;
        let model = path.as_ref().and_then(|it| self.choice_at(it));
        let folder = path.as_ref().and_then(|it| self.folder_of(it));
        json!({
            "active": json::active(model, folder.as_ref(), encoding),
            "because": json::because(model, encoding),
            "environments": json::known(&self.session, encoding),
            "settled": self.session.is_quiescent()
                && self.session.interpreters().is_some()
                && self.session.environments().is_some(),
        })
    }

    /// `envls/activeEnvironment`
    pub(crate) fn active_environment(&mut self, params: &PathParams) -> Value {
        let path = self.meant(Some(&params.uri));
        let folder = path.as_ref().and_then(|it| self.folder_of(it));
        json::active(
            path.as_ref().and_then(|it| self.choice_at(it)),
            folder.as_ref(),
            self.announced.encoding,
        )
    }

    /// `envls/environmentVariables`
    pub(crate) fn environment_variables(&mut self, params: &PathParams) -> Value {
        let path = self.meant(Some(&params.uri));
        json::variables(path.as_ref().and_then(|it| self.choice_at(it)))
    }

    fn meant(&self, uri: Option<&Uri>) -> Option<AbsPath> {
        match uri {
            Some(uri) => crate::uri::path_of(uri.as_str()),
            None => self.in_focus(),
        }
    }
}
