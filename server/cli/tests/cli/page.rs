//! `watch` on a terminal, which tmux plays.

use std::{
    fs::File,
    io::Read as _,
    process::{Command, Output},
    sync::mpsc::{Receiver, channel},
    thread,
    time::Instant,
};

use crate::support::{PATIENCE, World};

/// A terminal of its own, which ends with it.
struct Tmux {
    socket: String,
    /// Something was written to it.
    written: Receiver<()>,
}

impl Tmux {
    fn new(name: &str, world: &World, size: (u32, u32)) -> Tmux {
        let (post, written) = channel();
        let tmux = Tmux { socket: format!("envls-{name}-{}", std::process::id()), written };
        let (columns, rows) = (size.0.to_string(), size.1.to_string());
        let shell = "exec env -i PATH=/usr/bin:/bin TERM=$TERM PS1='ready> ' sh";
        let mut command = tmux.command();
        command.args(["-f", "/dev/null", "new-session", "-d", "-x", &columns, "-y", &rows]);
        command.arg("-c").arg(world.work("")).arg(shell);
        let made = command.output().expect("tmux is installed: tests/run installs it");
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        let pipe = world.work("../written");
        let made = Command::new("mkfifo").arg(&pipe).status().expect("mkfifo is here");
        assert!(made.success(), "a pipe is made");
        tmux.run(&["pipe-pane", &format!("exec cat >'{}'", pipe.display())]);
        thread::spawn(move || {
            let mut pipe = File::open(pipe).expect("it was made");
            let mut buffer = [0; 4096];
            while pipe.read(&mut buffer).is_ok_and(|it| it > 0) && post.send(()).is_ok() {}
        });
        tmux.keys(&["Enter"]);
        // A prompt that was asked for again, so that none comes late and is taken for another.
        tmux.until_it("the shell answers", |page| page.matches("ready>").count() == 2);
        tmux
    }

    fn command(&self) -> Command {
        let mut command = Command::new("tmux");
        command.args(["-L", &self.socket]);
        command
    }

    fn run(&self, arguments: &[&str]) -> Output {
        self.command().args(arguments).output().expect("tmux runs")
    }

    fn page(&self) -> String {
        String::from_utf8_lossy(&self.run(&["capture-pane", "-p"]).stdout).into_owned()
    }

    fn keys(&self, keys: &[&str]) {
        let mut arguments = vec!["send-keys"];
        arguments.extend(keys);
        self.run(&arguments);
    }

    /// Waits until the page has all of these words.
    fn until(&self, words: &[&str]) -> String {
        let has = |page: &str| words.iter().all(|it| page.contains(it));
        self.until_it(&format!("it has {words:?}"), has)
    }

    fn until_it(&self, what: &str, is_so: impl Fn(&str) -> bool) -> String {
        let until = Instant::now() + PATIENCE;
        loop {
            let page = self.page();
            if is_so(&page) {
                return page;
            }
            let left = until.saturating_duration_since(Instant::now());
            let came = self.written.recv_timeout(left);
            assert!(came.is_ok(), "the page is not so that {what}:\n{page}");
        }
    }

    fn watch(&self, world: &World) {
        let home = world.work("../home");
        let state = world.state();
        let line = format!(
            "HOME={} ENVLS_STATE_DIR={} {} watch",
            home.display(),
            state.display(),
            env!("CARGO_BIN_EXE_envls")
        );
        self.keys(&[&line, "Enter"]);
    }
}

impl Drop for Tmux {
    fn drop(&mut self) {
        self.run(&["kill-server"]);
    }
}

#[test]
fn the_page_follows_the_window_and_the_keys() {
    let world = World::new();
    let lines: String = (0..30).map(|at| format!("name{at} = 1\n")).collect();
    world.write("requirements.txt", &lines);
    world.venv(".venv");
    let tmux = Tmux::new("page", &world, (80, 24));
    tmux.watch(&world);
    let page = tmux.until(&["30 errors", "watching", "lines below", "[1] Replace"]);
    assert_eq!(page.lines().count(), 24, "{page}");
    tmux.keys(&["NPage"]);
    tmux.until(&["lines above", "lines below"]);
    tmux.run(&["resize-window", "-x", "60", "-y", "12"]);
    tmux.until_it("it fits again", |page| {
        page.lines().count() == 12 && page.lines().last().is_some_and(|it| it.starts_with('>'))
    });
    tmux.keys(&["1x", "BSpace", "Enter"]);
    tmux.until(&["- name0 = 1", "+ name0 == 1", "Write it? [y/N]"]);
    tmux.keys(&["y", "Enter"]);
    tmux.until(&["29 errors", "done: Replace"]);
    tmux.keys(&["q", "Enter"]);
    tmux.until(&["ready> ", "29 errors"]);
}

#[test]
fn the_terminal_is_given_back() {
    let world = World::new();
    world.write("requirements.txt", "six = 1\n");
    let tmux = Tmux::new("back", &world, (80, 24));
    for keys in [&["C-c"][..], &["C-d"], &["q", "Enter"]] {
        tmux.watch(&world);
        // Who leaves before all is known is told less.
        tmux.until(&["watching", "number: fix", "invalid-requirement", "no-environment"]);
        tmux.keys(keys);
        // The page itself is gone by then, and the shell reads what is typed: its prompt is the last there is.
        tmux.until_it("the shell is back", |page| {
            page.contains("1 error, 1 warning in 1 project")
                && page.trim_end().ends_with("\nready>")
        });
        let modes = "clear; stty -a | tr ' ;' '\\n\\n' | grep -c -x -e icanon -e echo";
        tmux.keys(&[modes, "Enter"]);
        tmux.until(&["2\nready>"]);
        tmux.keys(&["clear", "Enter"]);
        tmux.until_it("it is clear", |page| page.trim() == "ready>");
    }
}
