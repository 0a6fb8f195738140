//! What recipes and edits do to files, and what they never do.

use std::{fs, os::unix::fs::PermissionsExt as _};

use envls_core::{
    action::Step,
    session::{Consent, End, Keep},
};
use envls_host::files;

use crate::{
    process::{OPERATION, finished, recipe, shell},
    support::{Bench, native},
};

fn text(bench: &Bench, below: &str) -> String {
    fs::read_to_string(native(&bench.path(below))).expect("it is there")
}

#[test]
fn a_new_file_never_takes_the_place_of_another() {
    let bench = Bench::new();
    let file = bench.path("a");
    assert!(files::write_new(&file, "new").expect("it is ours"));
    assert!(!files::write_new(&file, "newer").expect("it is ours"));
    assert_eq!(text(&bench, "a"), "new");
    let link = bench.link("link", "nowhere");
    assert!(!files::write_new(&link, "new").expect("it is ours"));
    assert!(!bench.folder.path().join("nowhere").exists());
}

#[test]
fn what_was_set_aside_is_put_back_over_what_was_half_made() {
    let bench = Bench::new();
    bench.write(".venv/pyvenv.cfg", "old");
    let folder = bench.path(".venv");
    let aside = files::set_aside(&folder).expect("it is ours").expect("it is there");
    assert!(aside.kept_at().name_text().starts_with(".venv.envls-aside-"));
    assert!(files::set_aside(&folder).expect("it is ours").is_none());
    bench.write(".venv/pyvenv.cfg", "half");
    files::put_back(aside).expect("it is ours");
    assert_eq!(text(&bench, ".venv/pyvenv.cfg"), "old");
    assert_eq!(fs::read_dir(bench.folder.path()).expect("it is there").count(), 1);
}

#[test]
fn links_are_removed_and_not_followed() {
    let bench = Bench::new();
    bench.write("home/precious", "x");
    bench.folder(".venv");
    bench.link(".venv/home", "../home");
    let aside = files::set_aside(&bench.path(".venv")).expect("ours").expect("there");
    files::discard(aside).expect("it is ours");
    // A link in the place of the folder itself.
    bench.link(".venv", "home");
    let aside = files::set_aside(&bench.path(".venv")).expect("ours").expect("there");
    files::discard(aside).expect("it is ours");
    assert_eq!(text(&bench, "home/precious"), "x");
    assert_eq!(fs::read_dir(bench.folder.path()).expect("it is there").count(), 1);
}

#[test]
fn an_edit_keeps_the_mode_and_the_link() {
    let bench = Bench::new();
    let file = bench.write("real.toml", "was");
    fs::set_permissions(native(&file), fs::Permissions::from_mode(0o640)).expect("it is ours");
    let link = bench.link("a.toml", "real.toml");
    files::replace(&link, "was", "becomes").expect("it is ours");
    assert_eq!(text(&bench, "real.toml"), "becomes");
    let mode = fs::metadata(native(&file)).expect("it is there").permissions().mode();
    assert_eq!(mode & 0o777, 0o640);
    assert!(fs::symlink_metadata(native(&link)).expect("it is there").is_symlink());
    assert_eq!(fs::read_dir(bench.folder.path()).expect("it is there").count(), 2);
}

#[test]
fn an_edit_of_what_has_changed_is_refused() {
    let bench = Bench::new();
    let file = bench.write("a.toml", "other");
    assert!(files::replace(&file, "was", "becomes").is_err());
    assert_eq!(text(&bench, "a.toml"), "other");
    assert!(files::replace(&bench.path("missing"), "", "becomes").is_err());
}

#[test]
fn an_edit_keeps_the_encoding() {
    let utf_16 =
        |text: &str| -> Vec<u8> { text.encode_utf16().flat_map(u16::to_le_bytes).collect() };
    let bench = Bench::new();
    let file = bench.write("requirements.txt", "");
    fs::write(native(&file), utf_16("\u{feff}six = 1\r\n")).expect("it is ours");
    files::replace(&file, "\u{feff}six = 1\r\n", "\u{feff}six == 1\r\n").expect("it is ours");
    assert_eq!(fs::read(native(&file)).expect("it is there"), utf_16("\u{feff}six == 1\r\n"));
    // Of what cannot be read no byte is lost.
    fs::write(native(&file), b"six = 1 # caf\xe9").expect("it is ours");
    let refused = files::replace(&file, "six = 1 # caf\u{fffd}", "six == 1 # caf\u{fffd}");
    let refused = refused.expect_err("a byte would be lost").to_string();
    assert!(refused.ends_with("save it as UTF-8 first"), "{refused}");
    assert_eq!(fs::read(native(&file)).expect("it is there"), b"six = 1 # caf\xe9");
}

