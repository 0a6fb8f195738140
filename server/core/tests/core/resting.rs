//! What nobody looks at is put to rest: less is held of it, and what is shown is the same.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use envls_core::{
    Tables,
    chore::Chore,
    finding::Finding,
    manifest::Set,
    session::{Asking, Consent, Effect, Event, Keeping, Kept, Session},
    setting::Settings,
    world::{AbsPath, Noun, Question},
};
use proptest::prelude::*;

use crate::{
    desk::{Desk, Node},
    session::{edited, path, shown},
};

const NAMES: [&str; 4] = ["a", "b", "c", "d"];

fn manifest(name: &str, needs: &str) -> String {
    format!("[project]\nname = \"{name}\"\ndependencies = [{needs}]\n")
}

/// Four projects, each with an environment that lacks what it needs; one includes the file of another.
fn projects() -> Desk {
    let mut desk = Desk::new();
    let program = || Node::File { text: String::new(), executable: true };
    desk.put(&path("/usr/bin/python3.12"), program());
    for name in NAMES {
        desk.file(&format!("/w/{name}/pyproject.toml"), &manifest(name, "\"httpx\""));
        desk.file(&format!("/w/{name}/main.py"), "import httpx\nimport yaml\n");
        desk.file(&format!("/w/{name}/other.py"), "import rich\nimport yaml\n");
        let prefix = format!("/w/{name}/.venv");
        desk.file(&format!("{prefix}/pyvenv.cfg"), "home = /usr/bin\nversion = 3.12.4\n");
        desk.put(&path(&format!("{prefix}/bin/python")), Node::Link(path("/usr/bin/python3.12")));
        desk.put(&path(&format!("{prefix}/lib/python3.12/site-packages")), Node::Folder);
    }
    desk.file("/w/a/requirements.txt", "-r ../b/requirements.txt\n");
    desk.file("/w/b/requirements.txt", "rich\nbad = 1\n");
    desk
}

fn resting(desk: &mut Desk, beside: usize) -> Session {
    let mut session = desk.started(Session::keeping(Keeping::LookedAt { beside }));
    desk.run(&mut session, vec![Event::Folders(BTreeSet::from([path("/w")]))]);
    session
}

fn is_whole(session: &Session, name: &str) -> bool {
    let standing = session.project_of(&path(&format!("/w/{name}/main.py")));
    standing.is_some_and(|it| it.outcome.model.is_some())
}

fn whole(session: &Session) -> Vec<&'static str> {
    NAMES.into_iter().filter(|it| is_whole(session, it)).collect()
}

fn install(desk: &mut Desk, project: &str, name: &str) -> Event {
    let folder = format!("/w/{project}/.venv/lib/python3.12/site-packages/{name}-1.0.dist-info");
    desk.file(&format!("{folder}/METADATA"), &format!("Name: {name}\nVersion: 1.0\n"));
    Event::Touched(path(&folder))
}

fn let_go(desk: &Desk) -> Vec<&Question> {
    let gone = desk.effects.iter().filter_map(|it| match it {
        Effect::LetGo(questions) => Some(questions),
        _ => None,
    });
    gone.flatten().collect()
}

/// What is shown, and what can be done about it.
fn told(desk: &Desk) -> BTreeSet<String> {
    let each =
        desk.shown.iter().flat_map(|(path, findings)| findings.iter().map(move |it| (path, it)));
    let words = |it: &Finding| it.actions.iter().map(|it| it.title.clone()).collect::<Vec<_>>();
    each.map(|(path, it)| {
        let line = it.location.range.start.line;
        format!("{path}:{line} {:?} {} {} {:?}", it.severity, it.code, it.message, words(it))
    })
    .collect()
}

#[test]
fn what_nobody_looks_at_is_let_go_and_its_findings_stand() {
    let mut desk = projects();
    let session = resting(&mut desk, 0);
    assert!(session.is_quiescent());
    assert_eq!(whole(&session), [""; 0]);
    let gone = let_go(&desk);
    for name in NAMES {
        let manifest = path(&format!("/w/{name}/pyproject.toml"));
        assert!(gone.iter().any(|it| it.noun == Noun::Manifest(manifest.clone())), "{gone:?}");
        assert_eq!(desk.shown[&manifest].len(), 1);
    }
    let shared = Noun::Manifest(path("/w/b/requirements.txt"));
    assert!(!gone.iter().any(|it| it.noun == shared), "two projects rest on it");
    let mut kept = projects();
    kept.settle(Tables::default(), Vec::new());
    assert_eq!(told(&desk), told(&kept));
}

