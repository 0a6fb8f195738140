//! Environment markers (*Dependency specifiers*), judged for the environment's interpreter and never for ours.

mod reading;
mod judging;
mod agreeing;

use std::sync::Arc;

pub use self::agreeing::{agree, within};
use super::{name, requirement::Invalid, version::Version};
use crate::world::{Machine, Os};

/// A marker that was understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Marker {
    spelled: Arc<str>,
    tree: Tree,
}

/// What a marker says of an environment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    Holds,
    Fails,
    /// It asks for something that is not known of the environment.
    Unknown,
}

/// What is known of an interpreter without asking it; `None` is what is not.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MarkerEnvironment {
    /// The whole version of the language, `3.12.4`, or as much of it as is known, `3.12`.
    pub python_full_version: Option<Version>,
    /// `cpython`, `pypy`.
    pub implementation_name: Option<String>,
    pub implementation_version: Option<Version>,
    /// `CPython`, `PyPy`.
    pub platform_python_implementation: Option<String>,
    /// `posix`, `nt`.
    pub os_name: Option<String>,
    /// `linux`, `darwin`, `win32`.
    pub sys_platform: Option<String>,
    /// `x86_64`, `arm64`.
    pub platform_machine: Option<String>,
    /// `Linux`, `Darwin`, `Windows`.
    pub platform_system: Option<String>,
    pub platform_release: Option<String>,
    pub platform_version: Option<String>,
    /// The extras that are asked for, in any spelling; `None` where it is not known which are.
    pub extras: Option<Vec<String>>,
    /// The dependency groups that are asked for (*pylock.toml specification*).
    pub dependency_groups: Option<Vec<String>>,
}

impl MarkerEnvironment {
    /// What files and the machine say of an interpreter, no extra asked for. The implementation is written as in
    /// `pyvenv.cfg`: `CPython`, `PyPy`; letter case does not matter.
    #[must_use]
    pub fn of(version: &Version, implementation: &str, machine: &Machine) -> MarkerEnvironment {
        let implementation = implementation.to_ascii_lowercase();
        let (os_name, sys_platform, platform_system) = match machine.os {
            Os::Linux => (Some("posix"), Some("linux"), Some("Linux")),
            Os::Macos => (Some("posix"), Some("darwin"), Some("Darwin")),
            Os::Windows => (Some("nt"), Some("win32"), Some("Windows")),
            Os::Other => (Some("posix"), None, None),
        };
        // What `platform.python_implementation()` says (library documentation of `platform`).
        let spoken = match implementation.as_str() {
            "cpython" => Some("CPython"),
            "pypy" => Some("PyPy"),
            "graalpy" | "graalvm" => Some("GraalVM"),
            _ => None,
        };
        // The other implementations count their own versions, which no file names.
        let implementation_version = (implementation == "cpython").then(|| version.clone());
        MarkerEnvironment {
            python_full_version: Some(version.clone()),
            implementation_name: (!implementation.is_empty()).then_some(implementation),
            implementation_version,
            platform_python_implementation: spoken.map(str::to_owned),
            os_name: os_name.map(str::to_owned),
            sys_platform: sys_platform.map(str::to_owned),
            platform_machine: Some(machine.architecture.clone()).filter(|it| !it.is_empty()),
            platform_system: platform_system.map(str::to_owned),
            platform_release: None,
            platform_version: None,
            extras: Some(Vec::new()),
            dependency_groups: Some(Vec::new()),
        }
    }

    /// The same, with these extras asked for.
    #[must_use]
    pub fn with_extras(self, extras: impl IntoIterator<Item = impl Into<String>>) -> Self {
        MarkerEnvironment { extras: Some(extras.into_iter().map(Into::into).collect()), ..self }
    }
}

