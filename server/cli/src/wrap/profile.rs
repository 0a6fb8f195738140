//! What each language server takes for its interpreter, and how it can be told of another one: measured with the servers
//! themselves, at the versions that `tests/tools/wrap` names.

use std::{ffi::OsString, path::Path};

/// What a setting is to hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Held {
    /// The path of the interpreter.
    Interpreter,
    /// The folder of the environment.
    Prefix,
    /// The folder of its packages, where it is in a layer and a mount lets it be seen here.
    Packages,
}

/// One setting, by the names that lead to it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Setting {
    pub(super) path: &'static [&'static str],
    pub(super) held: Held,
}

/// How a server comes to use another interpreter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Switch {
    /// `workspace/didChangeConfiguration` makes it ask or take its settings again.
    Told,
    /// Only another process of it does.
    Restarted,
    /// No interpreter makes a difference to it.
    Never,
}

/// How a server comes to see that packages were installed or removed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Packages {
    /// By file events alone.
    Events,
    /// By file events, and by looking at its settings again.
    EventsAndTold,
    Restarted,
    Never,
}

/// A kind of server.
#[derive(Debug)]
pub(super) struct Profile {
    pub(super) name: &'static str,
    /// Programs and Python modules of these names are of this kind.
    pub(super) commands: &'static [&'static str],
    /// Laid under the user's settings, whether asked for or sent.
    pub(super) settings: &'static [Setting],
    /// Laid under the `initializationOptions`.
    pub(super) options: &'static [Setting],
    /// With one of these among the user's `initializationOptions`, the settings are left alone.
    pub(super) unless: &'static [&'static str],
    pub(super) switch: Switch,
    pub(super) packages: Packages,
    /// Whether it starts the interpreter that it is given, which runs what lies in the environment (`.pth` files). True also
    /// where that was not looked into.
    pub(super) starts_interpreter: bool,
    /// Whether it can have another interpreter for each folder.
    pub(super) by_folder: bool,
    /// Where a folder is told what it leaves to the folders inside of it, for those that would report on a file once for each
    /// folder around it, in no certain order.
    pub(super) leaves_out: &'static [&'static str],
}

/// `python.pythonPath` is what pyright and those that took over its ways ask for (pyright, *Settings*); for another value of
/// `python.defaultInterpreterPath` nothing changes in any of them.
const PYTHON_PATH: &[Setting] =
    &[Setting { path: &["python", "pythonPath"], held: Held::Interpreter }];

/// basedpyright, *Language server settings*.
const BASEDPYRIGHT: &[Setting] = &[
    Setting { path: &["python", "pythonPath"], held: Held::Interpreter },
    Setting { path: &["basedpyright", "analysis", "extraPaths"], held: Held::Packages },
];

