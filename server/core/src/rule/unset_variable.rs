//! A requirements file puts in an environment variable that is not set.
//!
//! pip leaves `${NAME}` as it is where there is no such variable (pip documentation, *Using environment variables*), so the
//! address or name that it stands in leads nowhere. Judged is for the environment that the server itself was started with.

use super::{Draft, Rule};
use crate::{finding::Severity, manifest::Says, model::Model};

pub(super) static RULE: Rule = Rule { code: "unset-variable", severity: Severity::Warning, check };

fn check(model: &Model, report: &mut Vec<Draft>) {
    for (manifest, fact) in model.project.facts() {
        let Says::Variable(name) = &fact.says else { continue };
        if !model.unset.contains(name) {
            continue;
        }
        let message = format!(
            "the environment variable `{name}` is not set here, so `${{{name}}}` stays as it is"
        );
        let location = manifest.document.location(&manifest.path, fact.span);
        report.push(Draft::at(location, message));
    }
}
