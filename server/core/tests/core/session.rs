//! The session as a whole, without a clock and without a disk.

use std::{collections::BTreeSet, sync::Arc};

use envls_core::{
    Tables,
    finding::{Finding, Severity},
    model::Model,
    rule::{Draft, Rule},
    session::{Asking, Effect, Event, Kept, Session},
    setting::Settings,
    world::{AbsPath, Answer, Content, Noun, Reply},
};

use crate::desk::{Desk, Node};

pub(crate) const MANIFEST: &str =
    "[project]\nname = \"shop\"\ndependencies = [\"httpx\"]\n\n[tool.uv]\n";

/// A project of uv without an environment, on a machine with uv.
pub(crate) fn shop() -> Desk {
    let mut desk = Desk::new();
    desk.file("/w/pyproject.toml", MANIFEST);
    desk.file("/w/uv.lock", "");
    desk.programs.insert("uv".to_owned(), path("/usr/bin/uv"));
    desk
}

pub(crate) fn path(text: &str) -> AbsPath {
    AbsPath::new(text)
}

/// Makes the environment of `shop`, with what it needs.
pub(crate) fn make_environment(desk: &mut Desk) {
    desk.file("/w/.venv/pyvenv.cfg", "home = /usr/bin\nuv = 0.13.9\nversion_info = 3.12.4\n");
    let program = |text: &str| Node::File { text: text.to_owned(), executable: true };
    desk.put(&path("/usr/bin/python3.12"), program(""));
    desk.put(&path("/w/.venv/bin/python"), Node::Link(path("/usr/bin/python3.12")));
    let installed = "/w/.venv/lib/python3.12/site-packages/httpx-0.28.1.dist-info";
    desk.file(&format!("{installed}/METADATA"), "Name: httpx\nVersion: 0.28.1\n");
}

/// What a watcher says once the environment of `shop` is made.
fn made() -> Vec<Event> {
    ["/usr/bin/python3.12", "/w/.venv"].map(|it| Event::Touched(path(it))).to_vec()
}

fn codes(findings: &[Arc<Finding>]) -> Vec<&'static str> {
    findings.iter().map(|it| it.code).collect()
}

pub(crate) fn shown(desk: &Desk, file: &str) -> Vec<&'static str> {
    desk.shown.get(&path(file)).map(|it| codes(it)).unwrap_or_default()
}

pub(crate) fn edited(file: &str, version: i32, text: &str) -> Event {
    Event::Edited { path: path(file), version, text: text.into(), kept: Kept::Unsaved }
}

fn asked(effects: &[Effect]) -> Vec<Asking> {
    let asked = effects.iter().filter_map(|it| match it {
        Effect::Ask(askings) => Some(askings.clone()),
        _ => None,
    });
    asked.flatten().collect()
}

fn publishes(effects: &[Effect]) -> usize {
    effects.iter().filter(|it| matches!(it, Effect::Publish { .. })).count()
}

#[test]
fn a_missing_environment_is_reported_once_and_cleared_when_made() {
    let mut desk = shop();
    let mut session = desk.settle(Tables::default(), Vec::new());
    assert_eq!(shown(&desk, "/w/pyproject.toml"), ["no-environment"]);
    let before = publishes(&desk.effects);
    desk.run(&mut session, vec![Event::Touched(path("/w/pyproject.toml"))]);
    assert_eq!(publishes(&desk.effects), before, "an unchanged file is not published again");
    make_environment(&mut desk);
    desk.run(&mut session, made());
    assert_eq!(shown(&desk, "/w/pyproject.toml"), [""; 0]);
}

#[test]
fn a_folder_that_vanishes_takes_everything_below_it_along() {
    let mut desk = shop();
    make_environment(&mut desk);
    let mut session = desk.settle(Tables::default(), Vec::new());
    assert_eq!(shown(&desk, "/w/pyproject.toml"), [""; 0]);
    desk.remove(&path("/w/.venv"));
    desk.run(&mut session, vec![Event::Touched(path("/w/.venv"))]);
    assert_eq!(shown(&desk, "/w/pyproject.toml"), ["no-environment"]);
}

