//! How much of a text has to be parsed, and whether that is safe: imports stand near the top of most files, and what comes
//! after the last of them says nothing of them.

use super::words::Words;

/// A statement with more parts than this is not parsed: a tree as deep is dropped by recursion, and this much of it fits the
/// stack of the threads that parse, several times.
const PARTS: usize = 100_000;

/// The text up to the end of the statement that has the last import in it; empty where there is none.
pub(super) fn relevant<'text>(text: &'text str, words: &Words) -> &'text str {
    let Some(last) = words.last_import() else { return "" };
    let bytes = text.as_bytes();
    let mut from = last;
    while let Some(found) = memchr::memchr(b'\n', bytes.get(from..).unwrap_or_default()) {
        let next = from + found + 1;
        let rest = bytes.get(next..).unwrap_or_default();
        if begins_statement(rest) {
            return text.get(..next).unwrap_or(text);
        }
        from = next;
    }
    text
}

/// Whether a line begins a statement of the module that belongs to none before it.
fn begins_statement(line: &[u8]) -> bool {
    let Some(first) = line.first() else { return false };
    if !(first.is_ascii_alphabetic() || matches!(first, b'_' | b'@')) {
        return false;
    }
    !["except", "else", "elif", "finally"].iter().any(|it| line.starts_with(it.as_bytes()))
}

/// Whether some statement may be nested too deep. Counts whatever can nest something, from one statement of the module to the
/// next, without knowing strings: it errs to the side of too much, and only very large texts can have so much.
pub(super) fn is_too_deep(text: &str) -> bool {
    if text.len() < PARTS {
        return false;
    }
    let (mut parts, mut open) = (0_usize, 0_usize);
    let mut before = b'\n';
    for byte in text.bytes() {
        if before == b'\n' && open == 0 && !matches!(byte, b' ' | b'\t' | b'\n' | b'\r' | b'#') {
            parts = 0;
        }
        match byte {
            b'(' | b'[' | b'{' => {
                open += 1;
                parts += 1;
            }
            b')' | b']' | b'}' => open = open.saturating_sub(1),
            b' ' | b'\t' if matches!(before, b' ' | b'\t' | b'\n' | b',') => {}
            b',' | b'\n' | b'\r' | b'"' | b'\'' | b'_' => {}
            it if it.is_ascii_alphanumeric() || !it.is_ascii() => {}
            _ => parts += 1,
        }
        if parts > PARTS {
            return true;
        }
        before = byte;
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    fn relevant(text: &str) -> &str {
        super::relevant(text, &Words::of(text))
    }

    #[test]
    fn a_text_is_read_up_to_the_statement_with_the_last_import() {
        assert_eq!(relevant("x = 1\n"), "");
        assert_eq!(relevant("import a\nx = 1\ny = 2\n"), "import a\n");
        let caught = "try:\n    import a\n\nexcept Exception:\n    a = None\n";
        assert_eq!(relevant(&format!("{caught}x = 1\n")), caught);
        let several = "from a import (\n    b,\n)\n";
        assert_eq!(relevant(&format!("{several}x = 1\n")), several);
        assert_eq!(
            relevant("def f():\n    import a\n    return a"),
            "def f():\n    import a\n    return a"
        );
    }

    #[test]
    fn what_nests_too_deep_is_seen() {
        assert!(is_too_deep(&"[".repeat(200_000)));
        assert!(is_too_deep(&"not ".repeat(200_000)));
        assert!(is_too_deep(&format!("(\n{}", "1+\n".repeat(200_000))));
        assert!(is_too_deep(&"x.".repeat(200_000)));
        assert!(!is_too_deep(&"x = [1, 2, -3]\n".repeat(200_000)));
        assert!(!is_too_deep(&format!("x = [\n{}]\n", "    1,\n".repeat(200_000))));
    }
}
