//! The headers of METADATA and PKG-INFO files (*Core metadata specifications*).

use std::borrow::Cow;

use crate::world::Metadata;

/// The headers, as far as they were there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Headers {
    pub metadata: Metadata,
    pub end: End,
}

/// What ended the reading of headers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// The blank line after which the description begins.
    BlankLine,
    /// The bytes; of the last header there may be more to come.
    Bytes,
}

/// Reads the headers, up to the blank line that ends them. Bytes that are no UTF-8 become replacement characters, as in the
/// `email` module of Python, by which these files are read.
#[must_use]
pub fn metadata(bytes: &[u8]) -> Metadata {
    headers(bytes).metadata
}

/// Reads the headers, and says whether that was all of them. Most headers are none that we use, and most of the bytes are
/// description, so both are stepped over with as little as can be.
#[must_use]
pub fn headers(bytes: &[u8]) -> Headers {
    let mut metadata = Metadata::default();
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let text = String::from_utf8_lossy(bytes);
    let mut rest = &*text;
    while !rest.is_empty() {
        let (line, mut after) = rest.split_once('\n').unwrap_or((rest, ""));
        if line.trim_ascii().is_empty() {
            return Headers { metadata, end: End::BlankLine };
        }
        let mut end = line.len();
        while after.starts_with([' ', '\t']) {
            let (line, next) = after.split_once('\n').unwrap_or((after, ""));
            end = rest.len() - after.len() + line.len();
            after = next;
        }
        let take = field(rest).zip(rest.get(..end).and_then(|it| it.split_once(':')));
        if let Some((take, (_, value))) = take {
            take(&mut metadata, unfolded(value));
        }
        rest = after;
    }
    Headers { metadata, end: End::Bytes }
}

type Field = fn(&mut Metadata, Cow<'_, str>);

/// What to do with a header that begins so; `None` for one that we do not use.
fn field(header: &str) -> Option<Field> {
    // Ten lines of eleven are told apart by their first letter.
    let fields: &[(&str, Field)] = match header.as_bytes().first()? {
        b'R' | b'r' => &[
            ("Requires-Dist:", |it, value| it.requires.push(&value)),
            ("Requires-Python:", |it, value| it.requires_python = Some(value.into_owned())),
        ],
        b'P' | b'p' => &[("Provides-Extra:", |it, value| it.extras.push(value.into_owned()))],
        b'N' | b'n' => &[("Name:", |it, value| it.name = value.into_owned())],
        b'V' | b'v' => &[("Version:", |it, value| it.version = value.into_owned())],
        _ => return None,
    };
    let named =
        |name: &str| header.get(..name.len()).is_some_and(|it| it.eq_ignore_ascii_case(name));
    fields.iter().find(|it| named(it.0)).map(|it| it.1)
}

/// The value, its lines joined.
fn unfolded(value: &str) -> Cow<'_, str> {
    let value = value.trim_ascii();
    if !value.contains('\n') {
        return Cow::Borrowed(value);
    }
    Cow::Owned(value.lines().map(str::trim).collect::<Vec<_>>().join(" "))
}
