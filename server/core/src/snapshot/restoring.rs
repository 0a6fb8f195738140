//! How an environment is made again from what was written down, with what this machine has.

use super::{Kept, Kind, Package, Snapshot, Source, minor};
use crate::{
    action::{Command, Recipe, Step},
    model::{Interpreter, Interpreters, VenvModule},
    standard::{name, version::Version},
    world::AbsPath,
};

/// What there is to make it with.
#[derive(Clone, Debug, Default)]
pub struct Tools {
    pub uv: Option<AbsPath>,
    pub virtualenv: Option<AbsPath>,
    /// conda, mamba or micromamba.
    pub conda: Option<AbsPath>,
    pub pythons: Interpreters,
}

/// How an environment gets rid of what came along with it.
#[must_use]
pub fn without(prefix: &AbsPath, names: &[String], tools: &Tools) -> Option<Recipe> {
    let folder = prefix.parent()?;
    let installer = Installer { uv: tools.uv.as_ref(), prefix, folder: &folder };
    Some(recipe(vec![Step::Run(installer.uninstalling(names))], Vec::new()))
}

/// What is to be done, in this order.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Makes the environment, without anything installed; what was there is set aside.
    pub create: Recipe,
    /// Installs everything that needs no building, at once.
    pub install: Option<Recipe>,
    /// The same one by one, for when not all of it can be had; with the name of what each installs.
    pub singly: Vec<(String, Recipe)>,
    /// The files with requirements or packages and their hashes that the commands read: they are to be there first.
    pub files: Vec<(AbsPath, String)>,
    /// What cannot be had again in any case, in one line each.
    pub lost: Vec<String>,
}

/// Makes a plan. `lists` is the folder where requirements with hashes will be.
///
/// # Errors
/// When there is nothing to make it with.
pub fn plan(
    snapshot: &Snapshot,
    prefix: &AbsPath,
    tools: &Tools,
    lists: &AbsPath,
) -> Result<Plan, String> {
    let folder = prefix.parent().ok_or("an environment cannot be made there")?;
    if snapshot.kind == Kind::Conda {
        return of_conda(snapshot, prefix, tools, &folder, lists);
    }
    let made = Made::of(snapshot, tools)?;
    let shown = prefix.to_string();
    let has = |name: &str| snapshot.distributions.iter().any(|it| it.name == name);
    let base = made.base.python.to_string();
    let mut words: Vec<&str> = Vec::new();
    let program = match &made.tool {
        Tool::Uv(uv) => {
            words.extend(["venv", "--python", &base]);
            words.extend(has("pip").then_some("--seed"));
            uv
        }
        Tool::Virtualenv(virtualenv) => {
            words.extend(["--python", &base]);
            words.extend((!has("pip")).then_some("--no-pip"));
            virtualenv
        }
        Tool::Venv => {
            words.extend(["-m", "venv"]);
            words.extend((!has("pip") && tools.uv.is_some()).then_some("--without-pip"));
            &made.base.python
        }
    };
    words.extend(snapshot.system_site_packages.then_some("--system-site-packages"));
    words.push(&shown);
    let create = recipe(
        vec![
            Step::SetAside(prefix.clone()),
            Step::UndoIfFails(prefix.clone()),
            Step::Run(Command::new(program, words, &folder)),
        ],
        vec![prefix.clone()],
    );
    let installer = Installer { uv: tools.uv.as_ref(), prefix, folder: &folder };
    Ok(installed(snapshot, &installer, create, lists))
}

fn installed(
    snapshot: &Snapshot,
    installer: &Installer<'_>,
    create: Recipe,
    lists: &AbsPath,
) -> Plan {
    let mut plan =
        Plan { create, install: None, singly: Vec::new(), files: Vec::new(), lost: Vec::new() };
    let (mut steps, mut hashed, mut named) = (Vec::new(), String::new(), Vec::new());
    for kept in &snapshot.distributions {
        // What lies in the folder of the system's own packages comes with it.
        let Some(words) = words(kept) else {
            plan.lost.push(format!("`{}` {}: {}", kept.name, kept.version, why(kept)));
            continue;
        };
        let hashes = match &kept.source {
            Source::Index => &*kept.hashes,
            _ => &[],
        };
        if hashes.is_empty() {
            let one = installer.command(&words);
            plan.singly.push((kept.name.clone(), recipe(vec![Step::Run(one.clone())], Vec::new())));
            match &kept.source {
                Source::Index => named.push(format!("{}=={}", kept.name, kept.version)),
                _ => steps.push(Step::Run(one)),
            }
            continue;
        }
        // Also by itself it is installed only if it is the very file.
        let mut requirement = format!("{}=={}", kept.name, kept.version);
        hashes.iter().for_each(|it| requirement.push_str(&format!(" --hash={it}")));
        requirement.push('\n');
        hashed.push_str(&requirement);
        let own = lists.join(format!("{}.txt", kept.name));
        let one = installer.command(&by_hashes(&own));
        plan.singly.push((kept.name.clone(), recipe(vec![Step::Run(one)], Vec::new())));
        plan.files.push((own, requirement));
    }
    if !hashed.is_empty() {
        let all = lists.join("all of them.txt");
        steps.insert(0, Step::Run(installer.command(&by_hashes(&all))));
        plan.files.push((all, hashed));
    }
    if !named.is_empty() {
        named.insert(0, "--".to_owned());
        steps.insert(0, Step::Run(installer.command(&named)));
    }
    plan.install = (!steps.is_empty()).then(|| recipe(steps, Vec::new()));
    plan
}

