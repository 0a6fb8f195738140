//! The values of a table, with where they stand.

use toml::de::DeValue;

use super::Reader;
use crate::{manifest::toml_text::Quoted, text::Span};

/// A value and what it is the value of; for the elements of a list, the list's own key.
pub(super) struct Item<'table, 'text> {
    pub(super) key: &'table str,
    pub(super) key_span: Span,
    pub(super) value: &'table DeValue<'text>,
    pub(super) span: Span,
}

impl Item<'_, '_> {
    /// What a person calls such a value.
    pub(super) fn kind(&self) -> &'static str {
        match self.value {
            DeValue::String(_) => "a string",
            DeValue::Integer(_) | DeValue::Float(_) => "a number",
            DeValue::Boolean(_) => "`true` or `false`",
            DeValue::Datetime(_) => "a date",
            DeValue::Array(_) => "a list",
            DeValue::Table(_) => "a table",
        }
    }

    pub(super) fn expected(&self, what: &str) -> String {
        format!("`{}` must be {what}, not {}", self.key, self.kind())
    }

    /// The string as it stands in the file; `None` where it is not finished.
    pub(super) fn quoted<'file>(&self, text: &'file str) -> Option<Quoted<'file>> {
        Quoted::at(text, self.span)
    }
}

impl Reader<'_> {
    /// What a string says, and where it says it.
    pub(super) fn string(&mut self, item: &Item<'_, '_>) -> Option<(Span, String)> {
        let DeValue::String(value) = item.value else {
            self.unreadable(item.span, item.expected("a string"));
            return None;
        };
        // One without its closing quote has been reported, and is not finished yet.
        let quoted = item.quoted(self.text)?;
        Some((quoted.place(Span::new(0, value.len())), value.to_string()))
    }

    /// The strings of a list.
    pub(super) fn strings(&mut self, item: &Item<'_, '_>) -> Vec<(Span, String)> {
        let Some(elements) = self.elements(item, "a list of strings") else { return Vec::new() };
        let mut strings = Vec::with_capacity(elements.len());
        for element in elements {
            if matches!(element.value, DeValue::String(_)) {
                strings.extend(self.string(&element));
            } else {
                self.unreadable(
                    element.span,
                    format!("expected a string, found {}", element.kind()),
                );
            }
        }
        strings
    }

    /// The elements of a list.
    pub(super) fn elements<'table, 'text>(
        &mut self,
        item: &Item<'table, 'text>,
        what: &str,
    ) -> Option<Vec<Item<'table, 'text>>> {
        let DeValue::Array(array) = item.value else {
            self.unreadable(item.span, item.expected(what));
            return None;
        };
        let element = |it: &'table toml::Spanned<DeValue<'text>>| Item {
            key: item.key,
            key_span: item.key_span,
            value: it.get_ref(),
            span: shifted(it.span(), self.offset),
        };
        Some(array.iter().map(element).collect())
    }
}

pub(super) fn shifted(span: std::ops::Range<usize>, offset: usize) -> Span {
    Span::new(span.start, span.end).shifted(offset)
}
