//! Environment markers (*Dependency specifiers*), judged for the environment's interpreter and never for ours.

use std::sync::Arc;

use super::{requirement::Invalid, version::Version};
use crate::world::Machine;

/// A marker that was understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Marker {
    spelled: Arc<str>,
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
    pub fn of(_version: &Version, _implementation: &str, _machine: &Machine) -> MarkerEnvironment {
        MarkerEnvironment::default()
    }

    /// The same, with these extras asked for.
    #[must_use]
    pub fn with_extras(self, extras: impl IntoIterator<Item = impl Into<String>>) -> Self {
        MarkerEnvironment { extras: Some(extras.into_iter().map(Into::into).collect()), ..self }
    }
}

impl Marker {
    /// Reads a marker that stands in a file from byte `offset` on.
    pub fn parse(text: &str, _offset: usize) -> Result<Marker, Invalid> {
        Ok(Marker { spelled: text.into() })
    }

    /// As written.
    #[must_use]
    pub fn spelled(&self) -> &str {
        &self.spelled
    }

    /// Whether it holds in an environment.
    #[must_use]
    pub fn judge(&self, _environment: &MarkerEnvironment) -> Verdict {
        Verdict::Unknown
    }

    /// The extras that it asks for, normalised: `["socks"]` for `extra == "socks"`.
    #[must_use]
    pub fn extras(&self) -> Vec<String> {
        Vec::new()
    }
}