#[test]
fn what_was_chosen_is_known_of_a_project_at_rest() {
    let mut desk = projects();
    let session = resting(&mut desk, 0);
    let standing = session.project_of(&path("/w/c/main.py")).expect("it is settled");
    assert!(standing.outcome.model.is_none());
    let choice = standing.choice().expect("and something was chosen for it");
    let selection = choice.selection.as_ref().expect("its environment");
    assert_eq!(selection.environment.prefix, path("/w/c/.venv"));
    assert_eq!(choice.called(), "c");
    assert_eq!(session.choosable(&path("/w/c/main.py")).len(), 1);
}

#[test]
fn a_few_are_held_though_nobody_looks_at_them() {
    let mut desk = projects();
    assert_eq!(whole(&resting(&mut desk, 3)), ["a", "b", "c"]);
    assert_eq!(whole(&resting(&mut desk, 4)), NAMES);
}

#[test]
fn a_project_wakes_when_a_file_of_it_is_opened_and_rests_again_when_it_is_closed() {
    let mut desk = projects();
    let mut session = resting(&mut desk, 0);
    let file = "/w/c/pyproject.toml";
    let before = desk.asked;
    desk.run(&mut session, vec![edited(file, 1, &manifest("c", "\"httpx\""))]);
    assert_eq!(whole(&session), ["c"]);
    let gone = let_go(&desk).into_iter();
    let gone = gone.filter(|it| it.noun.path().is_some_and(|it| it.is_within(&path("/w/c"))));
    // What is opened is looked for in the folders around it, too.
    let (again, gone) = (desk.asked - before, gone.count());
    assert_eq!(again, gone + 1, "only what was let go is read again");
    let outcome = |session: &Session| {
        let standing = session.project_of(&path(file)).expect("it is settled");
        Arc::clone(standing.outcome)
    };
    let woken = outcome(&session);
    desk.run(&mut session, vec![Event::Written(path("/w/c/notes.txt"))]);
    assert!(Arc::ptr_eq(&woken, &outcome(&session)), "it is derived once");
    desk.run(&mut session, vec![edited(file, 2, &manifest("c", "\"rich\""))]);
    assert!(desk.shown[&path(file)][0].message.contains("rich"), "{:?}", desk.shown);
    desk.run(&mut session, vec![Event::Closed { path: path(file) }]);
    assert_eq!(whole(&session), [""; 0]);
    assert!(desk.shown[&path(file)][0].message.contains("httpx"));
}

#[test]
fn what_changes_in_a_project_at_rest_is_seen() {
    let mut desk = projects();
    let mut session = resting(&mut desk, 0);
    assert_eq!(shown(&desk, "/w/d/pyproject.toml"), ["not-installed"]);
    let installed = install(&mut desk, "d", "httpx");
    desk.run(&mut session, vec![installed]);
    assert_eq!(shown(&desk, "/w/d/pyproject.toml"), [""; 0]);
    desk.file("/w/d/pyproject.toml", &manifest("d", "\"httpx>=2\""));
    desk.run(&mut session, vec![Event::Written(path("/w/d/pyproject.toml"))]);
    assert_eq!(shown(&desk, "/w/d/pyproject.toml"), ["version-mismatch"]);
    assert_eq!(whole(&session), [""; 0]);
}

#[test]
fn a_chore_in_a_project_at_rest_is_made_from_all_that_there_is_to_know() {
    let mut desk = projects();
    let mut session = resting(&mut desk, 0);
    desk.effects.clear();
    let chore = Chore::Add { requirement: "rich".to_owned(), set: Set::Main };
    let wanted = Event::Wanted { path: path("/w/d/main.py"), chore, consent: Consent::Given };
    desk.run(&mut session, vec![wanted]);
    let project = path("/w/d");
    let run = desk.effects.iter().find_map(|it| match it {
        Effect::Edit { edits, .. } => Some(format!("{edits:?}")),
        Effect::Run { project: of, recipe, .. } if *of == project => Some(recipe.shown()),
        _ => None,
    });
    assert!(run.is_some_and(|it| it.contains("rich")), "{:?}", desk.effects);
}

