//! The domain of a virtual machine of libvirt (*libvirt*, Domain XML format, filesystems): `*.domain.xml`, and what `virsh dumpxml`
//! writes as `libvirt*.xml`. A folder of the host has a tag there and no path: where the machine mounts it, only the machine knows, unless
//! the tag is a path.

use super::{Declarations, Declared, Format, Volume, xml};
use crate::layer::mount::{Access, MountKind};

pub(super) static FORMAT: Format = Format {
    name: "libvirt",
    summary: "`*.domain.xml`, `libvirt*.xml`: the folders that a virtual machine of libvirt is given",
    globs: &["*.domain.xml", "libvirt*.xml"],
    matches: |name, _| {
        name.ends_with(".domain.xml") || name.starts_with("libvirt") && name.ends_with(".xml")
    },
    read,
};

fn read(text: &str) -> Declarations {
    let Some(domain) = xml::elements(text, "domain").next() else { return Declarations::default() };
    let name = text.split_once("<name>").and_then(|it| Some(it.1.split_once("</name>")?.0.trim()));
    let mut machine = Declared {
        name: name.unwrap_or_default().to_owned(),
        span: domain.span,
        ..Declared::default()
    };
    for filesystem in xml::elements(text, "filesystem") {
        let rest = text.get(filesystem.span.end..).unwrap_or("");
        let inside = rest.split("</filesystem>").next().unwrap_or("");
        let source = xml::elements(inside, "source").find_map(|it| it.attribute("dir"));
        let target = xml::elements(inside, "target").find_map(|it| it.attribute("dir"));
        let (Some(source), Some(target)) = (source, target) else { continue };
        let only = xml::elements(inside, "readonly").next().is_some();
        machine.volumes.push(Volume {
            source: Some(source),
            inside: target,
            kind: MountKind::Bind,
            access: if only { Access::ReadOnly } else { Access::ReadWrite },
            span: filesystem.span,
        });
    }
    Declarations { layers: vec![machine], ..Declarations::default() }
}
