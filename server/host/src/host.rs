//! The host: questions go in, answers and events come out through one callback.

use std::{sync::Arc, time::Duration};

use envls_core::{
    session::{Asking, Ticket},
    world::{AbsPath, Answer},
};

use crate::{
    answer::{Answers, Read},
    environment::Environment,
    installed::Headers,
    pool::{Pool, Post, Work},
    timer::Timer,
    workspace::Workspace,
};

/// What the host reports.
#[derive(Clone, Debug)]
pub enum HostEvent {
    /// Answers, each with the ticket of its asking; what was learned along the way has the ticket of what it came with.
    Answered(Vec<(Ticket, Answer)>),
    /// These paths may have changed.
    Touched(Vec<AbsPath>),
    /// Events were lost: anything may have changed.
    LookAgainAtEverything,
    /// The time of a `wake_after` has come.
    Woke(u64),
}

/// Where events go. It is called from several threads, and must not block.
pub type Callback = Arc<dyn Fn(Vec<HostEvent>) + Send + Sync>;

/// Answers, watches and runs.
pub struct Host {
    answers: Arc<Answers>,
    pool: Pool,
    timer: Timer,
    callback: Callback,
}

impl Host {
    /// A host that answers and does not watch.
    #[must_use]
    pub fn new(environment: Environment, callback: Callback) -> Host {
        let workspace = Workspace::new(&environment);
        let answers = Arc::new(Answers { environment, workspace, headers: Headers::default() });
        let timer = Timer::default();
        let post: Post = {
            let callback = Arc::clone(&callback);
            Arc::new(move |answered| callback(vec![HostEvent::Answered(answered)]))
        };
        let pool = Pool::new(worker(Arc::clone(&answers)), post, timer.clone());
        Host { answers, pool, timer, callback }
    }

    /// Takes the folders that the editor has open: no program in them is a tool, and none of them says what is trusted.
    pub fn set_workspace(&self, folders: &[AbsPath]) {
        self.answers.workspace.set_folders(folders);
    }

    /// Asks. The answers come through the callback, in any order.
    pub fn ask(&self, askings: Vec<Asking>) {
        self.pool.ask(askings);
    }

    /// Reports `Woke(token)` after a while.
    pub fn wake_after(&self, delay: Duration, token: u64) {
        let callback = Arc::clone(&self.callback);
        self.timer.after(delay, move || callback(vec![HostEvent::Woke(token)]));
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        self.timer.close();
    }
}

fn worker(answers: Arc<Answers>) -> Work {
    Arc::new(move |asking| {
        let Some(read) = answers.read(asking) else { return Vec::new() };
        let question = asking.question.clone();
        let Read { content, rests_on, more: also } = read;
        vec![Answer { question, content, rests_on, also }]
    })
}
