//! The commands of a shell line, as far as they can be told without being one: words, and what they are split by.

use crate::text::Span;

/// One command of a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Command {
    pub span: Span,
    pub words: Vec<String>,
}

impl Command {
    /// The words after the program's name and those of its subcommand, if it is that; what only starts it is passed over.
    #[must_use]
    pub fn after(&self, words: &[&str]) -> Option<&[String]> {
        let mut rest = &*self.words;
        while let [first, others @ ..] = rest
            && (first.contains('=') && !first.starts_with('-')
                || matches!(&**first, "exec" | "sudo" | "env" | "time"))
        {
            rest = others;
        }
        let (program, subcommand) = words.split_first()?;
        let (first, mut rest) = rest.split_first()?;
        if first.rsplit('/').next() != Some(program) {
            return None;
        }
        // Options may stand before the subcommand.
        for word in subcommand {
            while let [option, others @ ..] = rest
                && option.starts_with('-')
                && option != word
            {
                rest = others;
            }
            let (next, others) = rest.split_first()?;
            if next != word {
                return None;
            }
            rest = others;
        }
        Some(rest)
    }

    /// Whether it runs Python, and with which arguments.
    #[must_use]
    pub fn of_python(&self) -> Option<&[String]> {
        let (first, rest) = self.words.split_first()?;
        let name = first.rsplit('/').next()?;
        let version = name.strip_prefix("python")?;
        version.bytes().all(|it| it.is_ascii_digit() || it == b'.').then_some(rest)
    }
}

/// The commands of a line that begins at `start` of its file.
#[must_use]
pub fn commands(line: &str, start: usize) -> Vec<Command> {
    let mut commands = Vec::new();
    let (mut words, mut word, mut begun) = (Vec::new(), None::<String>, 0);
    let mut quote = None;
    let mut characters = line.char_indices().peekable();
    let mut end = 0;
    while let Some((at, character)) = characters.next() {
        let splits = quote.is_none() && matches!(character, ';' | '&' | '|' | '\n' | '(' | ')');
        if splits {
            words.extend(word.take());
            push(&mut commands, &mut words, start + begun, start + end);
            continue;
        }
        if quote.is_none() && character.is_whitespace() {
            words.extend(word.take());
            continue;
        }
        if words.is_empty() && word.is_none() {
            begun = at;
        }
        end = at + character.len_utf8();
        let current = word.get_or_insert_default();
        match (quote, character) {
            (Some(open), it) if it == open => quote = None,
            (None, '"' | '\'') => quote = Some(character),
            (None | Some('"'), '\\') => {
                if let Some((next, escaped)) = characters.next() {
                    end = next + escaped.len_utf8();
                    current.push(escaped);
                }
            }
            (_, it) => current.push(it),
        }
    }
    words.extend(word);
    push(&mut commands, &mut words, start + begun, start + end);
    commands
}

fn push(commands: &mut Vec<Command>, words: &mut Vec<String>, start: usize, end: usize) {
    let words = std::mem::take(words);
    if !words.is_empty() {
        commands.push(Command { span: Span::new(start, end), words });
    }
}
