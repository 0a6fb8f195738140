//! The headers of METADATA and PKG-INFO files (*Core metadata specifications*).

use std::borrow::Cow;

use super::need::Collector;
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
    headers(bytes, &mut Collector::default()).metadata
}

/// Reads the headers, and says whether that was all of them. Most headers are none that we use, and most of the bytes are
/// description, so both are stepped over with as little as can be.
#[must_use]
pub fn headers(bytes: &[u8], needs: &mut Collector) -> Headers {
    let mut metadata = Metadata::default();
    let mut end = End::Bytes;
    let mut rest = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    while !rest.is_empty() {
        let mut length = line_end(rest, 0);
        if rest.get(..length).is_none_or(|it| it.trim_ascii().is_empty()) {
            end = End::BlankLine;
            break;
        }
        while matches!(rest.get(length + 1), Some(b' ' | b'\t')) {
            length = line_end(rest, length + 1);
        }
        let header = rest.get(..length).unwrap_or_default();
        if let Some((field, value)) = field(header) {
            take(&mut metadata, needs, field, &unfolded(value));
        }
        rest = rest.get(length + 1..).unwrap_or_default();
    }
    metadata.requires = needs.take();
    Headers { metadata, end }
}

fn line_end(bytes: &[u8], from: usize) -> usize {
    memchr::memchr(b'\n', bytes.get(from..).unwrap_or_default()).map_or(bytes.len(), |it| from + it)
}

/// The headers that we use.
#[derive(Clone, Copy)]
enum Field {
    Name,
    Version,
    RequiresPython,
    Requires,
    Extra,
    Summary,
    Licence,
    LicenceExpression,
    Classifier,
}

fn take(metadata: &mut Metadata, needs: &mut Collector, field: Field, value: &str) {
    match field {
        Field::Name => value.clone_into(&mut metadata.name),
        Field::Version => value.clone_into(&mut metadata.version),
        Field::RequiresPython => metadata.requires_python = Some(value.to_owned()),
        Field::Requires => needs.push(value),
        Field::Extra => metadata.extras.push(value.to_owned()),
        Field::Summary => metadata.summary = Some(shortened(value)),
        Field::LicenceExpression => metadata.licence = Some(shortened(value)),
        // Many put the whole text there, and many nothing but `UNKNOWN`.
        Field::Licence if value.len() <= LONGEST && !matches!(value, "" | "UNKNOWN") => {
            metadata.licence.get_or_insert_with(|| shortened(value));
        }
        Field::Licence => {}
        Field::Classifier => {
            let last = value.rsplit("::").next().unwrap_or(value).trim();
            metadata.licence.get_or_insert_with(|| shortened(last));
        }
    }
}

/// What is longer than this is no line that anybody reads.
const LONGEST: usize = 120;

fn shortened(value: &str) -> Box<str> {
    match value.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", value.get(..end).unwrap_or("").trim_end()).into(),
        None => value.into(),
    }
}

/// Which header it is, and its value; `None` for one that we do not use.
fn field(header: &[u8]) -> Option<(Field, &[u8])> {
    // Ten lines of eleven are told apart by their first letter.
    let fields: &[(&[u8], Field)] = match header.first()? {
        b'R' | b'r' => {
            &[(b"Requires-Dist:", Field::Requires), (b"Requires-Python:", Field::RequiresPython)]
        }
        b'P' | b'p' => &[(b"Provides-Extra:", Field::Extra)],
        b'N' | b'n' => &[(b"Name:", Field::Name)],
        b'V' | b'v' => &[(b"Version:", Field::Version)],
        b'S' | b's' => &[(b"Summary:", Field::Summary)],
        b'L' | b'l' => {
            &[(b"License-Expression:", Field::LicenceExpression), (b"License:", Field::Licence)]
        }
        b'C' | b'c' => &[(b"Classifier: License ::", Field::Classifier)],
        _ => return None,
    };
    fields.iter().find_map(|(name, field)| {
        let (begin, value) = header.split_at_checked(name.len())?;
        begin.eq_ignore_ascii_case(name).then_some((*field, value))
    })
}

/// The value as text, its lines joined.
fn unfolded(value: &[u8]) -> Cow<'_, str> {
    let text = String::from_utf8_lossy(value.trim_ascii());
    if memchr::memchr(b'\n', text.as_bytes()).is_none() {
        return text;
    }
    Cow::Owned(text.lines().map(str::trim).collect::<Vec<_>>().join(" "))
}
