//! `envls snapshot`, `envls restore`, `envls clone`: an environment written down, made again, copied; and compared afterwards by
//! looking.

use std::{
    fs,
    path::PathBuf,
    sync::{
        Arc,
        mpsc::{Receiver, channel},
    },
};

use anyhow::{Context as _, bail};
use envls_core::{
    action::{Command, Recipe, Step, line},
    session::{Consent, End, Event, Keep, OperationId},
    snapshot::{
        Files, Kind, Plan, Snapshot, Tools, differences, files_in, plan, to_pylock, uncalled_for,
        without,
    },
    world::{AbsPath, Content, Noun, Question},
};
use envls_host::{
    environment::Environment,
    host::{Host, HostEvent},
    snapshot::{is_made_by_conda, take},
};

use crate::{
    Status,
    arguments::{self, Common},
    r#loop::{self, Loop},
    place,
    print::{DIM, NAME, Printer, plain, styled},
    signal,
};

pub(crate) fn snapshot(
    given: &arguments::Snapshot,
    common: &Common,
    printer: &Printer,
) -> anyhow::Result<Status> {
    let path = place::given(given.path.as_ref())?;
    let output = place::absolute(Some(&given.output))?;
    let (snapshot, files) = match take(&path.path) {
        Ok(snapshot) => (snapshot, Files::new()),
        // It is no environment itself, so it is one's project.
        Err(_) => of_project(&path, common)?,
    };
    let is_lock =
        output.name_text().starts_with("pylock.") && output.name_text().ends_with(".toml");
    let text = if is_lock {
        to_pylock(&snapshot, &files).map_err(anyhow::Error::msg)?
    } else {
        snapshot.to_json()
    };
    write(&given.output, &text)?;
    let count = snapshot.distributions.len() + snapshot.packages.len();
    printer.aside(&format!("wrote `{}` down, {count} installed, to `{output}`\n", snapshot.prefix));
    Ok(Status::Good)
}

/// Wholly or not at all.
fn write(output: &PathBuf, text: &str) -> anyhow::Result<()> {
    let context = || format!("writing `{}`", output.display());
    let whole = std::path::absolute(output).with_context(context)?;
    let folder = whole.parent().with_context(context)?;
    let mut file = tempfile::NamedTempFile::new_in(folder).with_context(context)?;
    std::io::Write::write_all(&mut file, text.as_bytes()).with_context(context)?;
    file.persist(&whole).with_context(context)?;
    Ok(())
}

/// The environment of the project that a path is in, with what the project's locks know of its files.
fn of_project(path: &place::Given, common: &Common) -> anyhow::Result<(Snapshot, Files)> {
    let mut turns = Loop::once();
    let mut events = place::events(std::slice::from_ref(path));
    events.push(Event::Attended(path.path.clone()));
    turns.look(events, common)?;
    let standing = turns.session.project_of(&path.path);
    let model = standing.and_then(|it| it.outcome.model.as_deref());
    let model = model.with_context(|| format!("`{}` is in no Python project", path.path))?;
    let Some(selection) = &model.selection else {
        bail!("`{}` has no environment yet", model.called());
    };
    let mut snapshot = take(&selection.environment.prefix)?;
    snapshot.manager = model.claim().map(|it| it.manager.to_owned());
    if let Some(version) = &selection.environment.version {
        snapshot.python.version = version.to_string();
    }
    let mut files = Files::new();
    for lock in &model.locks {
        files.extend(files_in(&lock.document.text));
    }
    for kept in &mut snapshot.distributions {
        let known = files.get(&(kept.name.clone(), kept.version.clone())).into_iter().flatten();
        if kept.hashes.is_empty() {
            kept.hashes = known.map(|it| it.hash.clone()).collect();
            kept.hashes.sort();
            kept.hashes.dedup();
        }
    }
    Ok((snapshot, files))
}

pub(crate) fn restore(given: &arguments::Restore, printer: &Printer) -> anyhow::Result<Status> {
    let shown = given.file.display();
    let text = fs::read_to_string(&given.file).with_context(|| format!("reading `{shown}`"))?;
    let read = Snapshot::read(&text);
    let snapshot =
        read.map_err(anyhow::Error::msg).with_context(|| format!("reading `{shown}`"))?;
    let prefix = match &given.prefix {
        Some(prefix) => place::absolute(Some(prefix))?,
        None => AbsPath::parse(snapshot.prefix.as_bytes())
            .with_context(|| format!("`{shown}` does not say where it was: name a folder"))?,
    };
    if fs::symlink_metadata(prefix.to_string()).is_ok() {
        // What is replaced must be an environment.
        take(&prefix)?;
    }
    make(&snapshot, &prefix, None, printer)
}

