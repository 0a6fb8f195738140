//! `.vagrant/machines/*/*/synced_folders` (*Vagrant*, synced folders): the folders that a virtual machine sees, as Vagrant wrote them
//! down when it started it.

use super::{Declarations, Declared, Format, Volume, tolerant};
use crate::{
    layer::mount::{Access, MountKind},
    tree::Node,
};

pub(super) static FORMAT: Format = Format {
    name: "vagrant",
    summary: "`.vagrant/machines/*/*/synced_folders`: the folders that a virtual machine of Vagrant sees",
    globs: &[".vagrant/machines/*/*/synced_folders"],
    matches: |name, _| name == "synced_folders",
    read,
};

fn read(text: &str) -> Declarations {
    tolerant::json(text, |root| {
        let mut machine = Declared::default();
        for (kind, span, folders) in root.entries() {
            machine.span = span;
            machine.volumes.extend(folders.entries().filter_map(|it| volume(kind, it.2)));
        }
        let layers = if machine.volumes.is_empty() { Vec::new() } else { vec![machine] };
        Declarations { layers, ..Declarations::default() }
    })
}

fn volume(kind: &str, node: Node<'_, '_>) -> Option<Volume> {
    let (source, inside) = (node.get("hostpath")?, node.text_of("guestpath")?);
    if node.get("disabled").is_some_and(Node::is_yes) {
        return None;
    }
    let (kind, access) = match kind {
        "rsync" => (MountKind::Synced, Access::ReadOnly),
        _ => (MountKind::Bind, Access::ReadWrite),
    };
    let (text, inside) = (source.text()?.to_owned(), inside.to_owned());
    Some(Volume { source: Some(text), inside, kind, access, span: source.span() })
}
