//! Writes an environment down: read from its files alone, so that nothing of it is run.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, bail};
use envls_core::{
    snapshot::{Kept, Kind, Package, Python, Snapshot, Source, VERSION},
    standard::{digest, inventory, pyvenv::pyvenv},
    world::AbsPath,
};

use crate::{
    disk::{entry::real, text},
    path::{native, of},
    state::make_private,
};

/// More than this is no file of an installer, in bytes.
const LIMIT: u64 = 64 * 1024 * 1024;
/// So many are kept of each environment that was replaced.
const KEPT: usize = 5;

/// Whether conda itself made what is at a prefix, and so can copy it: it keeps a history there (conda's documentation, *Managing
/// environments*), and pixi, whose records are the same kind, leaves a mark (pixi's documentation, *Environments*).
#[must_use]
pub fn is_made_by_conda(prefix: &AbsPath) -> bool {
    let has =
        |name: &str| native(&prefix.join("conda-meta").join(name)).is_some_and(|it| it.exists());
    has("history") && !has("pixi")
}

/// Reads what is at a prefix.
///
/// # Errors
/// When it is no environment.
pub fn take(prefix: &AbsPath) -> anyhow::Result<Snapshot> {
    let folder = native(prefix).context("it is a path of another system")?;
    let packages = conda_packages(&folder);
    let configuration = read(&folder.join("pyvenv.cfg")).and_then(|it| pyvenv(&it));
    if configuration.is_none() && packages.is_empty() {
        bail!("`{prefix}` is no environment: it has neither `pyvenv.cfg` nor `conda-meta`");
    }
    let said = configuration.clone().unwrap_or_default();
    let of_conda = packages.iter().find(|it| it.name == "python").map(|it| it.version.clone());
    let version = said.version.map(|it| it.text).or(of_conda).unwrap_or_default();
    let kind = match &configuration {
        None => Kind::Conda,
        Some(it) if it.uv.is_some() => Kind::Uv,
        Some(it) if it.virtualenv.is_some() => Kind::Virtualenv,
        Some(_) => Kind::Venv,
    };
    let implementation = said.implementation.map(|it| it.text.to_lowercase());
    let python = python_in(&folder);
    let base = python.and_then(|it| fs::canonicalize(it).ok()).and_then(|it| of(&it));
    let mut distributions = Vec::new();
    for packages in site_packages(&folder) {
        distributions.extend(installed(&packages));
    }
    distributions.sort_by(|a, b| (&a.name, &a.version).cmp(&(&b.name, &b.version)));
    distributions.dedup_by(|a, b| a.name == b.name && a.version == b.version);
    Ok(Snapshot {
        version: VERSION,
        prefix: prefix.to_string(),
        kind,
        python: Python {
            version: plain_version(&version),
            implementation: implementation.unwrap_or_else(|| "cpython".to_owned()),
            base: base.filter(|_| kind != Kind::Conda).map(|it| it.to_string()),
        },
        manager: None,
        system_site_packages: said.include_system_site_packages,
        distributions,
        packages,
    })
}

/// `3.12.4` of `3.12.4.final.0`.
fn plain_version(said: &str) -> String {
    let numbers = said.split('.').take_while(|it| it.bytes().all(|it| it.is_ascii_digit()));
    numbers.take(3).collect::<Vec<_>>().join(".")
}

fn python_in(folder: &Path) -> Option<PathBuf> {
    let places = ["bin/python", "Scripts/python.exe", "python.exe"];
    places.iter().map(|it| folder.join(it)).find(|it| it.exists())
}

fn site_packages(folder: &Path) -> Vec<PathBuf> {
    let library = fs::read_dir(folder.join("lib")).into_iter().flatten().flatten();
    let named = library.filter(|it| {
        let name = it.file_name();
        let name = name.to_string_lossy();
        name.starts_with("python") || name.starts_with("pypy")
    });
    let posix = named.map(|it| it.path().join("site-packages"));
    let all = posix.chain([folder.join("Lib").join("site-packages")]);
    all.filter(|it| it.is_dir()).collect()
}

fn installed(folder: &Path) -> Vec<Kept> {
    let names = fs::read_dir(folder).into_iter().flatten().flatten().map(|it| it.path());
    let metadata = names.filter(|it| {
        it.extension().is_some_and(|it| it == "dist-info" || it == "egg-info") && it.is_dir()
    });
    metadata.filter_map(|it| one(&it)).collect()
}

