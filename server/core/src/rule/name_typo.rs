//! A requirement has the name of a well-known distribution but for one letter.
//!
//! Judged against the names of the most downloaded distributions, where what is named is neither among them, nor installed,
//! nor locked, nor a member of the workspace. One letter is put in, left out or changed, or two have changed places; a number put
//! behind a name makes it that of a successor, and no slip. Names like that are also taken by those who wait for such mistakes, so
//! it is worth a look before anything is installed.
//!
//! The fix writes the well-known name.

use super::{Draft, Rule, edits, fixes};
use crate::{
    finding::{Severity, Subject},
    model::{Model, Want},
    standard::popular,
};

pub(super) static RULE: Rule = Rule { code: "name-typo", severity: Severity::Warning, check };

fn check(model: &Model, report: &mut Vec<Draft>) {
    for want in &model.wants {
        let name = &*want.requirement.name;
        let Some(meant) = meant(model, want) else { continue };
        let spelled = edits::spelled_name(model, want);
        let message =
            format!("`{spelled}` is but a slip from the widely used `{meant}`; did you mean that?");
        let action = edits::replace(model, &want.path, want.requirement.name_span, meant);
        let actions = action.map(|it| fixes::preferred(it, true)).into_iter().collect();
        let subject = Subject { distribution: Some(name.to_owned()), ..Subject::default() };
        let manifest = edits::manifest(model, &want.path);
        let location = manifest.map_or_else(
            || want.location.clone(),
            |it| it.document.location(&want.path, want.requirement.name_span),
        );
        report.push(Draft { actions, subject, ..Draft::at(location, message) });
    }
}

/// The well-known name that was probably meant; what is surely none is not offered for installing either.
pub(super) fn meant(model: &Model, want: &Want) -> Option<&'static str> {
    judged(model, want).then(|| popular::meant(&want.requirement.name))?
}

/// Whether nothing vouches for the name.
fn judged(model: &Model, want: &Want) -> bool {
    let name = &*want.requirement.name;
    let installed = model.installed.as_ref().is_some_and(|it| it.distributions.contains_key(name));
    let locked = || {
        let mut packages = model.locks.iter().flat_map(|it| &it.document.lock.packages);
        packages.any(|it| *it.name == *name)
    };
    let member = || {
        let named = model.members.names.as_ref().is_some_and(|it| it.contains(name));
        named || edits::has_source(model, name)
    };
    want.requirement.url.is_none() && !installed && !locked() && !member()
}