fn recreate(bench: &mut Bench, script: &str) -> End {
    let steps = vec![Step::SetAside(bench.path(".venv")), Step::Run(shell(bench, script))];
    bench.host.run(OPERATION, &bench.path(""), &recipe(steps), Consent::Given);
    finished(bench).0
}

fn names(bench: &Bench) -> Vec<String> {
    let names = fs::read_dir(bench.folder.path()).expect("it is there");
    names.map(|it| it.expect("a name").file_name().to_string_lossy().into_owned()).collect()
}

/// What concludes runs on its own thread; it is seen on the disk.
fn until(bench: &Bench, right: impl Fn(&Bench) -> bool) {
    let until = std::time::Instant::now() + crate::support::DEADLINE;
    while !right(bench) {
        assert!(std::time::Instant::now() < until, "{:?}", names(bench));
        std::thread::yield_now();
    }
}

#[test]
fn a_recipe_that_fails_can_be_undone() {
    let mut bench = Bench::new();
    bench.write(".venv/pyvenv.cfg", "old");
    let end = recreate(&mut bench, "mkdir .venv; echo half > .venv/pyvenv.cfg; exit 1");
    assert!(matches!(end, End::Failed { .. }));
    assert_eq!(text(&bench, ".venv/pyvenv.cfg"), "half\n");
    bench.host.conclude(OPERATION, Keep::Aside);
    until(&bench, |it| names(it) == [".venv"] && text(it, ".venv/pyvenv.cfg") == "old");
}

#[test]
fn what_a_first_try_leaves_half_made_is_removed() {
    let mut bench = Bench::new();
    let create = |bench: &mut Bench, script: &str| {
        let fresh = Step::UndoIfFails(bench.path(".venv"));
        let steps = vec![fresh, Step::Run(shell(bench, script)), Step::Run(shell(bench, "exit 2"))];
        bench.host.run(OPERATION, &bench.path(""), &recipe(steps), Consent::Given);
        assert!(matches!(finished(bench).0, End::Failed { .. }));
    };
    create(&mut bench, "mkdir .venv; echo half > .venv/pyvenv.cfg; exit 1");
    assert_eq!(names(&bench), [""; 0]);
    // What was made stays, though what comes after it fails; and what was there before stays in any case.
    create(&mut bench, "mkdir .venv");
    assert_eq!(names(&bench), [".venv"]);
    create(&mut bench, "exit 1");
    assert_eq!(names(&bench), [".venv"]);
}

#[test]
fn a_recipe_that_did_well_leaves_nothing_aside() {
    let mut bench = Bench::new();
    bench.write(".venv/pyvenv.cfg", "old");
    assert_eq!(recreate(&mut bench, "mkdir .venv; echo new > .venv/pyvenv.cfg"), End::Ran);
    assert_eq!(names(&bench).len(), 2);
    bench.host.conclude(OPERATION, Keep::Made);
    until(&bench, |it| names(it) == [".venv"] && text(it, ".venv/pyvenv.cfg") == "new\n");
}

#[test]
fn a_host_that_ends_stops_its_recipes_and_puts_back_what_they_set_aside() {
    let mut bench = Bench::new();
    bench.write(".venv/pyvenv.cfg", "old");
    let steps = vec![
        Step::SetAside(bench.path(".venv")),
        Step::Run(shell(&bench, "mkdir .venv; echo made; sleep 1000")),
    ];
    bench.host.run(OPERATION, &bench.path(""), &recipe(steps), Consent::Given);
    bench.wait("a line", |it| matches!(it, envls_host::host::HostEvent::Progress { .. }));
    let Bench { folder, host, .. } = bench;
    drop(host);
    let kept = fs::read_to_string(folder.path().join(".venv/pyvenv.cfg")).expect("it is back");
    assert_eq!(kept, "old");
    assert_eq!(fs::read_dir(folder.path()).expect("it is there").count(), 1);
}