/// Something that happens, by the numbers that were drawn for it.
#[derive(Clone, Copy, Debug)]
enum Step {
    Write {
        project: usize,
        needs: usize,
    },
    Edit {
        project: usize,
        needs: usize,
    },
    Close {
        project: usize,
    },
    Type {
        project: usize,
        imports: usize,
    },
    CloseSource {
        project: usize,
    },
    Look {
        project: usize,
    },
    Install {
        project: usize,
    },
    Remove {
        project: usize,
    },
    Source {
        project: usize,
        imports: usize,
    },
    Share {
        lines: usize,
    },
    Severity {
        off: bool,
    },
    Overlook,
    Wake,
    /// So many of the answers that are under way come.
    Answer {
        count: usize,
    },
}

fn step() -> impl Strategy<Value = Step> {
    let (project, pick) = (0..NAMES.len(), 0..3usize);
    prop_oneof![
        (project.clone(), pick.clone()).prop_map(|(project, needs)| Step::Write { project, needs }),
        (project.clone(), pick.clone()).prop_map(|(project, needs)| Step::Edit { project, needs }),
        project.clone().prop_map(|project| Step::Close { project }),
        (project.clone(), pick.clone())
            .prop_map(|(project, imports)| Step::Type { project, imports }),
        (project.clone(), pick.clone())
            .prop_map(|(project, imports)| Step::Type { project, imports }),
        project.clone().prop_map(|project| Step::CloseSource { project }),
        project.clone().prop_map(|project| Step::Look { project }),
        project.clone().prop_map(|project| Step::Install { project }),
        project.clone().prop_map(|project| Step::Remove { project }),
        (project, pick.clone()).prop_map(|(project, imports)| Step::Source { project, imports }),
        pick.prop_map(|lines| Step::Share { lines }),
        any::<bool>().prop_map(|off| Step::Severity { off }),
        Just(Step::Overlook),
        Just(Step::Wake),
        (0..12usize).prop_map(|count| Step::Answer { count }),
        (0..40usize).prop_map(|count| Step::Answer { count }),
    ]
}

const IMPORTS: [&str; 3] = [
    "import httpx\n",
    "import yaml\nimport rich\n",
    "# /// script\n# dependencies = []\n# ///\nimport yaml  # envls: ignore\nimport numpy\n",
];

const NEEDS: [&str; 3] = ["\"httpx\"", "\"rich\", \"httpx>=2\"", ""];

/// A world, what the editor holds open of it, and what is asked of it and not answered yet.
struct Run {
    desk: Desk,
    open: BTreeMap<AbsPath, String>,
    settings: Settings,
    asked: Vec<Asking>,
}

impl Run {
    /// What a step does to the world, and what is told of it.
    fn take(&mut self, step: Step) -> Vec<Event> {
        let file = |project: usize, name: &str| format!("/w/{}/{name}", NAMES[project]);
        let text = |project: usize, needs: usize| manifest(NAMES[project], NEEDS[needs]);
        let site = |project: usize| file(project, ".venv/lib/python3.12/site-packages");
        match step {
            Step::Write { project, needs } => {
                let at = file(project, "pyproject.toml");
                self.desk.file(&at, &text(project, needs));
                vec![Event::Written(path(&at))]
            }
            Step::Edit { project, needs } => {
                let at = file(project, "pyproject.toml");
                self.open.insert(path(&at), text(project, needs));
                vec![edited(&at, 1, &text(project, needs))]
            }
            Step::Close { project } => {
                let at = path(&file(project, "pyproject.toml"));
                self.open.remove(&at).map(|_| Event::Closed { path: at }).into_iter().collect()
            }
            Step::Type { project, imports } => {
                let at = file(project, "main.py");
                self.open.insert(path(&at), IMPORTS[imports].to_owned());
                vec![edited(&at, 1, IMPORTS[imports])]
            }
            Step::CloseSource { project } => {
                let at = path(&file(project, "main.py"));
                self.open.remove(&at).map(|_| Event::Closed { path: at }).into_iter().collect()
            }
            Step::Look { project } => vec![Event::Attended(path(&file(project, "main.py")))],
            Step::Install { project } => vec![install(&mut self.desk, NAMES[project], "httpx")],
            Step::Remove { project } => {
                let folder = path(&site(project)).join("httpx-1.0.dist-info");
                self.desk.remove(&folder);
                vec![Event::Touched(folder)]
            }
            Step::Source { project, imports } => {
                let at = file(project, "main.py");
                self.desk.file(&at, IMPORTS[imports]);
                vec![Event::Written(path(&at))]
            }
            Step::Share { lines } => {
                let at = "/w/b/requirements.txt";
                self.desk.file(at, ["rich\n", "bad = 1\n", "httpx\nhttpx\n"][lines]);
                vec![Event::Written(path(at))]
            }
            Step::Severity { off } => {
                let severity = if off { "off" } else { "hint" };
                let code = "not-installed".to_owned();
                self.settings.severity.insert(code, severity.to_owned());
                vec![Event::Configured(self.settings.clone())]
            }
            Step::Overlook => vec![Event::Overlooked],
            Step::Wake => vec![Event::Woke],
            Step::Answer { count } => {
                let count = count.min(self.asked.len());
                let now: Vec<Asking> = self.asked.drain(..count).collect();
                now.into_iter().map(|it| self.desk.answered(it)).collect()
            }
        }
    }

