//! Which modules a distribution brings, by the files that it lists (*Recording installed projects*, `RECORD`), down through
//! namespace packages (*Packaging namespace packages*): a folder without `__init__` belongs to nobody alone.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use ruff_python_ast::{Expr, Mod, Stmt};
use ruff_python_parser::{Mode, ParseOptions, parse_unchecked};

use super::{
    built,
    record::{self, Request},
};

/// What can be imported from a site-packages folder.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ModuleTable {
    /// By dotted path, who has it.
    pub portions: BTreeMap<Arc<str>, Vec<Portion>>,
    /// By normalised name.
    pub distributions: BTreeMap<Arc<str>, Provision>,
}

/// A module or a package, as one distribution brings it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Portion {
    /// Normalised; `None` for what lies there and no distribution lists.
    pub distribution: Option<Arc<str>>,
    pub kind: PortionKind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum PortionKind {
    /// It can be imported, and so can what is in it.
    Code,
    /// An `__init__` that several distributions share: it says nothing of what is in it.
    Shared,
    /// Type stubs, which nothing can be imported from (*Distributing type information*).
    Stubs,
}

/// What one distribution brings.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Provision {
    /// Dotted, sorted; stubs under the names of what they describe.
    pub modules: Vec<(Arc<str>, PortionKind)>,
    /// It has entry points: commands, or plugins that others find by themselves.
    pub entry_points: bool,
    /// Whether the modules were found out; some editable installations keep them to themselves.
    pub is_known: bool,
    /// Files at the top that put folders on the path, or find modules in another way.
    pub hooks: Vec<String>,
    /// It has a `.pth` file by which old tools made a namespace.
    pub declares_namespace: bool,
    /// For what its first extension module was built, where the name of the file says so.
    pub built_for: Option<Arc<str>>,
    pub request: Request,
}

/// How a name resolves among what is installed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Found<'table> {
    In(&'table [Portion]),
    /// Only a namespace around it is there, which these distributions share.
    Around(Vec<&'table str>),
    Nowhere,
}

impl ModuleTable {
    /// The table of several distributions, and of modules that lie there without one.
    #[must_use]
    pub fn of(
        distributions: BTreeMap<Arc<str>, Provision>,
        loose: impl IntoIterator<Item = String>,
    ) -> ModuleTable {
        let mut portions: BTreeMap<Arc<str>, Vec<Portion>> = BTreeMap::new();
        for (name, provision) in &distributions {
            for (module, kind) in &provision.modules {
                let portion = Portion { distribution: Some(Arc::clone(name)), kind: *kind };
                portions.entry(Arc::clone(module)).or_default().push(portion);
            }
        }
        let mut tops: BTreeSet<String> = BTreeSet::new();
        tops.extend(portions.keys().map(|it| it.split('.').next().unwrap_or(it).to_owned()));
        for module in loose {
            if !tops.contains(&module) {
                let portion = Portion { distribution: None, kind: PortionKind::Code };
                portions.entry(module.into()).or_default().push(portion);
            }
        }
        for found in portions.values_mut() {
            found.sort();
            found.dedup();
        }
        ModuleTable { portions, distributions }
    }

    /// Adds what a further folder has, where it is not hidden by what is known.
    pub fn lay_under(&mut self, further: &ModuleTable) {
        for (name, provision) in &further.distributions {
            if self.distributions.contains_key(name) {
                continue;
            }
            self.distributions.insert(Arc::clone(name), provision.clone());
        }
        for (module, found) in &further.portions {
            self.portions.entry(Arc::clone(module)).or_insert_with(|| found.clone());
        }
    }

    /// Finds a module: the longest part of its path that somebody has.
    #[must_use]
    pub fn find(&self, module: &str) -> Found<'_> {
        let mut path = module;
        loop {
            if let Some(found) = self.portions.get(path) {
                let shared = found.iter().all(|it| it.kind == PortionKind::Shared);
                if path == module || !shared {
                    return Found::In(found);
                }
                return Found::Around(self.around(path));
            }
            match path.rsplit_once('.') {
                Some((above, _)) => path = above,
                None => break,
            }
        }
        let around = self.around(path);
        if around.is_empty() { Found::Nowhere } else { Found::Around(around) }
    }

    /// Whether a dotted path is a namespace of what is installed, and no module itself.
    #[must_use]
    pub fn is_namespace(&self, path: &str) -> bool {
        let own = self.portions.get(path);
        own.is_none_or(|it| it.iter().all(|it| it.kind == PortionKind::Shared))
            && !self.around(path).is_empty()
    }

    /// The distributions with something in a namespace.
    fn around(&self, path: &str) -> Vec<&str> {
        let prefix = format!("{path}.");
        let below = self.portions.range::<str, _>((
            std::ops::Bound::Included(prefix.as_str()),
            std::ops::Bound::Unbounded,
        ));
        let below = below.take_while(|(it, _)| it.starts_with(&prefix));
        let names = below.flat_map(|(_, it)| it).filter(|it| it.kind != PortionKind::Stubs);
        let names: BTreeSet<&str> = names.filter_map(|it| it.distribution.as_deref()).collect();
        names.into_iter().collect()
    }
}

