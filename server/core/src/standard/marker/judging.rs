//! Judges a marker for an environment of which not everything is known.

use std::borrow::Cow;

use super::{Comparison, MarkerEnvironment, Operator, Side, Tree, Variable, Verdict};
use crate::standard::{
    name,
    version::{Operator as VersionOperator, Specifiers, Version},
};

/// With more questions left open than this, trying every combination of answers is not worth its time.
const MOST_TRIED: usize = 6;

pub(super) fn judge(tree: &Tree, environment: &MarkerEnvironment) -> Verdict {
    let verdict = weigh(tree, &|comparison| compare(comparison, environment));
    if verdict != Verdict::Unknown {
        return verdict;
    }
    // What is asked for twice may cancel itself out, as in `platform_release == "a" or platform_release != "a"`.
    let mut open: Vec<Comparison> = Vec::new();
    let mut comparisons = 0;
    tree.visit(&mut |comparison| {
        if compare(comparison, environment) == Verdict::Unknown {
            comparisons += 1;
            let (question, _) = affirmed(comparison);
            if !open.contains(&question) {
                open.push(question);
            }
        }
    });
    if comparisons == open.len() || open.len() > MOST_TRIED {
        return Verdict::Unknown;
    }
    let mut verdicts = (0_u32..1 << open.len()).map(|answers| {
        weigh(tree, &|comparison| match compare(comparison, environment) {
            Verdict::Unknown => {
                let (question, asked) = affirmed(comparison);
                let at = open.iter().position(|it| *it == question).unwrap_or(0);
                decided((answers >> at & 1 == 1) == asked)
            }
            known => known,
        })
    });
    let first = verdicts.next().unwrap_or(Verdict::Unknown);
    if verdicts.all(|it| it == first) { first } else { Verdict::Unknown }
}

/// The comparison without its negation, and whether it had none.
fn affirmed(comparison: &Comparison) -> (Comparison, bool) {
    let (operator, asked) = match comparison.operator {
        Operator::NotIn => (Operator::In, false),
        Operator::Version(VersionOperator::NotEqual) => {
            (Operator::Version(VersionOperator::Equal), false)
        }
        operator => (operator, true),
    };
    (Comparison { operator, ..comparison.clone() }, asked)
}

fn decided(holds: bool) -> Verdict {
    if holds { Verdict::Holds } else { Verdict::Fails }
}

fn weigh(tree: &Tree, compare: &impl Fn(&Comparison) -> Verdict) -> Verdict {
    let (parts, decisive, otherwise) = match tree {
        Tree::Comparison(comparison) => return compare(comparison),
        Tree::All(parts) => (parts, Verdict::Fails, Verdict::Holds),
        Tree::Any(parts) => (parts, Verdict::Holds, Verdict::Fails),
    };
    let mut verdict = otherwise;
    for part in parts {
        match weigh(part, compare) {
            it if it == decisive => return decisive,
            Verdict::Unknown => verdict = Verdict::Unknown,
            _ => {}
        }
    }
    verdict
}

fn compare(comparison: &Comparison, environment: &MarkerEnvironment) -> Verdict {
    match (&comparison.left, &comparison.right) {
        (Side::Variable(variable), Side::Text(text)) => {
            about(*variable, comparison.operator, text, environment)
        }
        (Side::Text(text), Side::Variable(variable)) => match (comparison.operator, variable) {
            (Operator::In | Operator::NotIn, Variable::Extras) => {
                listed(text, environment.extras.as_deref(), comparison.operator)
            }
            (Operator::In | Operator::NotIn, Variable::DependencyGroups) => {
                listed(text, environment.dependency_groups.as_deref(), comparison.operator)
            }
            (Operator::In | Operator::NotIn, variable) => {
                let holder = spoken(*variable, environment);
                contained(Some(text), holder.as_deref(), comparison.operator)
            }
            (Operator::Version(operator), variable) => match turned(operator) {
                Some(operator) => about(*variable, Operator::Version(operator), text, environment),
                None => Verdict::Unknown,
            },
        },
        (Side::Text(left), Side::Text(right)) => {
            texts(Some(left), Some(right), comparison.operator)
        }
        (Side::Variable(left), Side::Variable(right)) => {
            let (left, right) = (spoken(*left, environment), spoken(*right, environment));
            texts(left.as_deref(), right.as_deref(), comparison.operator)
        }
    }
}

/// The operator after both sides have changed places.
fn turned(operator: VersionOperator) -> Option<VersionOperator> {
    Some(match operator {
        VersionOperator::Less => VersionOperator::Greater,
        VersionOperator::LessOrEqual => VersionOperator::GreaterOrEqual,
        VersionOperator::Greater => VersionOperator::Less,
        VersionOperator::GreaterOrEqual => VersionOperator::LessOrEqual,
        VersionOperator::Compatible => return None,
        same => same,
    })
}

fn about(
    variable: Variable,
    operator: Operator,
    text: &str,
    environment: &MarkerEnvironment,
) -> Verdict {
    let whole = |version: Option<&Version>| match version {
        Some(version) if version.release().len() < 3 => series(version, operator, text),
        version => versions(version, operator, text),
    };
    match variable {
        Variable::PythonVersion => versions(environment.python_version().as_ref(), operator, text),
        Variable::PythonFullVersion => whole(environment.python_full_version.as_ref()),
        Variable::ImplementationVersion => whole(environment.implementation_version.as_ref()),
        Variable::Extra => extra(operator, text, environment),
        Variable::Extras | Variable::DependencyGroups => Verdict::Unknown,
        Variable::PlatformRelease | Variable::PlatformVersion => {
            let value = spoken(variable, environment);
            // The standard lets these be versions or plain text, whichever both sides are.
            match (value.as_deref().and_then(Version::parse), Version::parse(text)) {
                (Some(version), Some(_)) => versions(Some(&version), operator, text),
                _ => texts(value.as_deref(), Some(text), operator),
            }
        }
        _ => texts(spoken(variable, environment).as_deref(), Some(text), operator),
    }
}

