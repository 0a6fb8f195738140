//! Runs every case of `tests/cases`. The runner answers only from the case: what a case does not give is absent.
//! `UPDATE=1` writes what came out in the place of what was expected; read the difference before you keep it.

use std::{fs, path::PathBuf};

use envls_core::{
    Depth, Tables, declared,
    finding::Finding,
    lock, manifest,
    place::{
        instance::{Instance, State, Unreachable},
        path_map::Shared,
    },
    session::{Event, Session},
    setting::Settings,
    standard::lifetime::Date,
    text::{Encoding, Lines},
    world::{AbsPath, Os, Place, Trust},
};

use crate::{
    chores, declaring,
    desk::{Desk, Node},
    drawing,
    markdown::{self, Block, Case, CaseFile},
};

pub(crate) fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests/cases")
}

#[test]
fn every_case_holds() {
    let mut wrong = Vec::new();
    let mut count = 0;
    for room in ["lock", "manifest", "manager", "rule", "choice", "chore", "layer", "declared"] {
        let files = fs::read_dir(folder().join(room)).expect("the folder of cases is there");
        let mut files: Vec<PathBuf> =
            files.map(|it| it.expect("it can be listed").path()).collect();
        files.sort();
        for path in files {
            let text = fs::read_to_string(&path).expect("a case file is text");
            let file = markdown::read(&text);
            assert!(!file.cases.is_empty(), "{} has no case", path.display());
            count += file.cases.len();
            let actual = rewritten(&text, &file);
            if actual != text {
                if std::env::var_os("UPDATE").is_some() {
                    fs::write(&path, &actual).expect("the case file can be written");
                }
                wrong.push(format!("{}\n{}", path.display(), difference(&text, &actual)));
            }
        }
    }
    assert!(
        wrong.is_empty(),
        "{} of {count} cases do not hold:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}

/// The case file with every expectation replaced by what came out.
fn rewritten(text: &str, file: &CaseFile) -> String {
    let mut replacements: Vec<(std::ops::Range<usize>, String)> = Vec::new();
    for case in &file.cases {
        let mut desk = Desk::new();
        let events = given(&mut desk, &case.blocks);
        let session = settled(&mut desk, &events, case);
        expectations(&desk, &session, &case.blocks, &mut replacements);
        check_spans(&desk, case);
        check_edits(&desk, &events, case);
        for after in &case.after {
            let titles =
                desk.shown.values().flatten().flat_map(|it| &it.actions).map(|it| &it.title);
            let titles: Vec<&String> = titles.collect();
            assert!(
                titles.iter().any(|it| **it == after.action),
                "case `{}`: no action `{}`, there are {titles:#?}",
                case.title,
                after.action
            );
            let mut events = events.clone();
            events.extend(given(&mut desk, &after.blocks));
            let mut changed = Desk::new();
            std::mem::swap(&mut changed.nodes, &mut desk.nodes);
            changed.variables.clone_from(&desk.variables);
            changed.programs.clone_from(&desk.programs);
            changed.trust = desk.trust;
            changed.machine = desk.machine.clone();
            changed.registry.clone_from(&desk.registry);
            changed.today = desk.today;
            changed.words.clone_from(&desk.words);
            changed.choices.clone_from(&desk.choices);
            changed.instances.clone_from(&desk.instances);
            changed.unreachable.clone_from(&desk.unreachable);
            let session = settled(&mut changed, &events, case);
            expectations(&changed, &session, &after.blocks, &mut replacements);
            desk = changed;
        }
    }
    let mut rewritten = text.to_owned();
    replacements.sort_by_key(|it| it.0.start);
    for (place, actual) in replacements.into_iter().rev() {
        rewritten.replace_range(place, &actual);
    }
    rewritten
}

/// Settles the case, also with every table in another order: the outcome must be the same.
fn settled(desk: &mut Desk, events: &[Event], case: &Case) -> Session {
    let session = desk.settle(Tables::default(), events.to_vec());
    assert!(session.is_quiescent(), "case `{}` does not settle", case.title);
    let expected = (drawing::findings(desk), drawing::explanation(&session));
    for turn in 1..4 {
        let mut tables = Tables::default();
        tables.managers.rotate_left(turn);
        tables.managers.reverse();
        tables.rules.rotate_left(turn * 2);
        tables.rules.reverse();
        let shown = std::mem::take(&mut desk.shown);
        let shuffled = desk.settle(tables, events.to_vec());
        let actual = (drawing::findings(desk), drawing::explanation(&shuffled));
        assert_eq!(actual, expected, "case `{}` depends on the order of a table", case.title);
        desk.shown = shown;
    }
    let tables = Tables { depth: Depth::Choice, ..Tables::default() };
    let shown = std::mem::take(&mut desk.shown);
    let chosen = drawing::choices(&desk.settle(tables, events.to_vec()));
    assert_eq!(chosen, drawing::choices(&session), "case `{}` depends on the depth", case.title);
    desk.shown = shown;
    session
}

fn expectations(
    desk: &Desk,
    session: &Session,
    blocks: &[Block],
    replacements: &mut Vec<(std::ops::Range<usize>, String)>,
) {
    for block in blocks {
        let actual = match block.kind.as_str() {
            "findings" => drawing::findings(desk),
            "explain" => drawing::explanation(session),
            "chores" => chores::drawn(session, &block.text),
            "around" => drawing::around(&desk.machine()),
            "declared" => {
                let path = place(block.path.as_deref().expect("`declared` names its file"));
                let Some(Node::File { text, .. }) = desk.nodes.get(&path) else {
                    panic!("{path} is no file of the case")
                };
                declaring::drawing(&declared::read_file(&path, text.as_str().into()))
            }
            "facts" => {
                let path = place(block.path.as_deref().expect("`facts` names its file"));
                let Some(Node::File { text, .. }) = desk.nodes.get(&path) else {
                    panic!("{path} is no file of the case")
                };
                drawing::facts(&manifest::read_file(&path, text.as_str().into()))
            }
            "lock" => {
                let path = place(block.path.as_deref().expect("`lock` names its file"));
                let Some(Node::File { text, .. }) = desk.nodes.get(&path) else {
                    panic!("{path} is no file of the case")
                };
                drawing::lock(&lock::read_file(&path, text.as_str().into()))
            }
            _ => continue,
        };
        replacements.push((block.place.clone(), actual));
    }
}

fn place(path: &str) -> AbsPath {
    AbsPath::parse_anywhere(path).unwrap_or_else(|| AbsPath::new("/w").join(path))
}

/// What a kind of layer has: a line each, and below it what it shares, its variables and its labels.
fn instances(desk: &mut Desk, text: &str) {
    for line in text.lines().filter(|it| !it.is_empty()) {
        let Some(detail) = line.strip_prefix("  ") else {
            let (place, state) = line.split_once(' ').expect("a state is said");
            let place = Place::parse(place).expect("a layer");
            let state = if state == "running" { State::Running } else { State::Stopped };
            let name = place.target();
            let kind = place.kind().expect("a kind").to_owned();
            desk.instances.entry(kind).or_default().push(Instance::new(place, &name, state));
            continue;
        };
        let last = desk.instances.values_mut().flatten().last().expect("an instance before it");
        if let Some((outside, inside)) = detail.split_once(" -> ") {
            let outside = (outside != "volume").then(|| AbsPath::new(outside));
            last.shared.push(Shared { inside: AbsPath::new(inside), outside });
        } else if let Some(tag) = detail.strip_prefix("tag ") {
            let (name, outside) = tag.split_once('=').expect("a folder");
            last.tags.insert(name.to_owned(), AbsPath::new(outside));
        } else if let Some(hardware) = detail.strip_prefix("hardware ") {
            last.hardware.insert(hardware.to_owned());
        } else if let Some(label) = detail.strip_prefix("label ") {
            let (name, value) = label.split_once('=').expect("a value");
            last.labels.insert(name.to_owned(), value.to_owned());
        } else if let Some(image) = detail.strip_prefix("image ") {
            // Than the one that has this name now.
            let older = image.strip_suffix(" (older)");
            last.image_is_newer = older.map(|_| true);
            last.image = Some(older.unwrap_or(image).to_owned());
        } else {
            let (name, value) = detail.split_once('=').expect("a value");
            last.variables.insert(name.to_owned(), value.to_owned());
        }
    }
}

/// Puts what blocks give onto the desk; the events are what an editor would say.
fn given(desk: &mut Desk, blocks: &[Block]) -> Vec<Event> {
    let mut events = Vec::new();
    for block in blocks {
        match block.kind.as_str() {
            "findings" | "explain" | "around" | "declared" | "facts" | "lock" => {}
            "chores" => events.push(Event::InterpretersWanted),
            "tree" => block.text.lines().for_each(|line| entry(desk, line)),
            "variables" => {
                let pairs = block.text.lines().filter_map(|it| it.split_once('='));
                desk.variables
                    .extend(pairs.map(|(name, value)| (name.to_owned(), value.to_owned())));
            }
            "programs" => {
                let pairs = block.text.lines().filter_map(|it| it.split_once('='));
                desk.programs.extend(pairs.map(|(name, path)| (name.to_owned(), place(path))));
            }
            "instances" => instances(desk, &block.text),
            "unreachable" => {
                let pairs = block.text.lines().filter_map(|it| it.split_once('='));
                desk.unreachable.clear();
                let pairs = pairs.filter(|it| it.1 != "agreed");
                desk.unreachable.extend(pairs.map(|(place, words)| {
                    let words = words.to_owned();
                    let why = match words.as_str() {
                        "slow" => Unreachable::Slow,
                        "unasked" => Unreachable::Unasked,
                        "down" => Unreachable::NoEngine { words: "cannot connect".to_owned() },
                        _ => Unreachable::NotRunning { words },
                    };
                    (Place::parse(place).expect("a layer"), why)
                }));
            }
            "words" => {
                let pairs = block.text.lines().filter_map(|it| it.split_once('='));
                desk.words.extend(pairs.map(|(program, word)| (place(program), word.to_owned())));
            }
            "today" => desk.today = Date::parse(&block.text),
            "choices" => {
                let pairs = block.text.lines().filter_map(|it| it.split_once('='));
                desk.choices.extend(pairs.map(|(project, python)| (place(project), place(python))));
            }
            "machine" => {
                let (os, architecture) = block.text.trim().split_once(' ').expect("both are said");
                desk.machine.os = match os {
                    "macos" => Os::Macos,
                    "windows" => Os::Windows,
                    _ => Os::Linux,
                };
                desk.machine.architecture = architecture.to_owned();
            }
            "registry" => desk.registry = Some(markdown::registry(&block.text)),
            "trusted" => desk.trust = Trust::Trusted,
            "interpreters" => events.push(Event::InterpretersWanted),
            "environments" => events.push(Event::EnvironmentsWanted),
            "settings" => {
                let section = serde_json::from_str(&block.text).expect("settings are JSON");
                events.push(Event::Configured(Settings::parse(&section).0));
            }
            kind => {
                let path = block.path.as_deref();
                let path = path.unwrap_or_else(|| panic!("block `{kind}` has no `path=`"));
                let node = Node::File { text: block.text.clone(), executable: false };
                desk.put(&place(path), node);
            }
        }
    }
    events
}

/// One line of a `tree` block.
fn entry(desk: &mut Desk, line: &str) {
    let line = line.trim();
    if let Some(gone) = line.strip_prefix("- ") {
        desk.remove(&place(gone));
    } else if let Some((link, target)) = line.split_once(" -> ") {
        let link = place(link);
        let target = link.parent().expect("a link is in a folder").join(target);
        desk.put(&link, Node::Link(target));
    } else if let Some(denied) = line.strip_suffix(" !") {
        desk.put(&place(denied), Node::Denied);
    } else if let Some((program, made_for)) = line.split_once(" *") {
        let text = made_for.trim().to_owned();
        desk.put(&place(program), Node::File { text, executable: true });
    } else if line.ends_with('/') {
        metadata_folder(desk, &place(line));
    } else if !line.is_empty() {
        desk.put(&place(line), Node::File { text: String::new(), executable: false });
    }
}

/// A folder; one with metadata is that of a sound installation, unless the case says otherwise.
fn metadata_folder(desk: &mut Desk, path: &AbsPath) {
    desk.put(path, Node::Folder);
    let name = path.name_text();
    let stem = name.strip_suffix(".dist-info").and_then(|it| it.split_once('-'));
    let Some((name, version)) = stem.filter(|it| !it.0.starts_with('~')) else { return };
    let text = format!("Metadata-Version: 2.4\nName: {name}\nVersion: {version}\n");
    let metadata = path.join("METADATA");
    if !desk.nodes.contains_key(&metadata) {
        desk.put(&metadata, Node::File { text, executable: false });
    }
}

/// Every finding stands inside its file.
fn check_spans(desk: &Desk, case: &Case) {
    for finding in desk.shown.values().flatten() {
        let range = finding.location.range;
        let Some(Node::File { text, .. }) = desk.nodes.get(&finding.location.path) else {
            continue;
        };
        let lines = Lines::of(text);
        let last = lines.position(text, text.len());
        assert!(
            range.end <= last.max(range.start),
            "case `{}`: {finding:?} ends outside",
            case.title
        );
        assert!(range.start <= range.end, "case `{}`: {finding:?} is reversed", case.title);
    }
}

/// Every edit applies, and the finding that it mends goes away.
fn check_edits(desk: &Desk, events: &[Event], case: &Case) {
    let all: Vec<&Finding> = desk.shown.values().flatten().map(|it| &**it).collect();
    for finding in &all {
        for action in &finding.actions {
            let edits = drawing::edits(&action.what);
            if edits.is_empty() {
                continue;
            }
            let mut changed = Desk::new();
            given(&mut changed, &case.blocks);
            for (path, range, new) in edits.into_iter().rev() {
                let Some(Node::File { text, .. }) = changed.nodes.get_mut(&path) else {
                    panic!("case `{}`: an edit of `{path}`, which is not there", case.title)
                };
                let lines = Lines::of(text);
                let at = |it: envls_core::text::Position| {
                    lines.offset(text, it.line, it.utf8, Encoding::Utf8)
                };
                let stretch = at(range.start)..at(range.end);
                text.replace_range(stretch, &new);
            }
            changed.settle(Tables::default(), events.to_vec());
            let stays = changed.shown.values().flatten().any(|it| {
                it.code == finding.code
                    && it.subject == finding.subject
                    && it.message == finding.message
            });
            assert!(!stays, "case `{}`: `{}` does not mend its finding", case.title, action.title);
        }
    }
}

/// The lines that differ, the expected ones first.
fn difference(expected: &str, actual: &str) -> String {
    let (mut old, mut new): (Vec<&str>, Vec<&str>) =
        (expected.lines().collect(), actual.lines().collect());
    while !old.is_empty() && old.first() == new.first() {
        old.remove(0);
        new.remove(0);
    }
    while !old.is_empty() && old.last() == new.last() {
        old.pop();
        new.pop();
    }
    let old = old.iter().map(|it| format!("  expected: {it}\n"));
    let new = new.iter().map(|it| format!("  actual:   {it}\n"));
    old.chain(new).collect()
}
