//! `pyvenv.cfg`, which makes a folder a virtual environment (PEP 405; *Virtual environments*, library documentation of
//! `venv`), with what `venv`, virtualenv and uv write into it.

use crate::text::Span;

/// What a `pyvenv.cfg` says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pyvenv {
    /// The folder of the interpreter that the environment was made from.
    pub home: Option<Said>,
    /// The version of that interpreter: `version` (venv), else `version_info` (virtualenv, uv), as written.
    pub version: Option<Said>,
    /// `CPython`, `PyPy`, … (virtualenv, uv).
    pub implementation: Option<Said>,
    /// Whether what is installed beside the base interpreter counts as installed here.
    pub include_system_site_packages: bool,
    /// The version of uv that made it.
    pub uv: Option<Said>,
    /// The version of virtualenv that made it.
    pub virtualenv: Option<Said>,
    pub prompt: Option<Said>,
    /// The base interpreter itself (venv since Python 3.11).
    pub executable: Option<Said>,
    /// The command that made it (venv since Python 3.11).
    pub command: Option<Said>,
    pub base_prefix: Option<Said>,
    pub base_exec_prefix: Option<Said>,
    pub base_executable: Option<Said>,
}

/// A value, and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said {
    pub text: String,
    pub span: Span,
}

/// Reads a `pyvenv.cfg`. `None` when the file says nothing at all, as one that a full disk left behind.
#[must_use]
pub fn pyvenv(_text: &str) -> Option<Pyvenv> {
    None
}
