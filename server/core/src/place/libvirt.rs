//! placeholder

use super::{Entering, Layer, Output, Variables, instance::Unreachable};

pub(super) struct Libvirt;

impl Layer for Libvirt {
    fn name(&self) -> &'static str {
        "libvirt"
    }

    fn summary(&self) -> &'static str {
        "placeholder"
    }

    fn programs(&self) -> &'static [&'static str] {
        &["libvirt"]
    }

    fn enter(&self, _: &str, _: &[u8], _: &Variables, _: &[Output]) -> Entering {
        Entering::Done(Err(Unreachable::Slow))
    }
}
