//! `pyproject.toml` (*pyproject.toml specification*, *Dependency groups*; the documentation of uv, Poetry, PDM, Hatch, pixi and
//! setuptools for the tables that are theirs; our own `[tool.envls]`).

mod apart;
mod hatch;
mod import_names;
mod pdm;
mod pixi;
mod poetry;
mod setuptools;
mod uv;
mod values;

use std::collections::BTreeSet;

use toml::de::{DeTable, DeValue};

pub(super) use self::values::Item;
use self::values::{item_of, shifted};
use super::{Fact, Format, Says, Set, pipfile, toml_parts};
use crate::{
    standard::{
        name,
        requirement::{self, Invalid},
        version::Specifiers,
    },
    text::Span,
};

/// Tools some of whose keys are for their build backend, which any manager may use.
const WITH_BACKEND: [&str; 3] = ["hatch", "pdm", "poetry"];

pub(super) static FORMAT: Format = Format {
    name: "pyproject",
    summary: "`pyproject.toml`: `[project]`, `[dependency-groups]`, `[build-system]`, and the tables of uv, Poetry, PDM, Hatch, pixi and setuptools",
    globs: &["pyproject.toml"],
    matches: |name, _| name == "pyproject.toml",
    marks_project: true,
    of_project: true,
    read,
};

fn read(text: &str, _: &str, _: &str) -> Vec<Fact> {
    read_below(text, &[])
}

/// Reads a document whose root is what `pyproject.toml` has below some keys, as `hatch.toml` is `[tool.hatch]`.
pub(super) fn read_below(text: &str, keys: &[&str]) -> Vec<Fact> {
    let (parts, troubles) = toml_parts::parts(text);
    let mut reader = Reader {
        text,
        offset: 0,
        facts: Vec::new(),
        said: BTreeSet::new(),
        workspace: None,
        poetry: poetry::Gathered::default(),
        import_names: import_names::Gathered::default(),
    };
    for part in &parts {
        reader.offset = part.offset;
        let mut path: Vec<&str> = keys.to_vec();
        for key in &part.path {
            path.push(&key.name);
            reader.entered(&path, key.span);
        }
        reader.table(&path, &part.table);
    }
    if let Some((span, members, exclude)) = reader.workspace.take() {
        reader.say(span, Says::Workspace { members, exclude });
    }
    reader.settle_poetry();
    reader.settle_import_names();
    let mut facts = reader.facts;
    // What only looks wrong because of damage at the same place is not said a second time.
    let damaged = |span: Span| {
        let next = troubles.partition_point(|it| it.end <= span.start);
        troubles.get(next).is_some_and(|it| it.span.start < span.end)
    };
    facts.retain(|it| !matches!(it.says, Says::Unreadable(_)) || !damaged(it.span));
    facts.extend(
        troubles.into_iter().map(|it| Fact { span: it.span, says: Says::Unreadable(it.words) }),
    );
    facts
}

pub(in crate::manifest) struct Reader<'text> {
    text: &'text str,
    /// Where the text begins that the spans of the present table count from.
    offset: usize,
    facts: Vec<Fact>,
    /// The tables, groups and extras that have been met.
    said: BTreeSet<String>,
    workspace: Option<(Span, Vec<String>, Vec<String>)>,
    poetry: poetry::Gathered,
    import_names: import_names::Gathered,
}

impl<'text> Reader<'text> {
    pub(in crate::manifest) fn say(&mut self, span: Span, says: Says) {
        // The parser has a key that nobody closed end behind the text.
        let end = self.text.len();
        self.facts.push(Fact { span: Span::new(span.start.min(end), span.end.min(end)), says });
    }

    pub(in crate::manifest) fn unreadable(&mut self, span: Span, words: impl Into<String>) {
        // A value that is not there yet has no type, and that it is missing has been said.
        if span.start < span.end {
            self.say(span, Says::Unreadable(words.into()));
        }
    }

    /// Notes a set that a table or a list stands for, once.
    fn defines(&mut self, span: Span, set: Set) {
        if self.said.insert(format!("set {set:?}")) {
            self.say(span, Says::Defines(set));
        }
    }

