//! Why a path gets the environment that it gets, for reading.

use envls_core::{
    manifest::Says,
    model::{Evidence, Model},
    session::Weight,
    world::AbsPath,
};
use tower_lsp::ls_types as lsp;

use crate::{convert, shell::Shell};

impl Shell {
    /// Why a path gets its environment.
    pub(crate) fn explained(&self, path: Option<&AbsPath>) -> String {
        let standing = path.and_then(|it| self.session.project_of(it));
        let model = standing.and_then(|it| it.choice());
        match (path, model) {
            (Some(path), Some(model)) => explained(path, model),
            (Some(path), None) => format!("`{path}` belongs to no Python project.\n"),
            (None, _) => "No file is open.\n".to_owned(),
        }
    }

    /// Shows an explanation in a file. A client that opens none shows a message, often in a single line: there it is what
    /// the path gets, and where the file is.
    pub(crate) fn show_explanation(&self, path: Option<&AbsPath>, text: &str) {
        let file = self.places.write("explain.md", text);
        if let Some(file) = file.as_ref().filter(|_| self.announced.shows_documents.yes()) {
            return self.open_file(file, "the explanation");
        }
        let standing = path.and_then(|it| self.session.project_of(it));
        let chosen = standing.and_then(|it| it.choice().map(chosen));
        let text = chosen.as_deref().unwrap_or(text);
        let first = text.lines().next().unwrap_or_default().replace("**", "");
        let first = first.trim_end_matches([':', '.']);
        let why = file.map(|it| format!("; the reasons are in `{it}`")).unwrap_or_default();
        self.say(Weight::Information, &format!("{first}{why}"));
    }

    pub(crate) fn show_log(&mut self) -> Option<String> {
        let Some(file) = self.places.log() else {
            self.say(Weight::Warning, "there is no log file");
            return None;
        };
        self.open_file(&file, "the log");
        Some(crate::json::spelled(&file))
    }

    /// What is known of a requirement or an import, and the environment of a project at the places of its manifests that have
    /// to do with it (LSP 3.17, `textDocument/hover`).
    pub(crate) fn hover(&mut self, params: &lsp::HoverParams) -> Option<lsp::Hover> {
        let at = &params.text_document_position_params;
        let uri = &at.text_document.uri;
        self.attend_to(uri);
        if let Some(told) = self.requirement_at(uri, at.position) {
            return Some(told);
        }
        if let Some(told) = self.import_at(uri, at.position) {
            return Some(told);
        }
        let path = crate::uri::path_of(uri.as_str())?;
        let model = self.session.project_of(&path)?.outcome.model.clone()?;
        let shown = |value: String, range: Option<lsp::Range>| {
            let kind = lsp::MarkupKind::Markdown;
            let contents = lsp::HoverContents::Markup(lsp::MarkupContent { kind, value });
            lsp::Hover { contents, range }
        };
        if path.name() == b"pyvenv.cfg" {
            return Some(shown(of_environment(&path, &model)?, None));
        }
        let range = self.place_of_choice(&path, &model, at.position)?;
        Some(shown(chosen(&model), Some(range)))
    }

    /// Whether what is chosen for a project comes from, or can be told at, a position in a file.
    pub(crate) fn tells_of_choice(&self, uri: &lsp::Uri, position: lsp::Position) -> bool {
        let path = crate::uri::path_of(uri.as_str());
        let place = path.and_then(|path| {
            let model = self.model_at(&path)?;
            self.place_of_choice(&path, model, position)
        });
        place.is_some()
    }

    /// The project's name, what it says of Python, and the header of the table where it does.
    fn place_of_choice(
        &self,
        path: &AbsPath,
        model: &Model,
        position: lsp::Position,
    ) -> Option<lsp::Range> {
        let document = &model.project.manifests.iter().find(|it| it.path == *path)?.document;
        let facts = document
            .facts
            .iter()
            .filter(|it| matches!(it.says, Says::Name(_) | Says::RequiresPython(_) | Says::Pin(_)));
        let line = document.lines.line(&document.text, position.line as usize);
        let header = line.filter(|it| document.spelled(*it).trim() == "[project]");
        let ranges = facts.map(|it| it.span).chain(header).map(|it| document.range(it));
        let mut ranges = ranges.map(|it| convert::range(it, self.announced.encoding));
        ranges.find(|it| it.start <= position && position <= it.end)
    }
}

fn explained(path: &AbsPath, model: &Model) -> String {
    let mut text = format!("# `{}`\n\n", model.called());
    text.push_str(&format!("`{path}` belongs to the project in `{}`.\n", model.project.root));
    if let Some(claim) = model.claim() {
        text.push_str(&format!("\nIt is managed by {}:\n\n", claim.manager));
        reasons(&mut text, model, &claim.because);
    }
    text.push('\n');
    text.push_str(&chosen(model));
    let chosen = model.selection.as_ref().map(|it| &it.environment.prefix);
    for candidate in model.candidates.iter().filter(|it| Some(&it.environment.prefix) != chosen) {
        let shown = model.shown(candidate.environment.place());
        text.push_str(&format!(
            "\nIt could also get `{shown}` ({}):\n\n",
            candidate.strength.name()
        ));
        reasons(&mut text, model, &candidate.because);
        if !candidate.against.is_empty() {
            text.push_str("\nAgainst it:\n\n");
            reasons(&mut text, model, &candidate.against);
        }
    }
    text
}

/// The environment that a `pyvenv.cfg` makes, and whether it is the one that the project gets.
fn of_environment(configuration: &AbsPath, model: &Model) -> Option<String> {
    let prefix = configuration.parent()?;
    let selected = model.selection.as_ref();
    if selected.is_some_and(|it| it.environment.is_at(&prefix)) {
        return Some(chosen(model));
    }
    let candidate = model.candidates.iter().find(|it| it.environment.is_at(&prefix))?;
    let shown = model.shown(&prefix);
    let mut text = format!("`{}` could get `{shown}`:\n\n", model.called());
    reasons(&mut text, model, &candidate.because);
    reasons(&mut text, model, &candidate.against);
    if let Some(selected) = selected {
        let shown = model.shown(selected.environment.place());
        text.push_str(&format!("\nIt gets `{shown}`:\n\n"));
        reasons(&mut text, model, &selected.because);
    }
    Some(text)
}

fn chosen(model: &Model) -> String {
    let Some(selection) = &model.selection else {
        return format!(
            "No Python environment yet; looked for `{}`.\n",
            model.looked_at.join("`, `")
        );
    };
    let environment = &selection.environment;
    let version = environment.version.as_ref().map(|it| format!(" {it}")).unwrap_or_default();
    let shown = model.shown(environment.place());
    let mut text = format!("**Python{version}** of `{shown}`:\n\n");
    reasons(&mut text, model, &selection.because);
    for (_, words) in envls_core::rule::problems(&model.project.root, environment) {
        let how = if environment.is_usable() { "stale" } else { "broken" };
        text.push_str(&format!("- it is {how}: {words}\n"));
    }
    text
}

fn reasons(text: &mut String, model: &Model, because: &[Evidence]) {
    for reason in because {
        let place = match (&reason.path, reason.range) {
            (Some(path), Some(range)) => {
                format!(" (`{}`, line {})", model.shown(path), range.start.line + 1)
            }
            (Some(path), None) => format!(" (`{}`)", model.shown(path)),
            (None, _) => String::new(),
        };
        text.push_str(&format!("- {}{place}\n", reason.what));
    }
}
