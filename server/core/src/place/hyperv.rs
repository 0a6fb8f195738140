//! placeholder

use super::{Entering, Layer, Output, Variables, instance::Unreachable};

pub(super) struct HyperV;

impl Layer for HyperV {
    fn name(&self) -> &'static str {
        "hyperv"
    }

    fn summary(&self) -> &'static str {
        "placeholder"
    }

    fn programs(&self) -> &'static [&'static str] {
        &["hyperv"]
    }

    fn enter(&self, _: &str, _: &[u8], _: &Variables, _: &[Output]) -> Entering {
        Entering::Done(Err(Unreachable::Slow))
    }
}
