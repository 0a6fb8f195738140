//! The environments that Hatch makes of a project's tables: what each takes from its template, and those that a matrix stands for
//! (Hatch's documentation, *Environment configuration*: inheritance; *Advanced environment configuration*: matrix, option
//! overrides). What an override asks of the variables of a process is taken not to hold.

use std::collections::{BTreeMap, BTreeSet};

use toml::de::{DeTable, DeValue};

use crate::{model::Holding, world::Os};

/// More than these are not made of one matrix.
const MOST: usize = 1000;

/// The environments that a file declares below these keys (`tool`, `hatch`, `envs`), by name.
#[must_use]
pub fn environments(text: &str, keys: &[&str], os: Os) -> BTreeMap<String, Holding> {
    // What is half typed harms only what stands there.
    let (root, _) = DeTable::parse_recoverable(text);
    let envs = keys.iter().try_fold(root.get_ref(), |at, key| table(at.get(*key)?.get_ref()));
    envs.map_or_else(BTreeMap::new, |it| all(it, os))
}

fn all(envs: &DeTable<'_>, os: Os) -> BTreeMap<String, Holding> {
    let platform = match os {
        Os::Windows => "windows",
        Os::Macos => "macos",
        Os::Linux | Os::Other => "linux",
    };
    let mut all = BTreeMap::new();
    let names: BTreeSet<&str> = envs.keys().map(|it| &**it.get_ref()).chain(["default"]).collect();
    for name in names {
        let Some(tables) = inherited(envs, name) else { continue };
        let value = |key: &str| tables.iter().find_map(|it| it.1.get(key)).map(|it| it.get_ref());
        let mut base = Configured {
            python: value("python").and_then(text).map(str::to_owned),
            format: value("matrix-name-format").and_then(text).unwrap_or("{value}").to_owned(),
            lists: LISTS.map(|it| value(it).map(|it| texts(it).map(str::to_owned).collect())),
            platform,
        };
        let from: BTreeSet<String> = tables.iter().map(|it| it.0.to_owned()).collect();
        let overrides = value("overrides").and_then(table);
        let of = |source: &str| in_order(overrides.and_then(|it| table(it.get(source)?.get_ref())));
        for (_, options) in of("platform").into_iter().filter(|it| it.0 == platform) {
            base.apply(options, platform);
        }
        // A matrix is the business of the table that has it.
        let own = tables.first().and_then(|it| it.1.get("matrix")).map(|it| it.get_ref());
        let Some(matrices) = own else {
            all.insert(name.to_owned(), base.made(&from));
            continue;
        };
        for matrix in elements(matrices).filter_map(table) {
            for values in combined(matrix) {
                let mut one = base.clone();
                for (variable, options) in of("matrix") {
                    if let Some((_, value)) = values.iter().find(|it| it.0 == variable) {
                        one.apply(options, value);
                    }
                }
                let own = one.named(&values);
                for (pattern, options) in of("name") {
                    if is_found(pattern, &own) {
                        one.apply(options, &own);
                    }
                }
                let full = if name == "default" { own } else { format!("{name}.{own}") };
                all.insert(full, one.made(&from));
            }
        }
    }
    all
}

const LISTS: [&str; 2] = ["dependencies", "extra-dependencies"];

fn table<'value, 'text>(value: &'value DeValue<'text>) -> Option<&'value DeTable<'text>> {
    if let DeValue::Table(table) = value { Some(table) } else { None }
}

fn text<'value>(value: &'value DeValue<'_>) -> Option<&'value str> {
    if let DeValue::String(text) = value { Some(text) } else { None }
}

fn elements<'value, 'text>(
    value: &'value DeValue<'text>,
) -> impl Iterator<Item = &'value DeValue<'text>> {
    let list = if let DeValue::Array(list) = value { Some(list) } else { None };
    list.into_iter().flat_map(|it| it.iter()).map(|it| it.get_ref())
}

fn texts<'value>(value: &'value DeValue<'_>) -> impl Iterator<Item = &'value str> {
    elements(value).filter_map(text)
}

