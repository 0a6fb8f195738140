//! One requirement (*Dependency specifiers*), with the place of each of its parts.

use std::sync::Arc;

use super::{marker::Marker, version::Specifiers};
use crate::text::Span;

/// A requirement that was understood. Spans count from the start of the file it stands in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Requirement {
    /// The whole of it, as written.
    pub spelled: String,
    /// Normalised (*Names and normalization*).
    pub name: Arc<str>,
    pub name_span: Span,
    /// The extras in brackets, as written.
    pub extras: Vec<(String, Span)>,
    /// Which versions will do; all of them where none are written, or where a URL stands in their place.
    pub specifiers: Specifiers,
    /// The text of the specifiers, without parentheses; an empty span after the name and extras where there are none.
    pub specifier_span: Span,
    /// After `@`.
    pub url: Option<String>,
    pub marker: Option<Marker>,
    /// After `;`.
    pub marker_span: Option<Span>,
}

/// What is wrong with a requirement, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invalid {
    pub span: Span,
    /// One clause: what was expected.
    pub message: String,
    /// The replacement that was most likely meant, with the words of its button.
    pub repair: Option<Repair>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Repair {
    pub span: Span,
    pub text: String,
}

/// Reads one requirement that stands in a file from byte `offset` on.
pub fn parse(_text: &str, _offset: usize) -> Result<Requirement, Invalid> {
    let _ = Specifiers::default();
    Err(Invalid { span: Span::default(), message: String::new(), repair: None })
}
