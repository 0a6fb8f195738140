//! `[tool.uv]` (uv, *Settings*; *Managing dependencies*: dependency sources; *Using workspaces*).

use toml::de::{DeTable, DeValue};

use super::{Item, Reader, values::shifted};
use crate::manifest::{Says, Set};

pub(super) fn entry(reader: &mut Reader<'_>, path: &[&str], item: &Item<'_, '_>) {
    match (path, item.key) {
        (["tool", "uv"], "workspace" | "sources" | "dependency-groups") => {
            reader.nested(path, item);
        }
        (["tool", "uv"], "dev-dependencies") => {
            let set = Set::Group("dev".to_owned());
            reader.say(item.key_span, Says::Defines(set.clone()));
            reader.requirements(item, &set);
        }
        (["tool", "uv"], "constraint-dependencies") => reader.requirements(item, &Set::Constraint),
        (["tool", "uv"], "override-dependencies") => reader.requirements(item, &Set::Override),
        (["tool", "uv"], "build-constraint-dependencies") => {
            reader.requirements(item, &Set::Build);
        }
        (["tool", "uv"], "package") => reader.package(item),
        (["tool", "uv"], "default-groups") => reader.default_groups(item),
        (["tool", "uv", "workspace"], "members" | "exclude") => reader.workspace(item),
        (["tool", "uv", "sources"], _) => reader.source(item),
        _ => {}
    }
}

impl Reader<'_> {
    /// Where the distribution of this name is taken from: one table, or one for each marker, extra or group.
    fn source(&mut self, item: &Item<'_, '_>) {
        match item.value {
            DeValue::Table(table) => self.one_source(item, table),
            DeValue::Array(tables) => {
                for one in tables.iter() {
                    let DeValue::Table(table) = one.get_ref() else { continue };
                    self.one_source(item, table);
                }
            }
            _ => self.unreadable(item.span, item.expected("a table")),
        }
    }

    fn one_source(&mut self, item: &Item<'_, '_>, table: &DeTable<'_>) {
        for (key, value) in table {
            let (key_span, span) =
                (shifted(key.span(), self.offset), shifted(value.span(), self.offset));
            let entry = Item { key: key.get_ref(), key_span, value: value.get_ref(), span };
            match (entry.key, entry.value) {
                ("path", _) => {
                    if let Some((span, target)) = self.string(&entry) {
                        self.say(span, Says::Source { name: item.key.to_owned(), target });
                    }
                }
                ("workspace", DeValue::Boolean(true)) => {
                    self.say(item.key_span, Says::FromWorkspace(item.key.to_owned()));
                }
                _ => {}
            }
        }
    }

    fn package(&mut self, item: &Item<'_, '_>) {
        match item.value {
            DeValue::Boolean(false) => self.say(item.span, Says::NotPackaged),
            DeValue::Boolean(true) => {}
            _ => self.unreadable(item.span, item.expected("`true` or `false`")),
        }
    }

    fn default_groups(&mut self, item: &Item<'_, '_>) {
        match item.value {
            DeValue::String(all) if all == "all" => self.say(item.span, Says::DefaultGroups(None)),
            DeValue::Array(_) => {
                let groups = self.strings(item).into_iter().map(|it| it.1).collect();
                self.say(item.span, Says::DefaultGroups(Some(groups)));
            }
            _ => self.unreadable(item.span, item.expected("a list of groups or `\"all\"`")),
        }
    }

    fn workspace(&mut self, item: &Item<'_, '_>) {
        let globs: Vec<String> = self.strings(item).into_iter().map(|it| it.1).collect();
        let (_, members, exclude) =
            self.workspace.get_or_insert((item.key_span, Vec::new(), Vec::new()));
        if item.key == "members" { members.extend(globs) } else { exclude.extend(globs) }
    }
}
