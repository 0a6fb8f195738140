//! Tests on Python's version and on the platform, as conditions that an import stands under; judged for the environment's
//! interpreter by the same markers that requirements have (library documentation of `sys`, `os` and `platform`).

use ruff_python_ast::{BoolOp, CmpOp, Expr, Number, UnaryOp};

use crate::standard::marker::{Marker, MarkerEnvironment, Verdict};

/// What a guard is judged for.
pub type Target = MarkerEnvironment;

/// A test that an import stands under, as far as it is understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Guard {
    Marker(Box<Marker>),
    Not(Box<Guard>),
    All(Vec<Guard>),
    Any(Vec<Guard>),
    Always,
    Unknown,
}

impl PartialOrd for Guard {
    fn partial_cmp(&self, other: &Guard) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Guard {
    fn cmp(&self, other: &Guard) -> std::cmp::Ordering {
        self.spelled().cmp(&other.spelled())
    }
}

impl Guard {
    #[must_use]
    pub fn judge(&self, target: &Target) -> Verdict {
        let turned = |verdict: Verdict| match verdict {
            Verdict::Holds => Verdict::Fails,
            Verdict::Fails => Verdict::Holds,
            Verdict::Unknown => Verdict::Unknown,
        };
        match self {
            Guard::Marker(marker) => marker.judge(target),
            Guard::Not(guard) => turned(guard.judge(target)),
            Guard::All(parts) => all(parts.iter().map(|it| it.judge(target))),
            Guard::Any(parts) => turned(all(parts.iter().map(|it| turned(it.judge(target))))),
            Guard::Always => Verdict::Holds,
            Guard::Unknown => Verdict::Unknown,
        }
    }

    /// The same test, failed.
    pub(super) fn failed(self) -> Guard {
        match self {
            Guard::Not(guard) => *guard,
            other => Guard::Not(Box::new(other)),
        }
    }

    /// As a marker would be written.
    #[must_use]
    pub fn spelled(&self) -> String {
        let joined = |parts: &[Guard], with: &str| {
            parts.iter().map(|it| format!("({})", it.spelled())).collect::<Vec<_>>().join(with)
        };
        match self {
            Guard::Marker(marker) => marker.spelled().to_owned(),
            Guard::Not(guard) => format!("not ({})", guard.spelled()),
            Guard::All(parts) => joined(parts, " and "),
            Guard::Any(parts) => joined(parts, " or "),
            Guard::Always => "always".to_owned(),
            Guard::Unknown => "?".to_owned(),
        }
    }
}

fn all(verdicts: impl Iterator<Item = Verdict>) -> Verdict {
    let mut all = Verdict::Holds;
    for verdict in verdicts {
        match verdict {
            Verdict::Fails => return Verdict::Fails,
            Verdict::Unknown => all = Verdict::Unknown,
            Verdict::Holds => {}
        }
    }
    all
}

/// What a test asks of the interpreter; `None` where it asks for nothing of the kind.
pub(super) fn of(test: &Expr) -> Option<Guard> {
    match test {
        Expr::BoolOp(it) => {
            let parts: Vec<Option<Guard>> = it.values.iter().map(of).collect();
            if parts.iter().all(Option::is_none) {
                return None;
            }
            let parts = parts.into_iter().map(|it| it.unwrap_or(Guard::Unknown)).collect();
            Some(if it.op == BoolOp::And { Guard::All(parts) } else { Guard::Any(parts) })
        }
        Expr::UnaryOp(it) if it.op == UnaryOp::Not => Some(of(&it.operand)?.failed()),
        Expr::Compare(it) => {
            let ([op], [right]) = (&*it.ops, &*it.comparators) else { return None };
            compared(&it.left, *op, right)
        }
        Expr::Call(it) => {
            let Expr::Attribute(called) = &*it.func else { return None };
            let prefix = text(it.arguments.args.first()?)?;
            let is_platform = dotted(&called.value)? == "sys.platform";
            (called.attr.as_str() == "startswith" && is_platform).then(|| platform(&prefix))
        }
        _ => match dotted(test)?.rsplit('.').next()? {
            "PY2" => marker("python_version < '3'"),
            "PY3" => marker("python_version >= '3'"),
            "WINDOWS" | "IS_WINDOWS" | "WIN" | "ON_WINDOWS" => marker("sys_platform == 'win32'"),
            _ => None,
        },
    }
}

fn marker(spelled: &str) -> Option<Guard> {
    Some(Guard::Marker(Box::new(Marker::parse(spelled, 0).ok()?)))
}

/// `sys.platform` may have had the version of the system behind it: `linux2`.
fn platform(named: &str) -> Guard {
    let whole = match named {
        it if "win32".starts_with(it) => "win32",
        it if it.starts_with("linux") => "linux",
        it => it,
    };
    marker(&format!("sys_platform == '{whole}'"))
        .filter(|_| whole.bytes().all(|it| it.is_ascii_alphanumeric()))
        .unwrap_or(Guard::Unknown)
}

fn compared(left: &Expr, op: CmpOp, right: &Expr) -> Option<Guard> {
    if let Some(subject) = version_of(left) {
        return Some(version(subject, op, right).unwrap_or(Guard::Unknown));
    }
    let variable = match left {
        Expr::Call(it) if dotted(&it.func).as_deref() == Some("platform.system") => {
            "platform_system"
        }
        Expr::Call(it) if dotted(&it.func).as_deref() == Some("platform.python_implementation") => {
            "platform_python_implementation"
        }
        other => match &*dotted(other)? {
            "sys.platform" => "sys_platform",
            "os.name" => "os_name",
            "sys.implementation.name" => "implementation_name",
            _ => return None,
        },
    };
    let one = |value: &str| {
        let plain = value.bytes().all(|it| it.is_ascii_alphanumeric());
        match variable {
            "sys_platform" => Some(platform(value)),
            _ => plain.then(|| marker(&format!("{variable} == '{value}'"))).flatten(),
        }
    };
    let guard = match (op, right) {
        (CmpOp::Eq | CmpOp::NotEq, value) => one(&text(value)?),
        (CmpOp::In | CmpOp::NotIn, Expr::Tuple(it)) => any_of(&it.elts, one),
        (CmpOp::In | CmpOp::NotIn, Expr::List(it)) => any_of(&it.elts, one),
        (CmpOp::In | CmpOp::NotIn, Expr::Set(it)) => any_of(&it.elts, one),
        _ => None,
    };
    let guard = guard.unwrap_or(Guard::Unknown);
    Some(if matches!(op, CmpOp::NotEq | CmpOp::NotIn) { guard.failed() } else { guard })
}

fn any_of(values: &[Expr], one: impl Fn(&str) -> Option<Guard>) -> Option<Guard> {
    let parts: Option<Vec<Guard>> = values.iter().map(|it| one(&text(it)?)).collect();
    Some(Guard::Any(parts?))
}

/// Which part of `sys.version_info` is asked for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Subject {
    Whole,
    /// The first so many components.
    First(usize),
    Major,
    Minor,
}

