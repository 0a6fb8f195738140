//! Where a command would take distributions from: the indexes that the project's own files and the user's settings name.
//!
//! Whoever controls a file of the project can have a name come from elsewhere, so an action says so in its title before it is run
//! (pip's documentation, *Dependency confusion*; uv's, *Package indexes*; Poetry's, *Repositories*; PDM's, *Configure package
//! indexes*; pipenv's, *Specifying package indexes*). Only the host is shown: an address may hold a password.

use std::collections::{BTreeMap, BTreeSet};

use toml::{Table, Value};

use super::Model;
use crate::{
    action::{Action, Command, Recipe, What},
    manifest::Document,
    standard::conda::values,
};

/// The options of a requirements file that name where from (pip's documentation, *Requirements File Format*).
const OPTIONS: [&str; 5] = ["--index-url", "--extra-index-url", "--find-links", "-i", "-f"];

/// Names in the titles of actions the indexes that the project has them ask. What its files say is gathered once for each way
/// of reading them, however many actions there are.
pub(crate) struct Sourcing<'model> {
    model: &'model Model,
    known: BTreeMap<Reads, Vec<String>>,
}

/// Whose settings and files the commands of a recipe go by.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Reads {
    uv: bool,
    pip: bool,
    /// What is said in a file of requirements holds for whoever is given that file.
    files: bool,
}

impl Reads {
    fn of(recipe: &Recipe) -> Reads {
        let given = |it: &String| matches!(&**it, "-r" | "sync") || it.ends_with(".in");
        // uv does not read pip's settings, and each tool with settings of its own goes by those.
        let runs_pip = |it: &Command| {
            it.arguments.iter().take(2).eq(["-m", "pip"]) || it.program.name() == b"pip-sync"
        };
        Reads {
            uv: recipe.commands().any(|it| it.program.name() == b"uv"),
            pip: recipe.commands().any(runs_pip),
            files: recipe.commands().any(|it| it.arguments.iter().any(given)),
        }
    }
}

impl<'model> Sourcing<'model> {
    pub(crate) fn of(model: &'model Model) -> Sourcing<'model> {
        Sourcing { model, known: BTreeMap::new() }
    }

    /// The same action, whose title also names the indexes.
    pub(crate) fn sourced(&mut self, action: Action) -> Action {
        let What::Run(recipe) = &action.what else { return action };
        // What installs or locks may run code of what it builds; what fetches something else asks no index.
        if !recipe.network || !recipe.runs_project_code {
            return action;
        }
        let reads = Reads::of(recipe);
        let named = self.known.entry(reads).or_insert_with(|| self.model.indexes(reads));
        if named.is_empty() {
            return action;
        }
        let verb = action.title.find(" (`").unwrap_or(action.title.len());
        let (before, after) = action.title.split_at(verb);
        let title = format!("{before} from {}{after}", named.join(", "));
        Action { title, ..action }
    }
}

impl Model {
    fn indexes(&self, reads: Reads) -> Vec<String> {
        let manager = self.manager().name();
        let mut found = BTreeSet::new();
        if reads.uv {
            found.extend(self.configured.uv.iter().cloned());
        }
        if reads.pip {
            found.extend(self.configured.pip.iter().cloned());
        }
        for manifest in &self.project.manifests {
            let document = &manifest.document;
            match document.format {
                "pyproject" => {
                    let Ok(table) = document.text.parse::<Table>() else { continue };
                    if reads.uv {
                        found.extend(of_uv(&table, &["tool", "uv"]));
                    }
                    if matches!(manager, "poetry" | "pdm") {
                        found.extend(of_sources(&table, &["tool", manager, "source"]));
                    }
                }
                "pipfile" if manager == "pipenv" => {
                    let Ok(table) = document.text.parse::<Table>() else { continue };
                    found.extend(of_sources(&table, &["source"]));
                }
                "environment" if manager == "conda" => {
                    let channels = values(&document.text, &["channels"]);
                    found
                        .extend(channels.into_iter().map(|it| it.text).filter(|it| is_address(it)));
                }
                "pixi" if manager == "pixi" => {
                    let Ok(table) = document.text.parse::<Table>() else { continue };
                    for key in ["workspace", "project"] {
                        let channels = texts(below(&table, &[key, "channels"]));
                        found.extend(channels.into_iter().filter(|it| is_address(it)));
                    }
                }
                "requirements" if reads.files => found.extend(of_requirements(document)),
                _ => {}
            }
        }
        let hosts: BTreeSet<String> = found.iter().map(|it| host(it)).collect();
        hosts.into_iter().collect()
    }
}

/// A channel that is no address is a name on the server that everybody's tools ask.
fn is_address(channel: &str) -> bool {
    channel.contains("://")
}

fn below<'table>(table: &'table Table, keys: &[&str]) -> Option<&'table Value> {
    let (last, above) = keys.split_last()?;
    above.iter().try_fold(table, |table, key| table.get(*key)?.as_table())?.get(*last)
}

fn texts(value: Option<&Value>) -> Vec<String> {
    match value {
        Some(Value::String(text)) => vec![text.clone()],
        Some(Value::Array(all)) => {
            all.iter().filter_map(|it| it.as_str().map(str::to_owned)).collect()
        }
        _ => Vec::new(),
    }
}

fn of_sources(table: &Table, keys: &[&str]) -> Vec<String> {
    let all = below(table, keys).and_then(Value::as_array).into_iter().flatten();
    all.flat_map(|it| texts(it.get("url"))).collect()
}

/// What uv's settings say, which stand below these keys.
pub(super) fn of_uv(table: &Table, keys: &[&str]) -> Vec<String> {
    let of = |more: &[&'static str]| [keys, more].concat();
    let mut found = of_sources(table, &of(&["index"]));
    for key in ["index-url", "extra-index-url", "find-links"] {
        found.extend(texts(below(table, &of(&[key]))));
        found.extend(texts(below(table, &of(&["pip", key]))));
    }
    found
}

fn of_requirements(document: &Document) -> Vec<String> {
    let value = |line: &str| {
        let line = line.trim();
        let option = OPTIONS.iter().find_map(|it| line.strip_prefix(it))?;
        let value = option.strip_prefix('=').or_else(|| option.strip_prefix([' ', '\t']))?;
        value.split_whitespace().next().map(|it| it.trim_matches(['"', '\'']).to_owned())
    };
    document.text.lines().filter_map(value).collect()
}

/// The host of an address, without who asks and with what password; of a folder, that it is one.
fn host(address: &str) -> String {
    let Some((scheme, rest)) = address.split_once("://") else {
        return "a folder".to_owned();
    };
    if scheme == "file" {
        return "a folder".to_owned();
    }
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host = authority.rsplit('@').next().unwrap_or_default().to_ascii_lowercase();
    let plain =
        |it: char| it.is_ascii_alphanumeric() || matches!(it, '.' | '-' | '_' | ':' | '[' | ']');
    match host {
        host if !host.is_empty() && host.chars().all(plain) => format!("`{host}`"),
        // A variable, or something that is made to look like something else.
        _ => "an address that it hides".to_owned(),
    }
}