    fn turn(&mut self, session: &mut Session, events: Vec<Event>) {
        for effect in session.update(events) {
            match effect {
                Effect::Ask(mut askings) => self.asked.append(&mut askings),
                Effect::Publish { path, findings, .. } => {
                    self.desk.shown.insert(path, findings.to_vec());
                }
                _ => {}
            }
        }
    }
}

impl Run {
    fn new() -> Run {
        let (open, settings) = (BTreeMap::new(), Settings::default());
        Run { desk: projects(), open, settings, asked: Vec::new() }
    }

    /// Answers until nothing is asked any more.
    fn settle(&mut self, session: &mut Session) {
        while !self.asked.is_empty() {
            let answers = self.take(Step::Answer { count: usize::MAX });
            self.turn(session, answers);
        }
    }

    /// What a session shows that knows nothing of before.
    fn fresh(&mut self) -> BTreeSet<String> {
        let shown = std::mem::take(&mut self.desk.shown);
        let opened = self.open.iter().map(|(path, text)| Event::Edited {
            path: path.clone(),
            version: 1,
            text: text.as_str().into(),
            kept: Kept::Unsaved,
        });
        let mut first: Vec<Event> = opened.collect();
        first.push(Event::Configured(self.settings.clone()));
        self.desk.settle(Tables::default(), first);
        let fresh = told(&self.desk);
        self.desk.shown = shown;
        fresh
    }
}

/// What happens to somebody who types into a file of one project.
fn typing() -> impl Strategy<Value = Step> {
    let (typed, pick) = (0..IMPORTS.len(), 0..3usize);
    prop_oneof![
        6 => typed.clone().prop_map(|imports| Step::Type { project: 0, imports }),
        1 => pick.clone().prop_map(|needs| Step::Write { project: 0, needs }),
        1 => typed.prop_map(|imports| Step::Source { project: 0, imports }),
        1 => pick.prop_map(|lines| Step::Share { lines }),
        1 => Just(Step::Install { project: 0 }),
        1 => Just(Step::Remove { project: 0 }),
        1 => any::<bool>().prop_map(|off| Step::Severity { off }),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig {
        failure_persistence: None,
        cases: ProptestConfig::default().cases / 4,
        ..ProptestConfig::default()
    })]

    #[test]
    fn what_is_judged_again_is_what_would_be_judged_from_the_beginning(
        steps in prop::collection::vec(typing(), 2..10),
    ) {
        let mut run = Run::new();
        let mut session = run.desk.started(Session::keeping(Keeping::LookedAt { beside: 0 }));
        run.turn(&mut session, vec![Event::Folders(BTreeSet::from([path("/w")]))]);
        run.settle(&mut session);
        for step in steps {
            let events = run.take(step);
            run.turn(&mut session, events);
            run.settle(&mut session);
            let (shown, fresh) = (told(&run.desk), run.fresh());
            let differs: Vec<_> = shown.symmetric_difference(&fresh).collect();
            prop_assert!(differs.is_empty(), "after {:?}: {:#?}", step, differs);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_shown_in_the_end_is_what_a_session_shows_that_holds_everything(
        steps in prop::collection::vec(step(), 1..20),
        beside in 0..3usize,
    ) {
        let mut run = Run::new();
        let mut session = run.desk.started(Session::keeping(Keeping::LookedAt { beside }));
        run.turn(&mut session, vec![Event::Folders(BTreeSet::from([path("/w")]))]);
        for step in steps {
            let events = run.take(step);
            run.turn(&mut session, events);
        }
        run.settle(&mut session);
        prop_assert!(session.is_quiescent());
        let (shown, fresh) = (told(&run.desk), run.fresh());
        let differs: Vec<_> = shown.symmetric_difference(&fresh).collect();
        prop_assert!(differs.is_empty(), "{:#?}", differs);
    }
}