fn version_of(left: &Expr) -> Option<Subject> {
    let is_info =
        |it: &Expr| dotted(it).is_some_and(|it| it == "sys.version_info" || it == "version_info");
    match left {
        Expr::Subscript(it) if is_info(&it.value) => match &*it.slice {
            Expr::NumberLiteral(number) => match integer(&number.value)? {
                0 => Some(Subject::Major),
                1 => Some(Subject::Minor),
                _ => None,
            },
            Expr::Slice(slice) => match slice.upper.as_deref() {
                Some(Expr::NumberLiteral(upper)) if slice.lower.is_none() => {
                    Some(Subject::First(integer(&upper.value)?))
                }
                _ => None,
            },
            _ => None,
        },
        Expr::Attribute(it) if is_info(&it.value) => match it.attr.as_str() {
            "major" => Some(Subject::Major),
            "minor" => Some(Subject::Minor),
            _ => None,
        },
        other => is_info(other).then_some(Subject::Whole),
    }
}

/// A comparison of tuples: `sys.version_info` has five components, so it is greater than each prefix of itself.
fn version(subject: Subject, op: CmpOp, right: &Expr) -> Option<Guard> {
    let numbers: Vec<usize> = match right {
        Expr::Tuple(it) => it.elts.iter().map_while(number).collect(),
        other => vec![number(other)?],
    };
    let numbers = match subject {
        Subject::Minor => [&[3], &*numbers].concat(),
        _ => numbers,
    };
    let spelled = numbers.iter().map(ToString::to_string).collect::<Vec<_>>().join(".");
    if numbers.is_empty() {
        return None;
    }
    let whole = match subject {
        Subject::Whole => true,
        Subject::First(count) => count > numbers.len(),
        Subject::Major | Subject::Minor => false,
    };
    let prefix = format!("python_full_version == '{spelled}.*'");
    let at_least = marker(&format!("python_full_version >= '{spelled}'"))?;
    let is_prefix = || marker(&prefix);
    Some(match op {
        CmpOp::GtE => at_least,
        CmpOp::Lt => at_least.failed(),
        CmpOp::Gt if whole => at_least,
        CmpOp::LtE if whole => at_least.failed(),
        CmpOp::Gt => Guard::All(vec![at_least, is_prefix()?.failed()]),
        CmpOp::LtE => Guard::Any(vec![at_least.failed(), is_prefix()?]),
        CmpOp::Eq => is_prefix()?,
        CmpOp::NotEq => is_prefix()?.failed(),
        _ => return None,
    })
}

fn number(value: &Expr) -> Option<usize> {
    match value {
        Expr::NumberLiteral(it) => integer(&it.value),
        _ => None,
    }
}

fn integer(number: &Number) -> Option<usize> {
    match number {
        Number::Int(it) => it.as_usize(),
        _ => None,
    }
}

pub(super) fn text(value: &Expr) -> Option<String> {
    match value {
        Expr::StringLiteral(it) => Some(it.value.to_str().to_owned()),
        _ => None,
    }
}

/// A name with its attributes: `sys.version_info`.
pub(super) fn dotted(value: &Expr) -> Option<String> {
    match value {
        Expr::Name(it) => Some(it.id.as_str().to_owned()),
        Expr::Attribute(it) => Some(format!("{}.{}", dotted(&it.value)?, it.attr.as_str())),
        _ => None,
    }
}
