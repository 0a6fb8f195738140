//! A text without the statements that say nothing of imports. What is left stands under the same conditions, and is known
//! by where it stood.

use super::words::Words;

/// What is left of a text.
pub(super) struct Thin {
    /// Where the text is no Python, neither is this, or it says less: what is made of it holds only if it can be parsed without
    /// an error.
    pub(super) text: String,
    /// Where each stretch begins in this text, and where it stood.
    stretches: Vec<(usize, usize)>,
}

impl Thin {
    /// Where this byte stood.
    pub(super) fn stood(&self, at: usize) -> usize {
        let last = self.stretches.partition_point(|it| it.0 <= at).checked_sub(1);
        let last = last.and_then(|it| self.stretches.get(it));
        last.map_or(at, |(here, there)| there + (at - here))
    }

    /// Keeps a stretch of the text.
    fn keep(&mut self, text: &str, from: usize, to: usize) {
        let here = self.text.len();
        if self.stretches.last().is_none_or(|last| here - last.0 != from.wrapping_sub(last.1)) {
            self.stretches.push((here, from));
        }
        self.text.push_str(text.get(from..to).unwrap_or_default());
    }
}

/// Leaves out what says nothing of imports; one number stands for the rest of each block, for an empty one would be none.
pub(super) fn thinned(text: &str, words: &Words) -> Thin {
    let lines = lines(text.as_bytes());
    let mut thin = Thin { text: String::new(), stretches: Vec::new() };
    let mut before: Option<&str> = None;
    // Behind a decorator that is left, what it decorates is too.
    let mut decorated = false;
    let mut rest = lines.as_slice();
    while let Some((line, after)) = rest.split_first() {
        // A definition is left out with all that it has in it.
        let block = if line.kind == Kind::Definition { block(line, after) } else { 0 };
        let end = block.checked_sub(1).and_then(|it| after.get(it)).map_or(line.end, |it| it.end);
        let is_head = match line.kind {
            Kind::Definition => decorated || words.are_in(line.start, end),
            Kind::Head => true,
            Kind::Blank | Kind::Simple => false,
        };
        if is_head || words.are_in(line.start, line.end) {
            thin.keep(text, line.start, line.end);
            (before, decorated) = (None, line.is_decorator);
            rest = after;
            continue;
        }
        let indent = text.get(line.start..line.start + line.indent).unwrap_or_default();
        // One number in a row is enough.
        if line.kind != Kind::Blank && before != Some(indent) {
            thin.text.push_str(indent);
            thin.text.push_str("0\n");
            before = Some(indent);
        }
        rest = after.get(block..).unwrap_or_default();
    }
    thin
}

/// How many of the lines after the first one of a definition belong to it.
fn block(first: &Line, after: &[Line]) -> usize {
    let (mut count, mut begun) = (0, first.is_decorator);
    for (at, line) in after.iter().enumerate() {
        if line.kind == Kind::Blank {
            continue;
        }
        if line.indent > first.indent {
            count = at + 1;
        } else if begun && line.kind == Kind::Definition && line.indent == first.indent {
            (count, begun) = (at + 1, line.is_decorator);
        } else {
            break;
        }
    }
    count
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Blank,
    /// Of a function or a class, or what decorates one.
    Definition,
    /// Of what others stand under, or a part of it, that is no definition.
    Head,
    Simple,
}

/// A logical line.
struct Line {
    start: usize,
    end: usize,
    /// In bytes.
    indent: usize,
    kind: Kind,
    is_decorator: bool,
}

fn lines(bytes: &[u8]) -> Vec<Line> {
    let mut lines = Vec::new();
    let mut start = 0;
    while start < bytes.len() {
        let end = statement_end(bytes, start);
        let line = bytes.get(start..end).unwrap_or_default();
        let indent = line.iter().take_while(|it| matches!(it, b' ' | b'\t')).count();
        let rest = line.get(indent..).unwrap_or_default();
        let is_decorator = rest.first() == Some(&b'@');
        let kind = match rest {
            _ if is_blank(rest) => Kind::Blank,
            _ if is_decorator || rest.starts_with(b"async def ") => Kind::Definition,
            _ => of_word(first_word(rest)),
        };
        lines.push(Line { start, end, indent, kind, is_decorator });
        start = end;
    }
    lines
}

fn is_blank(rest: &[u8]) -> bool {
    let first = rest.iter().find(|it| !matches!(it, b' ' | b'\t' | b'\r' | b'\n' | 0x0c));
    matches!(first, None | Some(b'#'))
}

/// The word that a line begins with, or more of it than any word has that is looked for.
fn first_word(line: &[u8]) -> &[u8] {
    let goes_on = |it: &&u8| it.is_ascii_alphanumeric() || **it == b'_' || **it >= 0x80;
    let length = line.iter().take(8).take_while(goes_on).count();
    line.get(..length).unwrap_or_default()
}

/// What a statement is that begins with a word (Python's reference, *Compound statements*).
fn of_word(word: &[u8]) -> Kind {
    match word {
        b"class" | b"def" => Kind::Definition,
        b"async" | b"case" | b"elif" | b"else" | b"except" | b"finally" | b"for" | b"if"
        | b"match" | b"try" | b"while" | b"with" => Kind::Head,
        _ => Kind::Simple,
    }
}

