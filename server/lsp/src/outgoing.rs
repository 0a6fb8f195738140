//! What goes to the client on our own account: one task sends it in order, and no request waits for ever.

use std::{future::Future, pin::Pin, time::Duration};

use tokio::sync::{mpsc, oneshot};
use tower_lsp::{
    Client,
    ls_types::{notification::Notification, request::Request},
};

type Sending = Pin<Box<dyn Future<Output = ()> + Send>>;
type Job = Box<dyn FnOnce(Client) -> Sending + Send>;

/// How long an editor may take to answer where no person is asked.
pub(crate) const SOON: Duration = Duration::from_secs(10);
/// How long a person may take.
pub(crate) const PATIENT: Duration = Duration::from_secs(600);

/// The way out. Nothing leaves before `open`, since a server says nothing before it is initialized (LSP 3.17, `initialize`).
pub(crate) struct Outgoing {
    jobs: mpsc::UnboundedSender<Job>,
    opening: Option<oneshot::Sender<()>>,
}

impl Outgoing {
    pub(crate) fn new(client: Client, runtime: &tokio::runtime::Handle) -> Outgoing {
        let (jobs, mut waiting) = mpsc::unbounded_channel::<Job>();
        let (opening, opened) = oneshot::channel();
        runtime.spawn(async move {
            if opened.await.is_err() {
                return;
            }
            while let Some(job) = waiting.recv().await {
                job(client.clone()).await;
            }
        });
        Outgoing { jobs, opening: Some(opening) }
    }

    pub(crate) fn open(&mut self) {
        if let Some(opening) = self.opening.take() {
            let _ = opening.send(());
        }
    }

    pub(crate) fn notify<N>(&self, params: N::Params)
    where
        N: Notification,
        N::Params: Send + 'static,
    {
        self.post(Box::new(move |client| {
            Box::pin(async move { client.send_notification::<N>(params).await })
        }));
    }

    /// Sends a request; what comes of it is told to `then`: `Err` also when no answer came in time.
    pub(crate) fn request<R>(
        &self,
        params: R::Params,
        limit: Duration,
        then: impl FnOnce(Result<R::Result, String>) + Send + 'static,
    ) where
        R: Request,
        R::Params: Send + 'static,
        R::Result: Send + 'static,
    {
        self.post(Box::new(move |client| {
            // It is waited for elsewhere, so that whatever follows is not held up by it.
            tokio::spawn(async move {
                let sent = client.send_request::<R>(params);
                let answer = match tokio::time::timeout(limit, sent).await {
                    Ok(answer) => answer.map_err(|error| error.to_string()),
                    Err(_) => Err(format!("no answer within {} s", limit.as_secs())),
                };
                if let Err(error) = &answer {
                    tracing::info!("`{}` came to nothing: {error}", R::METHOD);
                }
                then(answer);
            });
            Box::pin(async {})
        }));
    }

    fn post(&self, job: Job) {
        // The task ends only with the runtime; then there is nobody to send to.
        drop(self.jobs.send(job));
    }
}
