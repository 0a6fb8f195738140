//! The findings of a session as one list, and what they mean for the exit status.

use envls_core::{
    action::Edit,
    finding::{Finding, Severity},
    session::Session,
    text::{Encoding, Lines, Location, Position},
    world::AbsPath,
};

use crate::Status;

/// Every finding, sorted by where it stands.
pub(crate) fn all(session: &Session) -> Vec<&Finding> {
    session.published().flat_map(|(_, findings)| findings).map(|it| &**it).collect()
}

/// Whether anything is wrong: a warning or an error.
pub(crate) fn status<'a>(findings: impl IntoIterator<Item = &'a Finding>) -> Status {
    let wrong = findings.into_iter().any(|it| it.severity >= Severity::Warning);
    if wrong { Status::Bad } else { Status::Good }
}

/// A line of a manifest.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Line<'session> {
    /// Without its line break.
    pub(crate) text: &'session str,
    /// The stretch that a location names, in bytes; what is on later lines is left out.
    pub(crate) start: usize,
    pub(crate) end: usize,
}

/// A file that findings stand in or edits are of, as it was last read.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Document<'session> {
    pub(crate) text: &'session str,
    pub(crate) lines: &'session Lines,
}

/// A manifest, or a file that declares layers.
pub(crate) fn document<'session>(
    session: &'session Session,
    path: &AbsPath,
) -> Option<Document<'session>> {
    // Nearly always it is one of the project that it lies in; a file that is included may lie in another one.
    let owner = session.project_of(path).into_iter();
    let mut models = owner.chain(session.projects()).filter_map(|it| it.outcome.model.as_deref());
    models.find_map(|model| {
        let manifest = model.project.manifests.iter().find(|it| it.path == *path);
        let manifest = manifest.map(|it| (&it.document.text, &it.document.lines));
        let declaring = || model.layers.file(path).map(|it| (&it.text, &it.lines));
        let (text, lines) = manifest.or_else(declaring)?;
        Some(Document { text, lines })
    })
}

/// A file's text as it would be after those of the edits that are its own.
pub(crate) fn edited(document: Document<'_>, path: &AbsPath, edits: &[Edit]) -> String {
    let text = document.text;
    let offset = |at: Position| document.lines.offset(text, at.line, at.utf8, Encoding::Utf8);
    let own = edits.iter().filter(|it| it.location.path == *path);
    let mut own: Vec<(usize, usize, &str)> = own
        .map(|it| (offset(it.location.range.start), offset(it.location.range.end), &*it.text))
        .collect();
    own.sort_unstable();
    let (mut edited, mut done) = (String::with_capacity(text.len()), 0);
    for (start, end, replacement) in own {
        edited.push_str(text.get(done..start).unwrap_or(""));
        edited.push_str(replacement);
        done = end.max(done);
    }
    edited.push_str(text.get(done..).unwrap_or(""));
    edited
}

/// The line that a location begins on, where it is in a manifest that was read.
pub(crate) fn line<'session>(session: &'session Session, at: &Location) -> Option<Line<'session>> {
    let document = document(session, &at.path)?;
    let span = document.lines.line(document.text, at.range.start.line as usize)?;
    let text = document.text.get(span.start..span.end)?;
    let start = (at.range.start.utf8 as usize).min(text.len());
    let same_line = at.range.end.line == at.range.start.line;
    let end = if same_line { at.range.end.utf8 as usize } else { text.len() };
    Some(Line { text, start, end: end.clamp(start, text.len()) })
}
