//! A stretch of a manifest cannot be read, or says something that this kind of file cannot say.
//!
//! The finding stands at the stretch and says what was expected. What stands around it is understood and judged all the same,
//! also while a line is half typed.

use super::{Draft, Rule};
use crate::{finding::Severity, manifest::Says, model::Model};

pub(super) static RULE: Rule = Rule { code: "invalid-manifest", severity: Severity::Error, check };

fn check(model: &Model, report: &mut Vec<Draft>) {
    for (manifest, fact) in model.project.facts() {
        let Says::Unreadable(why) = &fact.says else { continue };
        let name = manifest.path.name_text();
        let location = manifest.document.location(&manifest.path, fact.span);
        report.push(Draft::at(location, format!("`{name}` cannot be read here: {why}")));
    }
}