    /// Notes a table that means something by being there; a table may be met once for each of its parts.
    fn entered(&mut self, path: &[&str], span: Span) {
        if let ["tool", tool, key] = path {
            self.below(tool, key, span);
        }
        let says = match path {
            ["build-system"] => Says::BuildSystem,
            ["tool", tool] => Says::UsesTool((*tool).to_owned()),
            ["tool", "uv", "workspace"] => {
                self.workspace.get_or_insert((span, Vec::new(), Vec::new()));
                return;
            }
            ["tool", "poetry", "group", group] => {
                return self.defines(span, Set::Group((*group).to_owned()));
            }
            ["tool", "poetry", "dev-dependencies"] => {
                return self.defines(span, Set::Group("dev".to_owned()));
            }
            ["tool", "hatch", "envs", environment] => {
                return self.defines(span, Set::Environment((*environment).to_owned()));
            }
            ["tool", "pixi", "feature", feature] => {
                return self.defines(span, Set::Group((*feature).to_owned()));
            }
            ["Pipfile", table] => {
                let set = pipfile::set_of(table).filter(|it| *it != Set::Main);
                return set.into_iter().for_each(|it| self.defines(span, it));
            }
            _ => return,
        };
        if self.said.insert(format!("table {}", path.join("."))) {
            self.say(span, says);
        }
    }

    fn below(&mut self, tool: &str, key: &str, span: Span) {
        if WITH_BACKEND.contains(&tool) && self.said.insert(format!("key {tool}.{key}")) {
            self.say(span, Says::Below { tool: tool.to_owned(), key: key.to_owned() });
        }
    }

    fn table(&mut self, path: &[&str], table: &DeTable<'_>) {
        for (key, value) in table {
            let item = item_of(key, value, self.offset);
            if let ["tool", tool] = path {
                self.below(tool, item.key, item.key_span);
            }
            self.entry(path, &item);
        }
    }

    fn entry(&mut self, path: &[&str], item: &Item<'_, '_>) {
        match path {
            ["tool", "envls", ..] => self.own(path, item),
            ["tool", "uv", ..] => uv::entry(self, path, item),
            ["tool", "poetry", ..] => poetry::entry(self, path, item),
            ["tool", "pdm", ..] => pdm::entry(self, path, item),
            ["tool", "hatch", ..] => hatch::entry(self, path, item),
            ["tool", "pixi", ..] => pixi::entry(self, path, item),
            ["tool", "setuptools", ..] => setuptools::entry(self, path, item),
            ["Pipfile", ..] => pipfile::entry(self, path, item),
            ["script", "tool", ..] => self.entry(path.get(1..).unwrap_or(&[]), item),
            _ => self.standard(path, item),
        }
    }

    fn own(&mut self, path: &[&str], item: &Item<'_, '_>) {
        match (path, item.key) {
            (["tool", "envls"], "severity") => self.nested(path, item),
            (["tool", "envls", "severity"], _) => self.severity(item),
            _ => {}
        }
    }

    /// What the standards say of a project, and of the block of metadata in a script, whose root is `script` here.
    fn standard(&mut self, path: &[&str], item: &Item<'_, '_>) {
        match (path, item.key) {
            ([], "project" | "tool" | "dependency-groups" | "build-system")
            | (["project"], "optional-dependencies")
            | (["tool"], "uv" | "envls" | "poetry" | "pdm" | "hatch" | "pixi" | "setuptools") => {
                self.nested(path, item)
            }
            (["script"], "tool") => self.nested(path, item),
            (["tool"], _) => self.entered(&["tool", item.key], item.key_span),
            (["project"], "name") => self.name(item),
            (["project"] | ["script"], "requires-python") => self.requires_python(item),
            (["project"] | ["script"], "dependencies") => {
                self.poetry.is_enriching |= path == ["project"];
                self.requirements(item, &Set::Main);
            }
            (["project"], "import-names" | "import-namespaces") => import_names::entry(self, item),
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
            _ => {}
        }
    }

    pub(in crate::manifest) fn nested(&mut self, path: &[&str], item: &Item<'_, '_>) {
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

    pub(in crate::manifest) fn requirements(&mut self, item: &Item<'_, '_>, set: &Set) {
        let Some(elements) = self.elements(item, "a list of requirements") else { return };
        for element in elements {
            self.requirement(&element, set);
        }
    }

    pub(in crate::manifest) fn requirement(&mut self, element: &Item<'_, '_>, set: &Set) {
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
                Ok(requirement) => Says::Requirement { set, requirement: requirement.into() },
                Err(invalid) => Says::InvalidRequirement { set, invalid },
            },
        );
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
