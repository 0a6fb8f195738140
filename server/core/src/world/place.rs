//! Where a question is asked: of this system, or of a layer that it runs or reaches.

use std::{fmt, sync::Arc};

/// The kinds of layers that can be looked into, as the contract spells them.
pub const KINDS: [&str; 10] = [
    "docker",
    "hyperv",
    "kubernetes",
    "libvirt",
    "parallels",
    "podman",
    "ssh",
    "virtualbox",
    "vmware",
    "wsl",
];

/// Where a question is asked. A layer (a container, a pod, a virtual machine) answers the same questions as this machine.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Place {
    /// The system that the server itself runs on.
    #[default]
    Here,
    /// Its kind and its target: `podman:shop`, `kubernetes:kind/default/web-0/app`. In the target every byte but letters,
    /// digits and `-._/@+` is percent-encoded, so that the next colon ends it.
    Layer(Arc<str>),
}

impl Place {
    /// A layer, by its kind and what its own tool calls it; `None` for a kind that nobody can look into, without a name, and
    /// with one that its tool would take for an option.
    #[must_use]
    pub fn layer(kind: &str, target: &str) -> Option<Place> {
        if !KINDS.contains(&kind) || target.is_empty() || target.starts_with('-') {
            return None;
        }
        let mut name = format!("{kind}:");
        for byte in target.bytes() {
            if byte.is_ascii_alphanumeric() || b"-._/@+".contains(&byte) {
                name.push(char::from(byte));
            } else {
                name.push_str(&format!("%{byte:02X}"));
            }
        }
        Some(Place::Layer(name.into()))
    }

    /// What the contract's JSON and the user spell: `here`, `podman:shop`.
    #[must_use]
    pub fn parse(spelled: &str) -> Option<Place> {
        if spelled == "here" {
            return Some(Place::Here);
        }
        let (kind, target) = spelled.split_once(':')?;
        Place::layer(kind, &decoded(target)?)
    }

    /// `podman`; `None` for this system.
    #[must_use]
    pub fn kind(&self) -> Option<&str> {
        match self {
            Place::Here => None,
            Place::Layer(name) => name.split_once(':').map(|it| it.0),
        }
    }

    /// What the layer's own tool calls it; empty for this system.
    #[must_use]
    pub fn target(&self) -> String {
        match self {
            Place::Here => String::new(),
            Place::Layer(name) => {
                name.split_once(':').and_then(|it| decoded(it.1)).unwrap_or_default()
            }
        }
    }

    /// The place that a path names at its beginning, and the rest of it.
    pub(super) fn of_path(path: &[u8]) -> Option<(Place, &[u8])> {
        let colon = path.iter().position(|it| *it == b':')?;
        let kind = str::from_utf8(path.get(..colon)?).ok()?;
        if !KINDS.contains(&kind) {
            return None;
        }
        let rest = path.get(colon + 1..)?;
        let mut end = rest.iter().position(|it| *it == b':')?;
        if kind == "ssh" {
            // A port may follow the host, as in the addresses that other tools take.
            let after = rest.get(end + 1..).unwrap_or_default();
            let digits = after.iter().take_while(|it| it.is_ascii_digit()).count();
            if digits > 0 && after.get(digits) == Some(&b':') {
                end += 1 + digits;
            }
        }
        let name = str::from_utf8(path.get(..colon + 1 + end)?).ok()?;
        let inside = rest.get(end + 1..).filter(|it| !it.is_empty())?;
        // As it is spelled by us, whatever spelling it came in.
        Some((Place::layer(kind, &decoded(name.get(colon + 1..)?)?)?, inside))
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Place::Here => f.write_str("here"),
            Place::Layer(name) => f.write_str(name),
        }
    }
}

fn decoded(target: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(target.len());
    let mut rest = target.bytes();
    while let Some(byte) = rest.next() {
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        let digits = [rest.next()?, rest.next()?];
        bytes.push(u8::from_str_radix(str::from_utf8(&digits).ok()?, 16).ok()?);
    }
    String::from_utf8(bytes).ok()
}
