//! The colours, each with what it stands for.

use std::fmt;

use anstyle::{AnsiColor, Style};
use envls_core::finding::Severity;

/// Where something is.
pub(crate) const PLACE: Style = Style::new().bold();
/// What something is called.
pub(crate) const NAME: Style = Style::new().bold();
/// What is of less interest.
pub(crate) const DIM: Style = Style::new().dimmed();
/// What is as it should be, and what can be done.
pub(crate) const GOOD: Style = AnsiColor::Green.on_default();

pub(crate) const fn of_severity(severity: Severity) -> Style {
    let color = match severity {
        Severity::Error => AnsiColor::Red,
        Severity::Warning => AnsiColor::Yellow,
        Severity::Information => AnsiColor::Cyan,
        Severity::Hint => AnsiColor::Green,
    };
    color.on_default().bold()
}

/// A text in a style.
#[derive(Clone, Copy)]
pub(crate) struct Styled<T> {
    style: Style,
    text: T,
}

pub(crate) const fn styled<T>(style: Style, text: T) -> Styled<T> {
    Styled { style, text }
}

impl<T: fmt::Display> fmt::Display for Styled<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}{:#}", self.style, self.text, self.style)
    }
}
