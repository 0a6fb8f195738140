//! The environments that Hatch makes of a project's tables: what each takes from its template, and those that a matrix stands for
//! (Hatch's documentation, *Environment configuration*: inheritance, dependencies, features, dependency groups; *Advanced
//! environment configuration*: matrix, option overrides).

use std::collections::{BTreeMap, BTreeSet};

use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

use crate::{
    manifest::Set,
    model::{Holding, ManifestRead, Pin},
    text::Span,
    world::Os,
};

/// More than these are not made of one matrix.
const MOST: usize = 1000;

/// The environments that a manifest declares, by name; none where it has no table for them. Variables are those that Hatch would
/// run with.
#[must_use]
pub fn environments(
    manifest: &ManifestRead,
    os: Os,
    variable: &dyn Fn(&str) -> Option<String>,
) -> BTreeMap<String, Holding> {
    let keys: &[&str] = match manifest.document.format {
        "pyproject" => &["tool", "hatch", "envs"],
        "hatch" => &["envs"],
        _ => return BTreeMap::new(),
    };
    // What is half typed harms only what stands there.
    let (root, _) = DeTable::parse_recoverable(&manifest.document.text);
    let envs = keys.iter().try_fold(root.get_ref(), |at, key| table(at.get(*key)?));
    let platform = match os {
        Os::Windows => "windows",
        Os::Macos => "macos",
        Os::Linux | Os::Other => "linux",
    };
    let around = Around { platform, variable };
    let made = |it: Configured<'_>| it.made(manifest);
    let all = envs.map_or_else(BTreeMap::new, |it| all(it, &around));
    all.into_iter().map(|(name, it)| (name, made(it))).collect()
}

/// What the conditions of overrides are judged by.
struct Around<'around> {
    platform: &'static str,
    variable: &'around dyn Fn(&str) -> Option<String>,
}

/// Something that a table says, and where.
type Said<'value> = (&'value str, Span);

fn all<'value>(
    envs: &'value DeTable<'_>,
    around: &Around<'_>,
) -> BTreeMap<String, Configured<'value>> {
    let mut all = BTreeMap::new();
    let names: BTreeSet<&str> = envs.keys().map(|it| &**it.get_ref()).chain(["default"]).collect();
    for name in names {
        let Some(tables) = inherited(envs, name) else { continue };
        let value = |key: &str| tables.iter().find_map(|it| it.1.get(key));
        let mut base = Configured {
            python: value("python").and_then(text),
            format: value("matrix-name-format").and_then(text).map_or("{value}", |it| it.0),
            lists: LISTS.map(|it| value(it).map(|it| texts(it).collect())),
        };
        let overrides = value("overrides").and_then(table);
        let of = |source: &str| in_order(overrides.and_then(|it| table(it.get(source)?)));
        for (_, options) in of("platform").into_iter().filter(|it| it.0 == around.platform) {
            base.apply(options, around.platform, around);
        }
        for (variable, options) in of("env") {
            if let Some(value) = (around.variable)(variable) {
                base.apply(options, &value, around);
            }
        }
        // A matrix is the business of the table that has it.
        let Some(matrices) = tables.first().and_then(|it| it.1.get("matrix")) else {
            all.insert(name.to_owned(), base);
            continue;
        };
        for matrix in elements(matrices).filter_map(table) {
            for values in combined(matrix) {
                let mut one = base.clone();
                for (variable, options) in of("matrix") {
                    if let Some((_, value)) = values.iter().find(|it| it.0 == variable) {
                        one.apply(options, value.0, around);
                    }
                }
                let own = one.named(&values);
                for (pattern, options) in of("name") {
                    if is_found(pattern, &own) {
                        one.apply(options, &own, around);
                    }
                }
                let full = if name == "default" { own } else { format!("{name}.{own}") };
                all.insert(full, one);
            }
        }
    }
    all
}

const LISTS: [&str; 4] = ["dependencies", "extra-dependencies", "features", "dependency-groups"];