/// The entries of a table in the order of the file, which names are made by.
fn in_order<'value, 'text>(
    of: Option<&'value DeTable<'text>>,
) -> Vec<(&'value str, &'value DeValue<'text>)> {
    let mut entries: Vec<_> = of.into_iter().flat_map(|it| it.iter()).collect();
    entries.sort_by_key(|it| it.0.span().start);
    entries.into_iter().map(|(key, value)| (&**key.get_ref(), value.get_ref())).collect()
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
        let own = table(own.get_ref())?;
        tables.push((at, own));
        let is_alone =
            own.get("detached").is_some_and(|it| matches!(it.get_ref(), DeValue::Boolean(true)));
        let template = own.get("template").and_then(|it| text(it.get_ref())).unwrap_or("default");
        if is_alone || template == at || at == "default" {
            return Some(tables);
        }
        at = template;
    }
}

#[derive(Clone)]
struct Configured {
    python: Option<String>,
    format: String,
    lists: [Option<Vec<String>>; 2],
    platform: &'static str,
}

impl Configured {
    /// Applies what an override says of dependencies, of the Python, and of names.
    fn apply(&mut self, options: &DeValue<'_>, value: &str) {
        for (option, data) in in_order(table(options)) {
            let key = option.strip_prefix("set-").unwrap_or(option);
            let said = |it: &DeValue<'_>| said(it, value, self.platform);
            if let Some(at) = LISTS.iter().position(|it| *it == key) {
                let new: Vec<String> = elements(data).filter_map(said).collect();
                match &mut self.lists[at] {
                    Some(before) if key == option => before.extend(new),
                    list => *list = Some(new),
                }
                continue;
            }
            let first = if let DeValue::Array(_) = data {
                elements(data).find_map(said)
            } else {
                said(data)
            };
            match key {
                "python" => self.python = first.or(self.python.take()),
                "matrix-name-format" => {
                    self.format = first.unwrap_or(std::mem::take(&mut self.format))
                }
                _ => {}
            }
        }
    }

    /// The name by the values of a matrix, which say the Python too.
    fn named(&mut self, values: &[(&str, &str)]) -> String {
        let mut parts = Vec::new();
        for (at, (variable, value)) in values.iter().enumerate() {
            if at == 0 && is_python(variable) {
                self.python = Some((*value).to_owned());
                let prefix = if value.starts_with("py") { "" } else { "py" };
                parts.push(format!("{prefix}{value}"));
            } else {
                parts.push(self.format.replace("{variable}", variable).replace("{value}", value));
            }
        }
        parts.join("-")
    }

    fn made(self, from: &BTreeSet<String>) -> Holding {
        let dependencies = self.lists.into_iter().flatten().flatten().collect();
        Holding { python: self.python, dependencies, from: from.clone() }
    }
}

fn is_python(variable: &str) -> bool {
    matches!(variable, "py" | "python")
}

/// What an entry of an override says, where its conditions hold.
fn said(entry: &DeValue<'_>, value: &str, platform: &str) -> Option<String> {
    if let Some(plain) = text(entry) {
        return Some(plain.to_owned());
    }
    let table = table(entry)?;
    let admits = |key: &str, it: &str| {
        table.get(key).is_none_or(|list| texts(list.get_ref()).any(|one| one == it))
    };
    let holds = !table.contains_key("env") && admits("if", value) && admits("platform", platform);
    text(table.get("value")?.get_ref()).filter(|_| holds).map(str::to_owned)
}

/// Every combination of a matrix's values: Python's first, the others in the order of the file, the last one changing fastest.
fn combined<'value>(matrix: &'value DeTable<'_>) -> Vec<Vec<(&'value str, &'value str)>> {
    let mut variables = in_order(Some(matrix));
    variables.sort_by_key(|it| !is_python(it.0));
    let mut all: Vec<Vec<(&str, &str)>> = vec![Vec::new()];
    for (variable, values) in variables {
        let values: Vec<&str> = texts(values).collect();
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
