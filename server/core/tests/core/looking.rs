//! Who looks at a file does not wait for the rest of the machine, and every file gets what is its own.

use std::collections::BTreeSet;

use envls_core::{
    Depth, Tables,
    session::{Asking, Effect, Event, Kept, Session, Urgency},
    world::{AbsPath, Noun, Trust},
};

use crate::desk::{Desk, Node};

/// So many projects are below one folder.
const MANY: usize = 300;

fn path(text: &str) -> AbsPath {
    AbsPath::new(text)
}

/// An environment of the standard library's making.
fn environment(desk: &mut Desk, prefix: &str) {
    let program = || Node::File { text: String::new(), executable: true };
    desk.put(&path("/usr/bin/python3.12"), program());
    desk.file(&format!("{prefix}/pyvenv.cfg"), "home = /usr/bin\nversion = 3.12.4\n");
    desk.put(&path(&format!("{prefix}/bin/python")), Node::Link(path("/usr/bin/python3.12")));
    desk.put(&path(&format!("{prefix}/lib/python3.12/site-packages")), Node::Folder);
}

fn project(desk: &mut Desk, root: &str, name: &str) {
    desk.file(&format!("{root}/pyproject.toml"), &format!("[project]\nname = \"{name}\"\n"));
    desk.file(&format!("{root}/src/{name}/main.py"), "");
    environment(desk, &format!("{root}/.venv"));
}

/// A machine with environments that nobody looks at.
fn machine() -> Desk {
    let mut desk = Desk::new();
    desk.variables.insert("HOME".to_owned(), "/home/u".to_owned());
    for number in 0..20 {
        environment(&mut desk, &format!("/home/u/.venvs/e{number}"));
    }
    desk
}

/// Lets the session work, and answers only what somebody waits for; what else is asked is handed back.
fn run_urgent(desk: &mut Desk, session: &mut Session, events: Vec<Event>) -> Vec<Asking> {
    let (mut batch, mut later) = (events, Vec::new());
    while !batch.is_empty() {
        for effect in session.update(std::mem::take(&mut batch)) {
            match effect {
                Effect::Ask(askings) => {
                    for asking in askings {
                        if asking.urgency == Urgency::Now {
                            batch.push(desk.answered(asking));
                        } else {
                            later.push(asking);
                        }
                    }
                }
                Effect::Publish { path, findings, .. } => {
                    drop(desk.shown.insert(path, findings.to_vec()))
                }
                _ => {}
            }
        }
    }
    later
}

#[test]
fn the_file_that_was_opened_is_answered_before_the_rest_of_the_machine() {
    let mut desk = machine();
    for name in ["shop", "blog", "site"] {
        project(&mut desk, &format!("/w/{name}"), name);
    }
    let file = path("/w/shop/src/shop/main.py");
    let opened =
        Event::Edited { path: file.clone(), version: 1, text: "".into(), kept: Kept::Saved };
    let first = vec![
        Event::Folders(BTreeSet::from([path("/w")])),
        Event::InterpretersWanted,
        Event::EnvironmentsWanted,
        opened,
    ];
    let mut session = desk.started(Session::with_tables(Tables::default()));
    let later = run_urgent(&mut desk, &mut session, first);
    let standing = session.project_of(&file).expect("the project of the file is known");
    let model = standing.outcome.model.as_ref().expect("and understood");
    let selection = model.selection.as_ref().expect("and has an environment");
    assert_eq!(selection.environment.prefix, path("/w/shop/.venv"));
    assert!(session.environments().is_none(), "the machine is not known yet");
    assert!(session.project_of(&path("/w/blog/x.py")).is_none(), "nor is another project");
    let waiting = later.len();
    assert!(waiting > 10, "{waiting} questions wait");
    let batch = later.into_iter().map(|it| desk.answered(it)).collect();
    desk.run(&mut session, batch);
    assert!(session.is_quiescent());
    assert_eq!(session.environments().expect("the machine is known").found.len(), 20);
    assert!(session.project_of(&path("/w/blog/x.py")).is_some());
}

