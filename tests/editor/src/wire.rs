//! The server's process and the bytes between it and us, read strictly: whatever is no protocol is noticed.

use std::{
    io::{BufRead as _, BufReader, Write as _},
    process::{Child, Command, Stdio},
    sync::{
        Arc, Mutex, PoisonError,
        mpsc::{self, Receiver, Sender},
    },
    time::{Duration, Instant},
};

use serde_json::Value;

/// What came from the server.
#[derive(Debug)]
pub enum Incoming {
    Message(Value),
    /// Bytes that are no message.
    Garbage(String),
    /// It closed its output.
    End,
}

/// A running server.
pub struct Server {
    pub child: Child,
    input: Option<Sender<Vec<u8>>>,
    incoming: Receiver<Incoming>,
    errors: Arc<Mutex<String>>,
}

impl Server {
    /// Starts a server; what it keeps goes into a folder of the test's own.
    ///
    /// # Panics
    /// When it cannot be started.
    #[must_use]
    pub fn start(mut command: Command) -> Server {
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("the server can be started");
        let (mut stdin, stdout, stderr) =
            (child.stdin.take(), child.stdout.take(), child.stderr.take());
        let (input, outgoing) = mpsc::channel::<Vec<u8>>();
        // A thread of its own writes, so that neither side ever waits for the other to read.
        std::thread::spawn(move || {
            for bytes in outgoing {
                let written =
                    stdin.as_mut().map(|it| it.write_all(&bytes).and_then(|()| it.flush()));
                if !matches!(written, Some(Ok(()))) {
                    return;
                }
            }
        });
        let (sender, incoming) = mpsc::channel();
        std::thread::spawn(move || {
            let mut stdout = BufReader::new(stdout.expect("it is piped"));
            loop {
                let next = read(&mut stdout);
                let over = !matches!(next, Incoming::Message(_));
                if sender.send(next).is_err() || over {
                    return;
                }
            }
        });
        let errors = Arc::new(Mutex::new(String::new()));
        let said = Arc::clone(&errors);
        std::thread::spawn(move || {
            for line in BufReader::new(stderr.expect("it is piped")).lines().map_while(Result::ok) {
                let mut said = said.lock().unwrap_or_else(PoisonError::into_inner);
                said.push_str(&line);
                said.push('\n');
            }
        });
        Server { child, input: Some(input), incoming, errors }
    }

    /// Sends a message.
    pub fn send(&self, message: &Value) {
        self.send_bytes(framed(&message.to_string()));
    }

    /// Sends anything.
    pub fn send_bytes(&self, bytes: impl Into<Vec<u8>>) {
        if let Some(input) = &self.input {
            // A server that has ended reads nothing, which the test will see.
            drop(input.send(bytes.into()));
        }
    }

    /// Closes the server's input.
    pub fn close_input(&mut self) {
        self.input = None;
    }

    /// The next message, if it comes in time.
    #[must_use]
    pub fn receive(&self, patience: Duration) -> Option<Incoming> {
        self.incoming.recv_timeout(patience).ok()
    }

    /// What the server said on standard error.
    #[must_use]
    pub fn errors(&self) -> String {
        self.errors.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The exit code, if the server ends in time; `None` too when a signal ended it.
    ///
    /// # Panics
    /// When it does not end in time.
    pub fn wait(&mut self, patience: Duration) -> Option<i32> {
        let until = Instant::now() + patience;
        loop {
            if let Some(status) = self.child.try_wait().expect("it is our child") {
                return status.code();
            }
            let left = until.saturating_duration_since(Instant::now());
            assert!(!left.is_zero(), "the server does not end; it said:\n{}", self.errors());
            // Its output ends when it does; what it still says is no matter here.
            match self.incoming.recv_timeout(left.min(Duration::from_millis(20))) {
                Ok(_) | Err(mpsc::RecvTimeoutError::Timeout) => {}
                Err(mpsc::RecvTimeoutError::Disconnected) => std::thread::yield_now(),
            }
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // A test that failed leaves nothing behind.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// A body with its header.
#[must_use]
pub fn framed(body: &str) -> Vec<u8> {
    format!("Content-Length: {}\r\n\r\n{body}", body.len()).into_bytes()
}

/// The next thing in a server's output.
pub fn read(input: &mut impl std::io::BufRead) -> Incoming {
    let mut length = None;
    loop {
        let mut line = Vec::new();
        match input.read_until(b'\n', &mut line) {
            Ok(0) if length.is_none() => return Incoming::End,
            Err(_) => return Incoming::End,
            Ok(_) => {}
        }
        if line == b"\r\n" {
            break;
        }
        let stated = str::from_utf8(&line).ok().and_then(|it| {
            it.strip_prefix("Content-Length: ")?.strip_suffix("\r\n")?.parse::<usize>().ok()
        });
        if stated.is_none() {
            return Incoming::Garbage(String::from_utf8_lossy(&line).into_owned());
        }
        length = stated;
    }
    let Some(length) = length else { return Incoming::Garbage("a body without length".to_owned()) };
    let mut body = vec![0; length];
    if input.read_exact(&mut body).is_err() {
        return Incoming::Garbage("half a body".to_owned());
    }
    match serde_json::from_slice(&body) {
        Ok(message) => Incoming::Message(message),
        Err(_) => Incoming::Garbage(String::from_utf8_lossy(&body).into_owned()),
    }
}
