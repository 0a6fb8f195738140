//! The project's lock was made from other requirements than are declared now.
//!
//! Found without running anything: by the hash that the tool keeps in its lock (Poetry, PDM, pipenv), and field by field where
//! there is none (uv). White space, order and comments make no difference. The finding stands at what has changed, as far as
//! that can be told.
//!
//! The fix locks anew with the project's own tool; another also installs what was locked.

use super::{Draft, Rule, fixes};
use crate::{
    finding::{Related, Severity, Subject},
    model::Model,
    text::Location,
};

pub(super) static RULE: Rule = Rule { code: "lock-outdated", severity: Severity::Warning, check };

fn check(model: &Model, report: &mut Vec<Draft>) {
    for lock in &model.locks {
        let shown = model.shown(&lock.path);
        for (location, drift) in &lock.drifts {
            let message = format!("`{shown}` is out of date: {}", drift.what);
            let locked = drift.subject.as_ref().and_then(|name| {
                let package = lock.document.lock.packages.iter().find(|it| *it.name == **name)?;
                let version = package.version.as_deref().unwrap_or("no version");
                let message = format!("`{name}` {version} is locked here");
                let location = lock.document.location(&lock.path, package.name_span);
                Some(Related { location, message })
            });
            let whole = || Related {
                location: Location::start_of(&lock.path),
                message: "the lock".to_owned(),
            };
            report.push(Draft {
                related: vec![locked.unwrap_or_else(whole)],
                actions: fixes::lock(model),
                subject: Subject { distribution: drift.subject.clone(), ..Subject::default() },
                ..Draft::at(location.clone(), message)
            });
        }
    }
}
