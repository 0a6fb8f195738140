//! The files that locks know of a distribution: where they are, and their hashes.

use std::collections::BTreeMap;

use crate::standard::name::normalised;

/// By normalised name and version.
pub type Files = BTreeMap<(String, String), Vec<File>>;

/// One file of a distribution.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    pub url: Option<String>,
    pub name: Option<String>,
    /// `sha256:…`
    pub hash: String,
    pub size: Option<i64>,
}

/// What the text of a lock says: uv's, Poetry's and PDM's, `pylock.toml`, `Pipfile.lock`. Nothing, where it is none of them.
#[must_use]
pub fn files_in(text: &str) -> Files {
    let mut files = Files::new();
    if let Ok(table) = text.parse::<toml::Table>() {
        let packages = ["package", "packages"].iter().filter_map(|it| table.get(*it)?.as_array());
        for package in packages.flatten() {
            of_package(package, &mut files);
        }
    } else if let Ok(json) = serde_json::from_str::<serde_json::Value>(text) {
        let sections = json.as_object().into_iter().flatten().filter(|it| it.0 != "_meta");
        for (name, entry) in sections.filter_map(|it| it.1.as_object()).flatten() {
            let version = entry.get("version").and_then(|it| it.as_str()).unwrap_or_default();
            let hashes = entry.get("hashes").and_then(|it| it.as_array()).into_iter().flatten();
            let hashes = hashes.filter_map(|it| it.as_str()).map(|it| File {
                url: None,
                name: None,
                hash: it.to_owned(),
                size: None,
            });
            let version = version.trim_start_matches('=').to_owned();
            files.entry((normalised(name), version)).or_default().extend(hashes);
        }
    }
    files
}

fn of_package(package: &toml::Value, files: &mut Files) {
    let text = |key: &str| package.get(key).and_then(|it| it.as_str()).map(str::to_owned);
    let (Some(name), Some(version)) = (text("name"), text("version")) else { return };
    let listed = ["wheels", "files"].iter().filter_map(|it| package.get(*it)?.as_array());
    let all = listed.flatten().chain(package.get("sdist"));
    let found: Vec<File> = all.filter_map(file).collect();
    files.entry((normalised(&name), version)).or_default().extend(found);
}

fn file(value: &toml::Value) -> Option<File> {
    let text = |key: &str| value.get(key).and_then(|it| it.as_str()).map(str::to_owned);
    let standard = value.get("hashes").and_then(|it| it.get("sha256")?.as_str());
    let hash = text("hash").or_else(|| standard.map(|it| format!("sha256:{it}")))?;
    let url = text("url");
    let last = url.as_deref().and_then(|it| it.rsplit('/').next()).map(str::to_owned);
    let name = text("file").or_else(|| text("name")).or(last);
    Some(File { url, name, hash, size: value.get("size").and_then(toml::Value::as_integer) })
}
