//! What one Python file imports, each import with the conditions that it stands under. Nothing of distributions.

mod cut;
mod guard;
mod notebook;
mod python;
mod script;
mod sources;
mod thin;
mod words;

use std::{
    collections::{BTreeMap, HashSet},
    sync::Arc,
};

use self::words::Words;
pub use self::{
    guard::{Guard, Target},
    notebook::Notebook,
    script::{Insertion, Script, Wanted},
    sources::{SourceFile, Sources},
};
use crate::{
    standard::marker::Verdict,
    text::{Lines, Position, Range, Span},
    world::AbsPath,
};

/// How much of a source file is read, in bytes. The largest that people write have some hundred kilobytes.
pub const LIMIT: u64 = 2 * 1024 * 1024;

/// One file of Python source.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Source {
    /// In the order of the text; what is imported relative to the file's own package is left out.
    pub imports: Vec<Import>,
    /// Modules that are named in a text: applications and middleware of Django, plugins of pytest. A use, never more.
    pub mentions: Vec<Arc<str>>,
    /// What most files have none of.
    pub rare: Option<Box<Rare>>,
}

/// What few files have.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rare {
    /// By zero-based line, the codes that a comment on it silences; `*` is all of them.
    pub ignored: BTreeMap<u32, Vec<String>>,
    /// The block that says what a script needs (*Inline script metadata*).
    pub script: Option<Script>,
    pub notebook: Option<Notebook>,
    /// By zero-based line of an import, where a comment behind it would stand; of what the editor holds open, for nothing else
    /// is commented on.
    pub ends: BTreeMap<u32, Position>,
    pub trouble: Option<Trouble>,
}

/// Why a file's imports are not known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Trouble {
    TooLarge,
    /// One statement has so many parts that reading it could take all memory for the stack.
    TooDeep,
    /// A notebook that is no JSON.
    Unreadable,
}

/// One import.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Import {
    /// Dotted.
    pub module: Arc<str>,
    /// What is taken from it and could be a module in it, by its spelling.
    pub names: Arc<[Arc<str>]>,
    pub range: Range,
    pub conditions: Arc<[Condition]>,
}

/// A condition that an import stands under.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Condition {
    /// That the import fails is caught.
    Try,
    /// It is made only when the import of one of these failed.
    Except(Arc<[Arc<str>]>),
    /// Only type checkers see it: `if TYPE_CHECKING`.
    Typing,
    /// Nobody ever gets there: `if False`.
    Never,
    /// It is made when a function is called.
    Function,
    /// The program first asks whether the module is there.
    Asked,
    /// A text names the module: `importlib.import_module("x")`. A use, never an accusation.
    Named,
    /// A test on Python's version or the platform.
    Guard(Guard),
}

impl Import {
    /// The first component.
    #[must_use]
    pub fn top(&self) -> &str {
        self.module.split('.').next().unwrap_or(&self.module)
    }

    /// Whether the program goes on without the module.
    #[must_use]
    pub fn is_optional(&self) -> bool {
        let spares = |it: &Condition| matches!(it, Condition::Try | Condition::Asked);
        self.conditions.iter().any(spares)
    }

    #[must_use]
    pub fn is_for_typing(&self) -> bool {
        self.conditions.contains(&Condition::Typing)
    }

    /// Whether a text names the module, and nothing more.
    #[must_use]
    pub fn is_named(&self) -> bool {
        self.conditions.contains(&Condition::Named)
    }

    /// What is tried before this.
    pub fn tried_before(&self) -> impl Iterator<Item = &Arc<str>> {
        self.conditions
            .iter()
            .filter_map(|it| match it {
                Condition::Except(tried) => Some(tried.iter()),
                _ => None,
            })
            .flatten()
    }

    /// Whether the import is reached in an interpreter.
    #[must_use]
    pub fn is_reached(&self, target: &Target) -> Verdict {
        let mut verdict = Verdict::Holds;
        for condition in &*self.conditions {
            match condition {
                Condition::Never => return Verdict::Fails,
                Condition::Guard(guard) => match guard.judge(target) {
                    Verdict::Fails => return Verdict::Fails,
                    Verdict::Unknown => verdict = Verdict::Unknown,
                    Verdict::Holds => {}
                },
                _ => {}
            }
        }
        verdict
    }
}

impl Condition {
    /// As the contract's JSON calls it.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Condition::Try => "try",
            Condition::Except(_) => "except",
            Condition::Typing => "typing",
            Condition::Never => "never",
            Condition::Function => "function",
            Condition::Asked => "asked",
            Condition::Named => "named",
            Condition::Guard(_) => "guard",
        }
    }
}

impl Source {
    #[must_use]
    pub fn script(&self) -> Option<&Script> {
        self.rare.as_ref()?.script.as_ref()
    }

    /// Whether a comment on a line silences a code.
    #[must_use]
    pub fn silences(&self, line: u32, code: &str) -> bool {
        let codes = self.rare.as_ref().and_then(|it| it.ignored.get(&line));
        codes.is_some_and(|codes| codes.iter().any(|it| it == "*" || it == code))
    }

    /// Where a comment behind the import on this line would stand.
    #[must_use]
    pub fn end_of(&self, line: u32) -> Option<Position> {
        self.rare.as_ref()?.ends.get(&line).copied()
    }

    fn rare(&mut self) -> &mut Rare {
        self.rare.get_or_insert_default()
    }

    /// A file that was not read.
    #[must_use]
    pub fn of_trouble(trouble: Trouble) -> Source {
        let rare = Rare { trouble: Some(trouble), ..Rare::default() };
        Source { rare: Some(Box::new(rare)), ..Source::default() }
    }
}