fn table<'value, 'text>(value: &'value Spanned<DeValue<'text>>) -> Option<&'value DeTable<'text>> {
    if let DeValue::Table(table) = value.get_ref() { Some(table) } else { None }
}

fn text<'value>(value: &'value Spanned<DeValue<'_>>) -> Option<Said<'value>> {
    let DeValue::String(text) = value.get_ref() else { return None };
    Some((text, Span::new(value.span().start, value.span().end)))
}

fn elements<'value, 'text>(
    value: &'value Spanned<DeValue<'text>>,
) -> impl Iterator<Item = &'value Spanned<DeValue<'text>>> {
    let list = if let DeValue::Array(list) = value.get_ref() { Some(list) } else { None };
    list.into_iter().flat_map(|it| it.iter())
}

fn texts<'value>(value: &'value Spanned<DeValue<'_>>) -> impl Iterator<Item = Said<'value>> {
    elements(value).filter_map(text)
}

/// The entries of a table in the order of the file, which names are made by.
fn in_order<'value, 'text>(
    of: Option<&'value DeTable<'text>>,
) -> Vec<(&'value str, &'value Spanned<DeValue<'text>>)> {
    let mut entries: Vec<_> = of.into_iter().flat_map(|it| it.iter()).collect();
    entries.sort_by_key(|it| it.0.span().start);
    entries.into_iter().map(|(key, value)| (&**key.get_ref(), value)).collect()
}

