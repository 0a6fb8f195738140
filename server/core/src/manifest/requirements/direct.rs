//! Requirements that are a path or a URL: archives, folders, repositories.

use crate::{
    standard::{
        marker::Marker,
        name,
        requirement::{self, Invalid, Requirement},
        version::Specifiers,
    },
    text::Span,
};

pub(super) enum Direct {
    /// The file's name, or `#egg=` at the end of the URL, says what it is.
    Named(Box<Requirement>),
    /// It must be looked into to know what it is.
    Nameless(String),
}

/// The endings of what pip takes for an archive.
static ARCHIVES: &[&str] = &[
    ".whl",
    ".zip",
    ".tar.gz",
    ".tgz",
    ".tar",
    ".tar.bz2",
    ".tbz",
    ".tar.xz",
    ".txz",
    ".tar.lz",
    ".tlz",
    ".tar.lzma",
];

/// Whether pip takes this for a path or a URL, and not for a name with specifiers.
pub(super) fn is_direct(text: &str) -> bool {
    if is_url(text) {
        return true;
    }
    let head = text.split([';', '@']).next().unwrap_or(text).trim();
    let file = head.split('[').next().unwrap_or(head).trim_end();
    let looks_like_path = head.starts_with('.') || head.contains(['/', '\\']);
    looks_like_path || (!text.contains('@') && ARCHIVES.iter().any(|it| file.ends_with(it)))
}

/// Whether a scheme stands before the first colon: `https:`, `file:`, `git+ssh:`.
fn is_url(text: &str) -> bool {
    let scheme = text.split_once(':').map_or("", |it| it.0).to_ascii_lowercase();
    let (kind, transport) = scheme.split_once('+').unwrap_or((&scheme, ""));
    let repository = matches!(kind, "git" | "hg" | "svn" | "bzr");
    matches!(scheme.as_str(), "http" | "https" | "file" | "ftp")
        || (repository && !transport.is_empty())
}

/// Reads a path or URL that stands at byte `offset`, with the extras and the marker that may follow it.
pub(super) fn read(text: &str, offset: usize) -> Result<Direct, Invalid> {
    // `-e` also takes a requirement with a URL.
    if !is_direct(text)
        && let Ok(requirement) = requirement::parse(text, offset)
        && requirement.url.is_some()
    {
        return Ok(Direct::Named(Box::new(requirement)));
    }
    // A URL may hold a semicolon, so there a space must set the marker off.
    let border =
        if is_url(text) { text.find(" ;").or_else(|| text.find("; ")) } else { text.find(';') };
    let target = text.get(..border.unwrap_or(text.len())).unwrap_or(text).trim_end();
    let (marker, marker_span) = match border {
        Some(at) => {
            let start = text.get(at..).and_then(|it| it.find(';')).map_or(at, |it| at + it + 1);
            let rest = text.get(start..).unwrap_or("");
            let start = start + rest.len() - rest.trim_start().len();
            let marker = Marker::parse(rest.trim(), offset + start)?;
            (Some(marker), Some(Span::new(start, start + rest.trim().len()).shifted(offset)))
        }
        None => (None, None),
    };
    let Some((name, extras)) = name_in(target) else {
        return Ok(Direct::Nameless(target.to_owned()));
    };
    let name_span = name.shifted(offset);
    let spelled_name = target.get(name.start..name.end).unwrap_or("");
    Ok(Direct::Named(Box::new(Requirement {
        spelled: text.to_owned(),
        name: name::normalised(spelled_name).into(),
        name_span,
        extras: extras_in(target, extras, offset),
        specifiers: Specifiers::default(),
        specifier_span: Span::new(name_span.end, name_span.end),
        url: Some(target.to_owned()),
        marker,
        marker_span,
    })))
}

/// Where a target says its name, and the extras in brackets.
fn name_in(target: &str) -> Option<(Span, Span)> {
    let (before, fragment) = target.split_once('#').unwrap_or((target, ""));
    let egg = fragment.find("egg=").filter(|at| *at == 0 || fragment[..*at].ends_with('&'));
    if let Some(at) = egg {
        let start = before.len() + 1 + at + "egg=".len();
        let egg = target.get(start..)?.split('&').next()?;
        let length = egg.find('[').unwrap_or(egg.len());
        let name = egg.get(..length)?.trim_end();
        return name::is_valid(name)
            .then(|| (Span::new(start, start + name.len()), brackets(egg, start)));
    }
    // `{distribution}-{version}(-{build tag})?-{python tag}-{abi tag}-{platform tag}.whl` (*Binary distribution format*).
    let path = before.split('?').next()?;
    let open = path.rfind(".whl")? + ".whl".len();
    let rest = path.get(open..)?;
    let start = path.get(..open)?.rfind(['/', '\\']).map_or(0, |it| it + 1);
    let file = path.get(start..open)?;
    let name = file.split('-').next()?;
    let whole = (rest.is_empty() || rest.starts_with('[')) && file.split('-').count() >= 5;
    (whole && name::is_valid(name))
        .then(|| (Span::new(start, start + name.len()), brackets(rest, open)))
}

/// What stands between brackets in a text that begins at a byte; empty where there are none.
fn brackets(text: &str, at: usize) -> Span {
    let inner = text.find('[').zip(text.find(']')).filter(|it| it.0 < it.1);
    inner.map_or(Span::new(at, at), |(open, close)| Span::new(at + open + 1, at + close))
}

fn extras_in(target: &str, span: Span, offset: usize) -> Vec<(String, Span)> {
    let mut extras = Vec::new();
    let mut at = span.start;
    for part in target.get(span.start..span.end).unwrap_or("").split(',') {
        let start = at + part.len() - part.trim_start().len();
        let extra = part.trim();
        at += part.len() + 1;
        if name::is_valid(extra) {
            extras.push((extra.to_owned(), Span::new(start, start + extra.len()).shifted(offset)));
        }
    }
    extras
}
