//! A small editor: speaks the language server protocol over pipes and notes when each message came.

use std::io::{BufRead, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use serde_json::{Value, json};

/// How long anything may take before the server is said not to answer.
const PATIENCE: Duration = Duration::from_secs(60);

/// Whether the editor offers to watch files for the server.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Watching {
    ByEditor,
    ByServer,
}

pub(crate) struct Editor {
    child: Child,
    input: Arc<Mutex<ChildStdin>>,
    messages: Receiver<(Instant, Value)>,
    requests: i64,
    /// 1 for whole documents, 2 for ranges, as the server asked for.
    synchronization: i64,
}

impl Editor {
    /// Starts a server and greets it; says how long after its start the reply came.
    pub(crate) fn start(
        command: &mut Command,
        root: &Path,
        watching: Watching,
    ) -> Result<(Self, Duration)> {
        let start = Instant::now();
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .with_context(|| format!("could not start `{}`", command.get_program().display()))?;
        let input = Arc::new(Mutex::new(child.stdin.take().context("its input is a pipe")?));
        let output = child.stdout.take().context("its output is a pipe")?;
        let (sender, messages) = channel();
        let answers = Arc::clone(&input);
        thread::spawn(move || read(output, &answers, &sender));
        let mut editor = Self { child, input, messages, requests: 0, synchronization: 1 };
        let (replied, reply) = editor.request("initialize", &greeting(root, watching))?;
        let synchronization = &reply["capabilities"]["textDocumentSync"];
        editor.synchronization =
            synchronization.as_i64().or_else(|| synchronization["change"].as_i64()).unwrap_or(1);
        editor.notify("initialized", &json!({}))?;
        Ok((editor, replied.duration_since(start)))
    }

    pub(crate) fn process(&self) -> i32 {
        i32::try_from(self.child.id()).expect("the kernel's process numbers fit into 32 bits")
    }

    pub(crate) fn notify(&self, method: &str, parameters: &Value) -> Result<()> {
        send(&self.input, &json!({"jsonrpc": "2.0", "method": method, "params": parameters}))
    }

    /// What is answered, and when that came.
    pub(crate) fn request(&mut self, method: &str, parameters: &Value) -> Result<(Instant, Value)> {
        self.requests += 1;
        let id = self.requests;
        send(
            &self.input,
            &json!({"jsonrpc": "2.0", "id": id, "method": method, "params": parameters}),
        )?;
        let wanted = |message: &Value| message.get("method").is_none() && message["id"] == id;
        let (at, mut reply) = self.await_message(&format!("a reply to `{method}`"), wanted)?;
        if let Some(error) = reply.get("error") {
            bail!("`{method}` was answered by an error: {error}");
        }
        Ok((at, reply["result"].take()))
    }

    pub(crate) fn open(&self, path: &Path, language: &str, text: &str) -> Result<()> {
        let document =
            json!({"uri": uri(path), "languageId": language, "version": 0, "text": text});
        self.notify("textDocument/didOpen", &json!({"textDocument": document}))
    }

    /// Replaces one line of a document by another, in the way that the server asked for.
    pub(crate) fn replace(
        &self,
        path: &Path,
        version: usize,
        lines: &mut [String],
        at: usize,
        by: String,
    ) -> Result<()> {
        let old = std::mem::replace(&mut lines[at], by);
        let change = if self.synchronization == 2 {
            // The lines are ASCII, so that bytes and UTF-16 units are the same.
            let (start, end) =
                (json!({"line": at, "character": 0}), json!({"line": at, "character": old.len()}));
            json!({"range": {"start": start, "end": end}, "text": lines[at]})
        } else {
            json!({"text": lines.join("\n")})
        };
        let parameters = json!({"textDocument": {"uri": uri(path), "version": version}, "contentChanges": [change]});
        self.notify("textDocument/didChange", &parameters)
    }

