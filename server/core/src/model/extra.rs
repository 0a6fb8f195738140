//! The extras that a project's requirements ask for, held against what is installed.

use super::{expectation::Expectation, want::Want};
use crate::standard::{
    conflict::{Brought, Judgement, Presence},
    marker::Verdict,
};

/// An extra of which not everything is installed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExtraGap {
    /// The number of the want that asks for it.
    pub want: usize,
    /// Its number among the extras of that requirement.
    pub extra: usize,
    /// The normalised names of what is missing.
    pub missing: Vec<String>,
    /// How much it brings in altogether.
    pub all: usize,
}

/// The gaps, and the single things that make them.
pub(super) fn gaps<'table>(
    judgement: &Judgement<'table>,
    wants: &[Want],
) -> (Vec<ExtraGap>, Vec<Brought<'table>>) {
    let (mut gaps, mut all_missing) = (Vec::new(), Vec::new());
    for (number, want) in wants.iter().enumerate() {
        let expected = matches!(want.expected, Expectation::Installed(_));
        if want.applies != Verdict::Holds || !expected {
            continue;
        }
        for (at, (extra, _)) in want.requirement.extras.iter().enumerate() {
            let brought = judgement.brought(&want.requirement.name, extra);
            let missing = brought.iter().filter(|it| it.presence == Presence::Missing);
            let missing: Vec<Brought<'_>> = missing.copied().collect();
            if !missing.is_empty() {
                let names = missing.iter().map(|it| it.name.to_owned()).collect();
                gaps.push(ExtraGap { want: number, extra: at, missing: names, all: brought.len() });
                all_missing.extend(missing);
            }
        }
    }
    (gaps, all_missing)
}
