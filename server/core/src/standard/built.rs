//! For what an extension module was built, by its file name (PEP 3149; *Platform compatibility tags*; `EXT_SUFFIX` of CPython and
//! PyPy): `_x.cpython-312-x86_64-linux-musl.so`, `_x.cp312-win_amd64.pyd`, `_x.cpython-312-darwin.so`.

use super::executable::usual_name;
use crate::layer::here::Libc;

/// What a file name tells; `None` where it does not.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Built {
    /// Of CPython.
    pub minor: Option<(u64, u64)>,
    /// `Linux`, `macOS`, `Windows`.
    pub system: Option<&'static str>,
    /// As `platform.machine()` says it on Linux.
    pub architecture: Option<String>,
    pub libc: Option<Libc>,
}

/// The part of an extension module's name between the module and the suffix; `None` where it says nothing of a platform.
#[must_use]
pub fn tag(name: &str) -> Option<&str> {
    let stem = name.strip_suffix(".so").or_else(|| name.strip_suffix(".pyd"))?;
    let (_, tag) = stem.split_once('.')?;
    tag.contains('-').then_some(tag)
}

/// What such a part says.
#[must_use]
pub fn built(tag: &str) -> Built {
    let mut parts = tag.split('-');
    let first = parts.next().unwrap_or_default();
    let number = match first
        .strip_prefix("cp")
        .filter(|it| it.starts_with(|it: char| it.is_ascii_digit()))
    {
        Some(number) => Some(number),
        None if first == "cpython" => parts.next(),
        None => None,
    };
    let rest: Vec<&str> = parts.collect();
    let has = |word: &str| rest.contains(&word);
    let windows =
        rest.iter().find_map(|it| it.strip_prefix("win_")).or(has("win32").then_some("x86"));
    let system = match () {
        () if windows.is_some() => Some("Windows"),
        () if has("darwin") => Some("macOS"),
        () if has("linux") => Some("Linux"),
        () => None,
    };
    let of_linux =
        rest.iter().position(|it| *it == "linux").and_then(|it| rest.get(it.checked_sub(1)?));
    let libc = match () {
        () if has("musl") => Some(Libc::Musl),
        () if has("gnu") => Some(Libc::Glibc),
        () => None,
    };
    let architecture = windows.or(of_linux.copied()).map(|it| match it {
        "powerpc64le" => "ppc64le".to_owned(),
        other => usual_name(other).to_owned(),
    });
    Built { minor: number.and_then(minor), system, architecture, libc }
}

/// `312`, `313t`.
fn minor(number: &str) -> Option<(u64, u64)> {
    let digits = number.trim_end_matches(|it: char| it.is_ascii_alphabetic());
    Some((digits.get(..1)?.parse().ok()?, digits.get(1..)?.parse().ok()?))
}
