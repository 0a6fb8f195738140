//! The imports of one text, by ruff's parser, which reads on where a text is half typed.

use std::sync::Arc;

use ruff_python_ast::{
    Alias, ExceptHandler, Expr, Mod, Stmt,
    visitor::source_order::{SourceOrderVisitor, walk_expr, walk_stmt},
};
use ruff_python_parser::{Mode, ParseOptions, Parsed, parse_unchecked};
use ruff_text_size::{Ranged, TextRange};

use super::{
    Condition, Import, Names, Source, Trouble,
    cut::is_too_deep,
    guard::{self, Guard, dotted},
    thin::thinned,
    words::Words,
};
use crate::text::{Range, Span};

/// Reads what is relevant of a text that has these words. What stands where is said by the caller, for a notebook is not the
/// text that is parsed.
pub(super) fn read(
    relevant: &str,
    words: &Words,
    names: &mut Names,
    place: &mut dyn FnMut(Span) -> Range,
) -> Result<Source, Trouble> {
    if relevant.is_empty() {
        return Ok(Source::default());
    }
    let is_of_shell =
        relevant.starts_with('%') || relevant.contains("\n%") || relevant.contains("\n!");
    let mode = if is_of_shell { Mode::Ipython } else { Mode::Module };
    if !is_of_shell {
        // Most of a text says nothing of imports.
        let thin = thinned(relevant, words);
        if !is_too_deep(&thin.text) {
            let parsed = parse_unchecked(&thin.text, ParseOptions::from(mode));
            if parsed.errors().is_empty() {
                let mut stood = |it: Span| {
                    let start = thin.stood(it.start);
                    place(Span::new(start, start + (it.end - it.start)))
                };
                return Ok(of_parsed(&parsed, &thin.text, names, &mut stood));
            }
        }
    }
    if is_too_deep(relevant) {
        return Err(Trouble::TooDeep);
    }
    let parsed = parse_unchecked(relevant, ParseOptions::from(mode));
    Ok(of_parsed(&parsed, relevant, names, place))
}

/// What a parsed text says of imports.
fn of_parsed(
    parsed: &Parsed<Mod>,
    text: &str,
    names: &mut Names,
    place: &mut dyn FnMut(Span) -> Range,
) -> Source {
    let body: &[Stmt] = match parsed.syntax() {
        Mod::Module(module) => &module.body,
        Mod::Expression(_) => &[],
    };
    let named = ["__import__", "import_module", "importorskip", "find_spec"];
    let calls =
        named.iter().any(|it| memchr::memmem::find(text.as_bytes(), it.as_bytes()).is_some());
    let mut reader = Reader {
        names,
        place,
        text,
        conditions: Vec::new(),
        shared: None,
        calls,
        source: Source::default(),
    };
    reader.body(body);
    let mut source = reader.source;
    source.imports.shrink_to_fit();
    source
}

struct Reader<'reading> {
    names: &'reading mut Names,
    place: &'reading mut dyn FnMut(Span) -> Range,
    text: &'reading str,
    conditions: Vec<Condition>,
    /// The present conditions, once an import stands under them.
    shared: Option<Arc<[Condition]>>,
    /// Whether some call may name a module.
    calls: bool,
    source: Source,
}

