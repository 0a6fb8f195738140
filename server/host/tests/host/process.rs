//! Commands of recipes: bounded, stoppable, and gone afterwards with all that they started.

use std::{
    fs,
    path::Path,
    time::{Duration, Instant},
};

use envls_core::{
    action::{Command, Recipe, Step},
    session::{Consent, End, OperationId},
    world::AbsPath,
};
use envls_host::host::{Host, HostEvent};

use crate::support::Bench;

pub(crate) const OPERATION: OperationId = OperationId(1);

pub(crate) fn recipe(steps: Vec<Step>) -> Recipe {
    Recipe {
        steps,
        touches: Vec::new(),
        inputs: Vec::new(),
        network: false,
        runs_project_code: false,
    }
}

pub(crate) fn shell(bench: &Bench, script: &str) -> Command {
    Command::new(&AbsPath::new("/bin/sh"), ["-c", script], &bench.path(""))
}

fn start(bench: &Bench, script: &str) {
    let recipe = recipe(vec![Step::Run(shell(bench, script))]);
    bench.host.run(OPERATION, &bench.path(""), &recipe, Consent::Given);
}

/// How the recipe ended, and what was printed.
pub(crate) fn finished(bench: &mut Bench) -> (End, String) {
    let event = bench.wait("the end", |it| matches!(it, HostEvent::Finished { .. }));
    let HostEvent::Finished { end, output, .. } = event else { panic!("no end") };
    (end, output)
}

fn run(bench: &mut Bench, script: &str) -> (End, String) {
    start(bench, script);
    finished(bench)
}

/// The next line of progress.
fn line(bench: &mut Bench) -> String {
    let event = bench.wait("a line", |it| matches!(it, HostEvent::Progress { .. }));
    let HostEvent::Progress { line, .. } = event else { panic!("no line") };
    line
}

/// Whether a process runs; one that has ended and that nobody has buried does not.
fn is_alive(process: &str) -> bool {
    let stat = fs::read_to_string(Path::new("/proc").join(process).join("stat"));
    stat.is_ok_and(|it| !it.rsplit(')').next().unwrap_or("").trim().starts_with('Z'))
}

/// Killing is asked for at once, and done by the system a little later.
fn is_gone(process: &str) -> bool {
    let until = Instant::now() + Duration::from_secs(10);
    while is_alive(process) && Instant::now() < until {
        std::thread::yield_now();
    }
    !is_alive(process)
}

#[test]
fn a_command_that_ends_well_has_run() {
    let mut bench = Bench::new();
    let (end, output) = run(&mut bench, "echo out; echo err >&2");
    assert_eq!(end, End::Ran);
    assert!(output.contains("out\n") && output.contains("err\n"), "{output:?}");
}

#[test]
fn a_command_that_fails_says_why() {
    let mut bench = Bench::new();
    let (end, _) = run(&mut bench, "echo begin; echo 'ERROR: no such thing'; echo bye; exit 3");
    let End::Failed { words, .. } = end else { panic!("{end:?}") };
    assert_eq!(words, "ERROR: no such thing");
    let (end, _) = run(&mut bench, "exit 3");
    let End::Failed { words, .. } = end else { panic!("{end:?}") };
    assert_eq!(words, "it ended with code 3");
    let (end, _) = run(&mut bench, "kill -9 $$");
    let End::Failed { words, .. } = end else { panic!("{end:?}") };
    assert_eq!(words, "it was ended by signal 9");
}

#[test]
fn the_first_failure_ends_a_recipe() {
    let mut bench = Bench::new();
    let steps = ["echo one", "exit 1", "touch three"];
    let steps = steps.map(|it| Step::Run(shell(&bench, it)));
    bench.host.run(OPERATION, &bench.path(""), &recipe(steps.into()), Consent::Given);
    assert!(matches!(finished(&mut bench).0, End::Failed { .. }));
    assert!(!bench.folder.path().join("three").exists());
}

#[test]
fn a_command_has_nothing_to_read() {
    let mut bench = Bench::new();
    let (end, output) = run(&mut bench, "cat; echo done");
    assert_eq!((end, output.as_str()), (End::Ran, "done\n"));
}

#[test]
fn a_command_has_no_terminal() {
    let mut bench = Bench::new();
    let (_, output) =
        run(&mut bench, "if (: < /dev/tty) 2>/dev/null; then echo yes; else echo no; fi");
    assert_eq!(output, "no\n");
}

