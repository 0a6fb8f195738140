//! placeholder

use super::{Entering, Layer, Output, Variables, instance::Unreachable};

pub(super) struct Parallels;

impl Layer for Parallels {
    fn name(&self) -> &'static str {
        "parallels"
    }

    fn summary(&self) -> &'static str {
        "placeholder"
    }

    fn programs(&self) -> &'static [&'static str] {
        &["parallels"]
    }

    fn enter(&self, _: &str, _: &[u8], _: &Variables, _: &[Output]) -> Entering {
        Entering::Done(Err(Unreachable::Slow))
    }
}