fn by_hashes(list: &AbsPath) -> Vec<String> {
    vec!["--require-hashes".to_owned(), "-r".to_owned(), list.to_string()]
}

fn recipe(steps: Vec<Step>, touches: Vec<AbsPath>) -> Recipe {
    Recipe { steps, touches, inputs: Vec::new(), network: true, runs_project_code: true }
}

/// What makes the environment.
enum Tool {
    Uv(AbsPath),
    Virtualenv(AbsPath),
    Venv,
}

struct Made<'tools> {
    tool: Tool,
    base: &'tools Interpreter,
}

impl<'tools> Made<'tools> {
    /// The tool that made it, where that is here; the Python of the same version, else of the same minor version.
    fn of(snapshot: &Snapshot, tools: &'tools Tools) -> Result<Made<'tools>, String> {
        let wanted = &snapshot.python.version;
        let same = |it: &&Interpreter| {
            it.implementation == snapshot.python.implementation.to_lowercase()
                && minor(&it.version.to_string()) == minor(wanted)
        };
        let exact = |it: &&Interpreter| it.version.to_string() == *wanted;
        let its_own = |it: &&Interpreter| Some(it.python.to_string()) == snapshot.python.base;
        let found: Vec<&Interpreter> = tools.pythons.found.iter().filter(same).collect();
        let best = |usable: &dyn Fn(&Interpreter) -> bool| {
            let rank = |it: &&&Interpreter| (its_own(it), exact(it), it.version.clone());
            found.iter().filter(|it| usable(it)).max_by_key(rank).copied()
        };
        let any = best(&|_| true);
        let complete = best(&|it| it.venv == VenvModule::Complete);
        let uv = tools.uv.clone().map(Tool::Uv);
        let virtualenv = tools.virtualenv.clone().map(Tool::Virtualenv);
        let venv = complete.map(|_| Tool::Venv);
        let tool = match snapshot.kind {
            Kind::Uv => uv.or(venv).or(virtualenv),
            Kind::Virtualenv => virtualenv.or(uv).or(venv),
            Kind::Venv | Kind::Conda => venv.or(uv).or(virtualenv),
        };
        let base = if matches!(tool, Some(Tool::Venv)) { complete } else { any };
        match (tool, base) {
            (_, None) => Err(format!(
                "there is no {} {} on this machine: install it first",
                snapshot.python.implementation,
                minor(wanted)
            )),
            (None, _) => Err("there is nothing to make an environment with: install uv".to_owned()),
            (Some(tool), Some(base)) => Ok(Made { tool, base }),
        }
    }
}

struct Installer<'made> {
    uv: Option<&'made AbsPath>,
    prefix: &'made AbsPath,
    folder: &'made AbsPath,
}

impl Installer<'_> {
    /// Exactly what is named, and nothing that it needs: that is named too.
    fn command(&self, words: &[String]) -> Command {
        let bin = if self.prefix.is_windows() { "Scripts" } else { "bin" };
        let name = if self.prefix.is_windows() { "python.exe" } else { "python" };
        let python = self.prefix.join(bin).join(name);
        let mut arguments: Vec<String> = Vec::new();
        let program = match self.uv {
            Some(uv) => {
                arguments.extend(["pip", "install", "--no-deps"].map(str::to_owned));
                arguments.extend(["--python".to_owned(), python.to_string()]);
                uv.clone()
            }
            None => {
                arguments.extend(["-m", "pip", "install", "--no-deps"].map(str::to_owned));
                python
            }
        };
        arguments.extend(words.iter().cloned());
        Command::new(&program, arguments, self.folder)
    }
}

