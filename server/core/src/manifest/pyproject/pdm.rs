//! `[tool.pdm]` (PDM, *Manage dependencies*, *Dependency overrides*).

use toml::de::DeValue;

use super::{Item, Reader, apart::Versions};
use crate::{
    manifest::{Says, Set},
    standard::caret,
    text::Span,
};

pub(super) fn entry(reader: &mut Reader<'_>, path: &[&str], item: &Item<'_, '_>) {
    match (path, item.key) {
        (["tool", "pdm"], "dev-dependencies" | "resolution")
        | (["tool", "pdm", "resolution"], "overrides") => reader.nested(path, item),
        (["tool", "pdm", "dev-dependencies"], group) => {
            let set = Set::Group(group.to_owned());
            reader.defines(item.key_span, set.clone());
            let Some(elements) = reader.elements(item, "a list of requirements") else { return };
            for element in elements {
                reader.of_pdm(&element, &set);
            }
        }
        (["tool", "pdm", "resolution", "overrides"], _) => {
            let plain: Versions = caret::plain;
            // An address may stand here as well; it is no version.
            if matches!(item.value, DeValue::String(it) if !it.contains("://")) {
                reader.apart(item, &Set::Override, plain, None);
            }
        }
        _ => {}
    }
}

impl Reader<'_> {
    /// A requirement, or `-e` and a folder: `-e file:///${PROJECT_ROOT}/core`.
    fn of_pdm(&mut self, element: &Item<'_, '_>, set: &Set) {
        let editable = match element.value {
            DeValue::String(value) => value.trim_start().starts_with("-e"),
            _ => false,
        };
        let Some((span, text)) = editable.then(|| self.string(element)).flatten() else {
            return self.requirement(element, set);
        };
        let rest = text.trim_start().trim_start_matches("-e").trim();
        let target = rest.strip_prefix("file:///${PROJECT_ROOT}/").unwrap_or(rest);
        let target = target.split('#').next().unwrap_or(target).to_owned();
        let start = span.start + (text.len() - text.trim_start().len());
        let span = Span::new(start, span.end);
        self.say(span, Says::Direct { set: set.clone(), target, editable: true });
    }
}
