//! The gate, and the list of trusted folders that it asks.

use std::{ffi::OsString, fs, os::unix::fs::PermissionsExt as _, path::Path};

use envls_core::{
    action::Step,
    session::{Consent, End},
    world::{AbsPath, Content, Noun, Trust},
};
use envls_host::{
    environment::Environment,
    host::Host,
    trust::{Store, Verdict},
};

use crate::{
    process::{OPERATION, finished, recipe, shell},
    support::{Bench, native},
};

fn state(folder: &Path) -> Vec<(&'static str, OsString)> {
    vec![("ENVLS_STATE_DIR", folder.join("state").into())]
}

fn bench() -> Bench {
    Bench::with(state, Host::new)
}

fn store(bench: &Bench) -> Store {
    let environment: Environment = state(&native(&bench.path(""))).into_iter().collect();
    Store::new(&environment)
}

fn run(bench: &mut Bench, consent: Consent) -> End {
    let project = bench.folder("ws/project");
    let recipe = recipe(vec![Step::Run(shell(bench, "touch ran"))]);
    bench.host.run(OPERATION, &project, &recipe, consent);
    finished(bench).0
}

#[test]
fn nothing_is_run_for_a_folder_that_is_not_trusted() {
    let mut bench = bench();
    let end = run(&mut bench, Consent::None);
    assert!(
        matches!(end, End::NotStarted { ref words } if words.contains("not trusted")),
        "{end:?}"
    );
    assert!(!bench.folder.path().join("ran").exists());
}

#[test]
fn consent_is_for_one_time() {
    let mut bench = bench();
    assert_eq!(run(&mut bench, Consent::Given), End::Ran);
    assert!(matches!(run(&mut bench, Consent::None), End::NotStarted { .. }));
}

#[test]
fn a_trusted_folder_covers_what_is_in_it_until_it_is_revoked() {
    let mut bench = bench();
    let workspace = bench.folder("ws");
    bench.host.trust().trust(&workspace).expect("the state folder is ours");
    assert_eq!(run(&mut bench, Consent::None), End::Ran);
    bench.host.trust().revoke(&workspace).expect("the state folder is ours");
    assert!(matches!(run(&mut bench, Consent::None), End::NotStarted { .. }));
}

#[test]
fn a_denial_outweighs_trust() {
    let bench = bench();
    let store = store(&bench);
    let (above, folder, below) = (bench.folder("a"), bench.folder("a/b"), bench.folder("a/b/c"));
    store.trust(&above).expect("it is written");
    store.deny(&folder).expect("it is written");
    assert_eq!(store.ask(&above), Trust::Trusted);
    assert_eq!(store.ask(&folder), Trust::Untrusted);
    assert_eq!(store.ask(&below), Trust::Untrusted);
    assert!(store.trust(&below).is_err());
    // Said again of the folder itself, it is trusted again.
    store.trust(&folder).expect("it is written");
    assert_eq!(store.ask(&below), Trust::Trusted);
    // Revoked below a folder that is trusted, it is denied.
    store.revoke(&below).expect("it is written");
    assert_eq!(store.ask(&below), Trust::Untrusted);
    let said: Vec<_> = store.list().expect("it is read").into_iter().collect();
    let verdicts: Vec<_> = said.iter().map(|it| (it.folder.clone(), it.verdict)).collect();
    let expected =
        [(above, Verdict::Trusted), (folder, Verdict::Trusted), (below, Verdict::Denied)];
    assert_eq!(verdicts, expected);
}

#[test]
fn trust_for_now_is_the_newest_word_and_written_nowhere() {
    let mut bench = bench();
    let (outer, project) = (bench.folder("ws"), bench.folder("ws/project"));
    let denied = bench.folder("ws/project/denied");
    let noun = Noun::Trust(project.clone());
    bench.host.trust().deny(&outer).expect("it is ours");
    bench.host.trust().deny(&denied).expect("it is ours");
    bench.host.trust().trust_for_now(&project).expect("it is ours");
    assert_eq!(bench.ask(noun), Content::Trust(Trust::Trusted));
    assert_eq!(bench.ask(Noun::Trust(denied)), Content::Trust(Trust::Untrusted));
    assert_eq!(bench.ask(Noun::Trust(outer)), Content::Trust(Trust::Untrusted));
    assert_eq!(run(&mut bench, Consent::None), End::Ran);
    assert_eq!(store(&bench).ask(&project), Trust::Untrusted);
}

#[test]
fn a_name_that_begins_alike_is_not_covered() {
    let bench = bench();
    let store = store(&bench);
    store.trust(&bench.folder("ws")).expect("it is written");
    assert_eq!(store.ask(&bench.folder("ws-evil")), Trust::Untrusted);
    assert_eq!(store.ask(&bench.path("")), Trust::Untrusted);
    assert_eq!(store.ask(&bench.path("ws/missing")), Trust::Untrusted);
}

