//! `Vagrantfile` (*Vagrant*, Vagrantfile): a virtual machine and the folders that it sees. It is a program of Ruby, which is never
//! run, and neither is Vagrant, which would run it: only plain assignments are read.

use super::{Declarations, Declared, Format, Volume};
use crate::{
    layer::mount::{Access, MountKind},
    standard::pyvenv::Said,
    text::Span,
};

pub(super) static FORMAT: Format = Format {
    name: "vagrantfile",
    summary: "`Vagrantfile`: a virtual machine, and the folders that it sees",
    globs: &["Vagrantfile"],
    matches: |name, _| name == "Vagrantfile",
    read,
};

fn read(text: &str) -> Declarations {
    let mut machine = Declared::default();
    let mut keeps_default = true;
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let at = start;
        start += line.len();
        let content = line.trim_end();
        if content.trim_start().starts_with('#') {
            continue;
        }
        let strings = strings(content, at);
        if content.contains(".vm.box ") || content.contains(".vm.box=") {
            machine.image = strings.first().cloned();
        } else if let Some(hostname) =
            content.contains(".vm.hostname").then(|| strings.first()).flatten()
        {
            machine.name.clone_from(&hostname.text);
        } else if content.contains(".synced_folder") {
            let [source, inside, ..] = &*strings else { continue };
            let disabled =
                content.contains("disabled: true") || content.contains(":disabled => true");
            keeps_default &= inside.text != "/vagrant";
            let span = Span::new(source.span.start, inside.span.end);
            let (kind, access) = match content.contains("rsync") {
                true => (MountKind::Synced, Access::ReadOnly),
                false => (MountKind::Bind, Access::ReadWrite),
            };
            let (source, inside) = (Some(source.text.clone()), inside.text.clone());
            if !disabled {
                machine.volumes.push(Volume { source, inside, kind, access, span });
            }
        }
    }
    let Some(image) = machine.image.clone() else { return Declarations::default() };
    machine.span = image.span;
    if keeps_default {
        // The project's folder is seen there unless it is said not to be.
        let (kind, access) = (MountKind::Bind, Access::ReadWrite);
        let (source, inside) = (Some(".".to_owned()), "/vagrant".to_owned());
        machine.volumes.push(Volume { source, inside, kind, access, span: image.span });
    }
    Declarations { layers: vec![machine], ..Declarations::default() }
}

/// The strings of a line that nothing is put into.
fn strings(line: &str, start: usize) -> Vec<Said> {
    let mut strings = Vec::new();
    let mut open: Option<(char, usize)> = None;
    for (at, character) in line.char_indices() {
        match (open, character) {
            (None, '"' | '\'') => open = Some((character, at + 1)),
            (None, '#') => break,
            (Some((quote, from)), it) if it == quote => {
                let text = line.get(from..at).unwrap_or("");
                if !text.contains("#{") {
                    let span = Span::new(start + from, start + at);
                    strings.push(Said { text: text.to_owned(), span });
                }
                open = None;
            }
            _ => {}
        }
    }
    strings
}