fn one(folder: &Path) -> Option<Kept> {
    let (name, version) = inventory::named(folder.file_name()?.to_str()?)?;
    let direct = read(&folder.join("direct_url.json"));
    let direct = direct.and_then(|it| serde_json::from_str::<serde_json::Value>(&it).ok());
    let (source, hashes) = direct.and_then(|it| source(&it)).unwrap_or_default();
    let installer = read(&folder.join("INSTALLER")).map(|it| it.trim().to_owned());
    Some(Kept {
        name,
        version: version.to_owned(),
        source,
        installer: installer.filter(|it| !it.is_empty()),
        requested: folder.join("REQUESTED").exists(),
        hashes,
    })
}

fn source(direct: &serde_json::Value) -> Option<(Source, Vec<String>)> {
    let text = |value: &serde_json::Value, key: &str| value.get(key)?.as_str().map(str::to_owned);
    let url = text(direct, "url")?;
    if let Some(vcs) = direct.get("vcs_info") {
        let source = Source::Vcs { vcs: text(vcs, "vcs")?, url, commit: text(vcs, "commit_id")? };
        return Some((source, Vec::new()));
    }
    if let Some(folder) = direct.get("dir_info") {
        let editable = folder.get("editable").and_then(serde_json::Value::as_bool) == Some(true);
        return Some((Source::Folder { url, editable }, Vec::new()));
    }
    let archive = direct.get("archive_info");
    let hashes = archive.and_then(|it| it.get("hashes")?.as_object());
    let mut hashes: Vec<String> = hashes
        .into_iter()
        .flatten()
        .filter_map(|(name, digest)| Some(format!("{name}:{}", digest.as_str()?)))
        .collect();
    hashes.sort();
    Some((Source::Archive { url }, hashes))
}

/// The records of conda (conda's documentation, *Managing environments*: `conda-meta`).
fn conda_packages(folder: &Path) -> Vec<Package> {
    let records = fs::read_dir(folder.join("conda-meta")).into_iter().flatten().flatten();
    let records =
        records.map(|it| it.path()).filter(|it| it.extension().is_some_and(|it| it == "json"));
    let mut packages: Vec<Package> = records
        .filter_map(|it| serde_json::from_str::<serde_json::Value>(&read(&it)?).ok())
        .filter_map(|it| {
            let text = |key: &str| it.get(key)?.as_str().map(str::to_owned);
            Some(Package {
                name: text("name")?,
                version: text("version")?,
                build: text("build").unwrap_or_default(),
                url: text("url").unwrap_or_default(),
                md5: text("md5"),
                sha256: text("sha256"),
            })
        })
        .collect();
    packages.sort_by(|a, b| a.name.cmp(&b.name));
    packages
}

fn read(path: &Path) -> Option<String> {
    let file = text::open(path, text::Follow::Yes).ok()?;
    let bytes = text::read(file, LIMIT).ok()?.known()?;
    Some(String::from_utf8_lossy(&bytes).into_owned())
}

/// Where what is replaced is written down: a folder of its own for each environment.
fn folder_of(state: &AbsPath, prefix: &AbsPath) -> AbsPath {
    let above = prefix.parent().and_then(|it| real(&it));
    let real = above.map_or_else(|| prefix.clone(), |it| it.join(prefix.name()));
    state.join("snapshots").join(digest::short_sha256(real.as_bytes()))
}

/// Writes an environment down before it is replaced. Where it was written.
///
/// # Errors
/// When it is no environment, or cannot be written down.
pub(crate) fn keep(state: &AbsPath, prefix: &AbsPath) -> anyhow::Result<AbsPath> {
    let snapshot = take(prefix)?;
    let folder = folder_of(state, prefix);
    let native = native(&folder).context("the state folder is a path of another system")?;
    make_private(&native).context("making the folder of snapshots")?;
    let before = kept(state, prefix);
    let number = |it: &AbsPath| it.name_text().split('.').next()?.parse::<u64>().ok();
    let next = before.first().and_then(number).unwrap_or(0) + 1;
    let name = format!("{next}.json");
    fs::write(native.join(&name), snapshot.to_json()).context("writing the snapshot")?;
    for old in before.iter().skip(KEPT - 1) {
        let _ = fs::remove_file(native.join(old.name_text()));
    }
    Ok(folder.join(&name))
}

/// What was written down of the environments that were at a prefix and were replaced, the newest first.
#[must_use]
pub(crate) fn kept(state: &AbsPath, prefix: &AbsPath) -> Vec<AbsPath> {
    let folder = folder_of(state, prefix);
    let Some(native) = native(&folder) else { return Vec::new() };
    let names = fs::read_dir(&*native).into_iter().flatten().flatten().map(|it| it.file_name());
    let numbers = names.filter_map(|it| it.to_str()?.strip_suffix(".json")?.parse::<u64>().ok());
    let mut numbers: Vec<u64> = numbers.collect();
    numbers.sort_unstable_by(|a, b| b.cmp(a));
    numbers.into_iter().map(|it| folder.join(format!("{it}.json"))).collect()
}