#[test]
fn a_tool_that_never_tells_its_version_keeps_nobody_waiting() {
    let mut desk = machine();
    project(&mut desk, "/w/shop", "shop");
    let manifest = path("/w/shop/pyproject.toml");
    desk.file(&manifest.to_string(), "[project]\nname = \"shop\"\ndependencies = [\"httpx\"]\n");
    desk.file("/w/shop/uv.lock", "version = 1\n");
    desk.put(&path("/opt/uv"), Node::File { text: String::new(), executable: true });
    desk.programs.insert("uv".to_owned(), path("/opt/uv"));
    desk.trust = Trust::Trusted;
    let mut session = desk.started(Session::default());
    let opened = Event::Edited {
        path: path("/w/shop/src/shop/main.py"),
        version: 1,
        text: "".into(),
        kept: Kept::Saved,
    };
    let mut batch = vec![Event::Folders(BTreeSet::from([path("/w")])), opened];
    let mut unanswered = 0;
    while !batch.is_empty() {
        for effect in session.update(std::mem::take(&mut batch)) {
            match effect {
                Effect::Ask(askings) => {
                    for asking in askings {
                        if matches!(asking.question.noun, Noun::ToolVersion(_)) {
                            unanswered += 1;
                        } else {
                            batch.push(desk.answered(asking));
                        }
                    }
                }
                Effect::Publish { path, findings, .. } => {
                    drop(desk.shown.insert(path, findings.to_vec()));
                }
                _ => {}
            }
        }
    }
    assert_eq!(unanswered, 1);
    let shown = desk.shown.get(&manifest).expect("something is found");
    assert!(shown.iter().any(|it| it.code == "not-installed"), "{shown:?}");
}

#[test]
fn for_the_choice_alone_nothing_else_is_asked() {
    let mut desk = machine();
    project(&mut desk, "/w/shop", "shop");
    desk.file("/w/shop/uv.lock", "version = 1\n");
    let asked = |session: &Session| -> Vec<&'static str> {
        let read = session.projects().flat_map(|it| it.outcome.read.iter());
        let nouns: BTreeSet<&str> = read
            .filter_map(|it| match it.noun {
                Noun::Lock(_) => Some("a lock"),
                Noun::Sources(_) => Some("sources"),
                Noun::Distributions(_) => Some("distributions"),
                Noun::Metadata(_) => Some("metadata"),
                Noun::Modules(_) => Some("modules"),
                _ => None,
            })
            .collect();
        nouns.into_iter().collect()
    };
    let everything = desk.settle(Tables::default(), Vec::new());
    assert_eq!(asked(&everything), ["a lock", "distributions", "metadata", "modules", "sources"]);
    let tables = Tables { depth: Depth::Choice, ..Tables::default() };
    let chosen = desk.settle(tables, Vec::new());
    assert!(chosen.is_quiescent());
    assert_eq!(asked(&chosen), [""; 0]);
}

#[test]
fn of_many_projects_in_one_folder_each_file_gets_its_own() {
    let mut desk = machine();
    project(&mut desk, "/w", "all");
    let root = |number: usize| format!("/w/group{}/deep/er/p{number}", number % 7);
    for number in 0..MANY {
        project(&mut desk, &root(number), &format!("p{number}"));
    }
    let mut session = desk.settle(Tables::default(), Vec::new());
    assert!(session.is_quiescent());
    for number in 0..MANY {
        let file = path(&format!("{}/src/p{number}/main.py", root(number)));
        desk.run(&mut session, vec![Event::Attended(file.clone())]);
        let standing = session.project_of(&file).expect("the project of the file is known");
        let model = standing.outcome.model.as_ref().expect("and understood");
        let own = path(&root(number)).join(".venv");
        let selection = model.selection.as_ref().expect("and has an environment");
        assert_eq!(selection.environment.prefix, own);
        assert_eq!(selection.environment.owner(), Some(path(&root(number))));
    }
    let above = session.project_of(&path("/w/src/all/main.py")).expect("the outermost too");
    assert_eq!(*above.root, path("/w"));
}

#[test]
fn what_is_rested_on_of_an_open_source_is_let_go_when_it_is_closed() {
    let mut desk = Desk::new();
    project(&mut desk, "/w/shop", "shop");
    let file = path("/w/shop/src/shop/main.py");
    let opened =
        Event::Edited { path: file.clone(), version: 1, text: "".into(), kept: Kept::Saved };
    let mut session = desk.settle(Tables::default(), vec![opened]);
    let rests = |session: &Session| {
        let mut read = session.projects().flat_map(|it| it.outcome.read.iter());
        read.any(|it| it.noun == Noun::Source(file.clone()))
    };
    assert!(rests(&session), "the buffer is what counts");
    desk.run(&mut session, vec![Event::Closed { path: file.clone() }]);
    assert!(!rests(&session), "the disk is, by now");
}

#[test]
fn a_file_in_a_template_belongs_to_the_project_around_it() {
    let mut desk = Desk::new();
    project(&mut desk, "/w/shop", "shop");
    let inside = "/w/shop/templates/{{ cookiecutter.name }}";
    desk.file(&format!("{inside}/pyproject.toml"), "[project]\nname = \"{{ x }}\"\n");
    let file = path(&format!("{inside}/main.py"));
    let session = desk.settle(Tables::default(), vec![Event::Attended(file.clone())]);
    let standing = session.project_of(&file).expect("it has one");
    assert_eq!(*standing.root, path("/w/shop"));
    assert_eq!(session.projects().count(), 1);
}
