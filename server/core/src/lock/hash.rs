//! The hashes that tools put into their locks: of the declaring tables, written as Python writes JSON. Each gives the hashes
//! that a fresh lock may hold, or `None` where that cannot be computed from the manifest alone.

use std::{collections::BTreeMap, fmt::Write as _};

use sha2::{Digest as _, Sha256};
use toml::{Table, Value};

use super::Lock;
use crate::standard::{name::normalised, version::Version};

/// Poetry's `content-hash` (Poetry 2.5, `poetry.packages.locker`): over the dependency tables of the project, of the groups
/// and of Poetry. Before 2.3 the groups were left out, and such a lock stays fresh.
pub(super) fn poetry(manifest: &str, lock: &Lock) -> Option<Vec<String>> {
    let document: Table = manifest.parse().ok()?;
    let mut hashes = vec![poetry_content(&document, true)?];
    let maker = lock.maker.as_deref().and_then(Version::parse);
    if maker.is_some_and(|it| Version::parse("2.3.0").is_some_and(|changed| it < changed)) {
        hashes.push(poetry_content(&document, false)?);
    }
    Some(hashes)
}

fn poetry_content(document: &Table, with_groups: bool) -> Option<String> {
    let table = |keys: &[&str]| {
        let start = Some(document);
        keys.iter()
            .fold(start, |table, key| table?.get(*key)?.as_table())
            .cloned()
            .unwrap_or_default()
    };
    let (project, tool) = (table(&["project"]), table(&["tool", "poetry"]));
    let groups = if with_groups { table(&["dependency-groups"]) } else { Table::new() };
    let keys = ["requires-python", "dependencies", "optional-dependencies"];
    let of_project: Vec<_> =
        keys.iter().filter_map(|it| Some((*it, project.get(*it)?.clone()))).collect();
    let is_legacy = of_project.is_empty() && groups.is_empty();
    let keys = ["dependencies", "source", "extras", "dev-dependencies", "group"];
    let mut of_tool: Vec<(&str, Json)> = Vec::new();
    for key in keys {
        match tool.get(key) {
            Some(value) => of_tool.push((key, Json::of(value)?)),
            None if is_legacy && key != "group" => of_tool.push((key, Json::Null)),
            None => {}
        }
    }
    let content = if is_legacy {
        Json::object(of_tool)
    } else {
        let mut content = Vec::new();
        if !of_project.is_empty() {
            let read = |(key, value): (&'static str, Value)| Some((key, Json::of(&value)?));
            let entries: Option<Vec<_>> = of_project.into_iter().map(read).collect();
            content.push(("project", Json::object(entries?)));
        }
        if !groups.is_empty() {
            content.push(("dependency-groups", Json::of(&Value::Table(groups))?));
        }
        content.push(("tool", Json::object(vec![("poetry", Json::object(of_tool))])));
        Json::object(content)
    };
    Some(sha256(&content.written(", ", ": ")))
}

/// PDM's `content_hash` (PDM 2.29, `pdm.project.project_file`). The hash of a workspace covers its members too, and a lock
/// with `lock_inputs` is compared in another way: neither is computed here.
pub(super) fn pdm(manifest: &str, is_shared: bool, lock: &Lock) -> Option<Vec<String>> {
    let document: Table = manifest.parse().ok()?;
    let empty = Table::new();
    let table = |table: &Table, key: &str| table.get(key)?.as_table().cloned();
    let project = table(&document, "project")?;
    let tool = table(&document, "tool").and_then(|it| table(&it, "pdm")).unwrap_or_default();
    if is_shared || tool.contains_key("workspace") || lock.maker.is_some() {
        return None;
    }
    let or = |value: Option<&Value>, otherwise: Json| value.map_or(Some(otherwise), Json::of);
    let list = || Json::List(Vec::new());
    let content = vec![
        ("sources", or(tool.get("source"), list())?),
        ("dependencies", or(project.get("dependencies"), list())?),
        ("dev-dependencies", pdm_groups(&document, &tool)?),
        (
            "optional-dependencies",
            or(project.get("optional-dependencies"), Json::Object(BTreeMap::new()))?,
        ),
        ("requires-python", or(project.get("requires-python"), Json::Text(String::new()))?),
        ("resolution", Json::of(&Value::Table(table(&tool, "resolution").unwrap_or(empty)))?),
    ];
    let hash = sha256(&Json::object(content).written(", ", ": "));
    Some(vec![format!("sha256:{hash}")])
}

/// The groups of the standard and PDM's own, under one normalised name each.
fn pdm_groups(document: &Table, tool: &Table) -> Option<Json> {
    let mut groups: Vec<(String, Vec<Json>)> = Vec::new();
    let standard = document.get("dependency-groups").and_then(Value::as_table);
    let own = tool.get("dev-dependencies").and_then(Value::as_table);
    for (name, list) in standard.into_iter().chain(own).flatten() {
        let Json::List(elements) = Json::of(list)? else { return None };
        let name = normalised(name);
        match groups.iter_mut().find(|it| it.0 == name) {
            Some(group) => group.1.extend(elements),
            None => groups.push((name, elements)),
        }
    }
    Some(Json::object(groups.into_iter().map(|(name, list)| (name, Json::List(list)))))
}

/// The hash of a Pipfile (pipenv 2026.10, `pipenv.utils.pipfile`): names of packages normalised, no spaces in the JSON.
pub(super) fn pipfile(manifest: &str) -> Option<Vec<String>> {
    let document: Table = manifest.parse().ok()?;
    let table = |key: &str| document.get(key).cloned().unwrap_or(Value::Table(Table::new()));
    // Where none is named, the tool puts its own in; which one that is, only the tool knows.
    let sources = Json::of(document.get("source")?)?;
    let meta = Json::object([("sources", sources), ("requires", Json::of(&table("requires"))?)]);
    let mut content = vec![
        ("_meta".to_owned(), meta),
        ("default".to_owned(), packages(&table("packages"))?),
        ("develop".to_owned(), packages(&table("dev-packages"))?),
    ];
    let known = [
        "source",
        "packages",
        "dev-packages",
        "requires",
        "scripts",
        "pipfile",
        "pipenv",
        "default",
        "develop",
    ];
    for (category, value) in &document {
        if !known.contains(&category.as_str()) {
            content.push((category.clone(), packages(value)?));
        }
    }
    Some(vec![sha256(&Json::object(content).written(",", ":"))])
}

fn packages(table: &Value) -> Option<Json> {
    let entries = table.as_table()?.iter();
    let entries: Option<Vec<_>> =
        entries.map(|(name, value)| Some((normalised(name), Json::of(value)?))).collect();
    Some(Json::object(entries?))
}

fn sha256(text: &str) -> String {
    let mut hex = String::with_capacity(64);
    for byte in Sha256::digest(text.as_bytes()) {
        let _ = write!(hex, "{byte:02x}");
    }
    hex
}

/// JSON as Python's `json.dumps` writes it, keys sorted.
enum Json {
    Null,
    Text(String),
    /// A number or a truth value.
    Plain(String),
    List(Vec<Json>),
    Object(BTreeMap<String, Json>),
}

impl Json {
    fn object<K: Into<String>>(entries: impl IntoIterator<Item = (K, Json)>) -> Json {
        Json::Object(entries.into_iter().map(|(key, value)| (key.into(), value)).collect())
    }

    /// `None` for a date, which JSON has not and Python refuses to write.
    fn of(value: &Value) -> Option<Json> {
        Some(match value {
            Value::String(text) => Json::Text(text.clone()),
            Value::Integer(number) => Json::Plain(number.to_string()),
            Value::Float(number) => Json::Plain(format!("{number:?}")),
            Value::Boolean(truth) => Json::Plain(truth.to_string()),
            Value::Datetime(_) => return None,
            Value::Array(list) => {
                let elements: Option<Vec<Json>> = list.iter().map(Json::of).collect();
                Json::List(elements?)
            }
            Value::Table(table) => {
                let read = |(key, value): (&String, &Value)| Some((key.clone(), Json::of(value)?));
                let entries: Option<Vec<_>> = table.iter().map(read).collect();
                Json::object(entries?)
            }
        })
    }

    fn written(&self, comma: &str, colon: &str) -> String {
        let mut text = String::new();
        self.write(&mut text, comma, colon);
        text
    }

    fn write(&self, into: &mut String, comma: &str, colon: &str) {
        match self {
            Json::Null => into.push_str("null"),
            Json::Text(text) => quoted(into, text),
            Json::Plain(word) => into.push_str(word),
            Json::List(elements) => {
                into.push('[');
                for (at, element) in elements.iter().enumerate() {
                    into.push_str(if at == 0 { "" } else { comma });
                    element.write(into, comma, colon);
                }
                into.push(']');
            }
            Json::Object(entries) => {
                into.push('{');
                for (at, (key, value)) in entries.iter().enumerate() {
                    into.push_str(if at == 0 { "" } else { comma });
                    quoted(into, key);
                    into.push_str(colon);
                    value.write(into, comma, colon);
                }
                into.push('}');
            }
        }
    }
}

/// A string with everything but ASCII escaped, in UTF-16 units (Python, `json`: `ensure_ascii`).
fn quoted(into: &mut String, text: &str) {
    into.push('"');
    for character in text.chars() {
        match character {
            '"' | '\\' => into.extend(['\\', character]),
            '\n' => into.push_str("\\n"),
            '\r' => into.push_str("\\r"),
            '\t' => into.push_str("\\t"),
            '\u{8}' => into.push_str("\\b"),
            '\u{c}' => into.push_str("\\f"),
            ' '..='~' => into.push(character),
            // Python leaves this one as it is.
            '\u{7f}' => into.push(character),
            _ => {
                for unit in character.encode_utf16(&mut [0; 2]) {
                    let _ = write!(into, "\\u{unit:04x}");
                }
            }
        }
    }
    into.push('"');
}
