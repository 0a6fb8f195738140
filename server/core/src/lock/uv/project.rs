//! What a project of uv declares that its lock repeats, with the sources folded in (uv, *Managing dependencies*:
//! dependency sources; *Dependency groups*).

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    lock::{
        Stated,
        declared::{Declared, From},
        stated, tree,
    },
    standard::{glob, marker::Marker, name::normalised, requirement, version::Specifiers},
    text::Span,
};

/// One manifest, as far as its lock depends on it.
#[derive(Default)]
pub(in crate::lock) struct Project {
    pub(in crate::lock) name: Option<Stated>,
    pub(in crate::lock) version: Option<Stated>,
    pub(in crate::lock) requires_python: Option<Stated>,
    pub(in crate::lock) requires: Vec<Wanted>,
    /// By normalised name, inclusions resolved, with the place of the name.
    pub(in crate::lock) groups: BTreeMap<String, (Span, Vec<Wanted>)>,
    /// Normalised.
    pub(in crate::lock) extras: Vec<Stated>,
    pub(in crate::lock) constraints: Vec<Wanted>,
    pub(in crate::lock) overrides: Vec<Wanted>,
    pub(in crate::lock) build_constraints: Vec<Wanted>,
    pub(in crate::lock) excludes: Vec<Stated>,
    pub(in crate::lock) environments: Listed,
    pub(in crate::lock) required_environments: Listed,
    pub(in crate::lock) conflicts: Listed,
    pub(in crate::lock) members: Option<Members>,
    /// Settings of `[tool.uv]` that a lock repeats, under the names that they have there.
    pub(in crate::lock) options: BTreeMap<String, Stated>,
    /// Fields that a build backend fills in.
    dynamic: Vec<String>,
    /// Names whose requirements cannot be judged, and groups likewise.
    unclear: BTreeSet<String>,
    /// Some stretch of the manifest cannot be read.
    pub(in crate::lock) is_damaged: bool,
    pub(in crate::lock) is_installed: bool,
}

/// The values of a list, with the place of the list itself.
#[derive(Default)]
pub(in crate::lock) struct Listed {
    pub(in crate::lock) values: Vec<String>,
    pub(in crate::lock) span: Option<Span>,
}

/// Which folders are members of the workspace.
pub(in crate::lock) struct Members {
    members: Vec<String>,
    exclude: Vec<String>,
    pub(in crate::lock) span: Span,
}

impl Members {
    pub(in crate::lock) fn take_in(&self, folder: &str) -> bool {
        glob::takes_in(&self.members, &self.exclude, folder)
    }
}

/// A requirement of a manifest.
pub(in crate::lock) struct Wanted {
    pub(in crate::lock) declared: Declared,
    pub(in crate::lock) span: Span,
}

/// The settings of `[tool.uv]` that `[options]` repeats.
const OPTIONS: &[(&str, &str)] = &[
    ("resolution", "resolution-mode"),
    ("prerelease", "prerelease-mode"),
    ("fork-strategy", "fork-strategy"),
    ("exclude-newer", "exclude-newer"),
];

impl Project {
    /// Reads a manifest; the sources of the workspace's root serve its members too.
    pub(in crate::lock) fn read(text: &str, home: Option<&str>) -> Project {
        let tree = tree::toml(text);
        let root = tree.root();
        let of_home = home.map(tree::toml);
        let mut sources = Sources::default();
        for root in of_home.iter().map(tree::Tree::root).chain([root]) {
            sources.read(root);
        }
        let mut project = Project {
            name: stated(root, &["project", "name"]),
            version: stated(root, &["project", "version"]),
            requires_python: stated(root, &["project", "requires-python"]),
            is_damaged: !tree.troubles.is_empty(),
            is_installed: is_installed(root),
            dynamic: root.get("project").map(|it| it.texts("dynamic")).unwrap_or_default(),
            ..Project::default()
        };
        project.main(root, &sources);
        project.groups(root, &sources);
        project.settings(root, &sources);
        project
    }

    /// Whether a build backend, not the manifest, says what this field is.
    pub(in crate::lock) fn is_dynamic(&self, field: &str) -> bool {
        self.dynamic.iter().any(|it| it == field)
    }

    /// Whether nothing can be said about the requirements of this name.
    pub(in crate::lock) fn is_unclear(&self, name: &str) -> bool {
        self.unclear.contains(name)
    }