#[test]
fn what_the_editor_holds_outranks_the_disk() {
    let mut desk = shop();
    let mut session = desk.settle(Tables::default(), Vec::new());
    let text = MANIFEST.replace("\"httpx\"", "\"httpx = 2\"");
    desk.run(&mut session, vec![edited("/w/pyproject.toml", 7, &text)]);
    assert_eq!(shown(&desk, "/w/pyproject.toml"), ["no-environment", "invalid-requirement"]);
    let versions: Vec<Option<i32>> = desk
        .effects
        .iter()
        .filter_map(|it| match it {
            Effect::Publish { version, .. } => Some(*version),
            _ => None,
        })
        .collect();
    assert_eq!(versions, [None, Some(7)]);
    desk.run(&mut session, vec![Event::Closed { path: path("/w/pyproject.toml") }]);
    assert_eq!(shown(&desk, "/w/pyproject.toml"), ["no-environment"]);
}

#[test]
fn a_document_that_is_opened_again_is_told_its_findings_again() {
    let mut desk = shop();
    let mut session = desk.settle(Tables::default(), Vec::new());
    let manifest = path("/w/pyproject.toml");
    let open = || edited("/w/pyproject.toml", 1, MANIFEST);
    for batch in [vec![open()], vec![Event::Closed { path: manifest.clone() }, open()]] {
        desk.effects.clear();
        desk.run(&mut session, batch);
        let said = desk.effects.iter().any(|it| {
            matches!(it, Effect::Publish { version: Some(1), findings, .. } if !findings.is_empty())
        });
        assert!(said, "an editor that threw away what it was told is told again");
    }
}

#[test]
fn an_answer_read_before_a_change_is_dropped() {
    let mut desk = shop();
    let mut session = desk.settle(Tables::default(), Vec::new());
    let manifest = path("/w/pyproject.toml");
    let first = asked(&session.update([Event::Touched(manifest.clone())]));
    let stale: Vec<Event> = first.into_iter().map(|it| desk.answered(it)).collect();
    desk.file("/w/pyproject.toml", &MANIFEST.replace("shop", "store"));
    let second = asked(&session.update([Event::Touched(manifest.clone())]));
    let nothing = session.update(stale);
    assert!(nothing.is_empty(), "{nothing:?}");
    let fresh = second.into_iter().map(|it| desk.answered(it)).collect();
    desk.run(&mut session, fresh);
    assert!(desk.shown[&manifest][0].message.starts_with("`store`"));
}

#[test]
fn while_answers_are_open_the_last_findings_stand_and_after_a_while_what_is_known_is_shown() {
    let mut desk = shop();
    make_environment(&mut desk);
    let mut session = desk.settle(Tables::default(), Vec::new());
    desk.run(&mut session, vec![Event::Woke]);
    // Somebody installs: the folder keeps changing, and three answers never come.
    let site_packages = path("/w/.venv/lib/python3.12/site-packages");
    let open = session.update([Event::Touched(site_packages)]);
    assert_eq!((asked(&open).len(), publishes(&open)), (3, 0));
    assert!(open.contains(&Effect::Quiescent(false)) && open.contains(&Effect::Wake));
    let text = MANIFEST.replace("httpx", "rich");
    let edit = session.update([edited("/w/pyproject.toml", 2, &text)]);
    let answers: Vec<Event> = asked(&edit).into_iter().map(|it| desk.answered(it)).collect();
    assert_eq!(publishes(&session.update(answers)), 0, "no finding before everything is known");
    let woken = session.update([Event::Woke]);
    assert_eq!(publishes(&woken), 1, "what is known is shown: {woken:?}");
}

