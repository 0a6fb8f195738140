//! A file beside the importing one has the name of a module of the standard library, or of a declared distribution, and hides it.
//!
//! The folder of a script comes first on the path (library documentation of `sys.path`), so `import random` finds the `random.py`
//! beside it. Judged are only folders that are no package: inside of a package an import finds the module that is meant.

use super::{Draft, Rule, importing};
use crate::{
    finding::{Related, Severity},
    model::{Judgement, Model},
    text::Location,
};

pub(super) static RULE: Rule = Rule { code: "shadowed-module", severity: Severity::Warning, check };

fn check(model: &Model, report: &mut Vec<Draft>) {
    let shadowed = importing::each(model, |it| match it {
        Judgement::Shadowed { by, distribution } => Some((by, distribution)),
        _ => None,
    });
    for (judged, (by, distribution)) in shadowed {
        let hidden = match distribution {
            Some(distribution) => format!("`{distribution}`"),
            None => "the module of the standard library".to_owned(),
        };
        let shown = model.shown(by);
        let message =
            format!("`{}` finds `{shown}`, which hides {hidden}: rename that file", judged.module);
        let related = vec![Related {
            location: Location::start_of(by),
            message: format!("this hides {hidden}"),
        }];
        report.push(Draft { related, ..importing::draft(model, judged, message) });
    }
}
