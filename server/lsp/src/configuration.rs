//! Settings as clients send them: in `initializationOptions`, when asked, or unasked with a notification.

use serde_json::Value;
use tower_lsp::ls_types::{
    ConfigurationItem, ConfigurationParams, RegistrationParams,
    request::{RegisterCapability, WorkspaceConfiguration},
};

use crate::{
    capabilities,
    inbox::{Message, Told},
    outgoing::SOON,
    shell::Shell,
};

/// The settings in a section, which some clients put one level deeper; `None` for a null, which says nothing.
pub(crate) fn section(value: &Value) -> Option<&Value> {
    if value.is_null() {
        return None;
    }
    Some(value.get("settings").filter(|it| it.is_object()).unwrap_or(value))
}

impl Shell {
    /// The client is ready: what could not be declared is registered, and its settings are asked for.
    pub(crate) fn client_is_ready(&mut self) {
        let registrations = capabilities::registrations(&self.announced);
        if !registrations.is_empty() {
            let params = RegistrationParams { registrations };
            self.outgoing.request::<RegisterCapability>(params, SOON, drop);
        }
        self.pull_configuration();
        if !self.session.is_quiescent() {
            self.settling();
        }
    }

    /// Settings were changed: they came along, or are to be fetched.
    pub(crate) fn configuration_changed(&mut self, settings: &Value) {
        if self.announced.configuration.yes() {
            self.pull_configuration();
        } else if let Some(section) = settings.get("envls") {
            self.configure(section);
        }
    }

    fn pull_configuration(&mut self) {
        if !self.announced.configuration.yes() {
            return;
        }
        let item = ConfigurationItem { scope_uri: None, section: Some("envls".to_owned()) };
        let inbox = self.inbox.clone();
        let params = ConfigurationParams { items: vec![item] };
        self.outgoing.request::<WorkspaceConfiguration>(params, SOON, move |answer| {
            if let Ok(Some(section)) = answer.map(|it| it.into_iter().next()) {
                drop(inbox.send(Message::Told(Told::Section(section))));
            }
        });
    }
}