    fn main(&mut self, root: tree::Node<'_, '_>, sources: &Sources) {
        let list = root.at(&["project", "dependencies"]);
        self.requires = self.list(list, sources, &[]);
        let extras = root.at(&["project", "optional-dependencies"]);
        for (extra, span, list) in extras.into_iter().flat_map(tree::Node::entries) {
            let extra = normalised(extra);
            let asked = [format!("extra == '{extra}'")];
            let wanted = self.list(Some(list), sources, &asked);
            self.requires.extend(wanted);
            self.extras.push(Stated { text: extra, span });
        }
    }

    /// The requirements of a list, each under these conditions too.
    fn list(
        &mut self,
        list: Option<tree::Node<'_, '_>>,
        sources: &Sources,
        conditions: &[String],
    ) -> Vec<Wanted> {
        let mut wanted = Vec::new();
        for element in list.into_iter().flat_map(tree::Node::elements) {
            let Some(text) = element.text() else { continue };
            let Ok(requirement) = requirement::parse(text, 0) else {
                // It is reported for itself, and what is locked for it is no news then.
                self.unclear.extend(requirement::name_of(text).map(|it| it.to_string()));
                self.is_damaged = true;
                continue;
            };
            let mut declared = Declared::stated(&requirement);
            if !conditions.is_empty() {
                let own = declared.marker.iter().map(|it| format!("({})", it.spelled()));
                let all: Vec<String> = own.chain(conditions.iter().cloned()).collect();
                declared.marker = Marker::parse(&all.join(" and "), 0).ok();
            }
            match sources.of(&declared.name, self.name.as_ref()) {
                Some(Sourced::One(from)) => declared.from = from.clone(),
                Some(Sourced::Several) => drop(self.unclear.insert(declared.name.clone())),
                None => {}
            }
            wanted.push(Wanted { declared, span: element.span() });
        }
        wanted
    }

    fn groups(&mut self, root: tree::Node<'_, '_>, sources: &Sources) {
        let table = root.get("dependency-groups");
        let settings = root.at(&["tool", "uv", "dependency-groups"]);
        let tables = Groups { table, settings };
        for (name, span, _) in table.into_iter().flat_map(tree::Node::entries) {
            let mut wanted = Vec::new();
            self.group(name, &tables, sources, &mut Vec::new(), &mut wanted);
            self.groups.insert(normalised(name), (span, wanted));
        }
        let legacy = root.at(&["tool", "uv", "dev-dependencies"]);
        if let Some(list) = legacy {
            let wanted = self.list(Some(list), sources, &[]);
            let group = self.groups.entry("dev".to_owned()).or_insert((list.span(), Vec::new()));
            group.1.extend(wanted);
        }
    }

    fn group(
        &mut self,
        name: &str,
        tables: &Groups<'_, '_>,
        sources: &Sources,
        entered: &mut Vec<String>,
        wanted: &mut Vec<Wanted>,
    ) {
        let group = normalised(name);
        let Some(list) = named(tables.table, &group).filter(|_| !entered.contains(&group)) else {
            return;
        };
        entered.push(group);
        // A bound on the Pythons of a group becomes part of every marker in it, and in what it includes.
        let conditions: Vec<String> =
            entered.iter().filter_map(|it| pythons(named(tables.settings, it)?)).collect();
        wanted.extend(self.list(Some(list), sources, &conditions));
        for element in list.elements() {
            if let Some(included) = element.text_of("include-group") {
                self.group(included, tables, sources, entered, wanted);
            }
        }
        entered.pop();
    }

    fn settings(&mut self, root: tree::Node<'_, '_>, sources: &Sources) {
        let tool = |key: &str| root.at(&["tool", "uv", key]);
        self.constraints = self.list(tool("constraint-dependencies"), sources, &[]);
        self.overrides = self.list(tool("override-dependencies"), sources, &[]);
        self.build_constraints = self.list(tool("build-constraint-dependencies"), sources, &[]);
        let texts = |key: &str| tool(key).into_iter().flat_map(tree::Node::elements);
        let stated_of =
            |it: tree::Node<'_, '_>| Some(Stated { text: normalised(it.text()?), span: it.span() });
        self.excludes = texts("exclude-dependencies").filter_map(stated_of).collect();
        let listed = |key: &str| {
            // One may stand by itself.
            let one = tool(key).into_iter().filter(|it| it.text().is_some());
            let values = one.chain(texts(key)).filter_map(tree::Node::text).map(str::to_owned);
            Listed { values: values.collect(), span: tool(key).map(tree::Node::span) }
        };
        self.environments = listed("environments");
        self.required_environments = listed("required-environments");
        let conflicts = tool("conflicts");
        self.conflicts =
            Listed { values: super::conflicts(conflicts), span: conflicts.map(tree::Node::span) };
        self.members = tool("workspace").map(|it| Members {
            members: it.texts("members"),
            exclude: it.texts("exclude"),
            span: it.get("members").unwrap_or(it).span(),
        });
        for (setting, option) in OPTIONS {
            if let Some(value) = stated(root, &["tool", "uv", setting]) {
                self.options.insert((*option).to_owned(), value);
            }
        }
    }
}