    /// Waits for findings of this file that are as wanted, and says when they came.
    pub(crate) fn await_findings(
        &self,
        path: &Path,
        wanted: impl Fn(&Findings<'_>) -> bool,
    ) -> Result<Instant> {
        let uri = uri(path);
        let what =
            format!("the wanted findings of `{}`", path.file_name().unwrap_or_default().display());
        let (at, _) = self.await_message(&what, |message| {
            message["method"] == "textDocument/publishDiagnostics"
                && message["params"]["uri"] == uri.as_str()
                && wanted(&Findings(&message["params"]))
        })?;
        Ok(at)
    }

    fn await_message(
        &self,
        what: &str,
        wanted: impl Fn(&Value) -> bool,
    ) -> Result<(Instant, Value)> {
        let end = Instant::now() + PATIENCE;
        loop {
            match self.messages.recv_timeout(end.saturating_duration_since(Instant::now())) {
                Ok((at, message)) if wanted(&message) => return Ok((at, message)),
                Ok(_) => {}
                Err(RecvTimeoutError::Timeout) => {
                    bail!("{what} did not come within {} s", PATIENCE.as_secs())
                }
                Err(RecvTimeoutError::Disconnected) => bail!("the server ended before {what} came"),
            }
        }
    }

    /// Puts away what has come unasked, so that it is not taken for an answer to what follows.
    pub(crate) fn forget(&self) {
        while self.messages.try_recv().is_ok() {}
    }

    /// Takes leave as the protocol asks.
    pub(crate) fn leave(mut self) -> Result<()> {
        self.request("shutdown", &Value::Null)?;
        self.notify("exit", &Value::Null)?;
        let end = Instant::now() + Duration::from_secs(5);
        while self.child.try_wait()?.is_none() {
            if Instant::now() > end {
                bail!("the server does not end after `exit`");
            }
            thread::sleep(Duration::from_millis(2));
        }
        Ok(())
    }
}

impl Drop for Editor {
    fn drop(&mut self) {
        // A server that has ended already cannot be killed, and need not be.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The parameters of a push of findings.
pub(crate) struct Findings<'a>(&'a Value);

impl Findings<'_> {
    pub(crate) fn name(&self, word: &str) -> bool {
        let findings = self.0["diagnostics"].as_array();
        findings.is_some_and(|all| {
            all.iter().any(|one| one["message"].as_str().is_some_and(|text| text.contains(word)))
        })
    }
}

/// Reads messages until the server ends, and answers its questions at once, as an editor's own loop would.
fn read(output: ChildStdout, input: &Mutex<ChildStdin>, messages: &Sender<(Instant, Value)>) {
    let mut output = BufReader::with_capacity(256 * 1024, output);
    while let Ok(Some(frame)) = frame(&mut output) {
        let at = Instant::now();
        let Ok(message) = serde_json::from_slice::<Value>(&frame) else { return };
        if let (Some(id), Some(method)) = (message.get("id"), message["method"].as_str()) {
            let answer =
                json!({"jsonrpc": "2.0", "id": id, "result": answer(method, &message["params"])});
            if send(input, &answer).is_err() {
                return;
            }
        } else if messages.send((at, message)).is_err() {
            return;
        }
    }
}

/// The body of the next message, or nothing at the end.
fn frame(output: &mut impl BufRead) -> Result<Option<Vec<u8>>> {
    let mut length = None;
    let mut line = String::new();
    loop {
        line.clear();
        if output.read_line(&mut line)? == 0 {
            return Ok(None);
        }
        match line.trim_end() {
            "" => break,
            header => {
                if let Some(value) = header.strip_prefix("Content-Length:") {
                    length = Some(value.trim().parse()?);
                }
            }
        }
    }
    let mut body = vec![0; length.context("a message has a length")?];
    output.read_exact(&mut body)?;
    Ok(Some(body))
}

fn send(input: &Mutex<ChildStdin>, message: &Value) -> Result<()> {
    let body = message.to_string();
    let message = format!("Content-Length: {}\r\n\r\n{body}", body.len());
    // One write, so that the server wakes once.
    input
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .write_all(message.as_bytes())
        .context("the server reads no more")
}

fn answer(method: &str, parameters: &Value) -> Value {
    match method {
        "workspace/configuration" => {
            let asked = parameters["items"].as_array().map_or(0, Vec::len);
            Value::Array(vec![Value::Null; asked])
        }
        "workspace/applyEdit" => json!({"applied": false}),
        _ => Value::Null,
    }
}

fn greeting(root: &Path, watching: Watching) -> Value {
    json!({
        "processId": std::process::id(),
        "clientInfo": {"name": "envls-bench"},
        "rootUri": uri(root),
        "workspaceFolders": [{"uri": uri(root), "name": "tree"}],
        "capabilities": {
            "general": {"positionEncodings": ["utf-16"]},
            "window": {"workDoneProgress": true},
            "workspace": {
                "configuration": true, "workspaceFolders": true,
                "didChangeWatchedFiles": {"dynamicRegistration": watching == Watching::ByEditor},
            },
            // Nothing of pulled diagnostics, so that every server pushes and is timed alike.
            "textDocument": {
                "synchronization": {"didSave": true},
                "publishDiagnostics": {"versionSupport": true, "relatedInformation": true},
            },
        },
    })
}

/// The bench names its own files, whose names need no escaping but for the folder they lie in.
pub(crate) fn uri(path: &Path) -> String {
    let mut uri = String::from("file://");
    for byte in path.as_os_str().as_encoded_bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'-' | b'_' | b'.' | b'~' => {
                uri.push(char::from(*byte))
            }
            _ => uri.push_str(&format!("%{byte:02X}")),
        }
    }
    uri
}
