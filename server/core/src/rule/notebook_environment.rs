//! A notebook was last run with another Python than that of the project's environment.
//!
//! What its cells import is then found in the kernel's own environment, and what is said about the project's may not hold there.
//! Compared are the minor versions, as far as the notebook says one.

use super::{Draft, Rule, fixes};
use crate::{finding::Severity, model::Model, standard::version::Version, text::Location};

pub(super) static RULE: Rule =
    Rule { code: "notebook-environment", severity: Severity::Information, check };

fn check(model: &Model, report: &mut Vec<Draft>) {
    let Some(environment) = model.usable() else { return };
    let Some(version) = &environment.version else { return };
    for (path, rare) in model.imports.rare() {
        let Some(notebook) = &rare.notebook else { continue };
        let Some(last) = notebook.version.as_deref().and_then(Version::parse) else { continue };
        let minor = |it: &Version| (it.release().first().copied(), it.release().get(1).copied());
        if minor(&last) == minor(version) {
            continue;
        }
        let shown = fixes::shown(model, environment.place());
        let kernel =
            notebook.kernel.as_ref().map(|it| format!(" of kernel `{it}`")).unwrap_or_default();
        let message =
            format!("this notebook was last run with Python {last}{kernel}; {shown} has {version}");
        let location = Location { path: path.clone(), range: notebook.range };
        report.push(Draft::at(location, message));
    }
}
