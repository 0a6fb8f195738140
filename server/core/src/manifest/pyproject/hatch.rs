//! `[tool.hatch]` (Hatch, *Environment configuration*): what each of its environments needs.

use super::{Item, Reader};
use crate::manifest::Set;

pub(super) fn entry(reader: &mut Reader<'_>, path: &[&str], item: &Item<'_, '_>) {
    match (path, item.key) {
        (["tool", "hatch"], "envs") | (["tool", "hatch", "envs"], _) => reader.nested(path, item),
        (["tool", "hatch", "envs", environment], "dependencies" | "extra-dependencies") => {
            reader.requirements(item, &Set::Environment((*environment).to_owned()));
        }
        _ => {}
    }
}
