//! `server`: that the binary serves, and ends with the code that the protocol asks for.

use std::{
    io::{BufRead as _, BufReader, Read as _, Write as _},
    process::{ChildStdin, ChildStdout, Stdio},
};

use crate::support::World;

struct Client {
    stdin: ChildStdin,
    stdout: BufReader<ChildStdout>,
}

impl Client {
    fn send(&mut self, message: &str) {
        write!(self.stdin, "Content-Length: {}\r\n\r\n{message}", message.len()).expect("it reads");
    }

    /// Asks, and waits for the answer, as the protocol wants it between `initialize` and everything else.
    fn ask(&mut self, id: u32, message: &str) -> String {
        self.send(message);
        loop {
            let mut length = 0;
            for line in self.stdout.by_ref().lines().map_while(Result::ok) {
                let Some(value) = line.strip_prefix("Content-Length: ") else { break };
                length = value.parse().expect("a number");
            }
            let mut body = vec![0; length];
            self.stdout.read_exact(&mut body).expect("a message");
            let body = String::from_utf8(body).expect("text");
            if body.contains(&format!("\"id\":{id}")) && !body.contains("\"method\"") {
                return body;
            }
        }
    }
}

/// What becomes of the server, talked to in this way.
fn served(arguments: &[&str], talk: impl FnOnce(&mut Client)) -> Option<i32> {
    let world = World::new();
    let mut command = world.envls(arguments);
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("envls starts");
    let stdin = child.stdin.take().expect("piped");
    let stdout = BufReader::new(child.stdout.take().expect("piped"));
    let mut client = Client { stdin, stdout };
    talk(&mut client);
    client.send(r#"{"jsonrpc":"2.0","method":"exit"}"#);
    child.wait().expect("it ends").code()
}

const INITIALIZE: &str =
    r#"{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"capabilities":{}}}"#;
const SHUTDOWN: &str = r#"{"jsonrpc":"2.0","id":2,"method":"shutdown"}"#;

#[test]
fn it_serves_and_ends() {
    let code = served(&["server", "--stdio"], |client| {
        let capabilities = client.ask(1, INITIALIZE);
        assert!(capabilities.contains("\"serverInfo\""), "{capabilities}");
        client.ask(2, SHUTDOWN);
    });
    assert_eq!(code, Some(0));
}

#[test]
fn an_exit_without_shutdown_is_told() {
    let code = served(&["server"], |client| {
        client.ask(1, INITIALIZE);
    });
    assert_eq!(code, Some(1));
}
