//! `*.vbox` (Oracle VirtualBox, *Machine settings*): the folders that a virtual machine of VirtualBox sees. Only where a folder is
//! mounted by itself is it known where: at its mount point, else at `/media/sf_` and its name.

use super::{Declarations, Declared, Format, Volume, xml};
use crate::layer::mount::{Access, MountKind};

pub(super) static FORMAT: Format = Format {
    name: "virtualbox",
    summary: "`*.vbox`: the folders that a virtual machine of VirtualBox sees",
    globs: &["*.vbox"],
    matches: |name, _| name.ends_with(".vbox"),
    read,
};

fn read(text: &str) -> Declarations {
    let mut machine = Declared::default();
    if let Some(element) = xml::elements(text, "Machine").next() {
        machine.span = element.span;
        machine.name = element.attribute("name").unwrap_or_default();
    }
    for folder in xml::elements(text, "SharedFolder") {
        let (Some(name), Some(host)) = (folder.attribute("name"), folder.attribute("hostPath"))
        else {
            continue;
        };
        if folder.attribute("autoMount").as_deref() != Some("true") {
            continue;
        }
        let point = folder.attribute("autoMountPoint").filter(|it| !it.is_empty());
        let only = folder.attribute("writable").as_deref() == Some("false");
        machine.volumes.push(Volume {
            source: Some(host),
            inside: point.unwrap_or_else(|| format!("/media/sf_{name}")),
            kind: MountKind::Bind,
            access: if only { Access::ReadOnly } else { Access::ReadWrite },
            span: folder.span,
        });
    }
    let layers = if machine == Declared::default() { Vec::new() } else { vec![machine] };
    Declarations { layers, ..Declarations::default() }
}
