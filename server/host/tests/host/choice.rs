//! What the user chose for a project, and other small answers.

use std::{ffi::OsString, fs, path::Path};

use envls_core::{
    standard::executable::Format,
    world::{Content, Fault, Noun, Reply},
};
use envls_host::{choice::Choices, environment::Environment, host::Host};

use crate::support::{Bench, native};

fn state(folder: &Path) -> Vec<(&'static str, OsString)> {
    vec![("ENVLS_STATE_DIR", folder.join("state").into())]
}

fn choices(bench: &Bench) -> Choices {
    let environment: Environment = state(&native(&bench.path(""))).into_iter().collect();
    Choices::new(&environment)
}

#[test]
fn a_choice_is_of_the_real_project_and_outlives_the_host() {
    let mut bench = Bench::with(state, Host::new);
    let (project, other) = (bench.folder("project"), bench.folder("other"));
    let link = bench.link("by-another-name", "project");
    let python = bench.path("envs/x/bin/python");
    choices(&bench).choose(&link, Some(&python)).expect("it can be written");
    let asked = bench.ask(Noun::Choice(project.clone()));
    assert_eq!(asked, Content::Choice(Reply::Known(python)));
    assert_eq!(bench.ask(Noun::Choice(other)), Content::Choice(Reply::Absent));
    assert_eq!(fs::read_dir(native(&project)).expect("it is there").count(), 0);
    choices(&bench).choose(&project, None).expect("it can be written");
    assert_eq!(choices(&bench).ask(&link), Reply::Absent);
}

#[test]
fn a_list_of_choices_that_cannot_be_read_is_neither_believed_nor_overwritten() {
    let bench = Bench::with(state, Host::new);
    let project = bench.folder("project");
    for text in ["{", r#"{"version": 2, "projects": {}}"#, r#"{"version": 1}"#] {
        let file = bench.write("state/choices.json", text);
        assert!(matches!(choices(&bench).ask(&project), Reply::Fault(Fault::Other(_))), "{text}");
        choices(&bench).choose(&project, Some(&file)).expect_err("the list is damaged");
        assert_eq!(fs::read_to_string(native(&file)).expect("it is there"), text);
    }
}

#[test]
fn an_executable_says_for_what_it_was_made_and_the_day_is_known() {
    let mut bench = Bench::with(state, Host::new);
    let mut bytes = b"\x7fELF\x02\x01\x01".to_vec();
    bytes.resize(18, 0);
    bytes.extend([183, 0]);
    bytes.resize(100_000, 0);
    let file = bench.write("python3.12", &bytes);
    let link = bench.link("python", "python3.12");
    for path in [file, link] {
        let Content::Executable(Reply::Known(made)) = bench.ask(Noun::Executable(path)) else {
            panic!("it can be read")
        };
        assert_eq!((made.format, made.architecture()), (Format::Elf, Some("aarch64")));
    }
    let gone = bench.path("gone");
    assert_eq!(bench.ask(Noun::Executable(gone)), Content::Executable(Reply::Absent));
    let Content::Today(Reply::Known(today)) = bench.ask(Noun::Today) else {
        panic!("there is a clock")
    };
    assert!(today.year >= 2025, "{today}");
}
