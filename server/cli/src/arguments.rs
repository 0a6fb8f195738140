//! What can be typed after `envls`.

use std::{ffi::OsString, path::PathBuf};

use clap::{ArgGroup, Args, ColorChoice, Parser, Subcommand, ValueEnum};
use envls_core::{
    text::Encoding,
    world::{KINDS, Place},
};

use crate::wrap::inside::Where;

/// The Python environment language server: finds out which Python environment a project has, and what is wrong with it.
#[derive(Debug, Parser)]
#[command(name = "envls", version, propagate_version = true)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) command: Command,
    #[command(flatten)]
    pub(crate) common: Common,
}

#[derive(Debug, Args)]
pub(crate) struct Common {
    /// Trust the folders for this run only: tools from outside of them may be run on their account
    #[arg(long, global = true)]
    pub(crate) trusted: bool,
    /// Say no more than what was asked for
    #[arg(long, short, global = true)]
    pub(crate) quiet: bool,
    /// Say more; twice, what happens inside
    #[arg(long, short, global = true, action = clap::ArgAction::Count)]
    pub(crate) verbose: u8,
    /// When to use colour
    #[arg(long, global = true, value_name = "WHEN", default_value_t = ColorChoice::Auto)]
    pub(crate) color: ColorChoice,
    /// The unit of the columns in JSON
    #[arg(long, global = true, value_name = "UNIT", value_enum, default_value_t = Unit::Utf16)]
    pub(crate) position_encoding: Unit,
}

/// The unit in which columns are counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Unit {
    #[value(name = "utf-8")]
    Utf8,
    #[value(name = "utf-16")]
    Utf16,
    #[value(name = "utf-32")]
    Utf32,
}

impl From<Unit> for Encoding {
    fn from(unit: Unit) -> Encoding {
        match unit {
            Unit::Utf8 => Encoding::Utf8,
            Unit::Utf16 => Encoding::Utf16,
            Unit::Utf32 => Encoding::Utf32,
        }
    }
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Serve an editor over standard input and output
    Server {
        /// Accepted, and ignored: there is no other way
        #[arg(long, hide = true)]
        stdio: bool,
    },
    /// Find the projects below the paths and print what is wrong with them
    Check(Check),
    /// Show projects, environments and problems as they change, and mend them by number
    Watch(Watch),
    /// List every environment of the projects below a path, and the machine's interpreters
    Envs(Look),
    /// Say which environment a file or folder gets, and why not another
    Explain(Look),
    /// Print one page for a bug report: machine, tools, trust, and what was decided
    Doctor(Doctor),
    /// Print the path of the interpreter that a file or folder gets
    Which(Look),
    /// Print the variables that put a file's or folder's environment in force
    Env(Env),
    /// Run a command with these variables
    Run(Run),
    /// Run another language server with the interpreter that a project gets, and let it follow changes
    Wrap(Wrap),
    /// Remember which interpreter a project shall have, outside of the project
    Select(Select),
    /// Mend findings in the way that is best for each, after showing what would be done
    Fix(Fix),
    /// Do something with a project's environment that no finding asks for: recreate it, upgrade one, remove one, …
    Do(Do),
    /// Write an environment down, so that it can be made again
    Snapshot(Snapshot),
    /// Make an environment again that was written down
    Restore(Restore),
    /// Make an environment like another
    Clone(Clone),
    /// Trust a folder: from then on tools may be run on its account
    Trust(Trust),
    /// Print completions for a shell, for `eval "$(envls completions bash)"`
    Completions {
        #[arg(value_name = "SHELL", value_enum)]
        shell: clap_complete::Shell,
    },
    /// Print the name and version of everything installed in a site-packages folder
    #[command(hide = true)]
    Inventory { site_packages: PathBuf },
}

