//! The headers of METADATA and PKG-INFO files (*Core metadata specifications*).

use std::borrow::Cow;

use crate::world::Metadata;

/// Reads the headers, up to the blank line that ends them. Bytes that are no UTF-8 become replacement characters, as in the
/// `email` module of Python, by which these files are read.
#[must_use]
pub fn metadata(bytes: &[u8]) -> Metadata {
    let mut metadata = Metadata::default();
    let mut rest = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    while let Some(header) = next_header(&mut rest) {
        let Some(colon) = header.iter().position(|it| *it == b':') else { continue };
        let (name, value) = header.split_at(colon);
        let Some(take) = field(name) else { continue };
        take(&mut metadata, text(value.get(1..).unwrap_or_default()));
    }
    metadata
}

/// Takes the next header with the lines that continue it; `None` at the blank line and at the end.
fn next_header<'bytes>(rest: &mut &'bytes [u8]) -> Option<&'bytes [u8]> {
    let bytes = *rest;
    let mut end = line_end(bytes, 0);
    if bytes.get(..end)?.trim_ascii().is_empty() {
        return None;
    }
    let mut next = end + 1;
    while matches!(bytes.get(next), Some(b' ' | b'\t')) {
        end = line_end(bytes, next);
        next = end + 1;
    }
    *rest = bytes.get(next..).unwrap_or_default();
    bytes.get(..end)
}

fn line_end(bytes: &[u8], from: usize) -> usize {
    let rest = bytes.get(from..).unwrap_or_default();
    rest.iter().position(|it| *it == b'\n').map_or(bytes.len(), |at| from + at)
}

type Field = fn(&mut Metadata, Cow<'_, str>);

/// What to do with a header of this name; `None` for one that we do not use.
fn field(name: &[u8]) -> Option<Field> {
    let fields: [(&[u8], Field); 5] = [
        (b"Requires-Dist", |it, value| it.requires.push(&value)),
        (b"Provides-Extra", |it, value| it.extras.push(value.into_owned())),
        (b"Requires-Python", |it, value| it.requires_python = Some(value.into_owned())),
        (b"Name", |it, value| it.name = value.into_owned()),
        (b"Version", |it, value| it.version = value.into_owned()),
    ];
    fields.into_iter().find(|it| it.0.eq_ignore_ascii_case(name)).map(|it| it.1)
}

/// The value, its lines joined.
fn text(value: &[u8]) -> Cow<'_, str> {
    let text = String::from_utf8_lossy(value.trim_ascii());
    if !text.contains('\n') {
        return text;
    }
    Cow::Owned(text.lines().map(str::trim).collect::<Vec<_>>().join(" "))
}