static PROFILES: &[Profile] = &[
    Profile {
        name: "basedpyright",
        commands: &["basedpyright-langserver", "basedpyright"],
        settings: BASEDPYRIGHT,
        options: &[],
        unless: &[],
        switch: Switch::Told,
        packages: Packages::EventsAndTold,
        starts_interpreter: true,
        by_folder: true,
        leaves_out: &["basedpyright", "analysis", "exclude"],
    },
    Profile {
        name: "jedi-language-server",
        commands: &["jedi-language-server", "jedi_language_server"],
        settings: &[],
        // jedi-language-server, *workspace.environmentPath*.
        options: &[Setting { path: &["workspace", "environmentPath"], held: Held::Interpreter }],
        unless: &[],
        switch: Switch::Restarted,
        packages: Packages::Restarted,
        starts_interpreter: true,
        by_folder: false,
        leaves_out: &[],
    },
    Profile {
        name: "pyrefly",
        commands: &["pyrefly"],
        settings: PYTHON_PATH,
        options: &[],
        unless: &[],
        switch: Switch::Told,
        packages: Packages::EventsAndTold,
        starts_interpreter: true,
        by_folder: true,
        leaves_out: &[],
    },
    Profile {
        name: "pyright",
        commands: &["pyright-langserver", "pyright-python-langserver", "pyright"],
        settings: PYTHON_PATH,
        options: &[],
        unless: &[],
        switch: Switch::Told,
        packages: Packages::EventsAndTold,
        starts_interpreter: true,
        by_folder: true,
        leaves_out: &["python", "analysis", "exclude"],
    },
    Profile {
        name: "python-lsp-server",
        commands: &["pylsp", "python-lsp-server"],
        // python-lsp-server, *pylsp.plugins.jedi.environment*. It never asks, and takes what it is sent for all there is.
        settings: &[Setting {
            path: &["pylsp", "plugins", "jedi", "environment"],
            held: Held::Interpreter,
        }],
        options: &[],
        unless: &[],
        switch: Switch::Told,
        packages: Packages::Restarted,
        starts_interpreter: true,
        by_folder: false,
        leaves_out: &[],
    },
    Profile {
        name: "ruff",
        commands: &["ruff", "ruff-lsp"],
        settings: &[],
        options: &[],
        unless: &[],
        switch: Switch::Never,
        packages: Packages::Never,
        starts_interpreter: false,
        by_folder: true,
        leaves_out: &[],
    },
    Profile {
        name: "ty",
        commands: &["ty"],
        // What an editor's Python extension chose: a configuration of the project's or the user's own goes before it, unlike
        // with `ty.configuration`. Said in both places it ends the server.
        settings: &[Setting {
            path: &["ty", "pythonExtension", "activeEnvironment", "executable", "sysPrefix"],
            held: Held::Prefix,
        }],
        options: &[],
        unless: &["pythonExtension"],
        switch: Switch::Restarted,
        packages: Packages::Events,
        starts_interpreter: false,
        by_folder: true,
        leaves_out: &[],
    },
    Profile {
        name: "zuban",
        commands: &["zuban", "zubanls"],
        settings: &[],
        options: &[],
        unless: &[],
        switch: Switch::Restarted,
        packages: Packages::Restarted,
        starts_interpreter: true,
        by_folder: false,
        leaves_out: &[],
    },
];

/// Any other server gets the variables, and another process when they change.
static OTHER: Profile = Profile {
    name: "other",
    commands: &[],
    settings: &[],
    options: &[],
    unless: &[],
    switch: Switch::Restarted,
    packages: Packages::Never,
    starts_interpreter: true,
    by_folder: false,
    leaves_out: &[],
};

/// The names that can be stated.
pub(super) fn names() -> Vec<&'static str> {
    PROFILES.iter().chain([&OTHER]).map(|it| it.name).collect()
}

/// By the name that was stated, or else by the command.
pub(super) fn of(stated: Option<&str>, command: &[OsString]) -> &'static Profile {
    let mut all = PROFILES.iter().chain([&OTHER]);
    match stated {
        Some(name) => all.find(|it| it.name == name).unwrap_or(&OTHER),
        None => by_command(command),
    }
}

/// The first word of a command that names a server, since others may start it: `uvx ty server`, `python -m pylsp`.
fn by_command(command: &[OsString]) -> &'static Profile {
    let stem = |it: &OsString| {
        let name = Path::new(it).file_name()?.to_str()?.to_ascii_lowercase();
        let cut = [".exe", ".cmd", ".js"].iter().find_map(|end| name.strip_suffix(end));
        Some(cut.map(str::to_owned).unwrap_or(name))
    };
    let mut named = command.iter().filter_map(stem);
    let found = named.find_map(|stem| PROFILES.iter().find(|it| it.commands.contains(&&*stem)));
    found.unwrap_or(&OTHER)
}

#[cfg(test)]
mod tests {
    use super::of;

    #[test]
    fn a_server_is_known_by_its_command() {
        for (command, expected) in [
            ("basedpyright-langserver --stdio", "basedpyright"),
            ("/opt/bin/pyright-langserver --stdio", "pyright"),
            ("uvx ty server", "ty"),
            ("python -m pylsp", "python-lsp-server"),
            ("node basedpyright-langserver.js", "basedpyright"),
            ("zuban server", "zuban"),
            ("ruff.exe server", "ruff"),
            ("some-server --ty", "other"),
        ] {
            let words: Vec<_> = command.split(' ').map(Into::into).collect();
            assert_eq!(of(None, &words).name, expected, "{command}");
        }
        assert_eq!(of(Some("ty"), &["x".into()]).name, "ty");
    }
}
