//! `envls fix`: the best way to mend each finding of some codes, agreed to one by one.

use std::io::{self, IsTerminal as _};

use anyhow::bail;
use envls_core::{
    action::{Action, What},
    finding::Finding,
    rule,
    session::{ActionId, Consent, Event, Session, Weight},
    world::{AbsPath, Trust},
};

use crate::{
    Status,
    arguments::{Common, Fix, Format},
    check, findings,
    following::{self, Agreed, Following},
    json,
    r#loop::Loop,
    place,
    print::{self, GOOD, NAME, Printer, plain, styled},
    signal, typing,
};

/// More than this many actions in one run means that they make work for each other.
const ENOUGH: usize = 1000;

pub(crate) fn run(given: &Fix, common: &Common, printer: &Printer) -> anyhow::Result<Status> {
    let known = |code: &String| rule::ALL.iter().any(|it| it.code == *code);
    if let Some(code) = given.codes.iter().find(|it| !known(it)) {
        bail!("there is no finding called `{code}`");
    }
    let here = place::here()?;
    let path = place::given(given.path.as_ref())?;
    let mut turns = Loop::thorough();
    if !given.dry_run {
        turns.recover(printer);
    }
    turns.look(place::events(std::slice::from_ref(&path)), common)?;
    print::notes(&turns.session, printer);
    if given.dry_run {
        let text = dry(&turns.session, given, &here);
        printer.out(&text)?;
        return Ok(Status::Good);
    }
    let following = Following { turns, printer, status: Status::Good };
    let mut mending = Mending { following, given, here, tried: Vec::new() };
    mending.check_leave()?;
    signal::listen(mending.following.turns.post());
    if !given.yes {
        typing::listen(mending.following.turns.post());
    }
    while let Some(chosen) = mending.next() {
        match mending.agree(&chosen)? {
            Agreed::Yes => mending.perform(&chosen)?,
            Agreed::No => {}
            Agreed::Stop => {
                mending.following.status = Status::Bad;
                break;
            }
        }
        if mending.tried.len() >= ENOUGH {
            bail!("{ENOUGH} fixes were made, and there are still more: something undoes them");
        }
    }
    mending.result(common)
}

/// An action that is to be done.
#[derive(Clone, Debug)]
struct Chosen {
    id: ActionId,
    action: Action,
    at: String,
    /// The project that offers it, and whether its folder is trusted.
    root: AbsPath,
    trust: Trust,
}

struct Mending<'run> {
    following: Following<'run>,
    given: &'run Fix,
    here: AbsPath,
    /// What was done or refused, each once.
    tried: Vec<What>,
}

/// What can be done now about the findings that are meant: edits first, since what is installed is read from the manifests.
fn choices(session: &Session, given: &Fix, here: &AbsPath) -> Vec<Chosen> {
    let mut choices: Vec<Chosen> = Vec::new();
    for finding in findings::all(session).iter().filter(|it| is_meant(it, given)) {
        let preferred = finding.actions.iter().enumerate().find(|it| it.1.preferred);
        let Some((index, action)) = preferred else { continue };
        let id = ActionId::of(finding, index);
        let Some(model) = print::project_of(session, &id) else { continue };
        if !choices.iter().any(|it| it.action.what == action.what) {
            choices.push(Chosen {
                id,
                action: action.clone(),
                at: print::headline(finding, here),
                root: model.project.root.clone(),
                trust: model.trust,
            });
        }
    }
    choices.sort_by_key(|it| matches!(it.action.what, What::Run(_)));
    choices
}

fn dry(session: &Session, given: &Fix, here: &AbsPath) -> String {
    let choices = choices(session, given, here);
    let left = left_to_choose(session, given);
    if choices.is_empty() {
        return format!("Nothing here can be mended by itself\n{left}");
    }
    let shown = choices.iter().map(|it| description(session, it, here));
    format!("{}{left}", shown.collect::<Vec<_>>().join("\n"))
}

/// How many findings can be mended in a way that is for the user to choose; to silence one mends nothing.
fn left_to_choose(session: &Session, given: &Fix) -> String {
    let is_open = |it: &&Finding| {
        !it.actions.iter().any(|it| it.preferred) && it.actions.iter().any(|it| !it.silences())
    };
    let open = findings::all(session).into_iter().filter(|it| is_meant(it, given)).filter(is_open);
    match open.count() {
        0 => String::new(),
        1 => "1 finding can be mended once you choose how: see `envls watch`, or the actions in your editor\n".to_owned(),
        many => format!(
            "{many} findings can be mended once you choose how: see `envls watch`, or the actions in your editor\n"
        ),
    }
}

