//! Very many messages, most of them valid, some mutated, some garbage: the server neither ends nor hangs, answers every request,
//! and in the end knows what a server knows that was started after all of it.

mod chance;
mod message;

use std::{
    collections::{BTreeMap, BTreeSet},
    time::{Duration, Instant},
};

use envls_editor_tests::{Editor, Incoming, Server, framed, neovim};
use serde_json::{Value, json};

use self::{
    chance::Chance,
    message::{Generator, Sent},
};
use crate::support::shop;

const ORDINARY: usize = 20_000;
const FULL: usize = 1_000_000;
/// So often everything is waited for.
const STRIDE: usize = 1000;
const DEADLINE: Duration = Duration::from_secs(60);

/// What a client must keep to tell whether it is answered.
#[derive(Default)]
struct Ledger {
    open: BTreeSet<String>,
    findings: BTreeMap<String, Value>,
    quiescent: bool,
    /// How long the slowest marker took.
    slowest: Duration,
}

#[test]
fn generated_messages_are_survived() {
    let full = std::env::var_os("ENVLS_FULL").is_some();
    let seeds: &[u64] = if full { &[1, 2, 3, 4] } else { &[5] };
    let count = if full { FULL / seeds.len() } else { ORDINARY };
    for seed in seeds {
        run(*seed, count);
    }
}

fn run(seed: u64, count: usize) {
    let mut editor = Editor::start(neovim(), shop());
    let mut chance = Chance::new(seed);
    let mut generator = Generator::new(&editor.folder);
    let mut ledger = Ledger::default();
    for at in 0..count {
        match generator.next(&mut chance) {
            Sent::Whole { bytes, id } => {
                ledger.open.extend(id);
                editor.server.send_bytes(bytes);
            }
            Sent::Odd(bytes) => editor.server.send_bytes(bytes),
        }
        if at % STRIDE == STRIDE - 1 {
            generator.change_disk(&editor.folder, &mut chance);
            settle(&editor.server, &mut ledger, &mut chance, &format!("seed {seed}, message {at}"));
        }
    }
    for message in generator.last_words() {
        editor.server.send_bytes(framed(&message.to_string()));
    }
    settle(&editor.server, &mut ledger, &mut chance, &format!("seed {seed}, the end"));
    assert_eq!(ledger.open, BTreeSet::new(), "seed {seed}: requests without an answer");
    #[cfg(target_os = "linux")]
    assert_small(editor.server.child.id());
    let fresh = known_to_a_fresh_server(&editor, &generator);
    let until = Instant::now() + DEADLINE;
    while relevant(&ledger.findings, &generator) != fresh || !ledger.quiescent {
        let left = until.saturating_duration_since(Instant::now());
        match editor.server.receive(left) {
            Some(incoming) => take(&editor.server, &mut ledger, &mut chance, incoming, "the end"),
            None => panic!(
                "seed {seed}: another server finds {fresh:#?}, this one {:#?}",
                relevant(&ledger.findings, &generator)
            ),
        }
    }
    editor.server.send(&json!({"jsonrpc": "2.0", "id": "end", "method": "shutdown"}));
    editor.server.send(&json!({"jsonrpc": "2.0", "method": "exit"}));
    assert_eq!(editor.server.wait(DEADLINE), Some(0));
}

/// Waits for the answer to a request that was sent last, and for those to all before it.
fn settle(server: &Server, ledger: &mut Ledger, chance: &mut Chance, place: &str) {
    let begun = Instant::now();
    let marker =
        json!({"jsonrpc": "2.0", "id": "marker", "method": "envls/environments", "params": {}});
    ledger.open.insert("\"marker\"".to_owned());
    server.send(&marker);
    while !ledger.open.is_empty() {
        let left = (begun + DEADLINE).saturating_duration_since(Instant::now());
        match server.receive(left) {
            Some(incoming) => take(server, ledger, chance, incoming, place),
            None => {
                panic!("{place}: no answer to {:?}; it said:\n{}", ledger.open, server.errors())
            }
        }
    }
    ledger.slowest = ledger.slowest.max(begun.elapsed());
}

fn take(
    server: &Server,
    ledger: &mut Ledger,
    chance: &mut Chance,
    incoming: Incoming,
    place: &str,
) {
    let message = match incoming {
        Incoming::Message(message) => message,
        other => panic!("{place}: {other:?}; it said:\n{}", server.errors()),
    };
    match (message.get("method").and_then(Value::as_str), message.get("id")) {
        (None, Some(id)) => {
            ledger.open.remove(&id.to_string());
        }
        // The editor answers well, badly, or not at all.
        (Some(_), Some(id)) => match chance.below(4) {
            0 => {}
            1 => server.send(
                &json!({"jsonrpc": "2.0", "id": id, "error": {"code": -32601, "message": "no"}}),
            ),
            2 => server.send(&json!({"jsonrpc": "2.0", "id": id, "result": {"odd": [1]}})),
            _ => server.send(&json!({"jsonrpc": "2.0", "id": id, "result": null})),
        },
        (Some("textDocument/publishDiagnostics"), None) => {
            let uri = message["params"]["uri"].as_str().unwrap_or_default().to_owned();
            ledger.findings.insert(uri, message["params"]["diagnostics"].clone());
        }
        (Some("envls/status"), None) => {
            ledger.quiescent = message["params"]["quiescent"] == json!(true);
        }
        _ => {}
    }
}

/// The findings of the files that the messages are about.
fn relevant(findings: &BTreeMap<String, Value>, generator: &Generator) -> BTreeMap<String, Value> {
    let ours = |uri: &str| generator.uris().any(|it| it == uri);
    let shown = findings.iter().filter(|(uri, shown)| ours(uri) && **shown != json!([]));
    shown.map(|(uri, shown)| (uri.clone(), shown.clone())).collect()
}

fn known_to_a_fresh_server(editor: &Editor, generator: &Generator) -> BTreeMap<String, Value> {
    let mut fresh = Editor::sibling(editor);
    for message in generator.last_words() {
        if message["method"] == json!("textDocument/didOpen") {
            fresh.server.send(&message);
        }
    }
    fresh.catch_up();
    fresh.expect("quiescence", |it| {
        it.statuses.last().is_some_and(|it| it["quiescent"] == json!(true)).into()
    });
    let findings = fresh.findings.iter().map(|(uri, it)| (uri.clone(), json!(it))).collect();
    relevant(&findings, generator)
}

#[cfg(target_os = "linux")]
fn assert_small(process: u32) {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let now = status.lines().find_map(|it| it.strip_prefix("VmRSS:"));
    let now = now.and_then(|it| it.trim().trim_end_matches(" kB").parse::<u64>().ok());
    assert!(now.is_some_and(|it| it < 200 * 1024), "it holds {now:?} kB");
}
