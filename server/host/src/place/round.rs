//! One round trip into a place: a script for everything that is asked, and the answers from what it printed.

use std::{
    collections::{BTreeMap, BTreeSet, hash_map::RandomState},
    hash::{BuildHasher as _, Hasher as _},
    sync::Arc,
};

use envls_core::{
    place::{
        instance::Unreachable,
        script::{Look, Packages, Seen, TEXT_LIMIT, read, script},
    },
    standard::executable::executable,
    world::{
        AbsPath, Content, Entry, Fault, Listing, Machine, Noun, Place, Question, Reply, Trust,
    },
};

use super::{mirror, tool::Tools};

/// So much is looked at in one script; a guest that takes it as an argument takes no more.
const LOOKS: usize = 300;

/// The answers to all of these questions about one place.
pub(super) fn contents(
    tools: &Tools,
    place: &Place,
    asked: &BTreeSet<Question>,
) -> BTreeMap<Question, Content> {
    let mut contents = BTreeMap::new();
    let mut by_look: BTreeMap<Look, Vec<Question>> = BTreeMap::new();
    for question in asked {
        if let Noun::Instances(kind) = question.noun {
            let instances = match tools.instances(kind) {
                Ok(instances) => Reply::Known(Arc::new(instances)),
                Err(fault) => Reply::Fault(fault),
            };
            contents.insert(question.clone(), Content::Instances(instances));
        } else if let Some(look) = Look::of(&question.noun) {
            by_look.entry(look).or_default().push(question.clone());
        } else if let Some(content) = unasked(&question.noun) {
            contents.insert(question.clone(), content);
        }
    }
    let looks: Vec<Look> = by_look.keys().cloned().collect();
    for looks in looks.chunks(LOOKS) {
        let mark = mark();
        let seen = tools.enter(place, &script(looks, &mark)).and_then(|printed| {
            read(&printed, &mark, looks).ok_or_else(|| {
                let words = format!("it printed {} bytes that are no answer", printed.len());
                Fault::Unreachable(Unreachable::Garbled { words })
            })
        });
        if let Err(fault) = &seen {
            tracing::debug!(%place, %fault, "a layer cannot be looked into");
        }
        for (at, look) in looks.iter().enumerate() {
            let questions = by_look.get(look).map(Vec::as_slice).unwrap_or_default();
            match &seen {
                Ok(seen) => answer(place, seen.get(at), questions, &mut contents),
                Err(fault) => fault_all(questions, fault, &mut contents),
            }
        }
    }
    contents
}

/// The answers where it is known already that nobody answers.
pub(super) fn unreachable(
    asked: &BTreeSet<Question>,
    why: &Unreachable,
) -> BTreeMap<Question, Content> {
    let mut contents = BTreeMap::new();
    let fault = Fault::Unreachable(why.clone());
    for question in asked {
        let is_looked_at = Look::of(&question.noun).is_some();
        let content = match &question.noun {
            Noun::Instances(_) => Content::fault(&question.noun, fault.clone()),
            noun if is_looked_at => Content::fault(noun, fault.clone()),
            noun => unasked(noun),
        };
        contents.extend(content.map(|it| (question.clone(), it)));
    }
    contents
}

/// What nobody asks of a layer: projects and what the editor holds are here.
fn unasked(noun: &Noun) -> Option<Content> {
    Some(match noun {
        Noun::Manifest(_) => Content::Manifest(Reply::Absent),
        Noun::Lock(_) => Content::Lock(Reply::Absent),
        Noun::Projects(_) => Content::Projects(Reply::Absent),
        Noun::Sources(_) => Content::Sources(Reply::Absent),
        Noun::Source(_) => Content::Source(Reply::Absent),
        Noun::Choice(_) => Content::Choice(Reply::Absent),
        Noun::Trust(_) => Content::Trust(Trust::Untrusted),
        // What is in a layer is known by its files alone.
        Noun::ToolVersion(_) => Content::ToolVersion(Reply::Absent),
        Noun::Probe(_) => Content::Probe(Reply::Absent),
        Noun::Today => Content::Today(Reply::Absent),
        Noun::Program(_) => Content::Program(Reply::Absent),
        _ => return None,
    })
}

