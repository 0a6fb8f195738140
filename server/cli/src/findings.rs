//! The findings of a session as one list, and what they mean for the exit status.

use envls_core::{
    finding::{Finding, Severity},
    manifest::Document,
    session::Session,
    text::Location,
    world::AbsPath,
};

use crate::Status;

/// Every finding, sorted by where it stands.
pub(crate) fn all(session: &Session) -> Vec<&Finding> {
    session.published().flat_map(|(_, findings)| findings).collect()
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

/// A manifest, as it was last read.
pub(crate) fn document<'session>(
    session: &'session Session,
    path: &AbsPath,
) -> Option<&'session Document> {
    let models = session.projects().filter_map(|it| it.outcome.model.as_deref());
    let mut manifests = models.flat_map(|it| &it.project.manifests);
    manifests.find(|it| it.path == *path).map(|it| &*it.document)
}

/// The line that a location begins on, where it is in a manifest that was read.
pub(crate) fn line<'session>(session: &'session Session, at: &Location) -> Option<Line<'session>> {
    let document = document(session, &at.path)?;
    let span = document.lines.line(&document.text, at.range.start.line as usize)?;
    let text = document.text.get(span.start..span.end)?;
    let start = (at.range.start.utf8 as usize).min(text.len());
    let same_line = at.range.end.line == at.range.start.line;
    let end = if same_line { at.range.end.utf8 as usize } else { text.len() };
    Some(Line { text, start, end: end.clamp(start, text.len()) })
}
