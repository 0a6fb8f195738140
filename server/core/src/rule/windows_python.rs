//! The project gets a Python of Windows inside WSL.
//!
//! The drives of Windows are seen from WSL, and its programs can be started there: an environment with `Scripts\python.exe` in a
//! folder of `/mnt/c`, or one that was made from it. Its packages are for Windows, its paths mean nothing to tools in WSL
//! (pypa/pipenv#3488, microsoft/WSL#3748), and making it anew here takes it away from Windows.
//!
//! The fixes are to work in WSL's own file system, or to keep the environment of WSL elsewhere.

use super::{Draft, Rule, fixes};
use crate::{
    finding::{Reach, Severity, Subject},
    layer::share::{ShareKind, holding},
    model::{Damage, Foreign, Model, Origin},
};

pub(super) static RULE: Rule = Rule { code: "windows-python", severity: Severity::Warning, check };

fn check(model: &Model, report: &mut Vec<Draft>) {
    let (Some(selection), Some(machine)) = (&model.selection, &model.machine) else { return };
    if !machine.layers.iter().any(|it| it.kind.is_wsl()) {
        return;
    }
    let environment = &selection.environment;
    let by_format = environment.damages.iter().any(|it| {
        matches!(it, Damage::Foreign { by: Foreign::System, made_for, .. } if made_for.starts_with("Windows"))
    });
    let by_home = matches!(model.origin, Some(Origin::System { name: "Windows", .. }));
    let by_name = environment.python.as_ref().is_some_and(|it| it.name().ends_with(b".exe"));
    let of_drive = environment.base.as_ref().is_some_and(|it| {
        let share = holding(&machine.shares, it);
        share.is_some_and(|it| it.kind == ShareKind::Windows)
    });
    if !(by_format || by_home || by_name || of_drive) {
        return;
    }
    let prefix = fixes::shown(model, environment.place());
    let message = format!(
        "environment {prefix} has a Python of Windows, and this is WSL: keep one of WSL's own elsewhere, or the project in WSL's file system"
    );
    let again = fixes::instead(model).into_iter().map(|it| fixes::preferred(it, false));
    let subject = Subject { environment: Some(environment.prefix.clone()), ..Subject::default() };
    let draft = Draft::at(model.anchor(), message);
    report.push(Draft { actions: again.collect(), subject, reach: Reach::Project, ..draft });
}
