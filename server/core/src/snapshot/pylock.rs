//! A snapshot as `pylock.toml`, as far as that can say it (*pylock.toml specification*): every package of an index needs the
//! addresses and hashes of its files there, which only a lock knows.

use std::fmt::Write as _;

use super::{Files, Kept, Kind, Python, Snapshot, Source, VERSION, minor};
use crate::standard::name::normalised;

/// The installers of packages, which an environment brings along and no lock names.
pub(super) const SEEDS: [&str; 3] = ["pip", "setuptools", "wheel"];

/// Writes it down, with the files that locks know.
///
/// # Errors
/// When a package cannot be said; the words name it.
pub fn to_pylock(snapshot: &Snapshot, files: &Files) -> Result<String, String> {
    if snapshot.kind == Kind::Conda {
        return Err("`pylock.toml` knows no packages of conda: write it as `.json`".to_owned());
    }
    let mut text = String::from("lock-version = \"1.0\"\ncreated-by = \"envls\"\n");
    let _ = writeln!(
        text,
        "requires-python = {}",
        quoted(&format!("=={}.*", minor(&snapshot.python.version)))
    );
    for kept in &snapshot.distributions {
        let known = files.get(&(kept.name.clone(), kept.version.clone()));
        let (name, version) = (quoted(&kept.name), quoted(&kept.version));
        let mut package = format!("\n[[packages]]\nname = {name}\nversion = {version}\n");
        match &kept.source {
            Source::Index if SEEDS.contains(&kept.name.as_str()) && known.is_none() => continue,
            Source::Index => {
                let located: Vec<_> =
                    known.into_iter().flatten().filter(|it| it.url.is_some()).collect();
                if located.is_empty() {
                    return Err(format!(
                        "`pylock.toml` cannot say `{} {}`: no lock of the project knows where its files are; write it as `.json`",
                        kept.name, kept.version
                    ));
                }
                let is_wheel = |it: &&&super::files::File| {
                    it.url.as_ref().is_some_and(|it| it.ends_with(".whl"))
                };
                for sdist in located.iter().filter(|it| !is_wheel(it)).take(1) {
                    let _ = writeln!(package, "sdist = {}", located_file(sdist));
                }
                let wheels: Vec<String> =
                    located.iter().filter(is_wheel).map(|it| located_file(it)).collect();
                if !wheels.is_empty() {
                    let _ = writeln!(package, "wheels = [\n    {},\n]", wheels.join(",\n    "));
                }
            }
            Source::Archive { url } => {
                let hash = kept.hashes.first().and_then(|it| it.split_once(':'));
                let Some((algorithm, digest)) = hash else {
                    return Err(format!(
                        "`pylock.toml` cannot say `{}`: the hash of `{url}` is not known",
                        kept.name
                    ));
                };
                let hashes = format!("{{ {algorithm} = {} }}", quoted(digest));
                let _ =
                    writeln!(package, "archive = {{ url = {}, hashes = {hashes} }}", quoted(url));
            }
            Source::Folder { url, editable } => {
                let path = quoted(url.strip_prefix("file://").unwrap_or(url));
                let _ = writeln!(package, "directory = {{ path = {path}, editable = {editable} }}");
            }
            Source::Vcs { vcs, url, commit } => {
                let _ = writeln!(
                    package,
                    "vcs = {{ type = {}, url = {}, commit-id = {} }}",
                    quoted(vcs),
                    quoted(url),
                    quoted(commit)
                );
            }
        }
        text.push_str(&package);
    }
    let manager = snapshot.manager.as_deref().unwrap_or("");
    let kind = match snapshot.kind {
        Kind::Venv => "venv",
        Kind::Virtualenv => "virtualenv",
        Kind::Uv => "uv",
        Kind::Conda => "conda",
    };
    let _ = write!(
        text,
        "\n[tool.envls]\nprefix = {}\nkind = {}\npython = {}\nimplementation = {}\nmanager = {}\n",
        quoted(&snapshot.prefix),
        quoted(kind),
        quoted(&snapshot.python.version),
        quoted(&snapshot.python.implementation),
        quoted(manager)
    );
    Ok(text)
}

