//! Standard input and output as the framework wants them: read and written by threads of their own, so that neither a client
//! that sends garbage nor one that does not read can stop anything else.

use std::{
    io::{self, Write},
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
        mpsc as channel,
    },
    task::{Context, Poll, ready},
    time::Duration,
};

use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    sync::{Notify, mpsc},
};

use tower_lsp::jsonrpc::Request;

use crate::frame::{Frame, Frames};

/// So many messages wait at most for the framework; after that the client waits.
const WAITING_MESSAGES: usize = 64;
/// A client that leaves so much unread is taken for gone.
const UNREAD_LIMIT: usize = 256 * 1024 * 1024;

/// Sound messages, one after the other.
pub(crate) struct Inlet {
    messages: mpsc::Receiver<Vec<u8>>,
    current: Vec<u8>,
    at: usize,
}

/// Where whole messages go out.
#[derive(Clone)]
pub(crate) struct Outlet {
    chunks: channel::Sender<Chunk>,
    unread: Arc<AtomicUsize>,
    gone: Arc<Notify>,
}

enum Chunk {
    Bytes(Vec<u8>),
    /// Everything before has been written.
    Done(channel::Sender<()>),
}

/// Starts to read; what is refused is answered at once.
///
/// Whether `shutdown` was received is noted here, before the framework sees it: when `exit` comes right behind it, the framework
/// drops the request unhandled.
pub(crate) fn inlet(
    input: impl io::Read + Send + 'static,
    outlet: Outlet,
    shut_down: Arc<AtomicBool>,
) -> io::Result<Inlet> {
    let (sender, messages) = mpsc::channel(WAITING_MESSAGES);
    let named = std::thread::Builder::new().name("envls input".to_owned());
    named.spawn(move || read(Frames::new(input), &sender, &outlet, &shut_down))?;
    Ok(Inlet { messages, current: Vec::new(), at: 0 })
}

fn read(
    mut frames: Frames<impl io::Read>,
    sender: &mpsc::Sender<Vec<u8>>,
    outlet: &Outlet,
    shut_down: &AtomicBool,
) {
    loop {
        match frames.next() {
            Ok(Some(Frame::Message(body))) => {
                if is_shutdown(&body) {
                    shut_down.store(true, Ordering::Relaxed);
                }
                if sender.blocking_send(framed(&body)).is_err() {
                    return;
                }
            }
            Ok(Some(Frame::Refused(refusal))) => {
                tracing::warn!("a message was refused: {refusal:?}");
                outlet.send(framed(refusal.response().as_bytes()));
            }
            Ok(None) => return,
            Err(error) => {
                tracing::warn!("standard input cannot be read: {error}");
                return;
            }
        }
    }
}

/// Whether a message is the request `shutdown`; only a short one is worth another look.
fn is_shutdown(body: &[u8]) -> bool {
    let request = (body.len() < 1024).then(|| serde_json::from_slice::<Request>(body).ok());
    request.flatten().is_some_and(|it| it.method() == "shutdown" && it.id().is_some())
}

/// A body with its header.
#[must_use]
pub fn framed(body: &[u8]) -> Vec<u8> {
    let mut message = format!("Content-Length: {}\r\n\r\n", body.len()).into_bytes();
    message.extend_from_slice(body);
    message
}

impl AsyncRead for Inlet {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.at == self.current.len() {
            let Some(next) = ready!(self.messages.poll_recv(context)) else {
                return Poll::Ready(Ok(()));
            };
            self.current = next;
            self.at = 0;
        }
        let left = self.current.get(self.at..).unwrap_or_default();
        let taken = left.get(..left.len().min(buffer.remaining())).unwrap_or_default();
        buffer.put_slice(taken);
        self.at += taken.len();
        Poll::Ready(Ok(()))
    }
}

impl Outlet {
    /// Starts to write. `gone` is told when nothing can be written any more.
    pub(crate) fn start(
        output: impl Write + Send + 'static,
        gone: Arc<Notify>,
    ) -> io::Result<Outlet> {
        let (chunks, waiting) = channel::channel();
        let unread = Arc::new(AtomicUsize::new(0));
        let outlet = Outlet { chunks, unread: Arc::clone(&unread), gone: Arc::clone(&gone) };
        let named = std::thread::Builder::new().name("envls output".to_owned());
        named.spawn(move || {
            if let Err(error) = write(output, &waiting, &unread) {
                tracing::warn!("standard output cannot be written: {error}");
                gone.notify_one();
            }
        })?;
        Ok(outlet)
    }

    /// Waits until all that was sent is written; not for long, since a client may have stopped reading.
    pub(crate) fn finish(&self, patience: Duration) {
        let (done, finished) = channel::channel();
        if self.chunks.send(Chunk::Done(done)).is_ok() {
            let _ = finished.recv_timeout(patience);
        }
    }

    fn send(&self, message: Vec<u8>) {
        let unread = self.unread.fetch_add(message.len(), Ordering::Relaxed);
        // A writer that has ended has said so itself.
        if unread > UNREAD_LIMIT || self.chunks.send(Chunk::Bytes(message)).is_err() {
            self.gone.notify_one();
        }
    }
}

fn write(
    mut output: impl Write,
    waiting: &channel::Receiver<Chunk>,
    unread: &AtomicUsize,
) -> io::Result<()> {
    while let Ok(chunk) = waiting.recv() {
        match chunk {
            Chunk::Bytes(bytes) => {
                output.write_all(&bytes)?;
                output.flush()?;
                unread.fetch_sub(bytes.len(), Ordering::Relaxed);
            }
            Chunk::Done(done) => {
                let _ = done.send(());
            }
        }
    }
    Ok(())
}

/// Every write is taken whole, and the framework writes nothing but whole messages; so what we answer ourselves never falls
/// into the middle of one.
impl AsyncWrite for Outlet {
    fn poll_write(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.send(bytes.to_vec());
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}
