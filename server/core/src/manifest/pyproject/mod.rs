//! `pyproject.toml` (*pyproject.toml specification*, *Dependency groups*; uv, *Settings*; our own `[tool.envls]`).

mod values;

use std::collections::BTreeSet;

use toml::de::{DeTable, DeValue};

use self::values::{Item, shifted};
use super::{Fact, Format, Says, Set, toml_parts};
use crate::{
    standard::{
        name,
        requirement::{self, Invalid},
        version::Specifiers,
    },
    text::Span,
};

pub(super) static FORMAT: Format = Format {
    name: "pyproject",
    summary: "`pyproject.toml`: `[project]`, `[dependency-groups]`, `[build-system]`, `[tool.uv]`",
    globs: &["pyproject.toml"],
    matches: |name, _| name == "pyproject.toml",
    marks_project: true,
    read,
};

fn read(text: &str, _: &str, _: &str) -> Vec<Fact> {
    let (parts, troubles) = toml_parts::parts(text);
    let mut reader =
        Reader { text, offset: 0, facts: Vec::new(), said: BTreeSet::new(), workspace: None };
    for part in &parts {
        reader.offset = part.offset;
        let mut path: Vec<&str> = Vec::with_capacity(part.path.len());
        for key in &part.path {
            path.push(&key.name);
            reader.entered(&path, key.span);
        }
        reader.table(&path, &part.table);
    }
    if let Some((span, members, exclude)) = reader.workspace.take() {
        reader.say(span, Says::Workspace { members, exclude });
    }
    let mut facts = reader.facts;
    // What only looks wrong because of damage at the same place is not said a second time.
    let damaged = |span: Span| {
        let next = troubles.partition_point(|it| it.span.end <= span.start);
        troubles.get(next).is_some_and(|it| it.span.start < span.end)
    };
    facts.retain(|it| !matches!(it.says, Says::Unreadable(_)) || !damaged(it.span));
    facts.extend(
        troubles.into_iter().map(|it| Fact { span: it.span, says: Says::Unreadable(it.words) }),
    );
    facts
}

struct Reader<'text> {
    text: &'text str,
    /// Where the text begins that the spans of the present table count from.
    offset: usize,
    facts: Vec<Fact>,
    /// The tables, groups and extras that have been met.
    said: BTreeSet<String>,
    workspace: Option<(Span, Vec<String>, Vec<String>)>,
}

impl<'text> Reader<'text> {
    fn say(&mut self, span: Span, says: Says) {
        self.facts.push(Fact { span, says });
    }

    fn unreadable(&mut self, span: Span, words: impl Into<String>) {
        // A value that is not there yet has no type, and that it is missing has been said.
        if span.start < span.end {
            self.say(span, Says::Unreadable(words.into()));
        }
    }

    /// Notes a table that means something by being there; a table may be met once for each of its parts.
    fn entered(&mut self, path: &[&str], span: Span) {
        let says = match path {
            ["build-system"] => Says::BuildSystem,
            ["tool", tool] => Says::UsesTool((*tool).to_owned()),
            ["tool", "uv", "workspace"] => {
                self.workspace.get_or_insert((span, Vec::new(), Vec::new()));
                return;
            }
            _ => return,
        };
        if self.said.insert(format!("table {}", path.join("."))) {
            self.say(span, says);
        }
    }

    fn table(&mut self, path: &[&str], table: &DeTable<'_>) {
        for (key, value) in table {
            let key_span = shifted(key.span(), self.offset);
            let item = Item {
                key: key.get_ref(),
                key_span,
                value: value.get_ref(),
                span: shifted(value.span(), self.offset),
            };
            self.entry(path, &item);
        }
    }

    fn entry(&mut self, path: &[&str], item: &Item<'_, '_>) {
        match (path, item.key) {
            ([], "project" | "tool" | "dependency-groups" | "build-system")
            | (["project"], "optional-dependencies")
            | (["tool"], "uv" | "envls")
            | (["tool", "uv"], "workspace")
            | (["tool", "envls"], "severity") => self.nested(path, item),
            (["tool"], _) => self.entered(&["tool", item.key], item.key_span),
            (["project"], "name") => self.name(item),
            (["project"], "requires-python") => self.requires_python(item),
            (["project"], "dependencies") => self.requirements(item, &Set::Main),
            (["project"], "dynamic") => {
                for (span, field) in self.strings(item) {
                    self.say(span, Says::Dynamic(field));
                }
            }
            (["project", "optional-dependencies"], _) => {
                self.defined(item, Set::Extra(item.key.to_owned()));
            }
            (["dependency-groups"], _) => self.defined(item, Set::Group(item.key.to_owned())),
            (["build-system"], "requires") => self.requirements(item, &Set::Build),
            (["tool", "uv"], "dev-dependencies") => {
                let set = Set::Group("dev".to_owned());
                self.say(item.key_span, Says::Defines(set.clone()));
                self.requirements(item, &set);
            }
            (["tool", "uv"], "constraint-dependencies") => {
                self.requirements(item, &Set::Constraint)
            }
            (["tool", "uv"], "package") => self.package(item),
            (["tool", "uv"], "default-groups") => self.default_groups(item),
            (["tool", "uv", "workspace"], "members" | "exclude") => self.workspace(item),
            (["tool", "envls", "severity"], _) => self.severity(item),
            _ => {}
        }
    }

