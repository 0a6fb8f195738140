//! Reads a marker: comparisons, joined by `and`, `or` and parentheses.

use super::{Comparison, Operator, Side, Tree, VARIABLES};
use crate::{
    standard::{
        requirement::Invalid,
        scanner::Scanner,
        spelling::distance,
        version::{self, is_sign},
    },
    text::Span,
};

/// More parentheses in each other than anybody writes; a bound on how deep reading goes.
const DEEPEST: usize = 64;

pub(super) fn read(text: &str) -> Result<Tree, Invalid> {
    let mut reader = Reader { scanner: Scanner::new(text.trim_end()), depth: 0 };
    let tree = reader.any()?;
    if reader.scanner.is_at_end() {
        return Ok(tree);
    }
    let ahead = reader.scanner.word_ahead();
    let joined = match reader.scanner.spelled(ahead) {
        "&&" | "&" | "AND" | "And" => Some("and"),
        "||" | "|" | "OR" | "Or" => Some("or"),
        _ => None,
    };
    let fault = Invalid::new(ahead, "expected `and`, `or` or the end of the marker");
    Err(match joined {
        Some(joined) => fault.repaired(ahead, joined),
        None => fault,
    })
}

struct Reader<'text> {
    scanner: Scanner<'text>,
    depth: usize,
}

/// One side of a comparison as it stands in the text.
enum Found<'text> {
    Side(Side),
    /// A word that is neither a variable nor quoted.
    Word(&'text str, Span),
}

impl<'text> Reader<'text> {
    fn any(&mut self) -> Result<Tree, Invalid> {
        let mut parts = vec![self.all()?];
        while self.word("or") {
            parts.push(self.all()?);
        }
        Ok(joined(parts, Tree::Any))
    }

    fn all(&mut self) -> Result<Tree, Invalid> {
        let mut parts = vec![self.part()?];
        while self.word("and") {
            parts.push(self.part()?);
        }
        Ok(joined(parts, Tree::All))
    }

    fn part(&mut self) -> Result<Tree, Invalid> {
        self.scanner.skip_space();
        let open = self.scanner.at;
        if !self.scanner.eat('(') {
            return Ok(Tree::Comparison(Box::new(self.comparison()?)));
        }
        if self.depth >= DEEPEST {
            let span = Span::new(open, open + 1);
            return Err(Invalid::new(span, "too many parentheses in each other"));
        }
        self.depth += 1;
        let tree = self.any()?;
        self.depth -= 1;
        if !self.scanner.eat(')') {
            let end = self.scanner.end_before_space();
            let fault = Invalid::new(Span::new(open, end), "expected `)` at the end");
            let at_end = self.scanner.is_at_end();
            return Err(if at_end { fault.repaired(Span::new(end, end), ")") } else { fault });
        }
        self.scanner.skip_space();
        Ok(tree)
    }

    /// Steps over a keyword, which must be a word of its own.
    fn word(&mut self, keyword: &str) -> bool {
        let mut ahead = self.scanner;
        let (word, _) = ahead.take(is_of_word);
        let found = word == keyword;
        if found {
            self.scanner = ahead;
        }
        found
    }

    fn comparison(&mut self) -> Result<Comparison, Invalid> {
        let left = match self.side()? {
            Found::Side(side) => side,
            Found::Word(word, span) => return Err(unknown_variable(word, span)),
        };
        let operator = self.operator()?;
        let right = match self.side()? {
            Found::Side(side) => side,
            Found::Word(word, span) => {
                let fault = Invalid::new(span, format!("expected quotes around `{word}`"));
                return Err(fault.repaired(span, format!("'{word}'")));
            }
        };
        Ok(Comparison { left, operator, right })
    }

    fn side(&mut self) -> Result<Found<'text>, Invalid> {
        self.scanner.skip_space();
        let start = self.scanner.at;
        let quote = self.scanner.peek().filter(|it| matches!(it, '"' | '\''));
        if let Some(quote) = quote {
            self.scanner.eat(quote);
            let (text, span) = self.scanner.take(|it| it != quote);
            if !self.scanner.eat(quote) {
                let end = Span::new(span.end, span.end);
                let fault = Invalid::new(
                    Span::new(start, span.end),
                    format!("expected `{quote}` at the end of the value"),
                );
                return Err(fault.repaired(end, quote));
            }
            self.scanner.skip_space();
            return Ok(Found::Side(Side::Text(text.into())));
        }
        let (word, span) = self.scanner.take(is_of_word);
        if word.is_empty() {
            let expected = "expected a variable, such as `python_version`, or a value in quotes";
            let ahead = self.scanner.word_ahead();
            return Err(Invalid::new(self.or_last(ahead), expected));
        }
        self.scanner.skip_space();
        let variable = VARIABLES.iter().find(|it| it.0 == word);
        Ok(variable.map_or(Found::Word(word, span), |it| Found::Side(Side::Variable(it.1))))
    }

    fn operator(&mut self) -> Result<Operator, Invalid> {
        let start = self.scanner.at;
        if self.word("in") {
            return Ok(Operator::In);
        }
        if self.word("not") {
            self.scanner.skip_space();
            if self.word("in") {
                return Ok(Operator::NotIn);
            }
            let span = Span::new(start, self.scanner.end_before_space());
            return Err(Invalid::new(span, "expected `in` after `not`"));
        }
        let (sign, span) = self.scanner.take(is_sign);
        if sign.is_empty() {
            let ahead = self.scanner.word_ahead();
            let expected = "expected an operator, such as `==`, `in` or `not in`";
            return Err(Invalid::new(self.or_last(ahead), expected));
        }
        if let Some(operator) = version::operator(sign) {
            return Ok(Operator::Version(operator));
        }
        let fault = Invalid::new(span, format!("there is no operator `{sign}`"));
        Err(match version::meant(sign) {
            Some(meant) => fault.repaired(span, meant),
            None => fault,
        })
    }

    /// A fault at the end of the text is shown at its last character, for there is nothing else to show it at.
    fn or_last(&self, span: Span) -> Span {
        if span.start < span.end {
            return span;
        }
        let last = self.scanner.text.char_indices().next_back().map_or(0, |it| it.0);
        Span::new(last, self.scanner.text.len())
    }
}

fn joined(mut parts: Vec<Tree>, join: fn(Vec<Tree>) -> Tree) -> Tree {
    match parts.pop() {
        Some(only) if parts.is_empty() => only,
        Some(last) => {
            parts.push(last);
            join(parts)
        }
        None => join(parts),
    }
}

fn is_of_word(character: char) -> bool {
    character.is_alphanumeric() || matches!(character, '_' | '.' | '-' | '*' | '+')
}

fn unknown_variable(word: &str, span: Span) -> Invalid {
    let fault = Invalid::new(span, format!("there is no marker variable `{word}`"));
    let nearest = VARIABLES.iter().map(|it| (distance(word, it.0), it.0)).min();
    match nearest {
        Some((far, meant)) if far <= 2 => fault.repaired(span, meant),
        _ => fault,
    }
}
