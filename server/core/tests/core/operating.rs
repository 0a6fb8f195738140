//! What the user chooses: consent, operations, and what is remembered.

use envls_core::{
    Tables,
    action::Choice,
    chore::Chore,
    session::{ActionId, Consent, Effect, End, Event, Keep, OperationId, Session, Step},
    world::Trust,
};

use crate::{
    desk::{Desk, Node},
    session::{MANIFEST, edited, make_environment, path, shop, shown},
};

/// The preferred action of the first finding at a file.
fn preferred(desk: &Desk, file: &str) -> ActionId {
    let finding = &desk.shown[&path(file)][0];
    let at = finding.actions.iter().position(|it| it.preferred);
    ActionId::of(finding, at.expect("it has a preferred action"))
}

fn chosen(action: &ActionId, consent: Consent) -> Event {
    Event::Chosen { action: action.clone(), consent }
}

fn running(desk: &Desk) -> Vec<OperationId> {
    let runs = desk.effects.iter().filter_map(|it| match it {
        Effect::Run { operation, .. } => Some(*operation),
        _ => None,
    });
    runs.collect()
}

#[test]
fn without_trust_the_user_is_asked_and_nothing_runs() {
    let mut desk = shop();
    let mut session = desk.settle(Tables::default(), Vec::new());
    let action = preferred(&desk, "/w/pyproject.toml");
    desk.run(&mut session, vec![chosen(&action, Consent::None)]);
    assert!(running(&desk).is_empty());
    let question = "`w` is not trusted. Run `uv sync`, which may run code of the project and of what it installs?";
    let asks = Effect::AskConsent { action: action.clone(), question: question.to_owned() };
    assert!(desk.effects.contains(&asks), "{:?}", desk.effects);
    desk.run(&mut session, vec![chosen(&action, Consent::Given)]);
    assert_eq!(running(&desk).len(), 1);
}

#[test]
fn trust_that_is_given_elsewhere_takes_effect() {
    let mut desk = shop();
    let mut session = desk.settle(Tables::default(), Vec::new());
    desk.trust = Trust::Trusted;
    desk.run(&mut session, vec![Event::Overlooked]);
    let action = preferred(&desk, "/w/pyproject.toml");
    desk.run(&mut session, vec![chosen(&action, Consent::None)]);
    assert_eq!(running(&desk).len(), 1);
}

#[test]
fn what_is_not_saved_is_not_run_over() {
    let mut desk = shop();
    desk.trust = Trust::Trusted;
    let mut session =
        desk.settle(Tables::default(), vec![edited("/w/pyproject.toml", 2, MANIFEST)]);
    let action = preferred(&desk, "/w/pyproject.toml");
    desk.run(&mut session, vec![chosen(&action, Consent::None)]);
    assert!(running(&desk).is_empty());
    let says = desk
        .effects
        .iter()
        .any(|it| matches!(it, Effect::Say { words, .. } if words.contains("save it first")));
    assert!(says, "{:?}", desk.effects);
    let saved = Event::Saved { path: path("/w/pyproject.toml") };
    desk.run(&mut session, vec![saved, chosen(&action, Consent::None)]);
    assert_eq!(running(&desk).len(), 1);
}

#[test]
fn an_operation_is_judged_by_looking_and_holds_the_findings_meanwhile() {
    let mut desk = shop();
    desk.trust = Trust::Trusted;
    let mut session = desk.settle(Tables::default(), Vec::new());
    let action = preferred(&desk, "/w/pyproject.toml");
    desk.run(&mut session, vec![chosen(&action, Consent::None)]);
    let operation = running(&desk)[0];
    // Half made: were it judged now, it would be called broken.
    desk.file("/w/.venv/.lock", "");
    desk.run(&mut session, vec![Event::Touched(path("/w/.venv")), Event::Woke]);
    assert_eq!(shown(&desk, "/w/pyproject.toml"), ["no-environment"]);
    // It fails after all; what is there is said, whatever the exit code was.
    let end = End::Failed { command: "uv sync".to_owned(), words: "error: no network".to_owned() };
    desk.run(&mut session, vec![Event::Finished { operation, end }]);
    assert_eq!(shown(&desk, "/w/pyproject.toml"), ["broken-environment"]);
    let ends = Effect::Progress {
        operation,
        step: Step::End { words: "`uv sync` failed: error: no network".to_owned() },
    };
    assert!(desk.effects.contains(&ends), "{:?}", desk.effects);
    assert!(session.is_quiescent());
}

#[test]
fn what_was_set_aside_comes_back_unless_the_new_one_is_sound() {
    for sound in [true, false] {
        let mut desk = shop();
        desk.trust = Trust::Trusted;
        make_environment(&mut desk);
        desk.put(&path("/w/.venv/bin/python"), Node::Link(path("/gone/python3.12")));
        let mut session = desk.settle(Tables::default(), Vec::new());
        assert_eq!(shown(&desk, "/w/pyproject.toml"), ["broken-environment"]);
        let action = preferred(&desk, "/w/pyproject.toml");
        desk.run(&mut session, vec![chosen(&action, Consent::None)]);
        let operation = running(&desk)[0];
        if sound {
            make_environment(&mut desk);
        }
        desk.run(&mut session, vec![Event::Finished { operation, end: End::Ran }]);
        let keep = if sound { Keep::Made } else { Keep::Aside };
        assert!(desk.effects.contains(&Effect::Conclude { operation, keep }), "{:?}", desk.effects);
    }
}

