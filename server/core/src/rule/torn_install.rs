//! A distribution is installed only in part: files that belong to it are not there.
//!
//! An installation that is killed leaves files out, and installers do not notice: they look at the folder of metadata, find the
//! version that they want, and are content. Judged is whether that folder has its METADATA, for every distribution; and
//! whether the files are there that its RECORD lists, for those that a requirement names and for those whose installer has not
//! written down that it is done. Compiled files (`.pyc`) come and go and are not missed.
//!
//! The fix installs the distribution again, in the same version.

use super::{Draft, Rule, fixes};
use crate::{
    finding::Severity,
    model::{FlawKind, Model},
};

pub(super) static RULE: Rule = Rule { code: "torn-install", severity: Severity::Warning, check };

fn check(model: &Model, report: &mut Vec<Draft>) {
    let Some(environment) = model.usable() else { return };
    let prefix = fixes::shown(model, &environment.prefix);
    for flaw in &model.flaws {
        let what = match &flaw.kind {
            FlawKind::NoMetadata => "its METADATA is missing".to_owned(),
            FlawKind::FilesMissing { first, missing: 1, listed } => {
                format!("1 of its {listed} files is missing, {}", fixes::joined(first))
            }
            FlawKind::FilesMissing { first, missing, listed } => {
                format!(
                    "{missing} of its {listed} files are missing, such as {}",
                    fixes::joined(first)
                )
            }
            _ => continue,
        };
        let (name, version) = (&flaw.name, &flaw.version);
        let message = format!("`{name}` {version} is installed only in part in {prefix}: {what}");
        let hindrance = fixes::cannot_install(model);
        let actions = fixes::reinstall(model, flaw).into_iter().collect();
        let draft = Draft::of_flaw(model, flaw, format!("{message}{hindrance}"));
        report.push(Draft { actions, ..draft });
    }
}
