//! The standard input, read on a thread of its own.

use std::{
    io::{self, Read as _},
    sync::mpsc::Sender,
    thread,
};

use crate::r#loop::Message;

/// Posts what is typed, and that nothing more comes.
pub(crate) fn listen(post: Sender<Message>) {
    let body = move || {
        let mut buffer = [0; 1024];
        loop {
            let message = match io::stdin().lock().read(&mut buffer) {
                Ok(0) | Err(_) => Message::Closed,
                Ok(length) => Message::Typed(buffer.get(..length).unwrap_or_default().to_vec()),
            };
            let closed = matches!(message, Message::Closed);
            if post.send(message).is_err() || closed {
                return;
            }
        }
    };
    // Without a thread nothing can be typed, but there is still something to see.
    drop(thread::Builder::new().name("envls typing".to_owned()).spawn(body));
}