/// What a RECORD says that a distribution brings. The packages in `split` have an `__init__` that several distributions
/// write, as old namespaces do.
#[must_use]
pub fn of_record(text: &str, split: &BTreeSet<String>) -> Provision {
    let mut files: Vec<(&str, &str, Suffix)> = Vec::new();
    let mut packages: BTreeSet<&str> = BTreeSet::new();
    let mut provision = Provision { is_known: true, ..Provision::default() };
    let (mut is_marked, mut by_uv) = (false, false);
    for (path, rest) in record::entries(text) {
        let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
        let top = folder.split('/').next().unwrap_or("");
        if top == ".." || top.ends_with(".data") {
            continue;
        }
        if top.ends_with(".dist-info") {
            provision.entry_points |= name == "entry_points.txt";
            is_marked |= name == "REQUESTED";
            by_uv |= name == "INSTALLER" && rest.trim_start_matches(',') == record::BY_UV;
            continue;
        }
        if folder.is_empty() && (name.ends_with(".pth") || name.ends_with("_finder.py")) {
            provision.declares_namespace |= name.ends_with("-nspkg.pth");
            provision.hooks.push(name.to_owned());
            continue;
        }
        let Some((stem, suffix)) = module_file(name) else { continue };
        if provision.built_for.is_none() {
            provision.built_for = built::tag(name).map(Into::into);
        }
        if stem == "__init__" {
            packages.insert(folder);
        }
        files.push((folder, stem, suffix));
    }
    provision.request = match (by_uv, is_marked) {
        (true, _) => Request::Unsaid,
        (false, true) => Request::ByName,
        (false, false) => Request::Unmarked,
    };
    let mut modules: BTreeMap<String, PortionKind> = BTreeMap::new();
    // Most files are in the package that the one before them is in, which says whose they are.
    let mut inside: Option<(&str, Suffix)> = None;
    for (folder, stem, suffix) in files {
        let is_inside = |(package, of): (&str, Suffix)| {
            let rest = folder.strip_prefix(package);
            of == suffix && rest.is_some_and(|it| it.is_empty() || it.starts_with('/'))
        };
        if inside.is_some_and(is_inside) {
            continue;
        }
        let portion = portion(folder, stem, suffix, &packages, split);
        let Some((module, kind, package)) = portion else { continue };
        inside = package.map(|it| (it, suffix)).or(inside);
        // Code outdoes the stubs beside it.
        modules.entry(module).and_modify(|it| *it = (*it).min(kind)).or_insert(kind);
    }
    provision.modules = modules.into_iter().map(|(it, kind)| (it.into(), kind)).collect();
    provision
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Suffix {
    Code,
    Stub,
}

/// The module that a file holds, if it holds one: `json.cpython-312-x86_64-linux-gnu.so` holds `json`.
fn module_file(name: &str) -> Option<(&str, Suffix)> {
    let (stem, suffix) = match name.rsplit_once('.')? {
        (stem, "py") => (stem, Suffix::Code),
        (stem, "pyi") => (stem, Suffix::Stub),
        (stem, "so" | "pyd") => (stem.split('.').next().unwrap_or(stem), Suffix::Code),
        _ => return None,
    };
    is_name(stem).then_some((stem, suffix))
}

#[must_use]
pub fn is_name(word: &str) -> bool {
    let plain = |it: u8| it.is_ascii_alphanumeric() || it == b'_';
    if word.bytes().all(plain) {
        return word.bytes().next().is_some_and(|it| !it.is_ascii_digit());
    }
    let mut letters = word.chars();
    let begins = letters.next().is_some_and(|it| it.is_alphabetic() || it == '_');
    begins && letters.all(|it| it.is_alphanumeric() || it == '_')
}

/// Whether the language keeps a word for itself (*Lexical analysis*: keywords).
#[must_use]
pub fn is_keyword(word: &str) -> bool {
    KEYWORDS.contains(&word)
}

static KEYWORDS: &[&str] = &[
    "False", "None", "True", "and", "as", "assert", "async", "await", "break", "class", "continue",
    "def", "del", "elif", "else", "except", "finally", "for", "from", "global", "if", "import",
    "in", "is", "lambda", "nonlocal", "not", "or", "pass", "raise", "return", "try", "while",
    "with", "yield",
];

/// The shortest dotted path that says whose a file is, and the folder of the package whose path that is.
fn portion<'text>(
    folder: &'text str,
    stem: &str,
    suffix: Suffix,
    packages: &BTreeSet<&str>,
    split: &BTreeSet<String>,
) -> Option<(String, PortionKind, Option<&'text str>)> {
    let parts = folder.split('/').filter(|_| !folder.is_empty()).chain([stem]);
    let top = parts.clone().next()?;
    let (described, of_stubs) = match top.strip_suffix("-stubs") {
        Some(described) => (described, true),
        None => (top, false),
    };
    let kind =
        if of_stubs || suffix == Suffix::Stub { PortionKind::Stubs } else { PortionKind::Code };
    let mut path = String::new();
    // How much of the folder the path has come through.
    let mut passed = 0;
    for (at, part) in parts.enumerate() {
        let below = passed + usize::from(at > 0) + part.len();
        let part = if at == 0 { described } else { part };
        if part == "__init__" {
            let shared = split.contains(&path) && kind == PortionKind::Code;
            return Some((path, if shared { PortionKind::Shared } else { kind }, None));
        }
        if !is_name(part) {
            return None;
        }
        if at > 0 {
            path.push('.');
        }
        path.push_str(part);
        passed = below;
        let package = folder.get(..passed).filter(|it| packages.contains(it));
        if package.is_some() && !split.contains(&path) {
            return Some((path, kind, package));
        }
    }
    Some((path, kind, None))
}