impl Marker {
    /// Reads a marker that stands in a file from byte `offset` on.
    pub fn parse(text: &str, offset: usize) -> Result<Marker, Invalid> {
        let tree = reading::read(text).map_err(|it| it.relocated(|span| span.shifted(offset)))?;
        Ok(Marker { spelled: text.trim().into(), tree })
    }

    /// As written.
    #[must_use]
    pub fn spelled(&self) -> &str {
        &self.spelled
    }

    /// Whether it holds in an environment. Where something that it asks for is not known, but would change nothing, it is
    /// decided all the same.
    #[must_use]
    pub fn judge(&self, environment: &MarkerEnvironment) -> Verdict {
        judging::judge(&self.tree, environment)
    }

    /// Whether what it says depends on which extras are asked for.
    #[must_use]
    pub fn names_extra(&self) -> bool {
        let of_extra = |it: &Side| matches!(it, Side::Variable(Variable::Extra | Variable::Extras));
        let mut names = false;
        self.tree.visit(&mut |it| names |= of_extra(&it.left) || of_extra(&it.right));
        names
    }

    /// The extras that it names, normalised: `["socks"]` for `extra == "socks"`.
    #[must_use]
    pub fn extras(&self) -> Vec<String> {
        let mut extras = Vec::new();
        self.tree.visit(&mut |comparison| {
            if let (Side::Variable(Variable::Extra), Side::Text(text))
            | (Side::Text(text), Side::Variable(Variable::Extra | Variable::Extras)) =
                (&comparison.left, &comparison.right)
            {
                extras.push(name::normalised(text));
            }
        });
        extras.sort_unstable();
        extras.dedup();
        extras
    }
}

/// How the comparisons of a marker are joined.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Tree {
    Comparison(Box<Comparison>),
    All(Vec<Tree>),
    Any(Vec<Tree>),
}

impl Tree {
    fn visit<'tree>(&'tree self, visitor: &mut impl FnMut(&'tree Comparison)) {
        match self {
            Tree::Comparison(comparison) => visitor(comparison),
            Tree::All(parts) | Tree::Any(parts) => {
                parts.iter().for_each(|it| it.visit(visitor));
            }
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Comparison {
    left: Side,
    operator: Operator,
    right: Side,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Side {
    Variable(Variable),
    /// A value, without its quotes.
    Text(Box<str>),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Operator {
    In,
    NotIn,
    /// Those of version specifiers.
    Version(super::version::Operator),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Variable {
    OsName,
    SysPlatform,
    PlatformMachine,
    PlatformPythonImplementation,
    PlatformRelease,
    PlatformSystem,
    PlatformVersion,
    PythonVersion,
    PythonFullVersion,
    ImplementationName,
    ImplementationVersion,
    Extra,
    Extras,
    DependencyGroups,
}

/// The names of the variables; those with dots and `python_implementation` are the ones of `setuptools`, which `packaging`
/// still takes.
static VARIABLES: &[(&str, Variable)] = &[
    ("os_name", Variable::OsName),
    ("os.name", Variable::OsName),
    ("sys_platform", Variable::SysPlatform),
    ("sys.platform", Variable::SysPlatform),
    ("platform_machine", Variable::PlatformMachine),
    ("platform.machine", Variable::PlatformMachine),
    ("platform_python_implementation", Variable::PlatformPythonImplementation),
    ("platform.python_implementation", Variable::PlatformPythonImplementation),
    ("python_implementation", Variable::PlatformPythonImplementation),
    ("platform_release", Variable::PlatformRelease),
    ("platform_system", Variable::PlatformSystem),
    ("platform_version", Variable::PlatformVersion),
    ("platform.version", Variable::PlatformVersion),
    ("python_version", Variable::PythonVersion),
    ("python_full_version", Variable::PythonFullVersion),
    ("implementation_name", Variable::ImplementationName),
    ("implementation_version", Variable::ImplementationVersion),
    ("extra", Variable::Extra),
    ("extras", Variable::Extras),
    ("dependency_groups", Variable::DependencyGroups),
];