/// What a byte may begin that is more than itself.
const fn is_special(byte: u8) -> bool {
    matches!(byte, b'\n' | b'#' | b'\'' | b'"' | b'\\' | b'(' | b'[' | b'{' | b')' | b']' | b'}')
}

static SPECIAL: [bool; 256] = {
    let mut special = [false; 256];
    let mut at = 0_u8;
    loop {
        special[at as usize] = is_special(at);
        if at == u8::MAX {
            break special;
        }
        at += 1;
    }
};

/// Behind the line break that ends the logical line beginning here (Python's reference, *Line structure*).
fn statement_end(bytes: &[u8], from: usize) -> usize {
    let mut depth = 0_usize;
    let mut at = from;
    loop {
        let rest = bytes.get(at..).unwrap_or_default();
        let Some(next) = rest.iter().position(|it| SPECIAL[usize::from(*it)]) else {
            return bytes.len();
        };
        at += next;
        match bytes.get(at).copied().unwrap_or_default() {
            b'\n' if depth == 0 => return at + 1,
            b'#' => {
                let rest = bytes.get(at..).unwrap_or_default();
                at += memchr::memchr(b'\n', rest).unwrap_or(rest.len());
                continue;
            }
            quote @ (b'\'' | b'"') => {
                at = string_end(bytes, at, quote);
                continue;
            }
            // Also a line break that is escaped.
            b'\\' => {
                let is_return =
                    bytes.get(at + 1) == Some(&b'\r') && bytes.get(at + 2) == Some(&b'\n');
                at += if is_return { 3 } else { 2 };
                continue;
            }
            b'(' | b'[' | b'{' => depth += 1,
            b')' | b']' | b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        at += 1;
    }
}

/// Behind the end of the string that begins with a quote here; one that is not closed ends with its line.
fn string_end(bytes: &[u8], from: usize, quote: u8) -> usize {
    let is_quote = |at: usize| bytes.get(at) == Some(&quote);
    let is_long = is_quote(from + 1) && is_quote(from + 2);
    let mut at = from + if is_long { 3 } else { 1 };
    while let Some(found) = memchr::memchr3(
        quote,
        b'\\',
        if is_long { quote } else { b'\n' },
        bytes.get(at..).unwrap_or_default(),
    ) {
        at += found;
        match bytes.get(at).copied().unwrap_or_default() {
            b'\\' => {
                let is_return =
                    bytes.get(at + 1) == Some(&b'\r') && bytes.get(at + 2) == Some(&b'\n');
                at += if is_return { 3 } else { 2 };
            }
            b'\n' => return at,
            _ if !is_long => return at + 1,
            _ if is_quote(at + 1) && is_quote(at + 2) => return at + 3,
            _ => at += 1,
        }
    }
    bytes.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn squeezed(text: &str) -> Vec<String> {
        let thin = thinned(text, &Words::of(text));
        // A number may be what was put there.
        for (at, byte) in thin.text.bytes().enumerate().filter(|it| !b"0 \n".contains(&it.1)) {
            assert_eq!(text.as_bytes().get(thin.stood(at)), Some(&byte), "{at} of {}", thin.text);
        }
        thin.text.lines().map(str::to_owned).collect()
    }

    #[test]
    fn what_says_nothing_of_imports_is_one_number_in_each_block() {
        let text = "x = 1\ny = (\n    2,\n)\ndef f():\n    '''import a\n    b'''\n    z = 1\n    import c\n    return z\n";
        assert_eq!(
            squeezed(text),
            ["0", "def f():", "    '''import a", "    b'''", "    0", "    import c", "    0"]
        );
        assert_eq!(
            squeezed("if x: y = 1\nelse: y = 2\nimport a\n"),
            ["if x: y = 1", "else: y = 2", "import a"]
        );
    }

    #[test]
    fn a_definition_is_left_out_as_a_whole_or_stays_with_what_decorates_it() {
        let text = "@a\n@b\ndef f():\n    x\n\n    y\n@skip_import\ndef g():\n    x\n    y\nclass C:\n    def h(): pass\n    def i(self):\n        import z\n";
        let expected = [
            "0",
            "@skip_import",
            "def g():",
            "    0",
            "class C:",
            "    0",
            "    def i(self):",
            "        import z",
        ];
        assert_eq!(squeezed(text), expected);
    }

    #[test]
    fn a_string_hides_what_looks_like_an_import_and_like_its_end() {
        assert_eq!(
            squeezed("x = 'a\\'\\\nimport b'\nimport c\n"),
            ["x = 'a\\'\\", "import b'", "import c"]
        );
        assert_eq!(squeezed("x = '''a\nb'c\n'' '''\ny = 2  # '''\nimport d\n"), ["0", "import d"]);
        assert_eq!(squeezed("x = f\"{d[\"a\"]}\"\nimport d\n"), ["0", "import d"]);
        assert_eq!(squeezed("defined = 1\nelsewhere = 2\n"), ["0"]);
        assert_eq!(squeezed("ä = 'ö'\nimport a\n"), ["0", "import a"]);
    }
}