/// `[dependency-groups]`, and what `[tool.uv.dependency-groups]` says of them.
struct Groups<'tree, 'text> {
    table: Option<tree::Node<'tree, 'text>>,
    settings: Option<tree::Node<'tree, 'text>>,
}

/// The value of a group, however its name is spelled.
fn named<'tree, 'text>(
    table: Option<tree::Node<'tree, 'text>>,
    group: &str,
) -> Option<tree::Node<'tree, 'text>> {
    let mut entries = table.into_iter().flat_map(tree::Node::entries);
    entries.find(|it| normalised(it.0) == group).map(|it| it.2)
}

/// The Pythons that a group is for, as a condition.
fn pythons(settings: tree::Node<'_, '_>) -> Option<String> {
    let specifiers = Specifiers::parse(settings.text_of("requires-python")?).ok()?;
    let spelled = specifiers.to_string();
    let clauses = specifiers.iter().filter_map(|it| {
        let clause = spelled.get(it.span.start..it.span.end)?.trim();
        let version = clause.strip_prefix(it.operator.sign())?.trim();
        Some(format!("python_full_version {} '{version}'", it.operator.sign()))
    });
    Some(clauses.collect::<Vec<_>>().join(" and ")).filter(|it| !it.is_empty())
}

/// Whether the project itself is installed (uv, *Settings*: package).
fn is_installed(root: tree::Node<'_, '_>) -> bool {
    match root.at(&["tool", "uv", "package"]) {
        Some(package) => package.is_true(),
        None => root.get("build-system").is_some(),
    }
}

/// `[tool.uv.sources]`, by normalised name.
#[derive(Default)]
struct Sources {
    by_name: BTreeMap<String, Sourced>,
    /// The addresses of indexes, by name.
    indexes: BTreeMap<String, String>,
}

enum Sourced {
    One(From),
    /// Each under its own condition.
    Several,
}

impl Sources {
    fn read(&mut self, root: tree::Node<'_, '_>) {
        let indexes = root.at(&["tool", "uv", "index"]);
        for index in indexes.into_iter().flat_map(tree::Node::elements) {
            if let (Some(name), Some(url)) = (index.text_of("name"), index.text_of("url")) {
                self.indexes.insert(name.to_owned(), url.to_owned());
            }
        }
        let sources = root.at(&["tool", "uv", "sources"]);
        for (name, _, source) in sources.into_iter().flat_map(tree::Node::entries) {
            let conditional =
                ["marker", "extra", "group"].iter().any(|it| source.get(it).is_some());
            let sourced = match self.from(source) {
                Some(from) if !conditional => Sourced::One(from),
                _ => Sourced::Several,
            };
            self.by_name.insert(normalised(name), sourced);
        }
    }

    fn from(&self, source: tree::Node<'_, '_>) -> Option<From> {
        let (key, value) = source.entries().find_map(|(key, _, value)| {
            let keys = ["git", "url", "path", "workspace", "index"];
            keys.contains(&key).then_some((key, value))
        })?;
        Some(match key {
            "git" => {
                let reference = ["rev", "tag", "branch"].iter().find_map(|it| source.text_of(it));
                From::git(value.text()?, reference)
            }
            "url" => From::Url(value.text()?.to_owned()),
            "index" => From::Index(self.indexes.get(value.text()?).cloned()),
            _ => From::Local,
        })
    }

    /// Where a name comes from; a project's own name is itself.
    fn of(&self, name: &str, own: Option<&Stated>) -> Option<&Sourced> {
        if own.is_some_and(|it| normalised(&it.text) == name) {
            return None;
        }
        self.by_name.get(name)
    }
}
