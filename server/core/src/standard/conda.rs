//! The few keys of conda's YAML files that say where environments are (conda's documentation, *Using the .condarc conda
//! configuration file*, *Creating an environment file manually*). Only plain keys of the outermost level are read.

use crate::text::Span;

/// A value, and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Value {
    pub(crate) text: String,
    pub(crate) span: Span,
}

/// What stands at a key of the outermost level: one value, or each of a list.
pub(crate) fn values(text: &str, keys: &[&str]) -> Vec<Value> {
    let mut values = Vec::new();
    let mut start = 0;
    let mut inside = false;
    for line in text.split_inclusive('\n') {
        let (line_start, content) = (start, line.trim_end());
        start += line.len();
        let indented = content.trim_start();
        if indented.is_empty() || indented.starts_with('#') {
            continue;
        }
        let at = |part: &str| line_start + (part.as_ptr() as usize - line.as_ptr() as usize);
        // A list may stand as far left as its key.
        if inside && let Some(item) = indented.strip_prefix("- ") {
            values.extend(scalar(item, at(item)));
            continue;
        }
        inside = false;
        let Some((key, rest)) = content.split_once(':') else { continue };
        if !keys.contains(&key.trim_end()) {
            continue;
        }
        let listed = rest.trim().strip_prefix('[').and_then(|it| it.split_once(']'));
        match listed {
            Some((items, _)) => values.extend(items.split(',').filter_map(|it| scalar(it, at(it)))),
            None => values.extend(scalar(rest, at(rest))),
        }
        inside = true;
    }
    values
}

/// A value without its quotes and the comment after it.
fn scalar(spelled: &str, start: usize) -> Option<Value> {
    let leading = spelled.len() - spelled.trim_start().len();
    let trimmed = spelled.trim();
    let quote = trimmed.chars().next().filter(|it| matches!(it, '"' | '\''));
    let (text, offset) = match quote {
        Some(quote) => (trimmed.get(1..)?.split(quote).next()?, 1),
        None if trimmed.starts_with('#') => return None,
        None => (trimmed.split(" #").next()?.trim_end(), 0),
    };
    let from = start + leading + offset;
    let span = Span::new(from, from + text.len());
    (!text.is_empty()).then(|| Value { text: text.to_owned(), span })
}

#[cfg(test)]
mod tests {
    use super::values;

    fn read(text: &str, keys: &[&str]) -> Vec<String> {
        let values = values(text, keys);
        assert!(values.iter().all(|it| text.get(it.span.start..it.span.end) == Some(&*it.text)));
        values.into_iter().map(|it| it.text).collect()
    }

    #[test]
    fn lists_and_values_are_read_however_they_are_written() {
        let text = "channels:\n  - defaults\nenvs_dirs:\n- /a b  # mine\n  - '~/c'\nenvs_path: [/d, \"/e\"]\nname: x\n";
        assert_eq!(read(text, &["envs_dirs", "envs_path"]), ["/a b", "~/c", "/d", "/e"]);
        assert_eq!(read(text, &["name"]), ["x"]);
        assert_eq!(read("name:\nprefix: # none\n", &["name", "prefix"]), [""; 0]);
        assert_eq!(read("dependencies:\n  - name: y\n", &["name"]), [""; 0]);
    }
}
