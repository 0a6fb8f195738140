//! The values of a table, with where they stand.

use toml::de::{DeArray, DeString, DeValue};

use super::Reader;
use crate::{manifest::toml_text::Quoted, text::Span};

/// A value and what it is the value of; for the elements of a list, the list's own key.
pub(in crate::manifest) struct Item<'table, 'text> {
    pub(in crate::manifest) key: &'table str,
    pub(in crate::manifest) key_span: Span,
    pub(in crate::manifest) value: &'table DeValue<'text>,
    pub(in crate::manifest) span: Span,
}

impl Item<'_, '_> {
    /// What a person calls such a value.
    pub(in crate::manifest) fn kind(&self) -> &'static str {
        match self.value {
            DeValue::String(_) => "a string",
            DeValue::Integer(_) | DeValue::Float(_) => "a number",
            DeValue::Boolean(_) => "`true` or `false`",
            DeValue::Datetime(_) => "a date",
            DeValue::Array(_) => "a list",
            DeValue::Table(_) => "a table",
        }
    }

    pub(in crate::manifest) fn expected(&self, what: &str) -> String {
        format!("`{}` must be {what}, not {}", self.key, self.kind())
    }

    pub(in crate::manifest) fn is_true(&self) -> bool {
        matches!(self.value, DeValue::Boolean(true))
    }

    /// The string as it stands in the file; `None` where it is not finished.
    pub(in crate::manifest) fn quoted<'file>(&self, text: &'file str) -> Option<Quoted<'file>> {
        Quoted::at(text, self.span)
    }
}

impl Reader<'_> {
    /// What a string says, and where it says it.
    pub(in crate::manifest) fn string(&mut self, item: &Item<'_, '_>) -> Option<(Span, String)> {
        let DeValue::String(value) = item.value else {
            self.unreadable(item.span, item.expected("a string"));
            return None;
        };
        // One without its closing quote has been reported, and is not finished yet.
        let quoted = item.quoted(self.text)?;
        Some((quoted.place(Span::new(0, value.len())), value.to_string()))
    }

    /// The strings of a list.
    pub(in crate::manifest) fn strings(&mut self, item: &Item<'_, '_>) -> Vec<(Span, String)> {
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
    pub(in crate::manifest) fn elements<'table, 'text>(
        &mut self,
        item: &Item<'table, 'text>,
        what: &str,
    ) -> Option<Vec<Item<'table, 'text>>> {
        let DeValue::Array(array) = item.value else {
            self.unreadable(item.span, item.expected(what));
            return None;
        };
        Some(elements_of(item, array, self.offset))
    }
}

pub(super) fn elements_of<'table, 'text>(
    item: &Item<'table, 'text>,
    array: &'table DeArray<'text>,
    offset: usize,
) -> Vec<Item<'table, 'text>> {
    let element = |it: &'table toml::Spanned<DeValue<'text>>| Item {
        key: item.key,
        key_span: item.key_span,
        value: it.get_ref(),
        span: shifted(it.span(), offset),
    };
    array.iter().map(element).collect()
}

/// An entry of a table.
pub(super) fn item_of<'table, 'text>(
    key: &'table toml::Spanned<DeString<'text>>,
    value: &'table toml::Spanned<DeValue<'text>>,
    offset: usize,
) -> Item<'table, 'text> {
    Item {
        key: key.get_ref(),
        key_span: shifted(key.span(), offset),
        value: value.get_ref(),
        span: shifted(value.span(), offset),
    }
}

pub(in crate::manifest) fn shifted(span: std::ops::Range<usize>, offset: usize) -> Span {
    Span::new(span.start, span.end).shifted(offset)
}
