//! A command that is done inside in several steps, or with the user's credentials.

use std::collections::BTreeMap;

use envls_core::place::{
    self, Argument, Input, Inside, Invocation, Output, Worked, Working, instance::Unreachable,
};

use crate::listing::{failed, said};

fn words(invocation: &Invocation) -> Vec<String> {
    let word = |it: &Argument| match it {
        Argument::Word(word) => word.clone(),
        Argument::Given(_) | Argument::Taken => "FILE".to_owned(),
    };
    invocation.arguments.iter().map(word).collect()
}

/// What comes of a command with these answers, and what was run for each.
fn worked(kind: &str, answers: &[Output]) -> (Result<Worked, Unreachable>, Vec<Vec<String>>) {
    let layer = place::named(kind).expect("a kind");
    let inside = Inside {
        words: &["/opt/venv/bin/python", "-m", "pip", "install", "it's"].map(str::to_owned),
        directory: "/work space/shop",
        variables: &[("PIP_NO_INPUT".to_owned(), "1".to_owned())].into(),
        input: Input::None,
    };
    let pairs =
        [("ENVLS_VIRTUALBOX_USER", "u"), ("ENVLS_VIRTUALBOX_PASSWORD_FILE", "/home/u/secret")];
    let user: BTreeMap<String, String> =
        pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
    let (mut given, mut run) = (Vec::new(), Vec::new());
    loop {
        match layer.work("dev", &inside, &user, &given).expect("it can work inside") {
            Working::Done(worked) => return (worked, run),
            Working::Run(invocation) => {
                run.push(words(&invocation));
                given.push(answers.get(given.len()).expect("an answer for each run").clone());
            }
        }
    }
}

#[test]
fn libvirts_agent_is_given_words_and_asked_until_they_are_done() {
    let begun = said(r#"{"return":{"pid":7}}"#);
    let runs = said(r#"{"return":{"exited":false}}"#);
    let busy = failed(1, "error: Guest agent is not responding: Guest agent not available for now");
    // `out\n` and `err\n`.
    let ended = said(
        r#"{"return":{"exited":true,"exitcode":3,"out-data":"b3V0Cg==","err-data":"ZXJyCg=="}}"#,
    );
    let (worked_out, run) = worked("libvirt", &[begun.clone(), runs, busy.clone(), ended.clone()]);
    assert_eq!(worked_out, Ok(Worked { code: 3, printed: b"out\nerr\n".to_vec() }));
    let asked: serde_json::Value =
        serde_json::from_str(run[0].last().expect("what is asked")).expect("it is JSON");
    assert_eq!(asked["execute"], "guest-exec");
    let words: Vec<&str> = asked["arguments"]["arg"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|it| it.as_str())
        .collect();
    let wanted = [
        "-c",
        "cd \"$0\" && exec env \"$@\"",
        "/work space/shop",
        "PIP_NO_INPUT=1",
        "/opt/venv/bin/python",
        "-m",
        "pip",
        "install",
        "it's",
    ];
    assert_eq!(words, wanted, "no word is put into the shell's line");
    assert!(run[1].last().is_some_and(|it| it.contains("guest-exec-status")), "{run:?}");

    let killed = said(r#"{"return":{"exited":true,"signal":9}}"#);
    assert_eq!(worked("libvirt", &[begun.clone(), killed]).0.map(|it| it.code), Ok(137));
    let mut silent = vec![begun.clone()];
    silent.extend(std::iter::repeat_n(busy, 6));
    assert_eq!(worked("libvirt", &silent).0, Err(Unreachable::TimedOut));
    let off = failed(1, "error: Requested operation is not valid: domain is not running");
    assert!(matches!(worked("libvirt", &[off]).0, Err(Unreachable::NotRunning { .. })));
    let ending = place::named("libvirt").and_then(|it| it.end_work("dev", &[begun]));
    assert!(
        words_of(ending).is_some_and(|it| it.contains(r#""7""#)),
        "what was begun can be ended"
    );
}

fn words_of(invocation: Option<Invocation>) -> Option<String> {
    words(&invocation?).pop()
}

#[test]
fn virtualbox_passes_on_what_is_printed_and_complains_by_itself() {
    let (worked_out, run) = worked("virtualbox", &[said("done\n")]);
    assert_eq!(worked_out, Ok(Worked { code: 0, printed: b"done\n".to_vec() }));
    let line = "cd '/work space/shop' && exec env PIP_NO_INPUT=1 /opt/venv/bin/python -m pip install 'it'\\''s'";
    assert_eq!(run[0].last().map(String::as_str), Some(line));
    assert!(run[0].contains(&"/home/u/secret".to_owned()), "the file, and not what is in it");
    let complained = failed(33, "ERROR: No matching distribution found");
    assert_eq!(worked("virtualbox", &[complained]).0.map(|it| it.code), Ok(33));
    let stopped = failed(1, "VBoxManage: error: Machine \"dev\" is not running");
    assert!(matches!(worked("virtualbox", &[stopped]).0, Err(Unreachable::NotRunning { .. })));
}