#[test]
fn an_open_python_file_shows_what_concerns_its_project() {
    let mut desk = shop();
    desk.file("/w/src/shop/app.py", "import httpx\n");
    let mut session =
        desk.settle(Tables::default(), vec![edited("/w/src/shop/app.py", 1, "import httpx\n")]);
    assert_eq!(shown(&desk, "/w/src/shop/app.py"), ["no-environment"]);
    for (file, silences) in [("/w/pyproject.toml", 1), ("/w/src/shop/app.py", 0)] {
        let actions = &desk.shown[&path(file)][0].actions;
        let offered = actions.iter().filter(|it| it.title.starts_with("Silence")).count();
        assert_eq!(offered, silences, "only where the comment would stand: {file}");
    }
    make_environment(&mut desk);
    desk.run(&mut session, made());
    assert_eq!(shown(&desk, "/w/src/shop/app.py"), [""; 0]);
    desk.remove(&path("/w/.venv"));
    desk.run(&mut session, vec![Event::Touched(path("/w/.venv"))]);
    assert_eq!(shown(&desk, "/w/src/shop/app.py"), ["no-environment"]);
    desk.run(&mut session, vec![Event::Closed { path: path("/w/src/shop/app.py") }]);
    assert_eq!(shown(&desk, "/w/src/shop/app.py"), [""; 0]);
}

#[test]
fn an_open_file_does_not_wait_for_the_search_of_the_folder() {
    let mut desk = shop();
    let mut session = desk.started(Session::default());
    let folders = Event::Folders(BTreeSet::from([path("/w")]));
    let mut effects = session.update([folders, edited("/w/src/app.py", 1, "")]);
    let mut published = Vec::new();
    // The search below the folder is never answered here.
    loop {
        let answers: Vec<Event> = asked(&effects)
            .into_iter()
            .filter(|it| !matches!(it.question.noun, Noun::Projects(_)))
            .map(|it| desk.answered(it))
            .collect();
        if answers.is_empty() {
            break;
        }
        effects = session.update(answers);
        published.extend(effects.iter().filter_map(|it| match it {
            Effect::Publish { path, .. } => Some(path.clone()),
            _ => None,
        }));
    }
    published.sort();
    assert_eq!(published, [path("/w/pyproject.toml"), path("/w/src/app.py")]);
}

#[test]
fn the_first_findings_do_not_wait_for_the_metadata_of_what_is_installed() {
    let mut desk = shop();
    make_environment(&mut desk);
    let site_packages = path("/w/.venv/lib/python3.12/site-packages");
    desk.remove(&site_packages.join("httpx-0.28.1.dist-info"));
    let manifest = MANIFEST.replace("\"httpx\"", "\"httpx\", \"other7\"");
    desk.file("/w/pyproject.toml", &manifest);
    for number in 0..100 {
        let metadata = format!("{site_packages}/other{number}-1.0.dist-info/METADATA");
        desk.file(&metadata, &format!("Name: other{number}\nVersion: 1.0\n"));
    }
    let mut session = desk.started(Session::default());
    let folders = Event::Folders(BTreeSet::from([path("/w")]));
    let mut effects = session.update([folders, Event::Attended(path("/w/pyproject.toml"))]);
    let mut published = Vec::new();
    let mut late = Vec::new();
    while !asked(&effects).is_empty() {
        let (background, now): (Vec<_>, Vec<_>) = asked(&effects)
            .into_iter()
            .partition(|it| matches!(it.question.noun, Noun::Metadata(_) | Noun::Records(..)));
        late.extend(background);
        effects = session.update(now.into_iter().map(|it| desk.answered(it)).collect::<Vec<_>>());
        published.extend(effects.iter().filter_map(|it| match it {
            Effect::Publish { path, findings, .. } => Some((path.clone(), findings[0].code)),
            _ => None,
        }));
    }
    assert_eq!(published, [(path("/w/pyproject.toml"), "not-installed")]);
    assert!(!session.is_quiescent() && late.len() == 2);
    let answers = late.into_iter().map(|it| desk.answered(it)).collect();
    desk.run(&mut session, answers);
    assert!(session.is_quiescent());
}