pub(crate) fn clone(given: &arguments::Clone, printer: &Printer) -> anyhow::Result<Status> {
    let prefix = place::given(Some(&given.prefix))?.path;
    let new = place::absolute(Some(&given.new))?;
    if fs::symlink_metadata(&given.new).is_ok() {
        bail!("`{new}` is there already: name a folder that is not");
    }
    let snapshot = take(&prefix)?;
    make(&snapshot, &new, Some(&prefix), printer)
}

/// The tools and interpreters of this machine, outside of every workspace.
fn tools() -> anyhow::Result<Tools> {
    let program = |name: &str| -> anyhow::Result<Option<AbsPath>> {
        let answer = r#loop::ask(&Question::here(Noun::Program(name.to_owned())))?;
        Ok(match answer.content {
            Content::Program(reply) => reply.known(),
            _ => None,
        })
    };
    let mut turns = Loop::once();
    turns.settle(vec![Event::InterpretersWanted])?;
    let conda = ["conda", "mamba", "micromamba"].iter().find_map(|it| program(it).ok().flatten());
    let pythons = turns.session.interpreters().map(|it| it.as_ref().clone()).unwrap_or_default();
    Ok(Tools { uv: program("uv")?, virtualenv: program("virtualenv")?, conda, pythons })
}

/// Makes it, looks at what became of it, and says in what the two differ.
fn make(
    snapshot: &Snapshot,
    prefix: &AbsPath,
    original: Option<&AbsPath>,
    printer: &Printer,
) -> anyhow::Result<Status> {
    let folder = tempfile::tempdir().context("making a temporary folder")?;
    let lists = envls_host::path::of(folder.path());
    let lists = lists.context("the temporary folder has no absolute path")?;
    let tools = tools()?;
    let mut plan = plan(snapshot, prefix, &tools, &lists).map_err(anyhow::Error::msg)?;
    let own = original.filter(|it| is_made_by_conda(it));
    if let (Some(original), Kind::Conda, Some(conda)) = (own, snapshot.kind, &tools.conda) {
        plan.create = cloning(conda, original, prefix);
    }
    for (path, text) in &plan.files {
        fs::write(folder.path().join(path.name_text()), text).context("writing a list")?;
    }
    let mut making = Making::new(prefix, printer)?;
    let failed = making.follow(&plan);
    let mut lost: Vec<String> = plan.lost.clone();
    let made = match failed {
        Err(words) => {
            making.conclude(Keep::Aside);
            bail!("{words}");
        }
        Ok(singly) => {
            lost.extend(singly);
            making.tidy(snapshot, &tools);
            take(prefix)
        }
    };
    let made = match made {
        Ok(made) => made,
        Err(error) => {
            making.conclude(Keep::Aside);
            return Err(error.context("what was made is no environment"));
        }
    };
    let differing = differences(snapshot, &made);
    let is_equal = differing.is_empty();
    // What was there before is better than what is not equal to what was asked for.
    making.conclude(if is_equal || !making.replaces { Keep::Made } else { Keep::Aside });
    for words in &lost {
        printer.ask(&format!("cannot be had: {}\n", plain(words)));
    }
    for words in &differing {
        printer.out(&format!("{words}\n"))?;
    }
    let count = made.distributions.len() + made.packages.len();
    let words = match (is_equal, making.replaces) {
        (true, _) => format!("`{prefix}` is equal to what was written down, {count} installed"),
        (false, true) => format!("`{prefix}` would not be equal: what was there is back"),
        (false, false) => format!("`{prefix}` is not equal to what was written down"),
    };
    printer.ask(&format!("{}\n", styled(NAME, words)));
    Ok(if is_equal { Status::Good } else { Status::Bad })
}