fn is_meant(finding: &Finding, given: &Fix) -> bool {
    given.all || given.codes.iter().any(|code| code == finding.code)
}

/// The finding, what would be done about it, and how.
fn description(session: &Session, chosen: &Chosen, here: &AbsPath) -> String {
    let mut lines = vec![chosen.at.clone()];
    let verb = plain(print::verb(&chosen.action)).into_owned();
    lines.push(format!("  {} {}", styled(GOOD, "fix:"), styled(NAME, verb)));
    let details = print::offer(session, &chosen.action, here);
    lines.extend(details.into_iter().map(|it| format!("    {it}")));
    lines.push(String::new());
    lines.join("\n")
}

impl Mending<'_> {
    /// Before anything is done: whether it may be done at all, so that nothing is left half done.
    fn check_leave(&self) -> anyhow::Result<()> {
        let choices = choices(&self.following.turns.session, self.given, &self.here);
        if choices.is_empty() {
            return Ok(());
        }
        if !self.given.yes {
            if io::stdin().is_terminal() {
                return Ok(());
            }
            bail!(
                "there is no terminal to ask at: say `--yes`, or `--dry-run` to see what would be done"
            );
        }
        let runs = |it: &&Chosen| matches!(it.action.what, What::Run(_));
        let untrusted = |it: &&Chosen| it.trust == Trust::Untrusted;
        match choices.iter().filter(runs).find(untrusted) {
            Some(it) => {
                let root = &it.root;
                bail!(
                    "`{root}` is not trusted, and what is run may run its code: say `--trusted` too, or `envls trust {root}` once"
                )
            }
            None => Ok(()),
        }
    }

    fn next(&self) -> Option<Chosen> {
        let choices = choices(&self.following.turns.session, self.given, &self.here);
        choices.into_iter().find(|it| !self.tried.contains(&it.action.what))
    }

    fn agree(&mut self, chosen: &Chosen) -> anyhow::Result<Agreed> {
        self.tried.push(chosen.action.what.clone());
        let text = description(&self.following.turns.session, chosen, &self.here);
        self.following.printer.ask(&text);
        if self.given.yes {
            return Ok(self.agreed_beforehand(&chosen.action.what));
        }
        let words = following::question(&chosen.action.what, &chosen.root, chosen.trust);
        self.following.agree(&words)
    }

    /// Whether `--yes` is a word for it. That somebody else's layer may be looked into is agreed to by name only: who says `--all`
    /// does not know which there are.
    fn agreed_beforehand(&self, what: &What) -> Agreed {
        let What::Choose(choice) = what else { return Agreed::Yes };
        let Some(python) = choice.python.as_ref().filter(|it| !it.is_here()) else {
            return Agreed::Yes;
        };
        let (place, root) = (python.place(), &choice.project);
        let words = format!(
            "`--yes` does not agree to looking into `{place}`: leave it out to be asked, or say `envls select {root} {python}`"
        );
        self.following.say(Weight::Information, &words);
        Agreed::No
    }

    /// Does it, follows it, and looks at what became of it.
    fn perform(&mut self, chosen: &Chosen) -> anyhow::Result<()> {
        let event = Event::Chosen { action: chosen.id.clone(), consent: Consent::Given };
        self.following.follow(event)?;
        let still = choices(&self.following.turns.session, self.given, &self.here);
        if still.iter().any(|it| it.action.what == chosen.action.what) {
            self.following.status = Status::Bad;
            let words = format!("it did not help: {}", chosen.at);
            self.following.say(Weight::Warning, &words);
        }
        Ok(())
    }

    /// What is left of the findings that were meant.
    fn result(self, common: &Common) -> anyhow::Result<Status> {
        let session = &self.following.turns.session;
        let text = match self.given.output_format {
            Format::Json => json::print(&json::check(
                session,
                json::Facts::LeftOut,
                common.position_encoding.into(),
            ))?,
            Format::Text => {
                check::text(session, &findings::all(session), &self.here, self.following.printer)
            }
        };
        self.following.printer.out(&text)?;
        Ok(self.following.status)
    }
}
