//! The signals that concern a command that runs for long, as messages of the loop.

use std::{sync::mpsc::Sender, thread};

use crate::r#loop::Message;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Signal {
    /// The user wants it to end (Ctrl-C), or the system does.
    End,
    /// The window has another size, or is ours again after someone else had it.
    Redraw,
}

/// Posts every signal from now on, in place of what it would do to the process.
pub(crate) fn listen(post: Sender<Message>) {
    tell(post, Message::Signal);
}

/// The same, to a loop of another kind.
pub(crate) fn tell<M: Send + 'static>(post: Sender<M>, say: impl Fn(Signal) -> M + Send + 'static) {
    let body = move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        if let Ok(runtime) = runtime {
            runtime.block_on(forward(&|it| post.send(say(it)).is_ok()));
        }
    };
    // Without a thread the signals do what they always do.
    drop(thread::Builder::new().name("envls signals".to_owned()).spawn(body));
}

#[cfg(unix)]
async fn forward(post: &impl Fn(Signal) -> bool) {
    use tokio::signal::unix::{SignalKind, signal};
    let kinds = [
        SignalKind::interrupt(),
        SignalKind::terminate(),
        SignalKind::hangup(),
        SignalKind::window_change(),
        SignalKind::from_raw(rustix::process::Signal::CONT.as_raw()),
    ];
    let streams: Result<Vec<_>, _> = kinds.into_iter().map(signal).collect();
    let Ok([mut interrupt, mut terminate, mut hangup, mut resize, mut resume]) =
        streams.and_then(|it| <[_; 5]>::try_from(it).map_err(|_| std::io::ErrorKind::Other.into()))
    else {
        return;
    };
    loop {
        let signal = tokio::select! {
            _ = interrupt.recv() => Signal::End,
            _ = terminate.recv() => Signal::End,
            _ = hangup.recv() => Signal::End,
            _ = resize.recv() => Signal::Redraw,
            _ = resume.recv() => Signal::Redraw,
        };
        if !post(signal) {
            return;
        }
    }
}

#[cfg(not(unix))]
async fn forward(post: &impl Fn(Signal) -> bool) {
    while tokio::signal::ctrl_c().await.is_ok() {
        if !post(Signal::End) {
            return;
        }
    }
}
