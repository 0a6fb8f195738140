//! The block that says what a single-file script needs cannot be read.
//!
//! Tools refuse to run a script whose block is no TOML, has a requirement that is none, or is there twice (*Inline script
//! metadata*). A block that is not closed is no block at all, and is not judged.

use super::{Draft, Rule};
use crate::{finding::Severity, model::Model, text::Location};

pub(super) static RULE: Rule = Rule { code: "script-invalid", severity: Severity::Error, check };

fn check(model: &Model, report: &mut Vec<Draft>) {
    for (path, rare) in model.imports.rare() {
        for (range, words) in rare.script.iter().flat_map(|it| &it.troubles) {
            let location = Location { path: path.clone(), range: *range };
            report.push(Draft::at(location, format!("the script's block cannot be read: {words}")));
        }
    }
}
