//! placeholder

use super::{Entering, Layer, Output, Variables, instance::Unreachable};

pub(super) struct VirtualBox;

impl Layer for VirtualBox {
    fn name(&self) -> &'static str {
        "virtualbox"
    }

    fn summary(&self) -> &'static str {
        "placeholder"
    }

    fn programs(&self) -> &'static [&'static str] {
        &["virtualbox"]
    }

    fn enter(&self, _: &str, _: &[u8], _: &Variables, _: &[Output]) -> Entering {
        Entering::Done(Err(Unreachable::Slow))
    }
}