/// The table of an environment, and those that it takes what it lacks from, nearest first. `None` where Hatch finds an error.
fn inherited<'value, 'text>(
    envs: &'value DeTable<'text>,
    name: &'value str,
) -> Option<Vec<(&'value str, &'value DeTable<'text>)>> {
    let mut tables: Vec<(&str, &DeTable<'_>)> = Vec::new();
    let mut at = name;
    loop {
        if tables.iter().any(|it| it.0 == at) {
            return None;
        }
        let Some(own) = envs.get(at) else { return (at == "default").then_some(tables) };
        let own = table(own)?;
        tables.push((at, own));
        let is_alone =
            own.get("detached").is_some_and(|it| matches!(it.get_ref(), DeValue::Boolean(true)));
        let template = own.get("template").and_then(text).map_or("default", |it| it.0);
        if is_alone || template == at || at == "default" {
            return Some(tables);
        }
        at = template;
    }
}

#[derive(Clone)]
struct Configured<'value> {
    python: Option<Said<'value>>,
    format: &'value str,
    lists: [Option<Vec<Said<'value>>>; LISTS.len()],
}

impl<'value> Configured<'value> {
    /// Applies what an override says of these lists, of the Python, and of names.
    fn apply(&mut self, options: &'value Spanned<DeValue<'_>>, value: &str, around: &Around<'_>) {
        for (option, data) in in_order(table(options)) {
            let key = option.strip_prefix("set-").unwrap_or(option);
            let said = |it| said(it, value, around);
            if let Some(at) = LISTS.iter().position(|it| *it == key) {
                let new: Vec<Said<'_>> = elements(data).filter_map(said).collect();
                match &mut self.lists[at] {
                    Some(before) if key == option => before.extend(new),
                    list => *list = Some(new),
                }
                continue;
            }
            let first = if let DeValue::Array(_) = data.get_ref() {
                elements(data).find_map(said)
            } else {
                said(data)
            };
            match (key, first) {
                ("python", Some(python)) => self.python = Some(python),
                ("matrix-name-format", Some((format, _))) => self.format = format,
                _ => {}
            }
        }
    }

    /// The name by the values of a matrix, which say the Python too.
    fn named(&mut self, values: &[(&str, Said<'value>)]) -> String {
        let mut parts = Vec::new();
        for (at, (variable, said)) in values.iter().enumerate() {
            let value = said.0;
            if at == 0 && is_python(variable) {
                self.python = Some(*said);
                let prefix = if value.starts_with("py") { "" } else { "py" };
                parts.push(format!("{prefix}{value}"));
            } else {
                parts.push(self.format.replace("{variable}", variable).replace("{value}", value));
            }
        }
        parts.join("-")
    }

    fn made(self, manifest: &ManifestRead) -> Holding {
        let python = self.python.map(|(spelled, quoted)| {
            let span = Span::new(quoted.start + 1, quoted.end.saturating_sub(1));
            let location = manifest.document.location(&manifest.path, span);
            Pin { spelled: spelled.to_owned(), location }
        });
        let [own, extra, features, groups] = self.lists.map(Option::unwrap_or_default);
        let places = own.into_iter().chain(extra).map(|it| it.1).collect();
        let extras = features.iter().map(|it| Set::Extra(it.0.to_owned()));
        let groups = groups.iter().map(|it| Set::Group(it.0.to_owned()));
        let sets = extras.chain(groups).collect();
        Holding { path: manifest.path.clone(), python, places, sets }
    }
}

fn is_python(variable: &str) -> bool {
    matches!(variable, "py" | "python")
}

/// What an entry of an override says, where its conditions hold.
fn said<'value>(
    entry: &'value Spanned<DeValue<'_>>,
    value: &str,
    around: &Around<'_>,
) -> Option<Said<'value>> {
    if let Some(plain) = text(entry) {
        return Some(plain);
    }
    let table = table(entry)?;
    let admits =
        |key: &str, it: &str| table.get(key).is_none_or(|list| texts(list).any(|one| one.0 == it));
    let is_set = |condition: &str| {
        let (name, wanted) = condition.split_once('=').unzip();
        let found = (around.variable)(name.unwrap_or(condition));
        found.is_some_and(|it| wanted.is_none_or(|wanted| wanted == it))
    };
    let variables = table.get("env").is_none_or(|list| texts(list).all(|it| is_set(it.0)));
    let holds = admits("if", value) && admits("platform", around.platform) && variables;
    table.get("value").filter(|_| holds).and_then(text)
}

/// Every combination of a matrix's values: Python's first, the others in the order of the file, the last one changing fastest.
fn combined<'value>(matrix: &'value DeTable<'_>) -> Vec<Vec<(&'value str, Said<'value>)>> {
    let mut variables = in_order(Some(matrix));
    variables.sort_by_key(|it| !is_python(it.0));
    let mut all: Vec<Vec<(&str, Said<'_>)>> = vec![Vec::new()];
    for (variable, values) in variables {
        let values: Vec<Said<'_>> = texts(values).collect();
        if all.len().saturating_mul(values.len()) > MOST {
            return Vec::new();
        }
        let mut longer = Vec::new();
        for before in &all {
            longer.extend(values.iter().map(|it| {
                let mut one = before.clone();
                one.push((variable, *it));
                one
            }));
        }
        all = longer;
    }
    all
}

/// Whether a pattern is found in a name. Hatch takes it for a regular expression; plain words are understood, with `^` and `$` at
/// their ends, and `.` for any character.
fn is_found(pattern: &str, name: &str) -> bool {
    let (pattern, at_start) = pattern.strip_prefix('^').map_or((pattern, false), |it| (it, true));
    let (pattern, at_end) = pattern.strip_suffix('$').map_or((pattern, false), |it| (it, true));
    let plain: Vec<char> = pattern.chars().collect();
    if plain.iter().any(|it| "\\*+?[](){}|^$".contains(*it)) {
        return false;
    }
    let name: Vec<char> = name.chars().collect();
    let fits = |start: usize| {
        let rest = name.get(start..).unwrap_or_default();
        let same = rest.iter().zip(&plain).take_while(|(a, b)| a == b || **b == '.').count();
        same == plain.len() && (!at_end || rest.len() == plain.len())
    };
    if at_start { fits(0) } else { (0..=name.len()).any(fits) }
}
