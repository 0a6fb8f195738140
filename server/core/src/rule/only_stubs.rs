//! Only type stubs are installed for what the code imports.
//!
//! Stubs describe a distribution for type checkers (*Distributing type information*) and cannot be imported. Imports for type
//! checkers only are in order.
//!
//! The fixes declare the distribution that the stubs describe, where it is known.

use super::{Draft, Rule, fixes, importing};
use crate::{
    finding::Severity,
    model::{Judgement, Model},
};

pub(super) static RULE: Rule = Rule { code: "only-stubs", severity: Severity::Warning, check };

fn check(model: &Model, report: &mut Vec<Draft>) {
    let mut declaring = importing::Declaring::default();
    let stubs = importing::each(model, |it| match it {
        Judgement::OnlyStubs { stubs, providers } => Some((stubs, providers)),
        _ => None,
    });
    for (judged, (stubs, providers)) in stubs {
        let mut message = format!(
            "only type stubs for `{}` are installed ({})",
            judged.module,
            fixes::joined(stubs)
        );
        if let [provider] = providers.as_slice() {
            message.push_str(&format!("; `{provider}` provides the module"));
        }
        let each = providers.iter().flat_map(|it| declaring.actions(model, it, judged.role));
        let actions = each.collect();
        report.push(Draft { actions, ..importing::draft(model, judged, message) });
    }
}
