//! What a layer's tool says, step by step, for whoever has a product that we have not: a transcript to send along with a report.

use std::sync::Arc;

use envls_core::{
    place::{self, Entering, Invocation, Layer, Listing, Output, script},
    world::Place,
};
use serde::Serialize;

use super::tool::Tools;
use crate::answer::Answers;

/// One run of a layer's tool.
#[derive(Clone, Debug, Serialize)]
pub struct Recorded {
    pub command: Vec<String>,
    pub code: Option<i32>,
    /// As text, where it is text; else in hexadecimal digits.
    pub printed: String,
    pub errors: String,
    /// What we made of it, with the last of the steps.
    pub read: Option<String>,
}

/// So many steps are recorded.
const STEPS: usize = 200;

/// Lists what a kind of layer has and, where one is named, looks into it.
pub(crate) fn record(answers: &Arc<Answers>, layer: &Place) -> Vec<Recorded> {
    let tools = Tools { answers: Arc::clone(answers) };
    let Some(kind) = layer.kind().and_then(place::named) else { return Vec::new() };
    let user = tools.user(kind);
    let mut all = Vec::new();
    steps(&tools, kind, &mut all, |said| match kind.list(&user, said) {
        Listing::Run(it) => Ok(it),
        Listing::Done(read) => Err(format!("{read:#?}")),
    });
    let target = layer.target();
    if target != "*" {
        let looks = [script::Look::Machine];
        let text = script::script(&looks, "envls-record");
        steps(&tools, kind, &mut all, |said| match kind.enter(&target, &text, &user, said) {
            Entering::Run(it) => Ok(it),
            Entering::Done(printed) => Err(match printed {
                Ok(printed) => format!("{:#?}", script::read(&printed, "envls-record", &looks)),
                Err(why) => format!("{why:#?}"),
            }),
        });
    }
    all
}

fn steps(
    tools: &Tools,
    layer: &dyn Layer,
    all: &mut Vec<Recorded>,
    next: impl Fn(&[Output]) -> Result<Invocation, String>,
) {
    let mut said: Vec<Output> = Vec::new();
    for _ in 0..STEPS {
        let invocation = match next(&said) {
            Ok(invocation) => invocation,
            Err(read) => {
                let command = vec![layer.name().to_owned()];
                let (code, printed, errors) = (None, String::new(), String::new());
                all.push(Recorded { command, code, printed, errors, read: Some(read) });
                return;
            }
        };
        let program = match tools.program(layer) {
            Ok(program) => program,
            Err(fault) => return all.push(failed(Vec::new(), &fault.to_string())),
        };
        let words = invocation.arguments.iter().map(|it| match it {
            place::Argument::Word(word) => word.clone(),
            place::Argument::Given(_) | place::Argument::Taken => "FILE".to_owned(),
        });
        let command: Vec<String> = std::iter::once(program.to_string()).chain(words).collect();
        match tools.run_agreed(&program, &invocation) {
            Ok(output) => {
                let errors = output.errors.clone();
                let printed = shown(&output.printed);
                all.push(Recorded { command, code: output.code, printed, errors, read: None });
                said.push(output);
            }
            Err(fault) => return all.push(failed(command, &fault.to_string())),
        }
    }
}

fn failed(command: Vec<String>, words: &str) -> Recorded {
    let (code, printed, errors) = (None, String::new(), String::new());
    Recorded { command, code, printed, errors, read: Some(words.to_owned()) }
}

fn shown(bytes: &[u8]) -> String {
    match str::from_utf8(bytes) {
        Ok(text) if !text.contains('\0') => text.to_owned(),
        _ => bytes.iter().map(|it| format!("{it:02x}")).collect(),
    }
}
