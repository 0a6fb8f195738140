//! asdf: interpreters that its Python plugin installed, in `installs/python` below `ASDF_DATA_DIR`, else `~/.asdf` (asdf's
//! documentation, *Configuration*).

use super::{Manager, pyenv::interpreters_side_by_side};
use crate::{
    model::InterpreterPlace,
    world::{Asked, View},
};

pub(super) struct Asdf;

impl Manager for Asdf {
    fn name(&self) -> &'static str {
        "asdf"
    }

    fn summary(&self) -> &'static str {
        "interpreters that asdf installed, in `$ASDF_DATA_DIR/installs/python`"
    }

    fn interpreters(&self, view: &View<'_>) -> Asked<Vec<InterpreterPlace>> {
        let (own, home) = (view.variable_path("ASDF_DATA_DIR"), view.variable_path("HOME"));
        let Some(data) = own.or_else(|| Some(home?.join(".asdf"))) else { return Ok(Vec::new()) };
        interpreters_side_by_side(view, &data.join("installs").join("python"), "asdf")
    }
}
