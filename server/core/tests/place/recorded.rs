//! Plays what `envls doctor --layer NAME --record DIR` wrote down of the real tools: we ask the same, and make the same of it.
//!
//! `UPDATE=1` writes what we make of it. What a record of another product's would be sent for is put beside these.

use std::{collections::BTreeMap, fs, path::PathBuf};

use envls_core::place::{
    self, Argument, Entering, Listing, Output,
    script::{self, Look},
};
use serde_json::Value;

/// The mark of the scripts in records, which is always the same.
const MARK: &str = "envls-record";

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests/recorded")
}

fn output(step: &Value) -> Output {
    let text = |name: &str| step[name].as_str().unwrap_or_default().to_owned();
    Output {
        code: step["code"].as_i64().and_then(|it| i32::try_from(it).ok()),
        printed: text("printed").into_bytes(),
        errors: text("errors"),
        taken: Vec::new(),
    }
}

/// What is made of the steps of a listing, each of which was just that command.
fn listed(kind: &str, steps: &[Value]) -> String {
    let layer = place::named(kind).expect("a kind");
    let mut said = Vec::new();
    loop {
        match layer.list(&BTreeMap::new(), &said) {
            Listing::Done(read) => {
                assert_eq!(said.len(), steps.len(), "{kind}: every step was needed");
                return format!("{read:#?}");
            }
            Listing::Run(invocation) => {
                let step = steps.get(said.len()).expect("a step for each command");
                let asked: Vec<&Value> =
                    step["command"].as_array().into_iter().flatten().skip(1).collect();
                let words: Vec<Value> = invocation.arguments.iter().map(word).collect();
                assert_eq!(words.iter().collect::<Vec<_>>(), asked, "{kind}: the same is asked");
                said.push(output(step));
            }
        }
    }
}

fn word(argument: &Argument) -> Value {
    match argument {
        Argument::Word(word) => Value::from(word.as_str()),
        Argument::Given(_) | Argument::Taken => Value::from("FILE"),
    }
}

/// What is made of the steps of a look inside. The script differs from one version of ours to the next, its answer does not.
fn entered(kind: &str, steps: &[Value]) -> String {
    let layer = place::named(kind).expect("a kind");
    let looks = [Look::Machine];
    let mut said = Vec::new();
    loop {
        match layer.enter("dev", &script::script(&looks, MARK), &BTreeMap::new(), &said) {
            Entering::Run(_) => said.push(output(steps.get(said.len()).expect("a step for each"))),
            Entering::Done(Ok(printed)) => {
                assert_eq!(said.len(), steps.len(), "{kind}: every step was needed");
                return format!("{:#?}", script::read(&printed, MARK, &looks));
            }
            Entering::Done(Err(why)) => return format!("{why:#?}"),
        }
    }
}

#[test]
fn what_was_recorded_is_asked_and_read_again() {
    let mut played = 0;
    for file in fs::read_dir(folder()).expect("the records are there").flatten() {
        let path = file.path();
        let kind = path.file_stem().and_then(|it| it.to_str()).expect("the name of a kind");
        let text = fs::read_to_string(&path).expect("a record");
        let mut steps: Vec<Value> = serde_json::from_str(&text).expect("a record is JSON");
        let mut from = 0;
        let mut parts = 0;
        for at in 0..steps.len() {
            if steps[at]["read"].is_null() {
                continue;
            }
            let part = &steps[from..at];
            let read = if parts == 0 { listed(kind, part) } else { entered(kind, part) };
            if std::env::var_os("UPDATE").is_some() {
                steps[at]["read"] = Value::from(read);
            } else {
                assert_eq!(steps[at]["read"], Value::from(read), "{kind}: the same is made of it");
            }
            (from, parts, played) = (at + 1, parts + 1, played + 1);
        }
        assert_eq!(from, steps.len(), "{kind}: the last step says what was made of it");
        if std::env::var_os("UPDATE").is_some() {
            let text = serde_json::to_string_pretty(&steps).expect("a record is JSON");
            fs::write(&path, text + "\n").expect("it can be written");
        }
    }
    assert!(played >= 5, "there are records");
}
