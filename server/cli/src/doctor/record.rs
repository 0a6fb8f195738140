//! `envls doctor --layer NAME --record DIR`: what the tool of a layer says, written down to be sent along with a report.

use std::{fs, path::Path};

use anyhow::Context as _;
use envls_core::world::Place;

use crate::{
    Status, json,
    r#loop::Loop,
    print::{Printer, plain},
};

pub(super) fn run(layer: &Place, folder: &Path, printer: &Printer) -> anyhow::Result<Status> {
    let recorded = Loop::once().record_layer(layer);
    let shown = folder.display();
    fs::create_dir_all(folder).with_context(|| format!("making `{shown}`"))?;
    let kind = layer.kind().unwrap_or_default();
    let path = folder.join(format!("{kind}.json"));
    let text = json::print(&recorded)?;
    fs::write(&path, text).with_context(|| format!("writing `{}`", path.display()))?;
    let words = format!(
        "{} steps of `{kind}` are in `{}`; read it before you send it: names and paths of yours are in it.",
        recorded.len(),
        path.display()
    );
    printer.out(&format!("{}\n", plain(&words)))?;
    Ok(Status::Good)
}
