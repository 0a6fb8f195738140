//! `[tool.setuptools.dynamic]` (setuptools, *Configuring setuptools using pyproject.toml files*: dynamic metadata): which
//! files hold the fields that `[project]` lists as `dynamic`.

use toml::de::DeValue;

use super::{Item, Reader};
use crate::manifest::{Says, Set};

pub(super) fn entry(reader: &mut Reader<'_>, path: &[&str], item: &Item<'_, '_>) {
    match (path, item.key) {
        (["tool", "setuptools"], "dynamic")
        | (["tool", "setuptools", "dynamic"], "dependencies" | "optional-dependencies")
        | (["tool", "setuptools", "dynamic", "optional-dependencies"], _) => {
            reader.nested(path, item);
        }
        (["tool", "setuptools", "dynamic", "dependencies"], "file") => {
            reader.reads(item, &Set::Main);
        }
        (["tool", "setuptools", "dynamic", "optional-dependencies", extra], "file") => {
            reader.reads(item, &Set::Extra((*extra).to_owned()));
        }
        _ => {}
    }
}

impl Reader<'_> {
    /// One file, or several.
    fn reads(&mut self, item: &Item<'_, '_>, set: &Set) {
        let files = match item.value {
            DeValue::String(_) => self.string(item).into_iter().collect(),
            _ => self.strings(item),
        };
        for (span, target) in files {
            self.say(span, Says::Reads { set: set.clone(), target });
        }
    }
}
