//! What the client can do and wants, read once from its `initialize`; everything that differs between editors is asked here.

use envls_core::text::Encoding;
use serde_json::Value;
use tower_lsp::ls_types::{ClientCapabilities, InitializeParams, PositionEncodingKind};

/// Whether a client can do something that the protocol leaves to it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Can {
    Yes,
    #[default]
    No,
}

impl Can {
    fn of(stated: Option<bool>) -> Can {
        if stated == Some(true) { Can::Yes } else { Can::No }
    }

    pub(crate) fn yes(self) -> bool {
        self == Can::Yes
    }
}

/// What a client announced (LSP 3.17, `ClientCapabilities`), as far as we act on it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Announced {
    pub(crate) encoding: Encoding,
    pub(crate) related_information: Can,
    pub(crate) tags: Can,
    pub(crate) code_description: Can,
    pub(crate) action_literals: Can,
    pub(crate) document_changes: Can,
    pub(crate) apply_edit: Can,
    pub(crate) configuration: Can,
    pub(crate) watches_files: Can,
    pub(crate) registers_configuration: Can,
    pub(crate) message_requests: Can,
    pub(crate) shows_documents: Can,
    pub(crate) progress: Can,
    /// The client asks for hints again when it is told to.
    pub(crate) refreshes_hints: Can,
    /// The client says `experimental.envls`: our own notifications are welcome.
    pub(crate) status: Can,
    pub(crate) active_environment: Can,
    pub(crate) packages: Can,
    /// Our commands are the client's own: declared by the server too, they would be registered twice.
    pub(crate) registers_commands: Can,
    /// The editor itself asked the user for trust.
    pub(crate) trusted: Can,
    /// The section `envls` that came along.
    pub(crate) settings: Option<Value>,
}

impl Announced {
    pub(crate) fn of(params: &InitializeParams) -> Announced {
        let capabilities = &params.capabilities;
        let text_document = capabilities.text_document.as_ref();
        let publishing = text_document.and_then(|it| it.publish_diagnostics.as_ref());
        let actions = text_document.and_then(|it| it.code_action.as_ref());
        let workspace = capabilities.workspace.as_ref();
        let window = capabilities.window.as_ref();
        let present = |it: bool| if it { Can::Yes } else { Can::No };
        let options = params.initialization_options.as_ref().and_then(|it| it.get("envls"));
        let option = |name: &str| Can::of(options.and_then(|it| it.get(name)?.as_bool()));
        Announced {
            encoding: encoding(capabilities),
            related_information: Can::of(publishing.and_then(|it| it.related_information)),
            tags: present(publishing.is_some_and(|it| it.tag_support.is_some())),
            code_description: Can::of(publishing.and_then(|it| it.code_description_support)),
            action_literals: present(
                actions.is_some_and(|it| it.code_action_literal_support.is_some()),
            ),
            document_changes: Can::of(
                workspace.and_then(|it| it.workspace_edit.as_ref()?.document_changes),
            ),
            apply_edit: Can::of(workspace.and_then(|it| it.apply_edit)),
            configuration: Can::of(workspace.and_then(|it| it.configuration)),
            watches_files: Can::of(
                workspace.and_then(|it| it.did_change_watched_files?.dynamic_registration),
            ),
            registers_configuration: Can::of(
                workspace.and_then(|it| it.did_change_configuration?.dynamic_registration),
            ),
            message_requests: present(window.is_some_and(|it| it.show_message.is_some())),
            shows_documents: Can::of(
                window.and_then(|it| Some(it.show_document.as_ref()?.support)),
            ),
            progress: Can::of(window.and_then(|it| it.work_done_progress)),
            refreshes_hints: Can::of(
                workspace.and_then(|it| it.inlay_hint.as_ref()?.refresh_support),
            ),
            status: own(capabilities, "status"),
            active_environment: own(capabilities, "activeEnvironmentChanged"),
            packages: own(capabilities, "packagesChanged"),
            registers_commands: option("registersCommands"),
            trusted: option("trusted"),
            settings: options.cloned(),
        }
    }
}

/// The first choice is what needs no counting; a client that names nothing we know means the default of the protocol.
fn encoding(capabilities: &ClientCapabilities) -> Encoding {
    let offered = capabilities.general.as_ref().and_then(|it| it.position_encodings.as_ref());
    let offers = |kind: &PositionEncodingKind| offered.is_some_and(|it| it.contains(kind));
    if offers(&PositionEncodingKind::UTF8) {
        Encoding::Utf8
    } else if offers(&PositionEncodingKind::UTF32) && !offers(&PositionEncodingKind::UTF16) {
        Encoding::Utf32
    } else {
        Encoding::Utf16
    }
}

/// `experimental.envls` is `true`, or an object that says `true` of the part.
fn own(capabilities: &ClientCapabilities, part: &str) -> Can {
    let said = capabilities.experimental.as_ref().and_then(|it| it.get("envls"));
    Can::of(said.and_then(|it| it.as_bool().or_else(|| it.get(part)?.as_bool())))
}
