//! What a project of uv declares that its lock repeats, with the sources folded in (uv, *Managing dependencies*:
//! dependency sources; *Dependency groups*).

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    lock::{
        Stated,
        declared::{Declared, From},
        stated, tree,
    },
    standard::{marker::Marker, name::normalised, requirement},
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
        self.requires = self.list(list, sources, None);
        let extras = root.at(&["project", "optional-dependencies"]);
        for (extra, span, list) in extras.into_iter().flat_map(tree::Node::entries) {
            let extra = normalised(extra);
            let wanted = self.list(Some(list), sources, Some(&extra));
            self.requires.extend(wanted);
            self.extras.push(Stated { text: extra, span });
        }
    }

    /// The requirements of a list; those of an extra under the condition that it is asked for.
    fn list(
        &mut self,
        list: Option<tree::Node<'_, '_>>,
        sources: &Sources,
        extra: Option<&str>,
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
            if let Some(extra) = extra {
                let asked = format!("extra == '{extra}'");
                let both = match &declared.marker {
                    Some(marker) => format!("({}) and {asked}", marker.spelled()),
                    None => asked,
                };
                declared.marker = Marker::parse(&both, 0).ok();
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
        for (name, span, _) in table.into_iter().flat_map(tree::Node::entries) {
            let mut wanted = Vec::new();
            self.group(name, table, sources, &mut BTreeSet::new(), &mut wanted);
            let group = normalised(name);
            let settings = settings.into_iter().flat_map(tree::Node::entries);
            if settings.map(|it| normalised(it.0)).any(|it| it == group) {
                // A bound on the Pythons of one group becomes part of every marker in it.
                self.unclear.insert(format!("group {group}"));
            }
            self.groups.insert(group, (span, wanted));
        }
        let legacy = root.at(&["tool", "uv", "dev-dependencies"]);
        if let Some(list) = legacy {
            let wanted = self.list(Some(list), sources, None);
            let group = self.groups.entry("dev".to_owned()).or_insert((list.span(), Vec::new()));
            group.1.extend(wanted);
        }
    }

    fn group(
        &mut self,
        name: &str,
        table: Option<tree::Node<'_, '_>>,
        sources: &Sources,
        entered: &mut BTreeSet<String>,
        wanted: &mut Vec<Wanted>,
    ) {
        let group = normalised(name);
        let mut entries = table.into_iter().flat_map(tree::Node::entries);
        let Some((_, _, list)) = entries.find(|it| normalised(it.0) == group) else { return };
        if !entered.insert(group.clone()) {
            return;
        }
        wanted.extend(self.list(Some(list), sources, None));
        for element in list.elements() {
            if let Some(included) = element.text_of("include-group") {
                self.group(included, table, sources, entered, wanted);
            }
        }
        entered.remove(&group);
    }

    fn settings(&mut self, root: tree::Node<'_, '_>, sources: &Sources) {
        let tool = |key| root.at(&["tool", "uv", key]);
        self.constraints = self.list(tool("constraint-dependencies"), sources, None);
        self.overrides = self.list(tool("override-dependencies"), sources, None);
        self.build_constraints = self.list(tool("build-constraint-dependencies"), sources, None);
        for (setting, option) in OPTIONS {
            if let Some(value) = stated(root, &["tool", "uv", setting]) {
                self.options.insert((*option).to_owned(), value);
            }
        }
    }
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
