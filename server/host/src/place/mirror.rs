//! What a site-packages folder of a layer tells, read by the same readers as one of the disk: what was fetched of it is laid
//! out in a folder of ours for as long as it takes.

use std::{
    fs,
    path::{Component, Path, PathBuf},
    sync::Arc,
};

use anyhow::Context as _;
use envls_core::{
    place::script::Packages,
    world::{AbsPath, Content, Fault, Listed, ListedKind, MetadataTable, Noun, Place, Reply},
};

use crate::{
    installed::{Headers, distributions, modules::Modules, records},
    path,
};

/// The answers to several questions about one site-packages folder.
pub(crate) fn contents(
    place: &Place,
    folder: &AbsPath,
    packages: &Packages,
    nouns: &[Noun],
) -> Vec<Content> {
    let fault = |error: anyhow::Error| Fault::Other(format!("{error:#}"));
    let laid = lay_out(folder, packages).map_err(fault);
    let content = |noun: &Noun| match &laid {
        Ok(laid) => read(place, laid, noun),
        Err(fault) => Content::fault(noun, fault.clone()).unwrap_or_else(|| never(noun)),
    };
    nouns.iter().map(content).collect()
}

fn never(_: &Noun) -> Content {
    Content::Distributions(Reply::Absent)
}

struct LaidOut {
    _folder: tempfile::TempDir,
    site_packages: AbsPath,
}

fn read(place: &Place, laid: &LaidOut, noun: &Noun) -> Content {
    let path = &laid.site_packages;
    match noun {
        Noun::Distributions(_) => Content::Distributions(distributions(path).0),
        Noun::Metadata(_) => {
            let table = Headers::default().metadata(path).0;
            Content::Metadata(match table {
                Reply::Known(table) => Reply::Known(placed(place, table)),
                other => other,
            })
        }
        Noun::Records(_, folders) => Content::Records(records::records(path, folders).0),
        _ => Content::Modules(Modules::default().modules(path).0),
    }
}

/// Editable installations lead to folders of the layer.
fn placed(place: &Place, table: Arc<MetadataTable>) -> Arc<MetadataTable> {
    let mut table = Arc::unwrap_or_clone(table);
    table.editable.values_mut().for_each(|it| *it = it.at(place));
    Arc::new(table)
}

fn lay_out(folder: &AbsPath, packages: &Packages) -> anyhow::Result<LaidOut> {
    let root =
        tempfile::Builder::new().prefix("envls-layer-").tempdir().context("making a folder")?;
    let at = below(root.path(), &folder.inside().to_string());
    fs::create_dir_all(&at).context("making a folder")?;
    make(&at, &packages.names)?;
    for file in &packages.present {
        // What RECORD lists may lie beside the library: programs, data.
        let path = below(root.path(), &folder.inside().join(file).to_string());
        if path.symlink_metadata().is_err() && make_parent(&path).is_some() {
            let _ = fs::write(&path, b"");
        }
    }
    for (folder, names) in &packages.leads {
        let lead = below(root.path(), folder);
        fs::create_dir_all(&lead).context("making a folder")?;
        make(&lead, names)?;
    }
    for (file, bytes) in &packages.files {
        let Some(path) = plain(&at, file) else { continue };
        if make_parent(&path).is_none() {
            continue;
        }
        let bytes = if file.ends_with(".pth") { led(root.path(), bytes) } else { bytes.clone() };
        fs::write(&path, bytes).with_context(|| format!("writing `{file}`"))?;
    }
    let site_packages = path::of(&at).context("the folder for it has no absolute path")?;
    Ok(LaidOut { _folder: root, site_packages })
}

/// The folders that a `.pth` file names are looked for where they were laid out, and never on this system.
fn led(root: &Path, bytes: &[u8]) -> Vec<u8> {
    let text = String::from_utf8_lossy(bytes);
    let lines = text.lines().map(|line| match line.strip_prefix('/') {
        Some(_) => below(root, line.trim()).to_string_lossy().into_owned(),
        None => line.to_owned(),
    });
    lines.collect::<Vec<_>>().join("\n").into_bytes()
}

fn make(folder: &Path, names: &[Listed]) -> anyhow::Result<()> {
    for listed in names {
        let Ok(name) = str::from_utf8(&listed.name) else { continue };
        let Some(path) = plain(folder, name) else { continue };
        let made = match listed.kind {
            ListedKind::Folder => fs::create_dir_all(&path),
            _ => fs::write(&path, b""),
        };
        made.with_context(|| format!("laying out `{name}`"))?;
    }
    Ok(())
}

fn make_parent(path: &Path) -> Option<()> {
    fs::create_dir_all(path.parent()?).ok()
}

/// A path of the layer below a folder of ours: whatever it says, it does not lead out of it.
fn below(root: &Path, path: &str) -> PathBuf {
    let parts = path.split('/').filter(|it| !matches!(*it, "" | "." | ".."));
    parts.fold(root.to_owned(), |at, part| at.join(part))
}

fn plain(folder: &Path, relative: &str) -> Option<PathBuf> {
    let relative = Path::new(relative);
    let is_plain = relative.components().all(|it| matches!(it, Component::Normal(_)));
    (is_plain && relative.components().next().is_some()).then(|| folder.join(relative))
}
