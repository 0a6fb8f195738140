//! A folder of projects with a home of its own, and the binary that is let loose on it.

use std::{
    ffi::OsStr,
    fs,
    io::{BufRead as _, BufReader, Read as _, Write as _},
    os::unix::fs::symlink,
    path::{Path, PathBuf},
    process::{Child, ChildStdin, Command, Output, Stdio},
    sync::{
        OnceLock,
        mpsc::{Receiver, channel},
    },
    thread,
    time::{Duration, Instant},
};

/// Nothing here takes as long, unless it never ends.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// The interpreter that environments are made with, by its real path, and its version.
pub(crate) struct Python {
    pub(crate) path: PathBuf,
    pub(crate) version: String,
}

pub(crate) fn python() -> &'static Python {
    static PYTHON: OnceLock<Python> = OnceLock::new();
    PYTHON.get_or_init(|| {
        let code = "import os, sys, platform; print(os.path.realpath(sys.executable)); print(platform.python_version())";
        let output = Command::new("python3").args(["-c", code]).output().expect("python3 is here");
        let text = String::from_utf8(output.stdout).expect("text");
        let mut lines = text.lines();
        let mut line = || lines.next().expect("two lines").to_owned();
        Python { path: line().into(), version: line() }
    })
}

/// What a command said and how it ended.
pub(crate) struct Said {
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

pub(crate) struct World {
    folder: tempfile::TempDir,
}

impl World {
    /// An empty workspace, with one interpreter on the search path and nothing else.
    pub(crate) fn new() -> World {
        let folder = tempfile::tempdir().expect("a folder");
        let world = World { folder };
        for name in ["home", "work", "bin"] {
            fs::create_dir(world.place(name)).expect("a folder");
        }
        let python = &python().path;
        let name = python.file_name().expect("a name");
        symlink(python, world.place("bin").join(name)).expect("a link");
        world
    }

    fn place(&self, name: &str) -> PathBuf {
        // As the system spells it: the folder for temporary files may be a link.
        fs::canonicalize(self.folder.path()).expect("a folder").join(name)
    }

    /// The workspace, or something in it.
    pub(crate) fn work(&self, path: impl AsRef<OsStr>) -> PathBuf {
        self.place("work").join(Path::new(path.as_ref()))
    }

    pub(crate) fn home(&self) -> PathBuf {
        self.place("home")
    }

    /// A program on the search path, outside the workspace.
    pub(crate) fn tool(&self, name: &str, script: &str) {
        use std::os::unix::fs::PermissionsExt as _;
        let path = self.place("bin").join(name);
        fs::write(&path, script).expect("a file");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).expect("a mode");
    }

    pub(crate) fn state(&self) -> PathBuf {
        self.place("state")
    }

    pub(crate) fn write(&self, path: &str, text: &str) -> PathBuf {
        let path = self.work(path);
        fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        fs::write(&path, text).expect("a file");
        path
    }

    /// Makes a virtual environment, without pip, since that takes its time.
    pub(crate) fn venv(&self, path: &str) -> PathBuf {
        let path = self.work(path);
        let status = Command::new(&python().path)
            .args(["-m", "venv", "--without-pip"])
            .arg(&path)
            .status()
            .expect("python starts");
        assert!(status.success(), "python makes an environment");
        path
    }

    /// Makes as if a distribution were installed in an environment.
    pub(crate) fn install(&self, venv: &str, folder: &str) -> PathBuf {
        let lib = self.work(venv).join("lib");
        let minor = fs::read_dir(&lib).expect("a folder").next().expect("one").expect("one");
        let installed = minor.path().join("site-packages").join(folder);
        fs::create_dir_all(&installed).expect("a folder");
        let named = folder.trim_end_matches(".dist-info").split_once('-');
        let (name, version) = named.expect("a name and a version");
        let metadata = format!("Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n");
        fs::write(installed.join("METADATA"), metadata).expect("a file");
        installed
    }

    /// The binary, in the workspace, with nothing of the surrounding user's.
    pub(crate) fn envls(&self, arguments: &[&str]) -> Command {
        self.command(env!("CARGO_BIN_EXE_envls").as_ref(), arguments)
    }

    pub(crate) fn command(&self, program: &Path, arguments: &[&str]) -> Command {
        let mut command = Command::new(program);
        command.args(arguments).current_dir(self.work("")).env_clear();
        command.env("PATH", self.place("bin")).env("HOME", self.place("home"));
        command.env("ENVLS_STATE_DIR", self.state()).env("TMPDIR", std::env::temp_dir());
        command.stdin(Stdio::null());
        command
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Said {
        self.said(self.envls(arguments).output().expect("envls starts"))
    }

    pub(crate) fn said(&self, output: Output) -> Said {
        let text = |bytes: Vec<u8>| self.same(&String::from_utf8(bytes).expect("text"));
        Said { code: output.status.code(), out: text(output.stdout), err: text(output.stderr) }
    }

    /// A text without what differs between machines: where the workspace is, and which Python there is.
    pub(crate) fn same(&self, text: &str) -> String {
        let work = self.work("");
        let work = work.to_string_lossy();
        let python = python();
        let base = python.path.to_string_lossy();
        let home = python.path.parent().expect("a folder").to_string_lossy();
        let text = text.replace(work.trim_end_matches('/'), "/w");
        let text = text.replace(&*base, "/base/python").replace(&*home, "/base");
        let text = text.replace(&python.version, "3.N");
        (5..40)
            .rev()
            .fold(text, |text, minor| text.replace(&format!("python3.{minor}"), "python3.N"))
    }

    pub(crate) fn start(&self, arguments: &[&str]) -> Running {
        let mut command = self.envls(arguments);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("envls starts");
        let stdin = child.stdin.take();
        let stdout = child.stdout.take().expect("piped");
        let (post, lines) = channel();
        thread::spawn(move || {
            for line in BufReader::new(stdout).lines() {
                let Ok(line) = line else { return };
                if post.send(line).is_err() {
                    return;
                }
            }
        });
        Running { child, stdin, lines, seen: Vec::new() }
    }
}

/// The binary while it runs.
pub(crate) struct Running {
    child: Child,
    stdin: Option<ChildStdin>,
    lines: Receiver<String>,
    seen: Vec<String>,
}

impl Running {
    /// Waits for a line with all of these words.
    pub(crate) fn until(&mut self, words: &[&str]) -> String {
        let until = Instant::now() + PATIENCE;
        loop {
            let left = until.saturating_duration_since(Instant::now());
            let Ok(line) = self.lines.recv_timeout(left) else {
                panic!("no line with {words:?} came, but:\n{}", self.seen.join("\n"));
            };
            self.seen.push(line.clone());
            if words.iter().all(|it| line.contains(it)) {
                return line;
            }
        }
    }

    pub(crate) fn type_line(&mut self, line: &str) {
        let stdin = self.stdin.as_mut().expect("it is still open");
        writeln!(stdin, "{line}").expect("it is read");
    }

    /// Ends the input, waits for the end, and gives the exit code.
    pub(crate) fn end(mut self) -> Option<i32> {
        drop(self.stdin.take());
        // What is still said is read, so that nobody waits for it.
        for _ in self.lines.iter() {}
        let mut said = String::new();
        let mut stderr = self.child.stderr.take().expect("piped");
        stderr.read_to_string(&mut said).expect("text");
        assert!(!said.contains("panicked"), "{said}");
        self.child.wait().expect("it ends").code()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // After a failed test nobody else ends it.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}