impl Reader<'_> {
    fn body(&mut self, body: &[Stmt]) {
        body.iter().for_each(|it| self.statement(it));
    }

    fn under(&mut self, condition: Option<Condition>, body: &[Stmt]) {
        if body.is_empty() {
            return;
        }
        let Some(condition) = condition else { return self.body(body) };
        self.conditions.push(condition);
        self.shared = None;
        self.body(body);
        self.conditions.pop();
        self.shared = None;
    }

    fn statement(&mut self, statement: &Stmt) {
        match statement {
            Stmt::Import(it) => {
                for alias in &it.names {
                    self.import(alias.name.as_str(), alias.name.range(), &[]);
                }
            }
            Stmt::ImportFrom(it) if it.level == 0 => {
                if let Some(module) = &it.module {
                    self.import(module.as_str(), module.range(), &it.names);
                }
            }
            Stmt::FunctionDef(it) => {
                self.expressions(statement, true);
                let skips =
                    it.decorator_list.iter().any(|it| self.spelled(it.range()).contains("skip"));
                let condition = if skips { Condition::Asked } else { Condition::Function };
                self.under(Some(condition), &it.body);
            }
            Stmt::ClassDef(it) => {
                self.expressions(statement, true);
                self.body(&it.body);
            }
            Stmt::If(it) => self.alternatives(it),
            Stmt::Try(it) => self.tried(it),
            Stmt::With(it) => {
                let suppresses = it.items.iter().any(|it| suppresses(&it.context_expr));
                self.under(suppresses.then_some(Condition::Try), &it.body);
            }
            Stmt::For(it) => {
                self.body(&it.body);
                self.body(&it.orelse);
            }
            Stmt::While(it) => {
                self.body(&it.body);
                self.body(&it.orelse);
            }
            Stmt::Match(it) => it.cases.iter().for_each(|it| self.body(&it.body)),
            Stmt::Assign(it) => {
                let [Expr::Name(target)] = &*it.targets else {
                    return self.expressions(statement, false);
                };
                self.mentioned(target.id.as_str(), &it.value);
                self.expressions(statement, false);
            }
            Stmt::AugAssign(it) => {
                if let Expr::Name(target) = &*it.target {
                    self.mentioned(target.id.as_str(), &it.value);
                }
            }
            _ => self.expressions(statement, false),
        }
    }

    fn alternatives(&mut self, statement: &ruff_python_ast::StmtIf) {
        let mut failed: Vec<Guard> = Vec::new();
        let first = std::iter::once((Some(&*statement.test), &*statement.body));
        let others = statement.elif_else_clauses.iter().map(|it| (it.test.as_ref(), &*it.body));
        for (test, body) in first.chain(others) {
            let own = test.and_then(guard::of);
            let typing = test.is_some_and(is_typing);
            let never = test.is_some_and(is_false);
            let asked = test.is_some_and(|it| self.asks(it));
            let mut parts = failed.clone();
            parts.extend(own.clone());
            let is_script = test.is_some_and(is_main);
            // What else is tested is not understood, and so it is not known whether the import is reached.
            if own.is_none() && test.is_some() && !is_script {
                parts.push(Guard::Unknown);
            }
            let condition = match (typing, never, asked, parts.len()) {
                (true, ..) => Some(Condition::Typing),
                (_, true, ..) => Some(Condition::Never),
                (_, _, true, _) => Some(Condition::Asked),
                (_, _, _, 0) => None,
                (_, _, _, 1) => parts.pop().map(Condition::Guard),
                _ => Some(Condition::Guard(Guard::All(parts))),
            };
            self.under(condition, body);
            if !is_script {
                failed.push(own.map_or(Guard::Unknown, Guard::failed));
            }
        }
    }

    /// Whether a test asks whether something is there: `find_spec("x")`, `HAS_X`, `is_x_available()`.
    fn asks(&self, test: &Expr) -> bool {
        let text = self.spelled(test.range()).to_ascii_lowercase();
        let words = ["find_spec", "has_", "have_", "available", "installed", "_found"];
        words.iter().any(|it| text.contains(it))
    }

    fn spelled(&self, range: TextRange) -> &str {
        self.text.get(range.start().to_usize()..range.end().to_usize()).unwrap_or("")
    }

    fn tried(&mut self, statement: &ruff_python_ast::StmtTry) {
        let handlers = || statement.handlers.iter().map(|ExceptHandler::ExceptHandler(it)| it);
        let catches = handlers().any(|it| it.type_.as_deref().is_none_or(catches));
        let from = self.source.imports.len();
        self.under(catches.then_some(Condition::Try), &statement.body);
        let tried = self.source.imports.get(from..).unwrap_or_default();
        let tried: Arc<[Arc<str>]> = tried.iter().map(|it| Arc::clone(&it.module)).collect();
        for handler in handlers() {
            let caught = handler.type_.as_deref().is_none_or(self::catches) && !tried.is_empty();
            let condition = caught.then(|| Condition::Except(Arc::clone(&tried)));
            self.under(condition, &handler.body);
        }
        self.under(catches.then_some(Condition::Try), &statement.orelse);
        self.body(&statement.finalbody);
    }

    fn import(&mut self, module: &str, range: TextRange, taken: &[Alias]) {
        // A dot at the end is one that something will be typed after.
        let module = module.trim_matches('.');
        if module.is_empty() || module.split('.').any(|it| it.trim().is_empty()) {
            return;
        }
        let names = self.taken(taken);
        let start = range.start().to_usize();
        let range =
            (self.place)(Span::new(start, range.end().to_usize().max(start + module.len())));
        let (module, conditions) = (self.names.of(module), self.conditions());
        self.source.imports.push(Import { module, names, range, conditions });
    }

    /// What could be modules of what is taken: by their names, for classes begin with a capital (PEP 8).
    fn taken(&mut self, taken: &[Alias]) -> Arc<[Arc<str>]> {
        let is_module = |it: &&Alias| {
            let name = it.name.as_str();
            !name.is_empty() && name != "*" && !name.bytes().any(|it| it.is_ascii_uppercase())
        };
        let modules: Vec<Arc<str>> =
            taken.iter().filter(is_module).map(|it| self.names.of(it.name.as_str())).collect();
        if modules.is_empty() { Arc::clone(&self.names.none().0) } else { modules.into() }
    }

    fn conditions(&mut self) -> Arc<[Condition]> {
        if self.conditions.is_empty() {
            return Arc::clone(&self.names.none().1);
        }
        let conditions = &self.conditions;
        Arc::clone(self.shared.get_or_insert_with(|| conditions.as_slice().into()))
    }

    /// `INSTALLED_APPS` and `MIDDLEWARE` (Django's documentation, *Settings*), `pytest_plugins` (pytest's).
    fn mentioned(&mut self, target: &str, value: &Expr) {
        if !matches!(target, "INSTALLED_APPS" | "MIDDLEWARE" | "pytest_plugins" | "extensions") {
            return;
        }
        let texts: Vec<String> = match value {
            Expr::List(it) => it.elts.iter().filter_map(guard::text).collect(),
            Expr::Tuple(it) => it.elts.iter().filter_map(guard::text).collect(),
            other => guard::text(other).into_iter().collect(),
        };
        let mentions: Vec<Arc<str>> = texts.iter().map(|it| self.names.of(it)).collect();
        self.source.mentions.extend(mentions);
    }

    /// Looks for calls that name a module; of a definition only at what stands before its body.
    fn expressions(&mut self, statement: &Stmt, head: bool) {
        if !self.calls {
            return;
        }
        let mut calls = Calls { found: Vec::new() };
        match statement {
            Stmt::FunctionDef(it) if head => {
                it.decorator_list.iter().for_each(|it| calls.visit_decorator(it));
            }
            Stmt::ClassDef(it) if head => {
                it.decorator_list.iter().for_each(|it| calls.visit_decorator(it));
            }
            other => walk_stmt(&mut calls, other),
        }
        for Call { module, range, skips } in calls.found {
            let condition = if skips { Condition::Asked } else { Condition::Named };
            self.conditions.push(condition);
            self.shared = None;
            self.import(&module, range, &[]);
            self.conditions.pop();
            self.shared = None;
        }
    }
}

