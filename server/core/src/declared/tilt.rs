//! `Tiltfile` (*Tiltfile API reference*, Tilt): images that `docker_build` makes, and what `sync` copies into them. It is a
//! program, which is never run: only calls with plain strings are read.

use std::collections::BTreeMap;

use super::{Build, Declarations, Declared, Format, Volume};
use crate::{
    layer::mount::{Access, MountKind},
    standard::pyvenv::Said,
    text::Span,
};

pub(super) static FORMAT: Format = Format {
    name: "tilt",
    summary: "`Tiltfile`: images, and what is copied into their pods",
    globs: &["Tiltfile", "*.tiltfile"],
    matches: |name, _| name == "Tiltfile" || name.ends_with(".tiltfile"),
    read,
};

fn read(text: &str) -> Declarations {
    let mut layers = Vec::new();
    for (start, inside) in calls(text, "docker_build") {
        let arguments = arguments(inside, start);
        let mut plain = arguments.iter().filter(|it| it.0.is_empty()).map(|it| &it.1);
        let Some(image) = plain.next().cloned() else { continue };
        let context = plain.next().cloned();
        let named: BTreeMap<&str, &Said> =
            arguments.iter().filter(|it| !it.0.is_empty()).map(|it| (it.0, &it.1)).collect();
        let synced = calls(inside, "sync").into_iter().filter_map(|(at, inside)| {
            let arguments = self::arguments(inside, start + at);
            let [(_, source), (_, target), ..] = &*arguments else { return None };
            Some(Volume {
                source: Some(source.text.clone()),
                inside: target.text.clone(),
                kind: MountKind::Synced,
                access: Access::ReadOnly,
                span: Span::new(source.span.start, target.span.end),
            })
        });
        layers.push(Declared {
            name: image.text.clone(),
            span: image.span,
            volumes: synced.collect(),
            build: Some(Build {
                span: image.span,
                context: context.or_else(|| named.get("context").map(|it| (*it).clone())),
                dockerfile: named.get("dockerfile").map(|it| (*it).clone()),
                target: named.get("target").map(|it| (*it).clone()),
                arguments: BTreeMap::new(),
            }),
            ..Declared::default()
        });
    }
    Declarations { layers, ..Declarations::default() }
}

/// What stands between the parentheses of each call of a function, and where that begins.
fn calls<'text>(text: &'text str, function: &str) -> Vec<(usize, &'text str)> {
    let open = format!("{function}(");
    let call = |(at, _): (usize, &str)| {
        let before = text.get(..at)?;
        let line = before.rsplit('\n').next().unwrap_or("");
        let is_word = before.ends_with(|it: char| it.is_alphanumeric() || matches!(it, '_' | '.'));
        if is_word || line.trim_start().starts_with('#') {
            return None;
        }
        let start = at + open.len();
        let rest = text.get(start..)?;
        Some((start, rest.get(..closing(rest))?))
    };
    text.match_indices(&open).filter_map(call).collect()
}

/// Where the parenthesis that is open is closed, strings passed over.
fn closing(text: &str) -> usize {
    let (mut depth, mut quote) = (0_usize, None);
    for (at, character) in text.char_indices() {
        match (quote, character) {
            (Some(open), it) if it == open => quote = None,
            (Some(_), _) => {}
            (None, '"' | '\'') => quote = Some(character),
            (None, '(' | '[' | '{') => depth += 1,
            (None, ')') if depth == 0 => return at,
            (None, ')' | ']' | '}') => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    text.len()
}

/// The arguments that are plain strings, with the names that they are given by; others are left out.
fn arguments(inside: &str, start: usize) -> Vec<(&str, Said)> {
    let mut arguments = Vec::new();
    let (mut depth, mut quote, mut from) = (0_usize, None, 0);
    let mut stretches = Vec::new();
    for (at, character) in inside.char_indices() {
        match (quote, character) {
            (Some(open), it) if it == open => quote = None,
            (Some(_), _) => {}
            (None, '"' | '\'') => quote = Some(character),
            (None, '(' | '[' | '{') => depth += 1,
            (None, ')' | ']' | '}') => depth = depth.saturating_sub(1),
            (None, ',') if depth == 0 => {
                stretches.push((from, at));
                from = at + 1;
            }
            _ => {}
        }
    }
    stretches.push((from, inside.len()));
    for (from, to) in stretches {
        let Some(piece) = inside.get(from..to) else { continue };
        let named = piece.split_once('=').filter(|it| !it.0.contains(['"', '\'', '(', '[']));
        let (name, value) = named.unwrap_or(("", piece));
        let offset = from + piece.len() - value.len() + value.len() - value.trim_start().len();
        let value = value.trim();
        let text = ['"', '\''].into_iter().find_map(|it| value.strip_prefix(it)?.strip_suffix(it));
        let Some(text) = text.filter(|it| !it.contains(['"', '\'', '%', '{'])) else { continue };
        let span = Span::new(start + offset + 1, start + offset + 1 + text.len());
        arguments.push((name.trim(), Said { text: text.to_owned(), span }));
    }
    arguments
}
