//! A requirement names what has long become a part of the standard library.
//!
//! Such distributions were made for Pythons that lacked the module. Where the module is there, they do nothing at best; some
//! hide the newer module, or cannot be installed at all. Judged is for the environment's Python, and only where the project
//! supports no older one; a marker that keeps the requirement to old Pythons makes it right.
//!
//! The fix removes the requirement.

use super::{Draft, Rule, edits, fixes};
use crate::{
    finding::{Severity, Subject},
    manifest::Set,
    model::{Model, Want},
    standard::{
        backport::{self, Backport},
        marker::Verdict,
        version::Version,
    },
};

pub(super) static RULE: Rule =
    Rule { code: "stdlib-requirement", severity: Severity::Warning, check };

/// What is taken for the Python of a project that says nothing, and has none: the oldest that one may still meet.
const OLDEST: u64 = 8;

fn check(model: &Model, report: &mut Vec<Draft>) {
    for want in &model.wants {
        let Some(backport) = obsolete(model, want) else { continue };
        let (name, module, since) =
            (edits::spelled_name(model, want), backport.module, backport.since);
        let since = if since == 0 { String::new() } else { format!(" since Python 3.{since}") };
        let message = if backport.distribution == module {
            format!(
                "`{name}` is part of the standard library{since}; the distribution of that name is obsolete"
            )
        } else {
            format!("`{name}` is obsolete: the standard library has `{module}`{since}")
        };
        let action = edits::remove(model, want).map(|it| fixes::preferred(it, true));
        let distribution = Some(want.requirement.name.to_string());
        let subject = Subject { distribution, ..Subject::default() };
        let draft = Draft::at(want.location.clone(), message);
        report.push(Draft { actions: action.into_iter().collect(), subject, ..draft });
    }
}

/// What has made a requirement obsolete for every Python that counts.
pub(super) fn obsolete(model: &Model, want: &Want) -> Option<&'static Backport> {
    let requirement = &want.requirement;
    let judged = want.applies == Verdict::Holds && (want.set.is_need() || want.set == Set::Build);
    let backport = backport::backport_of(&requirement.name).filter(|_| judged)?;
    let version = model.usable().and_then(|it| it.version.as_ref());
    let minor = version.and_then(|it| it.release().get(1).copied()).unwrap_or(OLDEST);
    let stated = model.project.requires_python.as_ref();
    // The last Python without the module is the one that a project may still support.
    let last = backport.since.checked_sub(1).and_then(|it| Version::parse(&format!("3.{it}.99")));
    let supported = stated.zip(last).is_some_and(|(stated, it)| stated.specifiers.admits(&it));
    let needed = minor < backport.since || supported || requirement.url.is_some();
    (!needed).then_some(backport)
}
