//! `[tool.hatch]` (Hatch, *Environment configuration*, *Advanced environment configuration*): what each of its environments needs,
//! and what it may need where the conditions of an override hold.

use toml::de::DeValue;

use super::{Item, Reader, values::item_of};
use crate::manifest::Set;

pub(super) fn entry(reader: &mut Reader<'_>, path: &[&str], item: &Item<'_, '_>) {
    match (path, item.key) {
        (["tool", "hatch"], "envs")
        | (["tool", "hatch", "envs"], _)
        | (["tool", "hatch", "envs", _], "overrides")
        | (["tool", "hatch", "envs", _, "overrides"], "platform" | "env" | "matrix" | "name")
        | (["tool", "hatch", "envs", _, "overrides", _], _) => reader.nested(path, item),
        (["tool", "hatch", "envs", environment], "dependencies" | "extra-dependencies") => {
            reader.requirements(item, &Set::Environment((*environment).to_owned()));
        }
        (["tool", "hatch", "envs", environment, "overrides", _, _], option)
            if matches!(
                option.strip_prefix("set-").unwrap_or(option),
                "dependencies" | "extra-dependencies"
            ) =>
        {
            overriding(reader, item, &Set::Environment((*environment).to_owned()));
        }
        _ => {}
    }
}

/// The requirements of an override: each in quotes, or in a table as the `value` that its conditions are about.
fn overriding(reader: &mut Reader<'_>, item: &Item<'_, '_>, set: &Set) {
    let offset = reader.offset;
    for element in reader.elements(item, "a list of requirements").into_iter().flatten() {
        let DeValue::Table(table) = element.value else {
            reader.requirement(&element, set);
            continue;
        };
        match table.get_key_value("value") {
            Some((key, value)) => reader.requirement(&item_of(key, value, offset), set),
            None => reader.unreadable(element.span, "expected a `value`"),
        }
    }
}
