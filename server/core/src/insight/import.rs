//! What is known of the import under the cursor: which distribution brings it, and where that is declared.

use std::fmt::Write;

use super::hover::{Told, escaped, installed, of_set};
use crate::{
    model::{Model, Provenance},
    standard::name,
    text::Range,
    world::AbsPath,
};

/// What the import at a place of a source file comes from. Of the standard library nothing need be said.
#[must_use]
pub fn import(model: &Model, path: &AbsPath, is_there: impl Fn(Range) -> bool) -> Option<Told> {
    let (range, asked) = model.imports.told_at(model, path, is_there)?;
    let each: Vec<String> = asked.iter().filter_map(|it| words(model, it)).collect();
    (!each.is_empty()).then(|| Told { range, markdown: each.join("\n") })
}

fn words(model: &Model, asked: &Provenance) -> Option<String> {
    let module = &asked.module;
    let Some(distribution) = &asked.distribution else {
        return match asked.origin {
            "first-party" => Some(format!("**{module}** is the project's own\n")),
            "unknown" => Some(format!("**{module}**: no distribution is known that provides it\n")),
            // It lies among what is installed, and no distribution lists it.
            "third-party" => Some(format!("**{module}** is installed, by no distribution\n")),
            _ => None,
        };
    };
    let metadata = model.metadata.as_ref().and_then(|it| it.dependencies.metadata(distribution));
    let mut text = format!("**{module}** comes with `{distribution}`");
    if let Some(summary) = metadata.and_then(|it| it.summary.as_deref()) {
        let _ = write!(text, ": {}", escaped(summary));
    }
    text.push_str("\n\n");
    let _ = writeln!(text, "- installed: {}", installed(model, distribution));
    if let Some((version, lock)) = model.locked_version(distribution) {
        let _ = writeln!(text, "- locked: {version} in `{}`", model.shown(lock));
    }
    let name = name::normalised(distribution);
    let declared = model.wants.iter().filter(|it| *it.requirement.name == *name);
    let mut is_declared = false;
    for want in declared {
        is_declared = true;
        let (place, line) = (model.shown(&want.path), want.location.range.start.line + 1);
        let (spelled, set) = (&want.requirement.spelled, of_set(&want.set));
        let _ = writeln!(text, "- declared: `{spelled}`{set}, in `{place}`, line {line}");
    }
    if !is_declared && model.imports.declares_all {
        text.push_str("- declared: no\n");
    }
    Some(text)
}