#[derive(Debug, Args)]
pub(crate) struct Check {
    /// Files and folders; the current folder when none is given
    #[arg(value_name = "PATH")]
    pub(crate) paths: Vec<PathBuf>,
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t = CheckFormat::Text)]
    pub(crate) output_format: CheckFormat,
    /// With JSON: also every requirement, and what is installed for it
    #[arg(long)]
    pub(crate) facts: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Watch {
    /// A file or folder; the current folder when none is given
    #[arg(value_name = "PATH")]
    pub(crate) path: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum CheckFormat {
    /// For people
    Text,
    /// One document, for scripts and editors
    Json,
    /// Workflow commands, which annotate a change on GitHub
    Github,
}

#[derive(Debug, Args)]
#[command(group(ArgGroup::new("meant").required(true).args(["codes", "all"])))]
pub(crate) struct Fix {
    /// A file or folder; the current folder when none is given
    #[arg(value_name = "PATH")]
    pub(crate) path: Option<PathBuf>,
    /// Mend the findings of this code; may be given several times, or several with commas
    #[arg(long = "code", value_name = "CODE", value_delimiter = ',')]
    pub(crate) codes: Vec<String>,
    /// Mend every finding that can be mended
    #[arg(long)]
    pub(crate) all: bool,
    /// Do not ask; what runs programs in a folder that is not trusted needs `--trusted` too, and no container is looked into
    #[arg(long, short)]
    pub(crate) yes: bool,
    /// Only show what would be done
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// How the findings that are left are printed
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t = Format::Text)]
    pub(crate) output_format: Format,
}

#[derive(Debug, Args)]
pub(crate) struct Snapshot {
    /// A file or folder of a project, or an environment; the current folder when none is given
    #[arg(value_name = "PATH")]
    pub(crate) path: Option<PathBuf>,
    /// Where to write it: a `pylock.toml`, where that can say it, else JSON
    #[arg(long = "output", short, value_name = "FILE")]
    pub(crate) output: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct Restore {
    /// What `envls snapshot` wrote, or a `pylock.toml`
    pub(crate) file: PathBuf,
    /// Where to make it; where it was, when none is given
    pub(crate) prefix: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct Clone {
    /// The environment
    pub(crate) prefix: PathBuf,
    /// Where to make the copy; nothing may be there
    pub(crate) new: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct Do {
    #[command(subcommand)]
    pub(crate) what: What,
    /// A file or folder of the project; the current folder when none is given
    #[arg(long, global = true, value_name = "PATH")]
    pub(crate) path: Option<PathBuf>,
    /// Do not ask; what runs programs in a folder that is not trusted needs `--trusted` too
    #[arg(long, short, global = true)]
    pub(crate) yes: bool,
    /// Only show what would be done
    #[arg(long, global = true)]
    pub(crate) dry_run: bool,
}

/// What is to be done.
#[derive(Debug, Subcommand)]
pub(crate) enum What {
    /// Make the environment, where there is none
    Create,
    /// Make the environment anew; the old one is kept until the new one is found sound
    Recreate {
        /// With this Python: `3.12`
        #[arg(long, value_name = "VERSION")]
        python: Option<String>,
    },
    /// Install what is declared
    Sync {
        /// This group too
        #[arg(long, value_name = "NAME", conflicts_with = "extra")]
        group: Option<String>,
        /// This extra too
        #[arg(long, value_name = "NAME")]
        extra: Option<String>,
    },
    /// Declare a requirement, and install it
    Add {
        /// A name, with versions if need be: `httpx>=0.27`
        requirement: String,
        /// In this group
        #[arg(long, value_name = "NAME", conflicts_with = "extra")]
        group: Option<String>,
        /// In this extra
        #[arg(long, value_name = "NAME")]
        extra: Option<String>,
    },
    /// Take a requirement back, and uninstall it
    Remove { name: String },
    /// Bring one distribution to the newest version that is admitted
    Upgrade { name: String },
    /// Make the lock anew
    Lock,
    /// Write down which Python the project is worked on with
    Pin {
        #[arg(value_name = "VERSION")]
        python: String,
    },
    /// Install a Python that this machine lacks
    InstallPython {
        #[arg(value_name = "VERSION")]
        python: String,
    },
    /// Remove the environment and all in it
    RemoveEnvironment,
}

#[derive(Debug, Args)]
pub(crate) struct Trust {
    /// A folder; the current folder when none is given
    #[arg(value_name = "PATH")]
    pub(crate) path: Option<PathBuf>,
    /// Trust it no more
    #[arg(long, conflicts_with = "list")]
    pub(crate) revoke: bool,
    /// List what is trusted
    #[arg(long, conflicts_with = "path")]
    pub(crate) list: bool,
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t = Format::Text)]
    pub(crate) output_format: Format,
}

#[derive(Debug, Args)]
pub(crate) struct Env {
    /// A file or folder; the current folder when none is given
    #[arg(value_name = "PATH")]
    pub(crate) path: Option<PathBuf>,
    #[arg(long, value_name = "SHELL", value_enum, default_value_t = Shell::Sh)]
    pub(crate) shell: Shell,
}

/// In which language variables are printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Shell {
    /// For `eval "$(envls env)"`
    Sh,
    /// For `envls env --shell fish | source`
    Fish,
    /// For `envls env --shell pwsh | Out-String | Invoke-Expression`
    Pwsh,
    /// One document, for scripts and editors
    Json,
}