#[test]
fn a_file_beside_many_projects_starts_no_search_and_derives_none_again() {
    let mut desk = Desk::new();
    desk.file("/w/.git/config", "");
    for number in 0..50 {
        let manifest = MANIFEST.replace("shop", &format!("p{number}"));
        desk.file(&format!("/w/p{number}/pyproject.toml"), &manifest);
    }
    let mut session = desk.settle(Tables::default(), Vec::new());
    assert_eq!(session.projects().filter(|it| it.outcome.model.is_some()).count(), 50);
    let before: Vec<_> = session.projects().map(|it| Arc::clone(it.outcome)).collect();
    desk.file("/w/ruff.toml", "");
    let effects = session.update([Event::Listed(path("/w/ruff.toml"))]);
    let asked = asked(&effects);
    assert!(!asked.is_empty());
    assert!(!asked.iter().any(|it| matches!(it.question.noun, Noun::Projects(_))));
    let answers: Vec<Event> = asked.into_iter().map(|it| desk.answered(it)).collect();
    desk.run(&mut session, answers);
    assert!(session.is_quiescent());
    assert!(session.projects().zip(&before).all(|(now, before)| Arc::ptr_eq(now.outcome, before)));
    // A name that projects are found by does start a search.
    let effects = session.update([Event::Touched(path("/w/setup.py"))]);
    let search = |it: &Asking| matches!(it.question.noun, Noun::Projects(_));
    assert!(self::asked(&effects).iter().any(search));
}

/// A project of uv, with an environment or without, on a machine that knows of such already.
fn further(desk: &mut Desk, folder: &str, has_environment: bool) {
    desk.file(&format!("{folder}/pyproject.toml"), MANIFEST);
    desk.file(&format!("{folder}/shop.py"), "import httpx\n");
    if has_environment {
        let configuration = "home = /usr/bin\nversion_info = 3.12.4\n";
        desk.file(&format!("{folder}/.venv/pyvenv.cfg"), configuration);
        let python = path(&format!("{folder}/.venv/bin/python"));
        desk.put(&python, Node::Link(path("/usr/bin/python3.12")));
        let installed =
            format!("{folder}/.venv/lib/python3.12/site-packages/httpx-0.28.1.dist-info");
        desk.file(&format!("{installed}/METADATA"), "Name: httpx\nVersion: 0.28.1\n");
    }
}

#[test]
fn all_is_known_of_one_project_among_many_after_a_few_rounds_of_answers() {
    for (has_environment, expected) in [(false, 2), (true, 3)] {
        let mut desk = Desk::new();
        desk.file("/w/.git/config", "");
        let python = Node::File { text: String::new(), executable: true };
        desk.put(&path("/usr/bin/python3.12"), python);
        further(&mut desk, "/w/first/one", true);
        let mut session = desk.settle(Tables::default(), Vec::new());
        further(&mut desk, "/w/second/two", has_environment);
        let mut effects = session.update([Event::Touched(path("/w/second"))]);
        let mut rounds = Vec::new();
        while !asked(&effects).is_empty() {
            let asked = asked(&effects);
            let nouns = asked.iter().map(|it| format!("{:?}", it.question.noun));
            let nouns: Vec<String> = nouns.filter(|it| it.contains("/w/second")).collect();
            rounds.extend((!nouns.is_empty()).then_some(nouns));
            let answers: Vec<Event> = asked.into_iter().map(|it| desk.answered(it)).collect();
            effects = session.update(answers);
        }
        assert!(session.is_quiescent());
        assert_eq!(rounds.len(), expected, "{rounds:#?}");
    }
}

