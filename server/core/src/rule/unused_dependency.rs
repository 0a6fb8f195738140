//! Nothing in the project imports what it declares.
//!
//! A use cannot always be seen, so this is a hint, and many things are never accused: what has entry points, for it may be a
//! plugin or a command; what brings no modules; stubs of what is used; what is named in settings; and everything, while there is
//! no environment, or a file cannot be read. A reason to keep it can be said in a comment on the line that silences the finding.
//!
//! The fix removes the requirement.

use super::{Draft, Rule, edits};
use crate::{
    finding::{Severity, Subject, Tag},
    manifest::Set,
    model::{Expectation, Model, Want},
    standard::{marker::Verdict, name},
};

pub(super) static RULE: Rule = Rule { code: "unused-dependency", severity: Severity::Hint, check };

fn check(model: &Model, report: &mut Vec<Draft>) {
    let imports = &model.imports;
    let (Some(sources), Some(modules)) = (&imports.sources, &imports.modules) else { return };
    let unreadable = imports.rare().any(|it| it.1.trouble.is_some());
    if sources.stopped_after.is_some() || unreadable || !imports.has_code {
        return;
    }
    let own = model.project.name.as_deref().map(name::normalised);
    let judged = |want: &&Want| {
        want.set == Set::Main
            && want.applies == Verdict::Holds
            && matches!(want.expected, Expectation::Installed(_))
            && own.as_deref() != Some(&*want.requirement.name)
    };
    for want in model.wants.iter().filter(judged) {
        let requirement = &want.requirement;
        let Some(provision) = modules.distributions.get(&requirement.name) else { continue };
        let brings = provision.is_known && !provision.modules.is_empty() && !provision.entry_points;
        let described = requirement
            .name
            .strip_prefix("types-")
            .or_else(|| requirement.name.strip_suffix("-stubs"));
        let used = imports.usage.contains_key(&requirement.name);
        // Extras ask for what others bring, and plugins are found by the name of what they extend.
        let extends = model.wants.iter().any(|it| {
            let base = &*it.requirement.name;
            requirement.name.strip_prefix(base).is_some_and(|it| it.starts_with('-'))
        });
        if !brings || described.is_some() || used || extends || !requirement.extras.is_empty() {
            continue;
        }
        let count = imports.count();
        let name = edits::spelled_name(model, want);
        let files =
            if count == 1 { "the one file".to_owned() } else { format!("any of {count} files") };
        let message = format!("`{name}` is not imported in {files}");
        let distribution = Some(requirement.name.to_string());
        let subject = Subject { distribution, ..Subject::default() };
        let actions = edits::remove(model, want).into_iter().collect();
        let draft = Draft::at(want.location.clone(), message);
        report.push(Draft { actions, subject, tags: vec![Tag::Unnecessary], ..draft });
    }
}
