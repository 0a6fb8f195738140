//! What a workspace may hold to make a reader wait, starve or trip.

use std::{
    fs,
    os::unix::{fs::PermissionsExt as _, net::UnixListener},
    process::Command,
};

use envls_core::world::{AbsPath, Content, EntryKind, Fault, Noun, Reply};
use envls_host::{environment::Environment, host::Host};

use crate::support::{Bench, native};

fn text(bench: &mut Bench, path: &AbsPath) -> Reply<String> {
    match bench.ask(Noun::Text(path.clone())) {
        Content::Text(Reply::Known(text)) => Reply::Known(text.to_string()),
        Content::Text(Reply::Absent) => Reply::Absent,
        Content::Text(Reply::Fault(fault)) => Reply::Fault(fault),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_pipe_a_socket_a_device_and_a_folder_are_no_text() {
    let mut bench = Bench::new();
    let pipe = bench.path("pyproject.toml");
    let made = Command::new("mkfifo").arg(native(&pipe)).status().expect("mkfifo is there");
    assert!(made.success());
    let socket = bench.path("socket");
    let _listener = UnixListener::bind(native(&socket)).expect("the folder is ours");
    let folder = bench.folder("folder");
    let devices = ["/dev/zero", "/dev/null", "/dev/tty"].map(AbsPath::new);
    for path in [pipe.clone(), socket.clone(), folder].into_iter().chain(devices) {
        let read = text(&mut bench, &path);
        assert!(matches!(read, Reply::Fault(Fault::NotRegular)), "{path:?}: {read:?}");
    }
    assert_eq!(
        bench.ask(Noun::Manifest(pipe.clone())),
        Content::Manifest(Reply::Fault(Fault::NotRegular))
    );
    for path in [pipe.clone(), socket] {
        let content = bench.ask(Noun::Entry(path));
        let Content::Entry(Reply::Known(entry)) = content else { panic!("{content:?}") };
        assert_eq!(entry.kind, EntryKind::Special);
    }
    assert_eq!(bench.ask(Noun::Listing(pipe)), Content::Listing(Reply::Absent));
}

#[test]
fn a_large_file_is_not_read() {
    let mut bench = Bench::new();
    let large = bench.write("pyproject.toml", "");
    let file = fs::File::options().write(true).open(native(&large)).expect("it is ours");
    file.set_len(100_000_000).expect("a file of holes");
    let limit = 4 * 1024 * 1024;
    let fault = Fault::TooLarge { limit };
    assert!(matches!(text(&mut bench, &large), Reply::Fault(it) if it == fault));
    let content = bench.ask(Noun::Manifest(large.clone()));
    assert_eq!(content, Content::Manifest(Reply::Fault(fault)));
    file.set_len(limit).expect("a file of holes");
    assert!(matches!(text(&mut bench, &large), Reply::Known(it) if it.len() as u64 == limit));
}

#[test]
fn a_file_that_says_no_size_is_read() {
    let mut bench = Bench::new();
    let Reply::Known(text) = text(&mut bench, &AbsPath::new("/proc/self/status")) else {
        panic!("no text")
    };
    assert!(text.starts_with("Name:"));
}

#[test]
fn bytes_that_are_no_text_are_shown_as_such() {
    let mut bench = Bench::new();
    let file = bench.write("requirements.txt", b"a\xff\0b".as_slice());
    assert!(matches!(text(&mut bench, &file), Reply::Known(it) if it == "a\u{fffd}\0b"));
}

#[test]
fn names_that_nothing_can_have_are_absent() {
    let mut bench = Bench::new();
    let long = bench.path("").join("x".repeat(300));
    let zero = bench.path("").join(b"a\0b".as_slice());
    let deep = bench.path("").join("x/".repeat(4000));
    let elsewhere = AbsPath::new(r"C:\Users\x\pyproject.toml");
    for path in [long, zero, deep, elsewhere] {
        assert!(matches!(text(&mut bench, &path), Reply::Absent), "{path:?}");
        assert_eq!(bench.ask(Noun::Listing(path.clone())), Content::Listing(Reply::Absent));
        assert_eq!(bench.ask(Noun::Entry(path)), Content::Entry(Reply::Absent));
    }
}

#[test]
fn a_folder_of_too_many_names_is_not_listed() {
    let mut bench = Bench::in_memory(Host::new);
    let folder = bench.folder("many");
    let native = native(&folder);
    for name in 0..100_000 {
        fs::File::create(native.join(name.to_string())).expect("the folder is ours");
    }
    let content = bench.ask(Noun::Listing(folder.clone()));
    assert!(matches!(content, Content::Listing(Reply::Known(it)) if it.entries.len() == 100_000));
    bench.write("many/one-more", "");
    let fault = Fault::TooLarge { limit: 100_000 };
    assert_eq!(bench.ask(Noun::Listing(folder)), Content::Listing(Reply::Fault(fault)));
}

#[test]
fn what_may_not_be_read_is_said() {
    if ran_unprivileged("hard::what_may_not_be_read_is_said") {
        return;
    }
    let mut bench = Bench::new();
    let file = bench.write("ws/closed/pyproject.toml", "");
    let other = bench.write("ws/open/pyproject.toml", "");
    let closed = bench.path("ws/closed");
    fs::set_permissions(native(&other), fs::Permissions::from_mode(0o000)).expect("it is ours");
    fs::set_permissions(native(&closed), fs::Permissions::from_mode(0o000)).expect("it is ours");
    let denied = || Fault::Denied;
    assert!(matches!(text(&mut bench, &file), Reply::Fault(Fault::Denied)));
    assert!(matches!(text(&mut bench, &other), Reply::Fault(Fault::Denied)));
    let listing = bench.ask(Noun::Listing(closed.clone()));
    assert_eq!(listing, Content::Listing(Reply::Fault(denied())));
    assert_eq!(bench.ask(Noun::Entry(file)), Content::Entry(Reply::Fault(denied())));
    let distributions = bench.ask(Noun::Distributions(closed.clone()));
    assert_eq!(distributions, Content::Distributions(Reply::Fault(denied())));
    let content = bench.ask(Noun::Entry(other));
    let Content::Entry(Reply::Known(entry)) = content else { panic!("{content:?}") };
    assert!(!entry.writable);
    let content = bench.ask(Noun::Projects(bench.path("ws")));
    let Content::Projects(Reply::Known(below)) = content else { panic!("{content:?}") };
    assert_eq!(below.denied, std::slice::from_ref(&closed));
    assert_eq!(below.roots, [bench.path("ws/open")]);
    fs::set_permissions(native(&closed), fs::Permissions::from_mode(0o700)).expect("it is ours");
}

/// Whether this test was run by a user to whom permissions apply; if we are such a user, it is to be run here.
fn ran_unprivileged(test: &str) -> bool {
    let environment = Environment::of_this_process();
    if rustix::process::geteuid().as_raw() != 0 || environment.get("UNPRIVILEGED").is_some() {
        return false;
    }
    let myself = std::env::current_exe().expect("this program is a file");
    // Where only root may go, nobody can start it.
    let folder = tempfile::tempdir().expect("a temporary folder");
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).expect("it is ours");
    let copy = folder.path().join("host");
    fs::copy(myself, &copy).expect("there is room");
    let run = Command::new("setpriv")
        .args(["--reuid=65534", "--regid=65534", "--clear-groups", "--"])
        .arg(copy)
        .args(["--exact", test, "--nocapture"])
        .env("UNPRIVILEGED", "1")
        .output()
        .expect("setpriv (util-linux) is there");
    let output = String::from_utf8_lossy(&run.stdout);
    assert!(run.status.success() && output.contains("1 passed"), "{output}");
    true
}