impl Installer<'_> {
    fn uninstalling(&self, names: &[String]) -> Command {
        let mut command = self.command(names);
        let verb = match self.uv {
            Some(_) => vec!["pip", "uninstall", "--python"],
            None => vec!["-m", "pip", "uninstall", "--yes"],
        };
        let at = command.arguments.iter().position(|it| it == "--python");
        let python = at.and_then(|it| command.arguments.get(it + 1).cloned());
        command.arguments = verb.into_iter().map(str::to_owned).chain(python).collect();
        command.arguments.push("--".to_owned());
        command.arguments.extend(names.iter().cloned());
        command
    }
}

/// The words that install one; `None` where nothing can.
fn words(kept: &Kept) -> Option<Vec<String>> {
    if !name::is_valid(&kept.name) {
        return None;
    }
    let plain = |it: &str| !it.contains(char::is_whitespace) && !it.starts_with('-');
    Some(match &kept.source {
        Source::Index => {
            // A local version is no option, but only an exact one is ever named.
            Version::parse(&kept.version)?;
            let exact = plain(&kept.version).then(|| format!("{}=={}", kept.name, kept.version));
            vec!["--".to_owned(), exact?]
        }
        Source::Archive { url } => {
            let hash = kept.hashes.first().and_then(|it| it.split_once(':'));
            let hash = hash.map(|(name, digest)| format!("#{name}={digest}")).unwrap_or_default();
            let bare = url.split('#').next().unwrap_or(url);
            vec!["--".to_owned(), plain(url).then(|| format!("{} @ {bare}{hash}", kept.name))?]
        }
        Source::Folder { url, editable: true } => {
            vec![
                "-e".to_owned(),
                url.strip_prefix("file://").filter(|it| it.starts_with('/'))?.to_owned(),
            ]
        }
        Source::Folder { url, editable: false } => {
            vec!["--".to_owned(), plain(url).then(|| format!("{} @ {url}", kept.name))?]
        }
        Source::Vcs { vcs, url, commit } => {
            let known = matches!(vcs.as_str(), "git" | "hg" | "svn" | "bzr");
            let exact = known && plain(url) && plain(commit);
            vec!["--".to_owned(), exact.then(|| format!("{} @ {vcs}+{url}@{commit}", kept.name))?]
        }
    })
}

fn why(kept: &Kept) -> &'static str {
    match &kept.source {
        Source::Index if Version::parse(&kept.version).is_none() => {
            "its version is none that can be asked for"
        }
        Source::Index => "its name is none that can be asked for",
        _ => "where it came from cannot be asked for",
    }
}

/// By the addresses of the very packages (conda's documentation, *Building identical conda environments*).
fn of_conda(
    snapshot: &Snapshot,
    prefix: &AbsPath,
    tools: &Tools,
    folder: &AbsPath,
    lists: &AbsPath,
) -> Result<Plan, String> {
    let conda =
        tools.conda.as_ref().ok_or("there is no conda, mamba or micromamba on this machine")?;
    let shown = prefix.to_string();
    let located = |it: &&Package| it.url.contains("://") && !it.url.contains(char::is_whitespace);
    let (good, bad): (Vec<&Package>, Vec<&Package>) =
        snapshot.packages.iter().partition(|it| located(it));
    let address = |it: &&Package| match &it.md5 {
        Some(md5) if !it.url.contains('#') => format!("{}#{md5}", it.url),
        _ => it.url.clone(),
    };
    // In a file, since an address with its digest is no package to conda where it is an argument.
    let list = lists.join("packages of conda.txt");
    let explicit: Vec<String> = good.iter().map(address).collect();
    let explicit = format!("@EXPLICIT\n{}\n", explicit.join("\n"));
    let words = ["create", "--yes", "--prefix", &shown, "--file", &list.to_string()];
    let create = recipe(
        vec![
            Step::SetAside(prefix.clone()),
            Step::UndoIfFails(prefix.clone()),
            Step::Run(Command::new(conda, words, folder)),
        ],
        vec![prefix.clone()],
    );
    let installer = Installer { uv: tools.uv.as_ref(), prefix, folder };
    let by_conda = |it: &Kept| it.installer.as_deref() == Some("conda");
    let others: Vec<Kept> =
        snapshot.distributions.iter().filter(|it| !by_conda(it)).cloned().collect();
    let rest = Snapshot { distributions: others, ..snapshot.clone() };
    let mut plan = installed(&rest, &installer, create, lists);
    let lost = bad
        .iter()
        .map(|it| format!("`{}` {} of conda: its record names no address", it.name, it.version));
    plan.lost.extend(lost);
    plan.files.push((list, explicit));
    Ok(plan)
}
