//! placeholder

use super::{Entering, Layer, Output, Variables, instance::Unreachable};

pub(super) struct Wsl;

impl Layer for Wsl {
    fn name(&self) -> &'static str {
        "wsl"
    }

    fn summary(&self) -> &'static str {
        "placeholder"
    }

    fn programs(&self) -> &'static [&'static str] {
        &["wsl"]
    }

    fn enter(&self, _: &str, _: &[u8], _: &Variables, _: &[Output]) -> Entering {
        Entering::Done(Err(Unreachable::Slow))
    }
}