/// The packages that more than one distribution writes the `__init__` of, and that are namespaces: by what one of them has for it,
/// by what is known of old, or because one of the distributions says so, which is asked only then.
#[must_use]
pub fn shared(
    distributions: &BTreeMap<Arc<str>, Provision>,
    says: impl Fn(&str, &str) -> bool,
) -> BTreeSet<String> {
    let mut owners: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    let mut declared: BTreeSet<&str> = BTreeSet::new();
    for (name, provision) in distributions {
        for (module, kind) in &provision.modules {
            if *kind == PortionKind::Code && !module.contains('.') {
                owners.entry(module).or_default().push(name);
                if provision.declares_namespace {
                    declared.insert(module);
                }
            }
        }
    }
    let several = owners.into_iter().filter(|it| it.1.len() > 1);
    let is_namespace = |(module, owners): &(&str, Vec<&str>)| {
        declared.contains(module)
            || KNOWN_NAMESPACES.contains(module)
            || owners.iter().any(|it| says(it, module))
    };
    several.filter(is_namespace).map(|it| it.0.to_owned()).collect()
}

/// Namespaces that distributions made before PEP 420 still share with an `__init__` of each.
static KNOWN_NAMESPACES: &[&str] = &[
    "azure",
    "backports",
    "google",
    "jaraco",
    "paste",
    "repoze",
    "ruamel",
    "sphinxcontrib",
    "zc",
    "zope",
];

/// The modules that a finder of an editable installation maps (setuptools, *Development Mode*): the keys of the literals
/// `MAPPING` and `NAMESPACES`. Nothing is run.
#[must_use]
pub fn mapped(finder: &str) -> Vec<String> {
    let parsed = parse_unchecked(finder, ParseOptions::from(Mode::Module));
    let Mod::Module(module) = parsed.syntax() else { return Vec::new() };
    let mut mapped = Vec::new();
    for statement in &module.body {
        let (target, value) = match statement {
            Stmt::Assign(it) => (it.targets.first(), Some(&*it.value)),
            Stmt::AnnAssign(it) => (Some(&*it.target), it.value.as_deref()),
            _ => continue,
        };
        let (Some(Expr::Name(target)), Some(Expr::Dict(value))) = (target, value) else { continue };
        if matches!(target.id.as_str(), "MAPPING" | "NAMESPACES") {
            mapped.extend(value.items.iter().filter_map(|it| match it.key.as_ref()? {
                Expr::StringLiteral(key) => Some(key.value.to_str().to_owned()),
                _ => None,
            }));
        }
    }
    mapped
}

/// The folders that a `.pth` file puts on the path (library documentation of `site`); its lines that are code are none.
pub fn path_lines(pth: &str) -> impl Iterator<Item = &str> {
    pth.lines().map(str::trim).filter(|it| {
        !it.is_empty()
            && !it.starts_with('#')
            && !it.starts_with("import ")
            && !it.starts_with("import\t")
    })
}

/// What a `top_level.txt` says, where there is no list of files.
#[must_use]
pub fn of_top_level(text: &str) -> Provision {
    let names = text.lines().map(str::trim).filter(|it| is_name(it));
    let modules = names.map(|it| (Arc::from(it), PortionKind::Code)).collect();
    Provision { modules, is_known: true, ..Provision::default() }
}