fn located_file(file: &super::files::File) -> String {
    let mut fields = Vec::new();
    fields.extend(file.name.as_ref().map(|it| format!("name = {}", quoted(it))));
    fields.extend(file.url.as_ref().map(|it| format!("url = {}", quoted(it))));
    fields.extend(file.size.map(|it| format!("size = {it}")));
    if let Some((algorithm, digest)) = file.hash.split_once(':') {
        fields.push(format!("hashes = {{ {algorithm} = {} }}", quoted(digest)));
    }
    format!("{{ {} }}", fields.join(", "))
}

fn quoted(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string()
}

/// Reads what is written here, or by another tool.
///
/// # Errors
/// When it is no lock of a version that is known.
pub fn from_pylock(text: &str) -> Result<Snapshot, String> {
    let table: toml::Table = text.parse().map_err(|it: toml::de::Error| it.message().to_owned())?;
    let version = table.get("lock-version").and_then(toml::Value::as_str);
    if !version.is_some_and(|it| it == "1" || it.starts_with("1.")) {
        return Err("it is neither a snapshot nor a `pylock.toml` of version 1".to_owned());
    }
    let own = |key: &str| table.get("tool")?.get("envls")?.get(key)?.as_str().map(str::to_owned);
    let stated = table.get("requires-python").and_then(toml::Value::as_str).unwrap_or_default();
    let first: String = stated
        .chars()
        .skip_while(|it| !it.is_ascii_digit())
        .take_while(|it| it.is_ascii_digit() || *it == '.')
        .collect();
    let python = own("python").unwrap_or_else(|| first.trim_end_matches('.').to_owned());
    let packages = table.get("packages").and_then(toml::Value::as_array).into_iter().flatten();
    let mut distributions: Vec<Kept> = packages.filter_map(package).collect();
    distributions.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(Snapshot {
        version: VERSION,
        prefix: own("prefix").unwrap_or_default(),
        kind: match own("kind").as_deref() {
            Some("uv") => Kind::Uv,
            Some("virtualenv") => Kind::Virtualenv,
            _ => Kind::Venv,
        },
        python: Python {
            version: python,
            implementation: own("implementation").unwrap_or_else(|| "cpython".to_owned()),
            base: None,
        },
        manager: own("manager").filter(|it| !it.is_empty()),
        system_site_packages: false,
        distributions,
        packages: Vec::new(),
    })
}

fn package(value: &toml::Value) -> Option<Kept> {
    let text = |value: &toml::Value, key: &str| value.get(key)?.as_str().map(str::to_owned);
    let name = normalised(&text(value, "name")?);
    let hashes_of =
        |it: &toml::Value| Some(format!("sha256:{}", it.get("hashes")?.get("sha256")?.as_str()?));
    let source = if let Some(vcs) = value.get("vcs") {
        let url = text(vcs, "url")?;
        Source::Vcs { vcs: text(vcs, "type")?, url, commit: text(vcs, "commit-id")? }
    } else if let Some(folder) = value.get("directory") {
        let editable = folder.get("editable").and_then(toml::Value::as_bool) == Some(true);
        Source::Folder { url: format!("file://{}", text(folder, "path")?), editable }
    } else if let Some(archive) = value.get("archive") {
        Source::Archive { url: text(archive, "url")? }
    } else {
        Source::Index
    };
    let listed = value.get("wheels").and_then(toml::Value::as_array).into_iter().flatten();
    let all = listed.chain(value.get("sdist")).chain(value.get("archive"));
    let mut hashes: Vec<String> = all.filter_map(hashes_of).collect();
    hashes.sort();
    Some(Kept {
        name,
        version: text(value, "version").unwrap_or_default(),
        source,
        installer: None,
        requested: false,
        hashes,
    })
}
