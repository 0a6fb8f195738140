//! What must hold of every reader, whatever bytes it is given. One function a reader; the fuzz targets and the test of the
//! seeds call them.

use std::{collections::BTreeSet, hint::black_box, sync::Arc};

use envls_core::{
    lock,
    manifest::{self, Says},
    source::{self, Names},
    standard::{
        inventory,
        marker::{Marker, MarkerEnvironment},
        metadata, modules, pyvenv, record,
        requirement::{self, Invalid, Requirement},
        version::{Specifiers, Version},
    },
    text::Span,
    world::{AbsPath, ListedKind},
};

/// Feeds bytes to a reader, and asserts what must hold of the answer.
pub type Reader = fn(&[u8]);

/// Every reader, by the name of its target and of its folder of seeds.
pub static READERS: &[(&str, Reader)] = &[
    ("inventory", inventory),
    ("lock", lock),
    ("manifest", manifest),
    ("marker", marker),
    ("metadata", metadata),
    ("pyproject", pyproject),
    ("python_version", python_version),
    ("pyvenv", pyvenv),
    ("record", record),
    ("requirement", requirement),
    ("requirements", requirements),
    ("source", source),
    ("specifiers", specifiers),
];

pub fn specifiers(data: &[u8]) {
    let Some((text, version)) = two(data) else { return };
    match Specifiers::parse(text) {
        Ok(specifiers) => {
            assert_eq!(specifiers.to_string(), text);
            if let Some(version) = Version::parse(version) {
                black_box(specifiers.admits(&version));
            }
        }
        Err(fault) => {
            lies_in(text, fault.span);
            fault.repair.iter().for_each(|it| lies_in(text, it.span));
        }
    }
}

pub fn requirement(data: &[u8]) {
    let Ok(text) = str::from_utf8(data) else { return };
    match requirement::parse(text, 0) {
        Ok(read) => {
            of_requirement(&read).into_iter().for_each(|it| lies_in(text, it));
            let again = requirement::parse(&read.spelled, 0).expect("it was good before");
            assert_eq!(again.specifiers, read.specifiers);
        }
        Err(invalid) => of_invalid(&invalid).into_iter().for_each(|it| lies_in(text, it)),
    }
    black_box(requirement::name_of(text));
}

pub fn marker(data: &[u8]) {
    let Ok(text) = str::from_utf8(data) else { return };
    match Marker::parse(text, 0) {
        Ok(marker) => {
            black_box((marker.judge(&MarkerEnvironment::default()), marker.extras()));
        }
        Err(invalid) => of_invalid(&invalid).into_iter().for_each(|it| lies_in(text, it)),
    }
}

pub fn metadata(data: &[u8]) {
    black_box(metadata::metadata(data));
}

pub fn pyvenv(data: &[u8]) {
    let Ok(text) = str::from_utf8(data) else { return };
    let Some(read) = pyvenv::pyvenv(text) else { return };
    for said in read.home.iter().chain(&read.version).chain(&read.command) {
        assert_eq!(text.get(said.span.start..said.span.end), Some(said.text.as_str()));
    }
}

pub fn inventory(data: &[u8]) {
    let names = data.split(|it| *it == b'\n').map(|it| (it, ListedKind::Folder));
    black_box(inventory::inventory(names));
}

pub fn pyproject(data: &[u8]) {
    manifest_at("/w/pyproject.toml", data);
}

pub fn requirements(data: &[u8]) {
    manifest_at("/w/requirements.txt", data);
    manifest_at("/w/constraints.txt", data);
}

pub fn python_version(data: &[u8]) {
    manifest_at("/w/.python-version", data);
}

/// Any other manifest; the first line is the name of its file.
pub fn manifest(data: &[u8]) {
    let names =
        ["setup.cfg", "setup.py", "Pipfile", "hatch.toml", "pixi.toml", "environment.yml", "x.py"];
    let Some(border) = data.iter().position(|it| *it == b'\n') else { return };
    let (name, text) = data.split_at(border);
    let Some(name) = names.iter().find(|it| it.as_bytes() == name) else { return };
    manifest_at(&format!("/w/{name}"), &text[1..]);
}

/// The first line is the name of the lock.
pub fn lock(data: &[u8]) {
    let Some(border) = data.iter().position(|it| *it == b'\n') else { return };
    let (name, text) = data.split_at(border);
    let (Ok(name), Ok(text)) = (str::from_utf8(name), str::from_utf8(&text[1..])) else { return };
    let path = AbsPath::new("/w").join(name);
    if lock::format_of(&path).is_none() {
        return;
    }
    let document = lock::read_file(&path, Arc::from(text));
    for package in &document.lock.packages {
        lies_in(text, package.name_span);
        lies_in(text, package.version_span);
    }
    black_box(document.is_sound());
}

/// A file of Python, a notebook where the first byte is `{`.
pub fn source(data: &[u8]) {
    let Ok(text) = str::from_utf8(data) else { return };
    let name = if text.starts_with('{') { "/w/a.ipynb" } else { "/w/a.py" };
    let read = source::read_file(&AbsPath::new(name), text, &mut Names::default());
    let lines = text.lines().count() as u32;
    for import in &read.imports {
        assert!(import.range.start <= import.range.end && import.range.start.line <= lines);
    }
}

/// RECORD, the names of modules, path files and direct_url.json.
pub fn record(data: &[u8]) {
    let Ok(text) = str::from_utf8(data) else { return };
    let files = record::files(text).count();
    assert!(files <= text.lines().count());
    black_box(modules::of_record(text, &BTreeSet::from(["google".to_owned()])));
    black_box((modules::of_top_level(text), modules::mapped(text), record::editable(text)));
    black_box(modules::path_lines(text).count());
}

fn manifest_at(path: &str, data: &[u8]) {
    let Ok(text) = str::from_utf8(data) else { return };
    let document = manifest::read_file(&AbsPath::new(path), Arc::from(text));
    for fact in &document.facts {
        lies_in(text, fact.span);
        match &fact.says {
            Says::Requirement { requirement, .. } => {
                of_requirement(requirement).into_iter().for_each(|it| lies_in(text, it));
            }
            Says::InvalidRequirement { invalid, .. } => {
                of_invalid(invalid).into_iter().for_each(|it| lies_in(text, it));
            }
            _ => {}
        }
        black_box(manifest::replacement(&document, fact.span, "'\"\\"));
    }
}

fn of_requirement(it: &Requirement) -> Vec<Span> {
    let extras = it.extras.iter().map(|it| it.1);
    [it.name_span, it.specifier_span].into_iter().chain(it.marker_span).chain(extras).collect()
}

fn of_invalid(it: &Invalid) -> Vec<Span> {
    std::iter::once(it.span).chain(it.repair.iter().map(|it| it.span)).collect()
}

fn lies_in(text: &str, span: Span) {
    assert!(text.get(span.start..span.end).is_some(), "{span:?} does not lie in {text:?}");
}

/// Two texts, divided by the first line break.
fn two(data: &[u8]) -> Option<(&str, &str)> {
    let text = str::from_utf8(data).ok()?;
    Some(text.split_once('\n').unwrap_or((text, "1.0")))
}