#[test]
fn trust_is_of_the_real_folder() {
    let bench = bench();
    let store = store(&bench);
    let real = bench.folder("real");
    let link = bench.link("link", "real");
    store.trust(&link).expect("it is written");
    assert_eq!(store.ask(&real), Trust::Trusted);
    // Pointed elsewhere, the link is another folder.
    bench.folder("evil");
    fs::remove_file(native(&link)).expect("it is ours");
    bench.link("link", "evil");
    assert_eq!(store.ask(&link), Trust::Untrusted);
}

#[test]
fn a_name_that_is_no_text_can_be_trusted() {
    let bench = bench();
    let store = store(&bench);
    let folder: AbsPath = bench.path("").join(b"100%\xff".as_slice());
    fs::create_dir(native(&folder)).expect("it is ours");
    store.trust(&folder).expect("it is written");
    assert_eq!(store.ask(&folder), Trust::Trusted);
    assert_eq!(store.list().expect("it is read")[0].folder, folder);
}

#[test]
fn only_the_user_may_read_the_list() {
    let bench = bench();
    let store = store(&bench);
    store.trust(&bench.folder("ws")).expect("it is written");
    let mode = |path: &str| {
        let metadata = fs::metadata(native(&bench.path(path))).expect("it was made");
        metadata.permissions().mode() & 0o777
    };
    assert_eq!((mode("state"), mode("state/trust.json")), (0o700, 0o600));
}

#[test]
fn a_list_that_others_may_write_to_counts_for_nothing() {
    let bench = bench();
    let store = store(&bench);
    let folder = bench.folder("ws");
    store.trust(&folder).expect("it is written");
    let file = native(&bench.path("state/trust.json"));
    fs::set_permissions(file, fs::Permissions::from_mode(0o666)).expect("it is ours");
    assert_eq!(store.ask(&folder), Trust::Untrusted);
    assert!(store.trust(&folder).is_err());
}

#[test]
fn a_list_that_cannot_be_read_is_neither_believed_nor_overwritten() {
    let bench = bench();
    let store = store(&bench);
    let folder = bench.folder("ws");
    store.trust(&folder).expect("it is written");
    for content in ["{", "{\"version\": 2, \"folders\": []}", "\0"] {
        bench.write("state/trust.json", content);
        assert_eq!(store.ask(&folder), Trust::Untrusted);
        assert!(store.trust(&folder).is_err());
        let kept = fs::read_to_string(native(&bench.path("state/trust.json")));
        assert_eq!(kept.expect("it is there"), content);
    }
}

#[test]
fn a_list_in_a_workspace_counts_for_nothing() {
    let bench = bench();
    let store = store(&bench);
    // The workspace brings its own list along, which says that it is trusted.
    let whole = bench.path("");
    store.trust(&bench.folder("ws")).expect("it is written");
    assert_eq!(store.ask(&whole), Trust::Untrusted);
    assert!(store.trust(&whole).is_err());
    let folder = bench.path("ws");
    bench.host.set_workspace(&[whole]);
    assert_eq!(bench.host.trust().ask(&folder), Trust::Untrusted);
}

#[test]
fn many_change_the_list_at_once() {
    let bench = bench();
    let folders: Vec<Vec<AbsPath>> = (0..8)
        .map(|thread| (0..25).map(|it| bench.folder(&format!("{thread}/{it}"))).collect())
        .collect();
    let shared = store(&bench);
    std::thread::scope(|scope| {
        for own in &folders {
            // Each its own store, as each process has.
            let store = store(&bench);
            scope.spawn(move || {
                for folder in own {
                    store.trust(folder).expect("it is written");
                    assert_eq!(store.ask(folder), Trust::Trusted);
                }
                for folder in own.iter().step_by(2) {
                    store.revoke(folder).expect("it is written");
                }
            });
        }
    });
    let said = shared.list().expect("it is read");
    assert_eq!(said.len(), 8 * 12);
    for own in &folders {
        let trusted: Vec<bool> = own.iter().map(|it| shared.ask(it) == Trust::Trusted).collect();
        assert!(trusted.iter().enumerate().all(|(at, it)| *it == (at % 2 == 1)));
    }
    let left = fs::read_dir(native(&bench.path("state"))).expect("it is there");
    assert_eq!(left.count(), 2, "the list and its lock");
}

#[test]
fn a_change_from_elsewhere_takes_effect() {
    let mut bench = Bench::with(state, Host::watching);
    let folder = bench.folder("ws");
    let noun = Noun::Trust(folder.clone());
    assert_eq!(bench.ask(noun.clone()), Content::Trust(Trust::Untrusted));
    store(&bench).trust(&folder).expect("it is written");
    let list = bench.path("state/trust.json");
    bench.until(noun.clone(), &list, |it| *it == Content::Trust(Trust::Trusted));
    store(&bench).revoke(&folder).expect("it is written");
    bench.until(noun, &list, |it| *it == Content::Trust(Trust::Untrusted));
}