#[test]
fn one_operation_at_a_time_for_an_environment_and_a_queued_one_can_be_stopped() {
    let mut desk = shop();
    desk.trust = Trust::Trusted;
    let mut session = desk.settle(Tables::default(), Vec::new());
    let action = preferred(&desk, "/w/pyproject.toml");
    desk.run(&mut session, vec![chosen(&action, Consent::None), chosen(&action, Consent::None)]);
    assert_eq!(running(&desk).len(), 1);
    let waits = desk.effects.iter().find_map(|it| match it {
        Effect::Progress { step: Step::Report { line }, .. } => Some(line.clone()),
        _ => None,
    });
    let line = "waits until this is done: Create `.venv` (`uv sync`)";
    assert_eq!(waits.as_deref(), Some(line), "what waits says what it waits for");
    let first = running(&desk)[0];
    desk.run(&mut session, vec![Event::Stopped(Some(first))]);
    assert!(desk.effects.contains(&Effect::Stop(first)));
    desk.run(&mut session, vec![Event::Finished { operation: first, end: End::Cancelled }]);
    assert_eq!(running(&desk).len(), 2, "the second starts when the first has ended");
}

#[test]
fn what_no_finding_asks_for_is_made_of_what_is_known_and_asks_for_consent_too() {
    let mut desk = shop();
    make_environment(&mut desk);
    let mut session = desk.settle(Tables::default(), Vec::new());
    let wanted = |chore| Event::Wanted { path: path("/w"), chore, consent: Consent::None };
    desk.run(&mut session, vec![wanted(Chore::Upgrade { name: "httpx".to_owned() })]);
    assert!(running(&desk).is_empty());
    let asked = desk.effects.iter().find_map(|it| match it {
        Effect::AskConsent { action, question } => Some((action.clone(), question.clone())),
        _ => None,
    });
    let (action, question) = asked.expect("the user is asked");
    assert!(question.contains("Run `uv sync --upgrade-package httpx`"), "{question}");
    assert_eq!(session.wanted_by(&action), Some(&path("/w")));
    desk.run(&mut session, vec![chosen(&action, Consent::Given)]);
    assert_eq!(running(&desk).len(), 1);
    desk.run(&mut session, vec![wanted(Chore::Remove { name: "-rr.txt".to_owned() })]);
    let refused =
        |it: &Effect| matches!(it, Effect::Say { words, .. } if words.contains("is no name"));
    assert!(desk.effects.iter().any(refused), "{:?}", desk.effects);
    assert_eq!(running(&desk).len(), 1);
}

#[test]
fn an_action_that_no_finding_offers_any_more_does_nothing() {
    let mut desk = shop();
    let mut session = desk.settle(Tables::default(), Vec::new());
    let gone = ActionId("no-environment/0/9.9/w/pyproject.toml".to_owned());
    desk.run(&mut session, vec![chosen(&gone, Consent::Given)]);
    assert!(running(&desk).is_empty());
    assert!(desk.effects.iter().any(|it| matches!(it, Effect::Say { .. })));
}

#[test]
fn a_choice_is_handed_over_to_be_kept_and_read_again() {
    let mut desk = shop();
    make_environment(&mut desk);
    let mut session = desk.settle(Tables::default(), Vec::new());
    let python = path("/home/u/envs/x/bin/python");
    desk.file("/home/u/envs/x/pyvenv.cfg", "home = /usr/bin\nversion = 3.12.4\n");
    desk.put(&python, Node::Link(path("/usr/bin/python3.12")));
    let installed = "/home/u/envs/x/lib/python3.12/site-packages/httpx-0.28.1.dist-info";
    desk.file(
        &format!("{installed}/METADATA"),
        "Name: httpx
Version: 0.28.1
",
    );
    desk.choices.insert(path("/w"), python.clone());
    let preferred = Event::Preferred { path: path("/w/src/app.py"), python: Some(python.clone()) };
    desk.run(&mut session, vec![preferred]);
    let keeps = Effect::Choose(Choice { project: path("/w"), python: Some(python) });
    assert!(desk.effects.contains(&keeps), "{:?}", desk.effects);
    let selected = |session: &Session| {
        let standing = session.project_of(&path("/w/src/app.py")).expect("it is known");
        let model = standing.outcome.model.clone().expect("it is settled");
        model.selection.clone().expect("there is one").environment.prefix.clone()
    };
    assert_eq!(selected(&session), path("/home/u/envs/x"));
    // What differs from the tool's own is said, and can be let go of by an action.
    assert_eq!(shown(&desk, "/w/pyproject.toml")[0], "selection-differs");
    let id = ActionId::of(&desk.shown[&path("/w/pyproject.toml")][0], 0);
    desk.choices.clear();
    desk.run(&mut session, vec![chosen(&id, Consent::None)]);
    let forgets = Effect::Choose(Choice { project: path("/w"), python: None });
    assert!(desk.effects.contains(&forgets), "{:?}", desk.effects);
    assert_eq!(selected(&session), path("/w/.venv"));
    let nowhere = Event::Preferred { path: path("/elsewhere/x.py"), python: None };
    desk.run(&mut session, vec![nowhere]);
    assert!(desk.effects.iter().any(|it| matches!(it, Effect::Say { .. })));
}
