//! Elements of XML and their attributes, as far as the files of virtual machines need it: no entities but the five, no schema.

use crate::text::Span;

/// The opening tag of an element.
pub(super) struct Element<'text> {
    pub(super) span: Span,
    attributes: &'text str,
}

/// The opening tags of all elements of a name.
pub(super) fn elements<'text>(
    text: &'text str,
    name: &str,
) -> impl Iterator<Item = Element<'text>> {
    let open = format!("<{name}");
    let starts: Vec<usize> = text.match_indices(&open).map(|it| it.0).collect();
    let length = open.len();
    starts.into_iter().filter_map(move |start| {
        let rest = text.get(start + length..)?;
        if !rest.starts_with(|it: char| it.is_whitespace() || matches!(it, '>' | '/')) {
            return None;
        }
        let attributes = rest.get(..rest.find('>')?)?;
        let span = Span::new(start, start + length + attributes.len() + 1);
        Some(Element { span, attributes })
    })
}

impl Element<'_> {
    pub(super) fn attribute(&self, name: &str) -> Option<String> {
        let mut rest = self.attributes;
        loop {
            let at = rest.find(name)?;
            let is_word = rest.get(..at)?.ends_with(char::is_whitespace);
            let after = rest.get(at + name.len()..)?.trim_start();
            if let Some(value) = after.strip_prefix('=').filter(|_| is_word) {
                let value = value.trim_start();
                let quote = value.chars().next().filter(|it| matches!(it, '"' | '\''))?;
                let value = value.get(1..)?.split(quote).next()?;
                return Some(unescaped(value));
            }
            rest = rest.get(at + name.len()..)?;
        }
    }
}

fn unescaped(value: &str) -> String {
    let pairs = [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&apos;", "'"), ("&amp;", "&")];
    pairs.into_iter().fold(value.to_owned(), |text, (name, plain)| text.replace(name, plain))
}
