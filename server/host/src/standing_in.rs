//! The two readers of installed metadata that the core will bring; the only place that calls them.

use std::sync::Arc;

use envls_core::{
    standard::name::normalised,
    world::{Distribution, Inventory, ListedKind, Metadata},
};

pub(crate) fn inventory<'a>(names: impl Iterator<Item = (&'a [u8], ListedKind)>) -> Inventory {
    let mut inventory = Inventory::default();
    for (folder, _) in names {
        let Ok(folder) = str::from_utf8(folder) else { continue };
        let stem = folder.strip_suffix(".dist-info").or_else(|| folder.strip_suffix(".egg-info"));
        let Some(stem) = stem else { continue };
        let mut parts = stem.split('-');
        let name = parts.next().unwrap_or(stem);
        let version = parts.next().unwrap_or("");
        let found = Distribution {
            name: Arc::from(name),
            version: Arc::from(version),
            folder: Arc::from(folder),
        };
        inventory.distributions.entry(Arc::from(normalised(name))).or_default().push(found);
    }
    inventory.distributions.values_mut().for_each(|it| it.sort_unstable());
    inventory
}

pub(crate) fn metadata(headers: &str) -> Metadata {
    let mut metadata = Metadata::default();
    for line in headers.lines() {
        let Some((field, value)) = line.split_once(':') else { continue };
        let value = value.trim().to_owned();
        match field {
            "Name" => metadata.name = value,
            "Version" => metadata.version = value,
            "Requires-Python" => metadata.requires_python = Some(value),
            "Requires-Dist" => metadata.requires.push(value),
            "Provides-Extra" => metadata.extras.push(value),
            _ => {}
        }
    }
    metadata
}