fn fault_all(questions: &[Question], fault: &Fault, contents: &mut BTreeMap<Question, Content>) {
    for question in questions {
        if let Some(content) = Content::fault(&question.noun, fault.clone()) {
            contents.insert(question.clone(), content);
        }
    }
}

fn answer(
    place: &Place,
    seen: Option<&Seen>,
    questions: &[Question],
    contents: &mut BTreeMap<Question, Content>,
) {
    if let Some(Seen::Packages(packages)) = seen {
        return of_packages(place, packages, questions, contents);
    }
    for question in questions {
        let content = match seen {
            Some(seen) => content(place, &question.noun, seen),
            None => None,
        };
        let fault = || Content::fault(&question.noun, Fault::Other("it was left out".to_owned()));
        if let Some(content) = content.or_else(fault) {
            contents.insert(question.clone(), content);
        }
    }
}

fn of_packages(
    place: &Place,
    packages: &Packages,
    questions: &[Question],
    contents: &mut BTreeMap<Question, Content>,
) {
    let nouns: Vec<Noun> = questions.iter().map(|it| it.noun.clone()).collect();
    let Some(folder) = nouns.first().and_then(Noun::path) else { return };
    let read = mirror::contents(place, folder, packages, &nouns);
    contents.extend(questions.iter().cloned().zip(read));
}

/// What was seen, as the answer to a question.
fn content(place: &Place, noun: &Noun, seen: &Seen) -> Option<Content> {
    if let Noun::Distributions(_) | Noun::Metadata(_) | Noun::Records(..) | Noun::Modules(_) = noun
    {
        let fault = matches!(seen, Seen::Denied).then_some(Fault::Denied);
        return match fault {
            Some(fault) => Content::fault(noun, fault),
            None => Some(match noun {
                Noun::Distributions(_) => Content::Distributions(Reply::Absent),
                Noun::Metadata(_) => Content::Metadata(Reply::Absent),
                Noun::Records(..) => Content::Records(Reply::Absent),
                _ => Content::Modules(Reply::Absent),
            }),
        };
    }
    Some(match noun {
        Noun::Text(_) => Content::Text(reply(seen, |seen| {
            let Seen::Bytes(bytes) = seen else { return None };
            Some(String::from_utf8_lossy(bytes).into())
        })),
        Noun::Listing(_) => Content::Listing(reply(seen, |seen| {
            let Seen::Listing(entries) = seen else { return None };
            Some(Arc::new(Listing { entries: entries.clone() }))
        })),
        Noun::Entry(_) => Content::Entry(reply(seen, |seen| {
            let Seen::Entry(entry) = seen else { return None };
            let at = |path: &AbsPath| path.at(place);
            let (link, real) = (entry.link.as_ref().map(at), at(&entry.real));
            Some(Entry { link, real, ..entry.clone() })
        })),
        Noun::Executable(_) => Content::Executable(reply(seen, |seen| {
            let Seen::Bytes(bytes) = seen else { return None };
            Some(executable(bytes))
        })),
        Noun::Program(_) => Content::Program(reply(seen, |seen| {
            let Seen::Bytes(bytes) = seen else { return None };
            Some(AbsPath::parse(bytes)?.at(place))
        })),
        Noun::Machine => Content::Machine(reply(seen, |seen| {
            let Seen::Machine { os, architecture, user } = seen else { return None };
            let architecture = architecture.clone();
            let (libc, layers, shares) = (None, Vec::new(), Vec::new());
            Some(Arc::new(Machine { os: *os, architecture, user: *user, libc, layers, shares }))
        })),
        _ => return None,
    })
}

fn reply<T>(seen: &Seen, known: impl FnOnce(&Seen) -> Option<T>) -> Reply<T> {
    match seen {
        Seen::Absent => Reply::Absent,
        Seen::Denied => Reply::Fault(Fault::Denied),
        Seen::Other => Reply::Fault(Fault::NotRegular),
        Seen::Bytes(bytes) if bytes.len() > TEXT_LIMIT => {
            Reply::Fault(Fault::TooLarge { limit: TEXT_LIMIT as u64 })
        }
        seen => known(seen).map_or(Reply::Absent, Reply::Known),
    }
}

/// A line that nothing in there begins with.
fn mark() -> String {
    let random = || RandomState::new().build_hasher().finish();
    format!("envls-{:016x}{:016x}", random(), random())
}