/// What a distribution declares of its modules (PEP 794, `Import-Name`): empty where it says that there are none, `None` where it
/// says nothing. What is behind a semicolon is private, and can be imported all the same; an `Import-Namespace` belongs to nobody
/// alone, and by itself says nothing of what the distribution has.
#[must_use]
pub fn declared(metadata: &str) -> Option<Vec<(Arc<str>, PortionKind)>> {
    let names: Vec<&str> = values(metadata, "Import-Name").collect();
    let named = |names: Vec<&str>, kind: PortionKind| {
        let paths = names.into_iter().filter(|it| it.split('.').all(is_name));
        paths.map(|it| (Arc::from(it), kind)).collect::<Vec<_>>()
    };
    let is_stated = !names.is_empty();
    let mut declared = named(names, PortionKind::Code);
    declared.extend(named(declared_namespaces(metadata).collect(), PortionKind::Shared));
    is_stated.then_some(declared)
}

/// The namespaces in which a distribution declares that it has something (PEP 794, `Import-Namespace`).
pub fn declared_namespaces(metadata: &str) -> impl Iterator<Item = &str> {
    values(metadata, "Import-Namespace")
}

/// What the header has under a name, without what stands behind a semicolon.
fn values<'text>(metadata: &'text str, wanted: &'static str) -> impl Iterator<Item = &'text str> {
    let headers = metadata.lines().take_while(|it| !it.trim().is_empty());
    headers.filter_map(move |line| {
        let (name, value) = line.split_once(':')?;
        let is_wanted = name.eq_ignore_ascii_case(wanted);
        is_wanted.then(|| value.split(';').next().unwrap_or("").trim())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn modules(record: &str) -> Vec<(String, PortionKind)> {
        let provision = of_record(record, &BTreeSet::new());
        provision.modules.iter().map(|(it, kind)| (it.to_string(), *kind)).collect()
    }

    #[test]
    fn portions_go_down_through_namespaces() {
        let code = PortionKind::Code;
        assert_eq!(
            modules("yaml/__init__.py,,\nyaml/nodes.py,,\n_yaml/__init__.py,,\n"),
            [("_yaml".to_owned(), code), ("yaml".to_owned(), code)]
        );
        assert_eq!(
            modules("google/cloud/storage/__init__.py,,\ngoogle/cloud/storage/blob.py,,\n"),
            [("google.cloud.storage".to_owned(), code)]
        );
        assert_eq!(modules("six.py,,\n"), [("six".to_owned(), code)]);
        assert_eq!(
            modules("yaml-stubs/__init__.pyi,,\n"),
            [("yaml".to_owned(), PortionKind::Stubs)]
        );
        assert_eq!(modules("_x.cpython-312-x86_64-linux-gnu.so,,\n"), [("_x".to_owned(), code)]);
        assert_eq!(modules("../../../bin/x,,\nx-1.dist-info/METADATA,,\n"), []);
    }

    #[test]
    fn declared_names_are_read() {
        let names = |text: &str| {
            let declared = declared(text)?;
            Some(declared.iter().map(|it| it.0.to_string()).collect::<Vec<_>>())
        };
        let text = "Metadata-Version: 2.5\nName: x\nImport-Name: shop.basket\nimport-name: _shop ; private\nImport-Namespace: shop\n\nImport-Name: told\n";
        assert_eq!(names(text), Some(["shop.basket", "_shop", "shop"].map(str::to_owned).to_vec()));
        assert_eq!(names("Name: x\nImport-Name:\n"), Some(Vec::new()));
        assert_eq!(names("Name: x\nImport-Namespace: shop\n"), None);
    }

    #[test]
    fn finders_are_read_and_not_run() {
        let finder = "import sys\nMAPPING: dict[str, str] = {'shop': '/w/shop/shop', 'tools': '/w/shop/tools'}\nNAMESPACES: dict[str, list[str]] = {}\n";
        assert_eq!(mapped(finder), ["shop", "tools"]);
    }

    #[test]
    fn the_longest_part_counts() {
        let azure = of_record("azure/core/__init__.py,,\n", &BTreeSet::new());
        let table =
            ModuleTable::of(BTreeMap::from([("azure-core".into(), azure)]), ["loose".to_owned()]);
        assert!(matches!(table.find("azure.core.rest"), Found::In(_)));
        assert_eq!(table.find("azure.identity"), Found::Around(vec!["azure-core"]));
        assert_eq!(table.find("numpy"), Found::Nowhere);
        assert!(matches!(table.find("loose.x"), Found::In(_)));
        assert!(table.is_namespace("azure") && !table.is_namespace("azure.core"));
    }
}
