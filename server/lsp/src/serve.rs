//! The life of the server, from its start to its exit code.

use std::{
    io::{Read, Write},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
        mpsc as channel,
    },
    time::Duration,
};

use anyhow::Context as _;
use envls_host::{
    environment::Environment,
    host::{Callback, Host},
};
use tokio::{runtime, sync::Notify, sync::mpsc};
use tower_lsp::{LspService, Server};

use crate::{
    backend::Backend,
    inbox::{Inbox, Message},
    log::{self, Places},
    outgoing::Outgoing,
    pipe,
    shell::{Parts, Shell},
};

/// As many requests may wait for their answers. Each is answered by the loop without waiting for the client, so this many
/// never do; with few, those that wait would hold up the client's own answers (tower-lsp runs them all in one task).
const CONCURRENCY: usize = 1024;
/// How long the loop may take to put its operations away.
const FAREWELL: Duration = Duration::from_millis(1850);
/// How long the client may take to read what was said last.
const LAST_WORDS: Duration = Duration::from_millis(150);

/// What the server is started with.
pub struct Options {
    /// The variables of the process.
    pub environment: Environment,
    pub input: Box<dyn Read + Send>,
    pub output: Box<dyn Write + Send>,
}

impl Options {
    /// Standard input and output, and the variables of this process.
    #[must_use]
    pub fn standard() -> Options {
        Options {
            environment: Environment::of_this_process(),
            input: Box::new(std::io::stdin()),
            output: Box::new(std::io::stdout()),
        }
    }
}

/// Serves one client until it says `exit`, or is gone. Gives the exit code: 0 after `shutdown`, 1 without it (LSP 3.17,
/// `exit`).
///
/// # Errors
/// When no thread can be started.
pub fn serve(options: Options) -> anyhow::Result<i32> {
    let Options { environment, input, output } = options;
    let places = Places::new(&environment);
    log::start(&places);
    tracing::info!("envls {} begins to serve", env!("CARGO_PKG_VERSION"));
    let runtime = runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .context("starting the threads of the protocol")?;
    let client_gone = Arc::new(Notify::new());
    let outlet = pipe::Outlet::start(output, Arc::clone(&client_gone))
        .context("starting to write to the client")?;
    let shut_down = Arc::new(AtomicBool::new(false));
    let inlet = pipe::inlet(input, outlet.clone(), Arc::clone(&shut_down))
        .context("starting to read from the client")?;

    let (inbox, messages) = mpsc::unbounded_channel();
    let mut client = None;
    let backend = Backend { inbox: inbox.clone() };
    let service = LspService::build(|it| {
        client = Some(it);
        backend
    });
    let (service, socket) = service
        .custom_method("window/workDoneProgress/cancel", Backend::cancel_progress)
        .custom_method("$/setTrace", Backend::set_trace)
        .custom_method("envls/didGrantTrust", Backend::did_grant_trust)
        .custom_method("envls/environments", Backend::environments)
        .custom_method("envls/activeEnvironment", Backend::active_environment)
        .custom_method("envls/setActiveEnvironment", Backend::set_active_environment)
        .custom_method("envls/environmentVariables", Backend::environment_variables)
        .finish();
    let client = client.expect("the service has just been built with it");

    let shell = Shell::new(Parts {
        host: Host::watching(environment, callback(inbox.clone())),
        outgoing: Outgoing::new(client, runtime.handle()),
        inbox: inbox.clone(),
        runtime: runtime.handle().clone(),
        places,
        client_gone: Arc::clone(&client_gone),
    });
    let ended = start_loop(shell, messages)?;

    runtime.block_on(async {
        let server = Server::new(inlet, outlet.clone(), socket).concurrency_level(CONCURRENCY);
        tokio::select! {
            () = server.serve(service) => {}
            () = client_gone.notified() => {}
            () = told_to_end() => {}
        }
    });

    drop(inbox.send(Message::End));
    // The loop drops the host, which ends what it runs; a file system that hangs must not keep us.
    let _ = ended.recv_timeout(FAREWELL);
    outlet.finish(LAST_WORDS);
    runtime.shutdown_background();
    let code = i32::from(!shut_down.load(Ordering::Relaxed));
    tracing::info!("envls ends with code {code}");
    Ok(code)
}

/// The system or the user wants the process to end: what it runs must end too, so it does so in good order.
#[cfg(unix)]
async fn told_to_end() {
    use tokio::signal::unix::{SignalKind, signal};
    let kinds = [SignalKind::terminate(), SignalKind::interrupt(), SignalKind::hangup()];
    let [Ok(mut terminate), Ok(mut interrupt), Ok(mut hangup)] = kinds.map(signal) else {
        return std::future::pending().await;
    };
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
        _ = hangup.recv() => {}
    }
}

#[cfg(not(unix))]
async fn told_to_end() {
    std::future::pending().await
}

fn callback(inbox: Inbox) -> Callback {
    Arc::new(move |reports| drop(inbox.send(Message::Host(reports))))
}

/// The loop has a thread of its own: what it computes never holds up the reading and writing of messages.
fn start_loop(
    shell: Shell,
    messages: mpsc::UnboundedReceiver<Message>,
) -> anyhow::Result<channel::Receiver<()>> {
    let (ending, ended) = channel::channel();
    let named = std::thread::Builder::new().name("envls loop".to_owned());
    let body = move || {
        shell.run(messages);
        drop(ending);
    };
    named.spawn(body).context("starting the loop")?;
    Ok(ended)
}
