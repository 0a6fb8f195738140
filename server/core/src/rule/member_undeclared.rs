//! The code imports another member of the workspace that its own project does not declare.
//!
//! It works in the workspace's environment, which all members share, and nowhere else.
//!
//! The fixes declare the member.

use super::{Draft, Rule, importing};
use crate::{
    finding::{Related, Severity},
    model::{Judgement, Model},
    text::Location,
};

pub(super) static RULE: Rule =
    Rule { code: "member-undeclared", severity: Severity::Warning, check };

fn check(model: &Model, report: &mut Vec<Draft>) {
    let mut declaring = importing::Declaring::default();
    let members = importing::each(model, |it| match it {
        Judgement::Member { distribution, folder } => Some((distribution, folder)),
        _ => None,
    });
    for (judged, (distribution, folder)) in members {
        let message = format!(
            "`{}` belongs to workspace member `{distribution}`, which `{}` does not declare",
            judged.module,
            model.called()
        );
        let related = folder.iter().map(|it| Related {
            location: Location::start_of(&it.join("pyproject.toml")),
            message: format!("`{distribution}` is made here"),
        });
        let related = related.collect();
        let actions = declaring.actions(model, distribution, judged.role);
        let draft = importing::about(importing::draft(model, judged, message), distribution);
        report.push(Draft { actions, related, ..draft });
    }
}