impl MarkerEnvironment {
    /// The first two numbers of the language's version.
    fn python_version(&self) -> Option<Version> {
        match self.python_full_version.as_ref()?.release() {
            [major, minor, ..] => Version::parse(&format!("{major}.{minor}")),
            _ => None,
        }
    }
}

fn versions(version: Option<&Version>, operator: Operator, text: &str) -> Verdict {
    let Some(version) = version else { return Verdict::Unknown };
    let operator = match operator {
        Operator::Version(operator) => operator,
        // The standard has forbidden this for versions; what was written before is read as the list that was meant.
        Operator::In | Operator::NotIn => {
            let mut words = text.split([' ', ',', '|']).filter(|it| !it.is_empty());
            let found = words.any(|it| Version::parse(it).as_ref() == Some(version));
            return decided(found == (operator == Operator::In));
        }
    };
    match Specifiers::parse(&format!("{}{text}", operator.sign())) {
        Ok(specifiers) if !specifiers.is_empty() => decided(specifiers.admits(version)),
        // What is no version is compared as text (*Dependency specifiers*, Environment Markers).
        _ => texts(Some(&version.to_string()), Some(text), Operator::Version(operator)),
    }
}

/// Compares with a version of which only the first numbers are known: the verdict must be that of every version that
/// begins so.
fn series(version: &Version, operator: Operator, text: &str) -> Verdict {
    let known = version.release();
    let within = |word: &str| {
        let word = word.trim_end_matches(".*");
        let release = Version::parse(word).map(|it| it.release().to_vec()).unwrap_or_default();
        release.len() > known.len() && release.starts_with(known)
    };
    if text.split([' ', ',', '|']).any(within) {
        return Verdict::Unknown;
    }
    let lowest = versions(Some(version), operator, text);
    let high = Version::parse(&format!("{version}.9999"));
    if versions(high.as_ref(), operator, text) == lowest { lowest } else { Verdict::Unknown }
}

fn extra(operator: Operator, text: &str, environment: &MarkerEnvironment) -> Verdict {
    let operator = match operator {
        Operator::Version(VersionOperator::Equal | VersionOperator::Identical) => Operator::In,
        Operator::Version(VersionOperator::NotEqual) => Operator::NotIn,
        _ => return Verdict::Unknown,
    };
    listed(text, environment.extras.as_deref(), operator)
}

fn listed(text: &str, list: Option<&[String]>, operator: Operator) -> Verdict {
    let Some(list) = list else { return Verdict::Unknown };
    let wanted = name::normalised(text);
    let found = list.iter().any(|it| name::normalised(it) == wanted);
    decided(found == (operator == Operator::In))
}

/// Compares as text. What is no version has no order: `<` and `>` never hold, `<=` and `>=` mean `==`.
fn texts(left: Option<&str>, right: Option<&str>, operator: Operator) -> Verdict {
    let operator = match operator {
        Operator::In | Operator::NotIn => return contained(left, right, operator),
        Operator::Version(operator) => operator,
    };
    if matches!(operator, VersionOperator::Less | VersionOperator::Greater) {
        return Verdict::Fails;
    }
    let (Some(left), Some(right)) = (left, right) else { return Verdict::Unknown };
    match operator {
        VersionOperator::NotEqual => decided(left != right),
        VersionOperator::Compatible => Verdict::Unknown,
        _ => decided(left == right),
    }
}

fn contained(part: Option<&str>, whole: Option<&str>, operator: Operator) -> Verdict {
    let (Some(part), Some(whole)) = (part, whole) else { return Verdict::Unknown };
    decided(whole.contains(part) == (operator == Operator::In))
}

/// The value of a variable as text.
fn spoken(variable: Variable, environment: &MarkerEnvironment) -> Option<Cow<'_, str>> {
    let version = |version: Option<&Version>| {
        version.filter(|it| it.release().len() > 2).map(|it| Cow::Owned(it.to_string()))
    };
    match variable {
        Variable::OsName => text(environment.os_name.as_deref()),
        Variable::SysPlatform => text(environment.sys_platform.as_deref()),
        Variable::PlatformMachine => text(environment.platform_machine.as_deref()),
        Variable::PlatformPythonImplementation => {
            text(environment.platform_python_implementation.as_deref())
        }
        Variable::PlatformRelease => text(environment.platform_release.as_deref()),
        Variable::PlatformSystem => text(environment.platform_system.as_deref()),
        Variable::PlatformVersion => text(environment.platform_version.as_deref()),
        Variable::ImplementationName => text(environment.implementation_name.as_deref()),
        Variable::PythonVersion => {
            environment.python_version().map(|it| Cow::Owned(it.to_string()))
        }
        Variable::PythonFullVersion => version(environment.python_full_version.as_ref()),
        Variable::ImplementationVersion => version(environment.implementation_version.as_ref()),
        Variable::Extra | Variable::Extras | Variable::DependencyGroups => None,
    }
}

fn text(text: Option<&str>) -> Option<Cow<'_, str>> {
    text.map(Cow::Borrowed)
}
