//! `[tool.pixi]` (pixi, *Pixi manifest*): what conda installs and what comes from an index, of everybody, of a feature and of
//! a platform.

use toml::de::{DeTable, DeValue};

use super::{Item, Reader, values::item_of};
use crate::{
    manifest::{Says, Set},
    standard::{
        caret,
        match_spec::{self, Spec},
        name,
    },
    text::Span,
};

pub(super) fn entry(reader: &mut Reader<'_>, path: &[&str], item: &Item<'_, '_>) {
    let Some(below) = path.get(2..) else { return };
    let (set, below) = match below {
        ["feature"] => return reader.nested(path, item),
        ["feature", feature, rest @ ..] => (Set::Group((*feature).to_owned()), rest),
        rest => (Set::Main, rest),
    };
    let (platform, below) = match below {
        ["target"] => return reader.nested(path, item),
        ["target", platform, rest @ ..] => (Some(*platform), rest),
        rest => (None, rest),
    };
    let condition = platform.and_then(condition);
    match (below, item.key) {
        (
            [],
            "feature" | "target" | "dependencies" | "pypi-dependencies" | "workspace" | "project",
        ) => {
            reader.nested(path, item);
        }
        (["workspace" | "project"], "name") => {
            if let Some((span, text)) = reader.string(item).filter(|it| name::is_valid(&it.1)) {
                reader.otherwise(span, Says::Name(text));
            }
        }
        (["dependencies"], _) => reader.conda(item, &set, condition),
        (["pypi-dependencies"], _) => drop(reader.apart(item, &set, caret::plain, condition)),
        _ => {}
    }
}

/// The marker that holds on a platform of conda's.
fn condition(platform: &str) -> Option<&'static str> {
    Some(match platform {
        "linux" => "sys_platform == 'linux'",
        "linux-64" => "sys_platform == 'linux' and platform_machine == 'x86_64'",
        "linux-aarch64" => "sys_platform == 'linux' and platform_machine == 'aarch64'",
        "osx" => "sys_platform == 'darwin'",
        "osx-64" => "sys_platform == 'darwin' and platform_machine == 'x86_64'",
        "osx-arm64" => "sys_platform == 'darwin' and platform_machine == 'arm64'",
        "win" | "win-64" | "win-arm64" => "sys_platform == 'win32'",
        "unix" => "os_name == 'posix'",
        _ => return None,
    })
}

impl Reader<'_> {
    fn conda(&mut self, item: &Item<'_, '_>, set: &Set, condition: Option<&'static str>) {
        let whole = Span::new(item.key_span.start, item.span.end.max(item.key_span.end));
        let mut spec = Spec {
            spelled: item.key.to_owned(),
            name: item.key.to_ascii_lowercase(),
            name_span: item.key_span,
            version: None,
            build: None,
            condition,
        };
        match item.value {
            DeValue::String(_) => {
                let Some((span, text)) = self.string(item) else { return };
                let (version, build) = match_spec::version_and_build(&text, span.start);
                (spec.version, spec.build) = (Some(version), build);
            }
            DeValue::Table(table) => self.parts_of_conda(table, &mut spec),
            _ => return self.unreadable(item.span, item.expected("a version or a table")),
        }
        if let Some((text, span)) = &spec.version {
            if spec.name == "python" {
                let python = match_spec::specifiers(text).filter(|it| !it.is_empty());
                let says = python.map(|it| Says::RequiresPython(it.to_string()));
                return says.into_iter().for_each(|it| self.otherwise(*span, it));
            }
            if !matches!(&**text, "" | "*") {
                spec.spelled = format!("{} {text}", item.key);
            }
        }
        self.say(whole, Says::Conda { set: set.clone(), spec });
    }

    fn parts_of_conda(&mut self, table: &DeTable<'_>, spec: &mut Spec) {
        for (key, value) in table {
            let entry = item_of(key, value, self.offset);
            let text = |reader: &mut Reader<'_>| reader.string(&entry).map(|(span, it)| (it, span));
            match entry.key {
                "version" => spec.version = text(self),
                "build" => spec.build = text(self),
                _ => {}
            }
        }
    }
}