/// A call that names a module.
struct Call {
    module: String,
    range: TextRange,
    /// What depends on it is left out where the module is missing: `pytest.importorskip`.
    skips: bool,
}

struct Calls {
    found: Vec<Call>,
}

impl<'ast> SourceOrderVisitor<'ast> for Calls {
    fn visit_expr(&mut self, expression: &'ast Expr) {
        if let Expr::Call(call) = expression
            && let Some(Expr::StringLiteral(argument)) = call.arguments.args.first()
            && let Some(called) = dotted(&call.func)
        {
            let called = called.rsplit('.').next().unwrap_or_default();
            let module = argument.value.to_str();
            let names =
                matches!(called, "__import__" | "import_module" | "importorskip" | "find_spec");
            if names && !module.starts_with('.') && is_dotted(module) {
                let skips = called == "importorskip";
                let (module, range) = (module.to_owned(), argument.range());
                self.found.push(Call { module, range, skips });
            }
        }
        walk_expr(self, expression);
    }
}

fn is_dotted(module: &str) -> bool {
    let is_name = |it: &str| {
        it.starts_with(|it: char| it.is_alphabetic() || it == '_')
            && it.chars().all(|it| it.is_alphanumeric() || it == '_')
    };
    module.split('.').all(is_name)
}

fn is_typing(test: &Expr) -> bool {
    let named = dotted(test);
    named.is_some_and(|it| {
        it.rsplit('.').next().is_some_and(|it| matches!(it, "TYPE_CHECKING" | "MYPY"))
    })
}

/// `if __name__ == "__main__"`.
fn is_main(test: &Expr) -> bool {
    matches!(test, Expr::Compare(it) if dotted(&it.left).as_deref() == Some("__name__"))
}

fn is_false(test: &Expr) -> bool {
    match test {
        Expr::BooleanLiteral(it) => !it.value,
        Expr::NumberLiteral(it) => {
            matches!(&it.value, ruff_python_ast::Number::Int(it) if it.as_u8() == Some(0))
        }
        _ => false,
    }
}