/// Nothing taken, and no condition: as it is with most imports.
type Nothing = (Arc<[Arc<str>]>, Arc<[Condition]>);

/// Names that many files share, each kept once.
#[derive(Debug, Default)]
pub struct Names {
    known: HashSet<Arc<str>>,
    none: Option<Nothing>,
    /// What nothing is to be said of: most packages have such an `__init__`.
    empty: Arc<Source>,
}

impl Names {
    fn of(&mut self, name: &str) -> Arc<str> {
        if let Some(known) = self.known.get(name) {
            return Arc::clone(known);
        }
        let name: Arc<str> = name.into();
        self.known.insert(Arc::clone(&name));
        name
    }

    /// A source to be kept.
    #[must_use]
    pub fn shared(&self, source: Source) -> Arc<Source> {
        if source == *self.empty { Arc::clone(&self.empty) } else { Arc::new(source) }
    }

    /// Forgets the names that nobody else has.
    pub fn forget_unused(&mut self) {
        self.known.retain(|it| Arc::strong_count(it) > 1);
    }

    fn none(&mut self) -> &Nothing {
        self.none.get_or_insert_with(|| (Arc::new([]), Arc::new([])))
    }
}

/// Whether a file is read as source, by its name: a module, stubs, or a notebook.
#[must_use]
pub fn is_source(name: &[u8]) -> bool {
    [&b".py"[..], b".pyi", b".pyw", b".ipynb"].iter().any(|suffix| name.ends_with(suffix))
}

/// Reads the source at a path. Half-typed text is read as far as it goes.
#[must_use]
pub fn read_file(path: &AbsPath, text: &str, names: &mut Names) -> Source {
    if text.len() as u64 > LIMIT && !path.name().ends_with(b".ipynb") {
        return Source::of_trouble(Trouble::TooLarge);
    }
    if path.name().ends_with(b".ipynb") {
        return notebook::read(text, names);
    }
    let words = Words::of(text);
    let relevant = cut::relevant(text, &words);
    let lines = Lazy::new(relevant);
    let mut source = match python::read(relevant, &words, names, &mut |span| lines.range(span)) {
        Ok(source) => source,
        Err(trouble) => Source::of_trouble(trouble),
    };
    if words.opens_script
        && let Some(script) = script::read(text)
    {
        source.rare().script = Some(script);
    }
    let ignored = ignored(text, &words);
    if !ignored.is_empty() {
        source.rare().ignored = ignored;
    }
    source
}

/// Reads a source that the editor holds open.
#[must_use]
pub fn read_open(path: &AbsPath, text: &str) -> Source {
    let mut source = read_file(path, text, &mut Names::default());
    if source.imports.is_empty() || path.name().ends_with(b".ipynb") {
        return source;
    }
    let lines = Lines::of(text);
    let behind = |import: &Import| {
        let line = import.range.start.line;
        let span = lines.line(text, line as usize)?;
        let written = text.get(span.start..span.end)?;
        let goes_on = written.ends_with('\\') || QUOTES.iter().any(|it| written.contains(it));
        (!goes_on).then(|| (line, lines.range(text, Span::new(span.end, span.end)).end))
    };
    let ends: BTreeMap<u32, Position> = source.imports.iter().filter_map(behind).collect();
    source.rare().ends = ends;
    source
}

/// What begins a text that may go on over several lines.
const QUOTES: [&str; 2] = ["\"\"\"", "'''"];

/// The lines of a text, found only once something stands in it.
struct Lazy<'text> {
    text: &'text str,
    lines: std::cell::OnceCell<Lines>,
}

impl<'text> Lazy<'text> {
    fn new(text: &'text str) -> Lazy<'text> {
        Lazy { text, lines: std::cell::OnceCell::new() }
    }

    fn range(&self, span: Span) -> Range {
        self.lines.get_or_init(|| Lines::of(self.text)).range(self.text, span)
    }
}

/// The codes that comments silence: `# envls: ignore[code]`, and those of deptry by what they mean here (deptry's
/// documentation, *Rules and violations*).
fn ignored(text: &str, words: &Words) -> BTreeMap<u32, Vec<String>> {
    let mut ignored: BTreeMap<u32, Vec<String>> = BTreeMap::new();
    for comment in &words.silencing {
        let rest = text.get(comment.end..).unwrap_or("");
        let rest = rest.lines().next().unwrap_or("");
        let inside = rest.strip_prefix('[').and_then(|it| it.split_once(']')).map(|it| it.0);
        let above = text.get(..comment.start).unwrap_or_default();
        let line = memchr::memchr_iter(b'\n', above.as_bytes()).count();
        let codes = ignored.entry(u32::try_from(line).unwrap_or(u32::MAX)).or_default();
        let Some(inside) = inside else {
            codes.push("*".to_owned());
            continue;
        };
        for code in inside.split(',').map(str::trim) {
            if comment.is_of_deptry {
                codes.extend(of_deptry(code).iter().map(|it| (*it).to_owned()));
            } else {
                codes.push(code.to_owned());
            }
        }
    }
    ignored
}

fn of_deptry(code: &str) -> &'static [&'static str] {
    match code {
        "DEP001" => &[
            "undeclared-import",
            "import-not-installed",
            "unknown-import",
            "ambiguous-provider",
            "module-not-in-distribution",
            "only-stubs",
        ],
        "DEP003" => &["transitive-import", "member-undeclared"],
        "DEP004" => &["dev-import"],
        _ => &[],
    }
}
