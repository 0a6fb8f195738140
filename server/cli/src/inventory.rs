//! `envls inventory`: what is installed in a site-packages folder, for the bench to compare with other tools' listings.

use std::{fmt::Write as _, path::PathBuf};

use anyhow::{Context as _, bail};
use envls_core::world::{Content, Noun, Question, Reply};

use crate::{Status, r#loop, place, print::Printer};

pub(crate) fn run(site_packages: &PathBuf, printer: &Printer) -> anyhow::Result<Status> {
    let folder = place::given(Some(site_packages))?.path;
    let question = Question::here(Noun::Distributions(folder.clone()));
    let answer = r#loop::ask(&question)?;
    let Content::Distributions(reply) = answer.content else {
        bail!("the host answered another question");
    };
    let inventory = match reply {
        Reply::Known(inventory) => Ok(inventory),
        Reply::Absent => Err(format!("`{folder}` does not exist")),
        Reply::Fault(fault) => Err(format!("`{folder}` cannot be listed: {fault}")),
    };
    let inventory = inventory.map_err(anyhow::Error::msg).context("no inventory")?;
    let mut text = String::new();
    for distribution in inventory.distributions.values().flatten() {
        let _ = writeln!(text, "{} {}", distribution.name, distribution.version);
    }
    printer.out(&text)?;
    Ok(Status::Good)
}
