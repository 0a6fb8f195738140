//! What is known of the image under the cursor: what its name tells, and what the project makes of it.

use std::{collections::BTreeSet, fmt::Write};

use super::hover::Told;
use crate::{
    layer::here::Libc,
    model::{Base, Container, Model},
    world::AbsPath,
};

/// What stands at a byte of a file that declares layers.
pub(super) fn hover(model: &Model, path: &AbsPath, offset: usize) -> Option<Told> {
    let file = model.layers.file(path)?;
    let at = file.lines.position(&file.text, offset);
    let here = |it: &&Base| {
        let range = it.location.range;
        it.location.path == *path && range.start <= at && at <= range.end
    };
    let bases = |it: &'_ Container| -> Vec<Base> {
        let stages = it.built.iter().flat_map(|it| &it.stages).filter_map(|it| it.base.as_ref());
        it.image.iter().chain(stages).cloned().collect()
    };
    let found =
        model.layers.containers.iter().find_map(|it| bases(it).iter().find(here).cloned())?;
    let users = model.layers.containers.iter().filter(|it| bases(it).iter().any(|it| here(&it)));
    Some(Told {
        range: found.location.range,
        markdown: words(model, &found, &users.collect::<Vec<_>>()),
    })
}

fn words(model: &Model, base: &Base, users: &[&Container]) -> String {
    let tag = base.image.tag.as_deref().map_or(String::new(), |it| format!(":{it}"));
    let mut text = format!("**{}{tag}**\n\n", base.image.repository);
    let brings = &base.brings;
    if let Some(version) = &brings.python {
        let _ = writeln!(text, "- Python {version}, by its name");
    } else if let Some(version) = &brings.of_system {
        let _ = writeln!(text, "- Python {version} in its packages");
    }
    if let Some(stated) = &model.project.requires_python {
        let _ = writeln!(text, "- the project asks for `{}`", stated.spelled);
    }
    if let Some(libc) = brings.libc {
        let name = if libc == Libc::Musl { "musl" } else { "glibc" };
        let _ = writeln!(text, "- built on {name}");
    }
    let own = model.own_prefix();
    let mut said = BTreeSet::new();
    for user in users {
        let called = &user.called;
        for made in user.built.iter().filter_map(|it| it.last()).flat_map(|it| &it.made) {
            said.insert(format!("- {called} has environment `{}`", made.path));
        }
        if let Some(inside) = user.sees(&own) {
            said.insert(format!("- {called} sees `{}` as `{inside}`", model.shown(&own)));
        }
    }
    said.iter().for_each(|line| {
        let _ = writeln!(text, "{line}");
    });
    text
}