#[test]
fn an_edit_in_one_manifest_derives_one_project_again() {
    let mut desk = Desk::new();
    for number in 0..50 {
        desk.file(
            &format!("/w/p{number}/pyproject.toml"),
            &MANIFEST.replace("shop", &format!("p{number}")),
        );
    }
    let mut session = desk.settle(Tables::default(), Vec::new());
    let before: Vec<_> = session.projects().map(|it| Arc::clone(it.outcome)).collect();
    desk.run(
        &mut session,
        vec![edited("/w/p7/pyproject.toml", 1, "[project]\nname = \"seven\"\n")],
    );
    let after: Vec<_> = session.projects().map(|it| Arc::clone(it.outcome)).collect();
    assert_eq!((before.len(), after.len()), (50, 50));
    let derived = before.iter().zip(&after).filter(|(a, b)| !Arc::ptr_eq(a, b)).count();
    assert_eq!(derived, 1);
}

#[test]
fn a_project_that_goes_takes_its_findings_and_its_questions_along() {
    let mut desk = shop();
    desk.file("/w/other/requirements.txt", "bad = 1\n");
    let mut session = desk.settle(Tables::default(), Vec::new());
    assert_eq!(
        shown(&desk, "/w/other/requirements.txt"),
        ["no-environment", "invalid-requirement"]
    );
    desk.remove(&path("/w/other"));
    desk.effects.clear();
    desk.run(&mut session, vec![Event::Overlooked]);
    assert_eq!(shown(&desk, "/w/other/requirements.txt"), [""; 0]);
    let retained = desk.effects.iter().rev().find_map(|it| match it {
        Effect::Retain(paths) => Some(paths.clone()),
        _ => None,
    });
    let retained = retained.expect("less need be watched now");
    assert!(retained.contains(&path("/w/pyproject.toml")));
    assert!(!retained.contains(&path("/w/other/requirements.txt")), "{retained:?}");
}

#[test]
fn findings_of_several_projects_at_one_place_are_one() {
    let mut desk = Desk::new();
    desk.file("/w/shared.txt", "bad = 1\n");
    desk.file("/w/a/requirements.txt", "-r ../shared.txt\n");
    desk.file("/w/b/requirements.txt", "-r ../shared.txt\n");
    desk.settle(Tables::default(), Vec::new());
    assert_eq!(shown(&desk, "/w/shared.txt"), ["invalid-requirement"]);
}

#[test]
fn a_rule_that_panics_is_said_and_harms_no_other() {
    fn check(_: &Model, _: &mut Vec<Draft>) {
        panic!("a mistake of ours");
    }
    static BROKEN: Rule = Rule { code: "broken-rule", severity: Severity::Error, check };
    let mut tables = Tables::default();
    tables.rules.insert(0, &BROKEN);
    let mut desk = shop();
    desk.settle(tables, Vec::new());
    assert_eq!(shown(&desk, "/w/pyproject.toml"), ["no-environment"]);
    let said = Effect::Log("rule `broken-rule` went wrong at `/w`: a mistake of ours".to_owned());
    assert!(desk.effects.contains(&said), "{:?}", desk.effects);
}

#[test]
fn settings_judge_again() {
    let mut desk = shop();
    let mut session = desk.settle(Tables::default(), Vec::new());
    let section = serde_json::json!({"severity": {"no-environment": "off"}});
    desk.run(&mut session, vec![Event::Configured(Settings::parse(&section).0)]);
    assert_eq!(shown(&desk, "/w/pyproject.toml"), [""; 0]);
}

#[test]
fn an_answer_of_another_kind_than_its_question_is_not_taken() {
    let mut session = Session::default();
    let effects = session.update([Event::Folders(BTreeSet::from([path("/w")]))]);
    let odd = asked(&effects).into_iter().map(|it| {
        let content = Content::Program(Reply::Absent);
        Event::Answered(it.ticket, Answer::new(it.question, content))
    });
    let events: Vec<Event> = odd.collect();
    assert!(session.update(events).is_empty());
}