/// conda copies its own environments by itself.
fn cloning(conda: &AbsPath, original: &AbsPath, prefix: &AbsPath) -> Recipe {
    let (from, to) = (original.to_string(), prefix.to_string());
    let words = ["create", "--yes", "--clone", &from, "--prefix", &to];
    let folder = prefix.parent().unwrap_or_else(|| prefix.clone());
    Recipe {
        steps: vec![
            Step::UndoIfFails(prefix.clone()),
            Step::Run(Command::new(conda, words, &folder)),
        ],
        touches: vec![prefix.clone()],
        inputs: Vec::new(),
        network: true,
        runs_project_code: false,
    }
}

/// Commands that run on the account of whoever typed them.
struct Making<'run> {
    host: Host,
    inbox: Receiver<Vec<HostEvent>>,
    prefix: &'run AbsPath,
    printer: &'run Printer,
    last: u64,
    /// Whether something was there before.
    replaces: bool,
    /// Ends the operations when the user wants no more.
    _signals: std::thread::JoinHandle<()>,
}

const FIRST: OperationId = OperationId(1);

impl Making<'_> {
    fn new<'run>(prefix: &'run AbsPath, printer: &'run Printer) -> anyhow::Result<Making<'run>> {
        let (post, inbox) = channel();
        let (signalled, signals) = channel();
        signal::listen(signalled);
        let to_us = post.clone();
        let callback = Arc::new(move |events| drop(to_us.send(events)));
        let host = Host::new(Environment::of_this_process(), callback);
        let watching = std::thread::Builder::new().name("envls signals".to_owned());
        let watching = watching.spawn(move || {
            while let Ok(message) = signals.recv() {
                if matches!(message, r#loop::Message::Signal(signal::Signal::End)) {
                    drop(post.send(Vec::new()));
                }
            }
        })?;
        for words in host.recover() {
            printer.aside(&format!("note: {words}\n"));
        }
        let replaces = fs::symlink_metadata(prefix.to_string()).is_ok();
        Ok(Making { host, inbox, prefix, printer, last: 0, replaces, _signals: watching })
    }

    /// Makes the environment and installs everything; what could not be had, one line each.
    fn follow(&mut self, plan: &Plan) -> Result<Vec<String>, String> {
        self.run(&plan.create)?;
        let Some(install) = &plan.install else { return Ok(Vec::new()) };
        let Err(words) = self.run(install) else { return Ok(Vec::new()) };
        self.printer.aside(&format!("{}\n", styled(DIM, format!("not all at once: {words}"))));
        let mut lost = Vec::new();
        for (name, recipe) in &plan.singly {
            if let Err(words) = self.run(recipe) {
                lost.push(format!("`{name}`: {words}"));
            }
        }
        Ok(lost)
    }

    /// Takes out what came along with the environment, and was not in the other.
    fn tidy(&mut self, snapshot: &Snapshot, tools: &Tools) {
        let Ok(made) = take(self.prefix) else { return };
        let names = uncalled_for(snapshot, &made);
        if names.is_empty() {
            return;
        }
        if let Some(recipe) = without(self.prefix, &names, tools)
            && let Err(words) = self.run(&recipe)
        {
            self.printer.aside(&format!("{}\n", styled(DIM, words)));
        }
    }

    /// Shows each command, and runs one after the other.
    fn run(&mut self, recipe: &Recipe) -> Result<(), String> {
        self.last += 1;
        let operation = OperationId(self.last);
        for command in recipe.commands() {
            let words = line(&command.words());
            self.printer.aside(&format!("{} {}\n", styled(DIM, "$"), plain(&words)));
        }
        self.host.run(operation, self.prefix, recipe, Consent::Given);
        loop {
            let Ok(events) = self.inbox.recv() else { return Err("the host is gone".to_owned()) };
            if events.is_empty() {
                self.host.cancel(operation);
            }
            for event in events {
                match event {
                    HostEvent::Progress { operation: of, line } if of == operation => {
                        self.printer.aside(&format!("  {}\n", styled(DIM, plain(&line))));
                    }
                    HostEvent::Finished { operation: of, end, .. } if of == operation => {
                        return match end {
                            End::Ran => Ok(()),
                            End::Failed { command, words } => {
                                Err(format!("`{command}` failed: {words}"))
                            }
                            End::Cancelled => Err("cancelled".to_owned()),
                            End::NotStarted { words } => Err(words),
                        };
                    }
                    _ => {}
                }
            }
        }
    }

    fn conclude(&self, keep: Keep) {
        self.host.conclude(FIRST, keep);
    }
}
