//! Why a path gets the environment that it gets, for reading.

use envls_core::{
    model::{Evidence, Model},
    session::Weight,
    world::AbsPath,
};

use crate::shell::Shell;

impl Shell {
    /// Why a path gets its environment.
    pub(crate) fn explained(&self, path: Option<&AbsPath>) -> String {
        let standing = path.and_then(|it| self.session.project_of(it));
        let model = standing.and_then(|it| it.outcome.model.as_deref());
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
        let chosen = standing.and_then(|it| it.outcome.model.as_deref().map(chosen));
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

pub(crate) fn chosen(model: &Model) -> String {
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
