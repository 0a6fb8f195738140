//! What an installer writes down beside the metadata: the list of its files (*Recording installed projects*, `RECORD`) and
//! where it took them from (*Recording the direct URL origin*, `direct_url.json`).

use crate::world::AbsPath;

/// The files that a RECORD lists, as paths from site-packages. What is compiled on the way (`.pyc`) comes and goes and is
/// left out, the folders that virtualenv lists for it too; so is what has an absolute path, as it need not be on this machine.
pub fn files(record: &str) -> impl Iterator<Item = &str> {
    entries(record).map(|it| it.0)
}

/// The same, each with what stands behind it: the digest and the size.
pub(super) fn entries(record: &str) -> impl Iterator<Item = (&str, &str)> {
    record.lines().filter_map(|line| {
        let (path, rest) = match line.strip_prefix('"') {
            // A comma in a name puts the name in quotes; a quote in a name, which is doubled then, nobody has.
            Some(quoted) => quoted.split_once('"')?,
            None => line.split_once(',').unwrap_or((line, "")),
        };
        let compiled = path.ends_with(".pyc") || path.ends_with("__pycache__");
        let counts = !path.is_empty() && !path.starts_with('/') && !compiled;
        counts.then_some((path, rest))
    })
}

/// Whether a distribution was asked for by name (*Recording installed projects*, `REQUESTED`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Request {
    /// It bears the mark.
    ByName,
    /// It lacks the mark, which also installers leave out that never set it.
    Unmarked,
    /// Its installer marks everything, or there is no list of its files.
    #[default]
    Unsaid,
}

/// The end of RECORD's line for an `INSTALLER` with the word `uv`: uv marks whatever it installs as asked for. Its digest tells the
/// installer, so that its own file need not be opened.
pub(super) const BY_UV: &str = "sha256=5hhM4Q4mYTT9z6QB6PGpUAW81PGNFrYrdXMj4oM_6ak,2";

/// The folder that an editable installation leads to; `None` where it is not editable, or from elsewhere than this machine.
#[must_use]
pub fn editable(direct_url: &str) -> Option<AbsPath> {
    let said: serde_json::Value = serde_json::from_str(direct_url).ok()?;
    if said.get("dir_info")?.get("editable")?.as_bool() != Some(true) {
        return None;
    }
    path_of(said.get("url")?.as_str()?)
}

/// The path that a `file:` address names, on POSIX or on Windows.
fn path_of(address: &str) -> Option<AbsPath> {
    let rest = address.strip_prefix("file://")?;
    let rest = rest.strip_prefix("localhost").unwrap_or(rest);
    let mut bytes = Vec::with_capacity(rest.len());
    let mut left = rest.as_bytes();
    while let Some((byte, after)) = left.split_first() {
        let escaped = (*byte == b'%').then(|| after.get(..2)).flatten();
        let escaped = escaped.and_then(|it| str::from_utf8(it).ok());
        match escaped.and_then(|it| u8::from_str_radix(it, 16).ok()) {
            Some(decoded) => {
                bytes.push(decoded);
                left = after.get(2..).unwrap_or_default();
            }
            None => {
                bytes.push(*byte);
                left = after;
            }
        }
    }
    // `/C:/folder` is a path of Windows behind the slash.
    match &*bytes {
        [b'/', drive, b':', ..] if drive.is_ascii_alphabetic() => AbsPath::parse(bytes.get(1..)?),
        _ => AbsPath::parse(bytes),
    }
}

/// The normalised name of the distribution that a `.pth` file may belong to; every build backend needs one to bring the folder
/// that is edited onto the path, and names it after the distribution: `_shop`, `shop`,
/// `__editable__.shop-1.0`, `shop-editable`.
#[must_use]
pub fn named_by_path_file(name: &str) -> Option<String> {
    let stem = name.strip_suffix(".pth")?;
    let versioned = stem.strip_prefix("__editable__.");
    let stem = match versioned {
        Some(stem) => stem.split_once('-').map_or(stem, |it| it.0),
        None => stem.trim_start_matches('_'),
    };
    let stem = stem.strip_suffix("-editable").or(stem.strip_suffix("_editable")).unwrap_or(stem);
    super::name::is_valid(stem).then(|| super::name::normalised(stem))
}