#[derive(Debug, Args)]
pub(crate) struct Run {
    /// A file or folder; the current folder when none is given
    #[arg(long, value_name = "PATH")]
    pub(crate) path: Option<PathBuf>,
    /// The command and its arguments
    #[arg(required = true, last = true, value_name = "CMD")]
    pub(crate) command: Vec<OsString>,
}

#[derive(Debug, Args)]
pub(crate) struct Wrap {
    /// What kind of server it is, where its command does not tell
    #[arg(long, value_name = "NAME", value_parser = clap::builder::PossibleValuesParser::new(crate::wrap::names()))]
    pub(crate) profile: Option<String>,
    /// Where the server runs: where the environment is, here, or in a layer such as `podman:shop`
    #[arg(long, value_name = "auto|here|ID", default_value = "auto", value_parser = where_it_runs)]
    pub(crate) place: Where,
    /// The command of the server and its arguments
    #[arg(required = true, last = true, value_name = "SERVER")]
    pub(crate) command: Vec<OsString>,
}

#[derive(Debug, Args)]
pub(crate) struct Select {
    /// A file or folder of the project
    #[arg(value_name = "PATH")]
    pub(crate) path: PathBuf,
    /// An interpreter, or the folder of an environment
    #[arg(value_name = "INTERPRETER", required_unless_present = "clear")]
    pub(crate) interpreter: Option<PathBuf>,
    /// Forget what was selected
    #[arg(long, conflicts_with = "interpreter")]
    pub(crate) clear: bool,
}

/// What the commands have that look at one path.
#[derive(Debug, Args)]
pub(crate) struct Look {
    /// A file or folder; the current folder when none is given
    #[arg(value_name = "PATH")]
    pub(crate) path: Option<PathBuf>,
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t = Format::Text)]
    pub(crate) output_format: Format,
}

#[derive(Debug, Args)]
pub(crate) struct Doctor {
    #[command(flatten)]
    pub(crate) look: Look,
    /// Record what the tool of a layer says, such as `wsl` or `podman:shop`
    #[arg(long, value_name = "NAME", requires = "record", value_parser = layer)]
    pub(crate) layer: Option<Place>,
    /// The folder that the record is written into
    #[arg(long, value_name = "DIR", requires = "layer")]
    pub(crate) record: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For people
    Text,
    /// One document, for scripts and editors
    Json,
}

fn where_it_runs(text: &str) -> Result<Where, String> {
    if text == "auto" {
        return Ok(Where::Auto);
    }
    match Place::parse(text) {
        Some(Place::Here) => Ok(Where::Here),
        Some(place) => Ok(Where::In(place)),
        None => {
            Err(format!("`{text}` is neither `auto` nor `here` nor a layer such as `podman:shop`"))
        }
    }
}

fn layer(text: &str) -> Result<Place, String> {
    let place = if text.contains(':') { Place::parse(text) } else { Place::layer(text, "*") };
    let known = place.filter(|it| *it != Place::Here);
    known.ok_or_else(|| format!("`{text}` is no layer: name one of {}", KINDS.join(", ")))
}