/// Whether a handler of this type is for imports that fail.
fn catches(caught: &Expr) -> bool {
    match caught {
        Expr::Tuple(it) => it.elts.iter().any(catches),
        other => dotted(other).is_some_and(|it| {
            let name = it.rsplit('.').next().unwrap_or_default();
            matches!(name, "ImportError" | "ModuleNotFoundError" | "Exception" | "BaseException")
        }),
    }
}

/// `contextlib.suppress(ImportError)`.
fn suppresses(context: &Expr) -> bool {
    let Expr::Call(call) = context else { return false };
    let named = dotted(&call.func).is_some_and(|it| it.rsplit('.').next() == Some("suppress"));
    named && call.arguments.args.iter().any(catches)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::Lines;

    /// Numbers that look random and are the same each time (a linear congruential generator with Knuth's constants).
    struct Dice(u64);

    impl Dice {
        fn below(&mut self, sides: usize) -> usize {
            self.0 = self
                .0
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            usize::try_from(self.0 >> 33).unwrap_or(0) % sides
        }
    }

    const SIMPLE: [&str; 14] = [
        "x = 1",
        "import a",
        "from b.c import (\n  d,  # e\n  f,\n)",
        "\"\"\"import g\nif h:\n'\"\"\"",
        "y = {'import i': [1,\n2]}",
        "z = f\"{w['k']} {v!r:>{5}}\" \\\n  'import j'",
        "pytest.importorskip('l')",
        "# import m",
        "",
        "t = 'a\\'b' ; import n",
        "INSTALLED_APPS = [\n'o',\n]",
        "u = r'\\'",
        "importlib.import_module('p.q')",
        "defined = classy = 1",
    ];

    const HEADS: [&str; 10] = [
        "if TYPE_CHECKING:",
        "def f(a='import',\n  b=2):",
        "class C(D):",
        "with suppress(ImportError):",
        "for i in j:",
        "while True:",
        "@skipif(find_spec('r') is None)\ndef g():",
        "@h\n@i(j)\nasync def k():",
        "match l:\n  case 1:",
        "else_less = 1\nif sys.version_info >= (3, 11):",
    ];

    fn block(dice: &mut Dice, indent: &str, depth: usize, text: &mut String) {
        for _ in 0..=dice.below(4) {
            if depth < 3 && dice.below(3) == 0 {
                let head = match dice.below(HEADS.len() + 1).checked_sub(1) {
                    Some(at) => HEADS[at],
                    None => "try:",
                };
                head.lines().for_each(|it| text.push_str(&format!("{indent}{it}\n")));
                block(dice, &format!("{indent}    "), depth + 1, text);
                let next = match head {
                    "try:" => ["except ImportError:", "finally:"][dice.below(2)],
                    it if it.starts_with("if") => ["else:", "elif o:", ""][dice.below(3)],
                    _ => "",
                };
                if !next.is_empty() {
                    text.push_str(&format!("{indent}{next}\n"));
                    block(dice, &format!("{indent}    "), depth + 1, text);
                }
            } else {
                text.push_str(&format!("{indent}{}\n", SIMPLE[dice.below(SIMPLE.len())]));
            }
        }
        text.push_str(&format!("{indent}pass\n"));
    }

    #[test]
    fn a_thinned_text_says_of_imports_what_the_whole_text_says() {
        let mut dice = Dice(7);
        let (mut compared, mut found) = (0, 0);
        for _ in 0..2_000 {
            let mut text = String::new();
            block(&mut dice, "", 0, &mut text);
            let read = |given: &str, stood: &dyn Fn(usize) -> usize| {
                let parsed = parse_unchecked(given, ParseOptions::from(Mode::Module));
                let lines = Lines::of(&text);
                let mut place = |it: Span| {
                    lines.range(&text, Span::new(stood(it.start), stood(it.end - 1) + 1))
                };
                let source = of_parsed(&parsed, given, &mut Names::default(), &mut place);
                parsed.errors().is_empty().then_some(source)
            };
            let Some(whole) = read(&text, &|it| it) else { continue };
            let thin = thinned(&text, &Words::of(&text));
            let thin = read(&thin.text, &|it| thin.stood(it))
                .unwrap_or_else(|| panic!("cannot be parsed: {text}"));
            assert_eq!(thin, whole, "{text}");
            compared += 1;
            found += whole.imports.len();
        }
        assert!(compared > 1_000 && found > 1_000, "{compared} texts with {found} imports");
    }
}
