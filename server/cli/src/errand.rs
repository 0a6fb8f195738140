//! `envls do`: what a user wants done with a project's environment, agreed to once and then followed.

use std::io::{self, IsTerminal as _};

use anyhow::bail;
use envls_core::{
    chore::Chore,
    manifest::Set,
    session::{Consent, Event},
    world::Trust,
};

use crate::{
    Status,
    arguments::{Common, Do, What},
    following::{self, Agreed, Following},
    r#loop::Loop,
    place,
    print::{self, GOOD, NAME, Printer, plain, styled},
    signal, typing,
};

pub(crate) fn run(given: &Do, common: &Common, printer: &Printer) -> anyhow::Result<Status> {
    let here = place::here()?;
    let path = place::given(given.path.as_ref())?;
    let chore = chore(&given.what);
    let mut turns = Loop::live();
    let mut events = vec![Event::Folders([folder(&path)].into()), Event::InterpretersWanted];
    events.push(Event::Attended(path.path.clone()));
    if !given.dry_run {
        turns.recover(printer);
    }
    turns.look(events, common)?;
    print::notes(&turns.session, printer);
    let (root, actions) = match turns.session.chore(&path.path, &chore) {
        Ok(found) => found,
        Err(words) => bail!("{words}"),
    };
    let model = turns.session.project_of(&path.path).and_then(|it| it.outcome.model.as_ref());
    let trust = model.map_or(Trust::Untrusted, |it| it.trust);
    let mut lines = Vec::new();
    for action in &actions {
        lines.push(styled(NAME, plain(print::verb(action))).to_string());
        let details = print::offer(&turns.session, action, &here);
        lines.extend(details.into_iter().map(|it| format!("  {it}")));
    }
    let text = format!("{}\n", lines.join("\n"));
    if given.dry_run {
        printer.out(&text)?;
        return Ok(Status::Good);
    }
    printer.ask(&text);
    let runs = actions.iter().find(|it| matches!(it.what, envls_core::action::What::Run(_)));
    if given.yes && trust == Trust::Untrusted && runs.is_some() {
        bail!(
            "`{root}` is not trusted, and what is run may run its code: say `--trusted` too, or `envls trust {root}` once"
        );
    }
    if !given.yes && !io::stdin().is_terminal() {
        bail!(
            "there is no terminal to ask at: say `--yes`, or `--dry-run` to see what would be done"
        );
    }
    let mut following = Following { turns, printer, status: Status::Good };
    signal::listen(following.turns.post());
    if !given.yes {
        typing::listen(following.turns.post());
        let asked = runs.or(actions.first());
        let words = asked.map(|it| following::question(&it.what, &root, trust)).unwrap_or_default();
        if !matches!(following.agree(&words)?, Agreed::Yes) {
            return Ok(Status::Bad);
        }
    }
    following.follow(Event::Wanted { path: path.path, chore, consent: Consent::Given })?;
    if following.status == Status::Good {
        printer.aside(&format!("{}\n", styled(GOOD, "done")));
    }
    Ok(following.status)
}

/// The folder to look for projects in: only that of what was given, not all below.
fn folder(given: &place::Given) -> envls_core::world::AbsPath {
    match given.is {
        place::Is::Folder => given.path.clone(),
        place::Is::File => given.path.parent().unwrap_or_else(|| given.path.clone()),
    }
}

fn chore(what: &What) -> Chore {
    let set = |group: &Option<String>, extra: &Option<String>| match (group, extra) {
        (Some(group), _) => Some(Set::Group(group.clone())),
        (None, Some(extra)) => Some(Set::Extra(extra.clone())),
        (None, None) => None,
    };
    match what {
        What::Create => Chore::Create,
        What::Recreate { python } => Chore::Recreate { python: python.clone() },
        What::Sync { group, extra } => Chore::Sync { set: set(group, extra) },
        What::Add { requirement, group, extra } => Chore::Add {
            requirement: requirement.clone(),
            set: set(group, extra).unwrap_or(Set::Main),
        },
        What::Remove { name } => Chore::Remove { name: name.clone() },
        What::Upgrade { name } => Chore::Upgrade { name: name.clone() },
        What::Lock => Chore::Lock,
        What::Pin { python } => Chore::Pin { python: python.clone() },
        What::InstallPython { python } => Chore::InstallPython { python: python.clone() },
        What::RemoveEnvironment => Chore::Dispose,
    }
}