#[test]
fn the_machine_is_looked_at_only_when_somebody_asks_and_follows_what_changes() {
    let mut desk = shop();
    make_environment(&mut desk);
    desk.variables.insert("HOME".to_owned(), "/home/u".to_owned());
    desk.file("/home/u/.venvs/x/pyvenv.cfg", "home = /usr/bin\nversion = 3.12.4\n");
    desk.put(&path("/home/u/.venvs/x/bin/python"), Node::Link(path("/usr/bin/python3.12")));
    let mut session = desk.settle(Tables::default(), Vec::new());
    assert!(session.environments().is_none());
    desk.run(&mut session, vec![Event::EnvironmentsWanted]);
    let prefixes = |session: &Session| -> Vec<String> {
        let found = session.environments().into_iter().flat_map(|it| &it.found);
        found.map(|it| it.prefix.to_string()).collect()
    };
    assert_eq!(prefixes(&session), ["/home/u/.venvs/x"]);
    desk.remove(&path("/home/u/.venvs/x"));
    desk.run(&mut session, vec![Event::Touched(path("/home/u/.venvs/x"))]);
    assert_eq!(prefixes(&session), [""; 0]);
    assert!(session.is_quiescent());
}

#[test]
fn what_is_judged_along_the_way_is_what_would_be_judged_at_once() {
    let sources = [
        ("/w/shop/a.py", "import requests\nimport numpy\nimport b\n"),
        ("/w/shop/b.py", "import requests, os\n"),
        ("/w/shop/c.py", "try:\n    import yaml\nexcept ImportError:\n    yaml = None\n"),
    ];
    let manifest = |wants: &str| format!("[project]\nname = \"shop\"\ndependencies = [{wants}]\n");
    let texts = [
        ("/w/shop/a.py", "import unheard_of\nimport numpy\n"),
        ("/w/shop/a.py", "import requests\n"),
        ("/w/shop/c.py", "import yaml\nimport requests\n"),
        ("/w/pyproject.toml", "\"requests\", \"pyyaml\""),
        ("/w/shop/a.py", "import yaml\nimport django\n"),
        ("/w/pyproject.toml", "\"django\""),
    ];
    let desk = || {
        let mut desk = Desk::new();
        desk.file("/w/pyproject.toml", &manifest("\"requests\""));
        sources.iter().for_each(|(file, text)| desk.file(file, text));
        desk
    };
    let text_of = |file: &str, text: &str| {
        if file.ends_with(".toml") { manifest(text) } else { text.to_owned() }
    };
    let mut along = desk();
    let mut session = along.settle(Tables::default(), Vec::new());
    let mut all: Vec<Vec<&str>> = Vec::new();
    for (at, (file, text)) in texts.iter().enumerate() {
        let version = i32::try_from(at).expect("there are few");
        along.run(&mut session, vec![edited(file, version, &text_of(file, text))]);
        // What was said last of each document, told to a session that begins with it.
        let mut latest: std::collections::BTreeMap<&str, Event> = Default::default();
        for (at, (file, text)) in texts.iter().take(at + 1).enumerate() {
            let version = i32::try_from(at).expect("there are few");
            latest.insert(file, edited(file, version, &text_of(file, text)));
        }
        let mut anew = desk();
        anew.settle(Tables::default(), latest.into_values().collect());
        let said = |desk: &Desk| -> std::collections::BTreeMap<AbsPath, Vec<_>> {
            let files = desk.shown.iter().filter(|it| !it.1.is_empty());
            files.map(|it| (it.0.clone(), it.1.clone())).collect()
        };
        assert_eq!(said(&along), said(&anew));
        all.push(along.shown.values().flatten().map(|it| it.code).collect());
    }
    all.dedup();
    assert_eq!(all.len(), texts.len(), "each edit changes what is said: {all:?}");
}