    fn nested(&mut self, path: &[&str], item: &Item<'_, '_>) {
        let DeValue::Table(table) = item.value else {
            return self.unreadable(item.key_span, item.expected("a table"));
        };
        let path: Vec<&str> = path.iter().copied().chain([item.key]).collect();
        self.entered(&path, item.key_span);
        self.table(&path, table);
    }

    fn name(&mut self, item: &Item<'_, '_>) {
        let Some((span, text)) = self.string(item) else { return };
        if name::is_valid(&text) {
            self.say(span, Says::Name(text));
        } else {
            let words = "a name has letters, digits, `-`, `_` and `.`, and begins and ends with a letter or a digit";
            self.unreadable(item.span, words);
        }
    }

    fn requires_python(&mut self, item: &Item<'_, '_>) {
        let Some((span, text)) = self.string(item) else { return };
        match Specifiers::parse(&text) {
            Ok(_) => self.say(span, Says::RequiresPython(text)),
            Err(fault) => {
                let place = item.quoted(self.text).map(|it| it.place(fault.span));
                let place = place.filter(|it| it.start < it.end).unwrap_or(item.span);
                self.unreadable(place, fault.message);
            }
        }
    }

    fn defined(&mut self, item: &Item<'_, '_>, set: Set) {
        let (kind, group) = match &set {
            Set::Extra(_) => ("extra", None),
            _ => ("group", Some(item.key)),
        };
        if !self.said.insert(format!("{kind} {}", name::normalised(item.key))) {
            let words = format!(
                "{kind} `{}` is defined twice; `-`, `_`, `.` and letter case make no difference",
                item.key
            );
            self.unreadable(item.key_span, words);
        }
        self.say(item.key_span, Says::Defines(set.clone()));
        let Some(elements) = self.elements(item, "a list of requirements") else { return };
        for element in elements {
            match (group, element.value) {
                (Some(group), DeValue::Table(table)) => self.included(group, &element, table),
                _ => self.requirement(&element, &set),
            }
        }
    }

    fn included(&mut self, group: &str, element: &Item<'_, '_>, table: &DeTable<'_>) {
        let offset = self.offset;
        let mut entries = table.iter();
        let (Some((key, value)), None) = (entries.next(), entries.next()) else {
            return self.unreadable(element.span, "expected `include-group` and nothing else");
        };
        let (key_span, span) = (shifted(key.span(), offset), shifted(value.span(), offset));
        let item = Item { key: key.get_ref(), key_span, value: value.get_ref(), span };
        if item.key != "include-group" {
            return self
                .unreadable(key_span, format!("expected `include-group`, found `{}`", item.key));
        }
        if let Some((span, included)) = self.string(&item) {
            self.say(span, Says::IncludesGroup { group: group.to_owned(), included });
        }
    }

    fn requirements(&mut self, item: &Item<'_, '_>, set: &Set) {
        let Some(elements) = self.elements(item, "a list of requirements") else { return };
        for element in elements {
            self.requirement(&element, set);
        }
    }

    fn requirement(&mut self, element: &Item<'_, '_>, set: &Set) {
        let DeValue::String(value) = element.value else {
            let words = format!("expected a requirement in quotes, found {}", element.kind());
            return self.unreadable(element.span, words);
        };
        // A string without its closing quote has been reported, and is not finished yet.
        let Some(quoted) = element.quoted(self.text) else { return };
        let set = set.clone();
        if value.trim().is_empty() {
            let span = element.span;
            let invalid = Invalid { span, message: "expected a name".to_owned(), repair: None };
            return self.say(span, Says::InvalidRequirement { set, invalid });
        }
        let leading = value.len() - value.trim_start().len();
        let span = quoted.place(Span::new(leading, leading + value.trim().len()));
        let read = match quoted.plain_start(value) {
            Some(start) => requirement::parse(value, start),
            None => match requirement::parse(value, 0) {
                Ok(it) => Ok(it.relocated(|it| quoted.place(it))),
                Err(it) => Err(it.relocated(|it| quoted.place(it))),
            },
        };
        self.say(
            span,
            match read {
                Ok(requirement) => Says::Requirement { set, requirement },
                Err(invalid) => Says::InvalidRequirement { set, invalid },
            },
        );
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

    fn severity(&mut self, item: &Item<'_, '_>) {
        let Some((_, severity)) = self.string(item) else { return };
        if matches!(&*severity, "off" | "hint" | "information" | "warning" | "error") {
            self.say(item.key_span, Says::Severity { code: item.key.to_owned(), severity });
        } else {
            let words = "expected `off`, `hint`, `information`, `warning` or `error`";
            self.unreadable(item.span, words);
        }
    }
}
