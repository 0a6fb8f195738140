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
pub fn pyvenv(text: &str) -> Option<Pyvenv> {
    let mut pyvenv = Pyvenv::default();
    let mut version_info = None;
    let mut start = usize::from(text.starts_with('\u{feff}')) * '\u{feff}'.len_utf8();
    let content = text.get(start..).unwrap_or("");
    if content.trim().is_empty() {
        return None;
    }
    for line in content.split_inclusive('\n') {
        let line_start = start;
        start += line.len();
        // Python splits at the first `=` and reads no quotes, no comments and no sections.
        let Some((key, value)) = line.trim_end().split_once('=') else { continue };
        let leading = value.len() - value.trim_start().len();
        let from = line_start + key.len() + 1 + leading;
        let value = value.trim();
        let said = Some(Said { text: value.to_owned(), span: Span::new(from, from + value.len()) });
        match key.trim().to_ascii_lowercase().as_str() {
            "home" => pyvenv.home = said,
            "version" => pyvenv.version = said,
            "version_info" => version_info = said,
            "implementation" => pyvenv.implementation = said,
            "include-system-site-packages" => {
                pyvenv.include_system_site_packages = value.eq_ignore_ascii_case("true");
            }
            "uv" => pyvenv.uv = said,
            "virtualenv" => pyvenv.virtualenv = said,
            "prompt" => pyvenv.prompt = said.map(unquoted),
            "executable" => pyvenv.executable = said,
            "command" => pyvenv.command = said,
            "base-prefix" => pyvenv.base_prefix = said,
            "base-exec-prefix" => pyvenv.base_exec_prefix = said,
            "base-executable" => pyvenv.base_executable = said,
            _ => {}
        }
    }
    pyvenv.version = pyvenv.version.or(version_info);
    Some(pyvenv)
}

/// venv and virtualenv write a prompt as Python would show it, in quotes; uv writes it plainly.
fn unquoted(said: Said) -> Said {
    let inside = ['"', '\''].iter().find_map(|it| said.text.strip_prefix(*it)?.strip_suffix(*it));
    let span = Span::new(said.span.start + 1, said.span.end.saturating_sub(1));
    inside.map(|it| Said { text: it.to_owned(), span }).unwrap_or(said)
}
