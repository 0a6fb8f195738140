//! `*.vmx` (VMware Workstation and Fusion): the folders that a virtual machine of VMware sees, at `/mnt/hgfs` and their names.

use std::collections::BTreeMap;

use super::{Declarations, Declared, Format, Volume};
use crate::{
    layer::mount::{Access, MountKind},
    standard::pyvenv::Said,
    text::Span,
};

pub(super) static FORMAT: Format = Format {
    name: "vmware",
    summary: "`*.vmx`: the folders that a virtual machine of VMware sees",
    globs: &["*.vmx"],
    matches: |name, _| name.ends_with(".vmx"),
    read,
};

fn read(text: &str) -> Declarations {
    let mut said: BTreeMap<String, Said> = BTreeMap::new();
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let at = start;
        start += line.len();
        let Some((key, value)) = line.split_once('=') else { continue };
        let value = value.trim().trim_matches('"');
        let Some(from) = line.rfind(value).filter(|_| !value.is_empty()) else { continue };
        let span = Span::new(at + from, at + from + value.len());
        said.insert(key.trim().to_ascii_lowercase(), Said { text: value.to_owned(), span });
    }
    let is = |key: String| said.get(&key).is_some_and(|it| it.text.eq_ignore_ascii_case("true"));
    let Some(name) = said.get("displayname") else { return Declarations::default() };
    let off = is("isolation.tools.hgfs.disable".to_owned());
    let folders = (0..32).filter(|_| !off).filter_map(|number| {
        let key = |what: &str| format!("sharedfolder{number}.{what}");
        let (host, guest) = (said.get(&key("hostpath"))?, said.get(&key("guestname"))?);
        let writes = is(key("writeaccess"));
        (is(key("present")) && is(key("enabled"))).then(|| Volume {
            source: Some(host.text.clone()),
            inside: format!("/mnt/hgfs/{}", guest.text),
            kind: MountKind::Bind,
            access: if writes { Access::ReadWrite } else { Access::ReadOnly },
            span: host.span,
        })
    });
    let (text, span) = (name.text.clone(), name.span);
    let machine = Declared { name: text, span, volumes: folders.collect(), ..Declared::default() };
    Declarations { layers: vec![machine], ..Declarations::default() }
}
