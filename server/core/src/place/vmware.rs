//! placeholder

use super::{Entering, Layer, Output, Variables, instance::Unreachable};

pub(super) struct VMware;

impl Layer for VMware {
    fn name(&self) -> &'static str {
        "vmware"
    }

    fn summary(&self) -> &'static str {
        "placeholder"
    }

    fn programs(&self) -> &'static [&'static str] {
        &["vmware"]
    }

    fn enter(&self, _: &str, _: &[u8], _: &Variables, _: &[Output]) -> Entering {
        Entering::Done(Err(Unreachable::Slow))
    }
}