#[test]
fn a_cancelled_command_ends_with_all_that_it_started() {
    let mut bench = Bench::new();
    start(&bench, "(sleep 1000 & echo $!; wait) & wait");
    let grandchild = line(&mut bench);
    assert!(is_alive(&grandchild));
    bench.host.cancel(OPERATION);
    assert_eq!(finished(&mut bench).0, End::Cancelled);
    assert!(is_gone(&grandchild));
}

#[test]
fn a_command_that_will_not_end_is_ended() {
    let mut bench = Bench::new();
    start(&bench, "trap '' TERM; echo $$; while :; do sleep 1000; done");
    let process = line(&mut bench);
    bench.host.cancel(OPERATION);
    assert_eq!(finished(&mut bench).0, End::Cancelled);
    assert!(is_gone(&process));
}

#[test]
fn what_a_command_leaves_behind_is_ended() {
    let mut bench = Bench::new();
    // It holds the output open, too.
    let (end, output) = run(&mut bench, "sleep 1000 & echo $!");
    assert_eq!(end, End::Ran);
    assert!(is_gone(output.trim()));
}

#[test]
fn a_command_that_takes_too_long_is_ended() {
    let mut bench = Bench::new();
    bench.host.limit_time(Duration::from_millis(200));
    let (end, _) = run(&mut bench, "sleep 1000");
    let End::Failed { words, .. } = end else { panic!("{end:?}") };
    assert_eq!(words, "it took too long and was stopped");
}

#[test]
fn of_much_output_the_beginning_and_the_end_are_kept() {
    let mut bench = Bench::new();
    let script = "echo first; head -c 100000000 /dev/zero | tr '\\0' x; echo; echo last";
    let (end, output) = run(&mut bench, script);
    assert_eq!(end, End::Ran);
    assert!(output.len() < 1024 * 1024 + 100, "{}", output.len());
    assert!(output.starts_with("first\n") && output.ends_with("last\n"));
    assert!(output.contains("bytes left out"));
}

#[test]
fn progress_that_is_drawn_over_itself_is_lines() {
    let mut bench = Bench::new();
    start(
        &bench,
        "printf '\\033[32m10%%\\033[0m\\r'; read x < /dev/null; printf '50%%\\r100%%\\n'",
    );
    let mut last = line(&mut bench);
    loop {
        let event = bench.wait("a line or the end", |_| true);
        match event {
            HostEvent::Progress { line, .. } => last = line,
            HostEvent::Finished { output, .. } => {
                assert_eq!(output, "10%\n50%\n100%\n");
                break;
            }
            _ => {}
        }
    }
    assert_eq!(last, "100%");
}

#[test]
fn variables_that_lead_astray_are_not_handed_on() {
    let variables = |folder: &Path| {
        vec![
            ("PATH", format!("/usr/bin:/bin:{}:.:", folder.join("ws/bin").display()).into()),
            ("PYTHONPATH", "/evil".into()),
            ("VIRTUAL_ENV", "/other".into()),
            ("KEPT", "yes".into()),
        ]
    };
    let mut bench = Bench::with(variables, Host::new);
    bench.folder("ws/bin");
    bench.host.set_workspace(&[bench.path("ws")]);
    let (_, output) = run(&mut bench, "env | sort");
    let names: Vec<&str> = output.lines().filter_map(|it| it.split('=').next()).collect();
    assert!(!names.contains(&"PYTHONPATH") && !names.contains(&"VIRTUAL_ENV"), "{output}");
    assert!(output.contains("KEPT=yes\n") && output.contains("PIP_NO_INPUT=1\n"), "{output}");
    assert!(output.contains("PATH=/usr/bin:/bin\n"), "{output}");
}

#[test]
fn what_cannot_be_started_says_so() {
    let mut bench = Bench::new();
    let missing = Command::new(&bench.path("missing"), ["x"], &bench.path(""));
    let text = bench.write("text", "no program");
    let text = Command::new(&text, ["x"], &bench.path(""));
    let mut elsewhere = shell(&bench, "true");
    elsewhere.directory = bench.path("gone");
    for command in [missing, text, elsewhere] {
        let recipe = recipe(vec![Step::Run(command)]);
        bench.host.run(OPERATION, &bench.path(""), &recipe, Consent::Given);
        let (end, _) = finished(&mut bench);
        assert!(matches!(end, End::NotStarted { .. }), "{end:?}");
    }
}
