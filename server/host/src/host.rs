//! The host: questions go in, answers and events come out through one callback.

use std::{
    collections::BTreeSet,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use envls_core::{
    action::Recipe,
    session::{Asking, Consent, End, Keep, OperationId, Ticket},
    world::{AbsPath, Answer, Noun, Place, Question, Variables},
};

use crate::{
    answer::Answers,
    choice::Choices,
    environment::Environment,
    installed::{Headers, modules::Modules},
    operation::Operations,
    place::{
        Manner, Places,
        consent::Consents,
        record::{self, Recorded},
    },
    pool::{Pool, Post, Work},
    projects::Memory,
    reading::Reading,
    sources,
    timer::Timer,
    trust::Store,
    watch::Watch,
    workspace::Workspace,
};

/// What the host reports.
#[derive(Clone, Debug)]
pub enum HostEvent {
    /// Answers, each with the ticket of its asking; what was learned along the way has the ticket of what it came with.
    Answered(Vec<(Ticket, Answer)>),
    /// These paths may have changed.
    Touched(Vec<AbsPath>),
    /// These names came or went, and no search for projects goes by them.
    Listed(Vec<AbsPath>),
    /// What is in these files may have changed; they were there before.
    Written(Vec<AbsPath>),
    /// Events were lost: anything may have changed.
    LookAgainAtEverything,
    /// The newest line of what a recipe's command prints.
    Progress { operation: OperationId, line: String },
    /// A recipe has ended, and what its commands printed.
    Finished { operation: OperationId, end: End, output: String },
    /// The time of a `wake_after` has come.
    Woke(u64),
}

/// Where events go. It is called from several threads, and must not block.
pub type Callback = Arc<dyn Fn(Vec<HostEvent>) + Send + Sync>;

/// Answers, watches and runs.
pub struct Host {
    answers: Arc<Answers>,
    watch: Option<Arc<Watch>>,
    pool: Pool,
    operations: Operations,
    places: Places,
    timer: Timer,
    callback: Callback,
}

impl Host {
    /// A host that answers, and watches nothing: what it answered it does not report as changed.
    #[must_use]
    pub fn new(environment: Environment, callback: Callback) -> Host {
        Host::with(environment, callback, |_, _| None)
    }

    /// A host that watches what its answers rest on, by the events of the system wherever there are any.
    #[must_use]
    pub fn watching(environment: Environment, callback: Callback) -> Host {
        Host::with(environment, callback, |it, callback| Some(Watch::by_events(it, callback)))
    }

    /// A host that watches by looking every two seconds.
    #[must_use]
    pub fn polling(environment: Environment, callback: Callback) -> Host {
        Host::with(environment, callback, |it, callback| Some(Watch::by_polling(it, callback)))
    }

    fn with(
        environment: Environment,
        callback: Callback,
        watch: impl FnOnce(Arc<Workspace>, Callback) -> Option<Watch>,
    ) -> Host {
        let workspace = Arc::new(Workspace::new(&environment));
        let watch = watch(Arc::clone(&workspace), Arc::clone(&callback)).map(Arc::new);
        let trust = Store::within(&environment, Arc::clone(&workspace));
        let choices = Choices::within(&environment, Arc::clone(&workspace));
        let consents = Consents::within(&environment, Arc::clone(&workspace));
        let headers = Headers::default();
        let walks = watch.is_some().then(Memory::default);
        let (modules, sources) = (Modules::default(), sources::Read::default());
        let answers = Arc::new(Answers {
            environment,
            workspace,
            headers,
            modules,
            sources,
            trust,
            choices,
            consents,
            walks,
            hurried: AtomicBool::new(false),
        });
        let timer = Timer::default();
        let manner = if watch.is_some() { Manner::Live } else { Manner::Once };
        let places =
            Places::new(Arc::clone(&answers), Arc::clone(&callback), timer.clone(), manner);
        let operations =
            Operations::new(Arc::clone(&answers), places.clone(), Arc::clone(&callback));
        let reading = Reading {
            answers: Arc::clone(&answers),
            watch: watch.clone(),
            timer: timer.clone(),
            callback: Arc::clone(&callback),
            programs: Mutex::default(),
        };
        let work: Work = Arc::new(move |asking| reading.answer(asking));
        let posting = Arc::clone(&callback);
        let post: Post = Arc::new(move |answered| posting(vec![HostEvent::Answered(answered)]));
        let pool = Pool::new(work, post, timer.clone());
        Host { answers, watch, pool, operations, places, timer, callback }
    }

    /// Takes the folders that the editor has open: no program in them is a tool, and none of them says what is trusted.
    pub fn set_workspace(&self, folders: &[AbsPath]) {
        let before = self.answers.workspace.has_folders();
        let differs = self.answers.workspace.set_folders(folders);
        // The first folders come before the first question.
        if differs && before {
            // What was found may be in a workspace now, or may not be any more.
            (self.callback)(vec![HostEvent::LookAgainAtEverything]);
        }
    }

    /// Asks. The answers come through the callback, in any order.
    pub fn ask(&self, askings: Vec<Asking>) {
        let (of_layers, askings): (Vec<_>, Vec<_>) =
            askings.into_iter().partition(|it| Places::is_theirs(&it.question));
        self.places.ask(of_layers);
        if let Some(watch) = &self.watch {
            watch.expect(askings.iter().filter_map(|it| it.question.noun.path()));
        }
        self.pool.ask(askings);
    }

    /// Answers one question on the thread that asks, and watches nothing: for what is asked once, a further thread costs more
    /// than it helps. `None` for a question that the session answers itself.
    #[must_use]
    pub fn answer_now(&self, asking: &Asking) -> Option<Answer> {
        let read = self.answers.read(asking)?;
        let (content, rests_on, also) = (read.content, read.rests_on, read.more);
        Some(Answer { question: asking.question.clone(), content, rests_on, also })
    }

    /// Watches these paths and no others; of what was read a moment ago, the watches stay for a while.
    pub fn retain(&self, wanted: BTreeSet<AbsPath>) {
        self.answers.headers.retain(|it| wanted.contains(it));
        self.answers.modules.retain(|it| wanted.contains(it));
        self.answers.sources.retain(|it| wanted.contains(it));
        if let Some(walks) = &self.answers.walks {
            walks.retain(|it| wanted.contains(it));
        }
        self.places.retain(&wanted);
        if let Some(watch) = &self.watch {
            watch.retain(wanted);
        }
    }

    /// Forgets what is kept so that the answers to these need not be read again; what they rest on is watched all the same.
    pub fn let_go(&self, questions: &[Question]) {
        for question in questions {
            match &question.noun {
                Noun::Metadata(path) => self.answers.headers.forget(path),
                Noun::Modules(path) => self.answers.modules.forget(path),
                Noun::Sources(path) => self.answers.sources.forget(path),
                _ => {}
            }
        }
    }

    /// Compares everything that is watched with what it was, and reports what changed: for when events may have been lost,
    /// as when the editor comes to the front again.
    pub fn look_again(&self) {
        if let Some(watch) = &self.watch {
            watch.look_again();
        }
    }

    /// Reports `Woke(token)` after a while.
    pub fn wake_after(&self, delay: Duration, token: u64) {
        let callback = Arc::clone(&self.callback);
        self.timer.after(delay, move || callback(vec![HostEvent::Woke(token)]));
    }

    /// Runs a recipe on a project's account, if its folder is trusted or the user agreed to just this; `Progress` and, last,
    /// `Finished` are reported. What it set aside stays there until `conclude`.
    pub fn run(
        &self,
        operation: OperationId,
        project: &AbsPath,
        recipe: &Recipe,
        consent: Consent,
    ) {
        self.operations.run(operation, project, recipe, consent);
    }

    /// Tidies up after processes of this user that were killed while a recipe ran, and says what was done. What changed is
    /// reported as touched.
    #[must_use]
    pub fn recover(&self) -> Vec<String> {
        let Some(state) = self.answers.environment.state_folder() else { return Vec::new() };
        let recovered = crate::journal::recover(&state);
        if !recovered.touched.is_empty() {
            (self.callback)(vec![HostEvent::Touched(recovered.touched)]);
        }
        recovered.words
    }

    /// What was written down of the environments that were at a prefix and were replaced, the newest first.
    #[must_use]
    pub fn snapshots(&self, prefix: &AbsPath) -> Vec<AbsPath> {
        let state = self.answers.environment.state_folder();
        state.map(|it| crate::snapshot::kept(&it, prefix)).unwrap_or_default()
    }

    /// Stops a recipe; it is `Finished` soon after.
    pub fn cancel(&self, operation: OperationId) {
        self.operations.cancel(operation);
    }

    /// How long each command of a recipe may take from now on, in place of the usual 15 minutes.
    pub fn limit_time(&self, limit: Duration) {
        self.operations.limit_time(limit);
    }

    /// Removes what a recipe set aside, or puts it back.
    pub fn conclude(&self, operation: OperationId, keep: Keep) {
        self.operations.conclude(operation, keep);
    }

    /// What the user chose.
    #[must_use]
    pub fn choices(&self) -> &Choices {
        &self.answers.choices
    }

    /// From now on the answers of layers are waited for, as long as they may take: for who does something about what is
    /// found, and not for an editor.
    pub fn wait_for_layers(&self) {
        self.places.be_patient();
    }

    /// From now on no tool is waited for that is to say its version; those that are asked already are ended.
    pub fn hurry(&self) {
        self.answers.hurried.store(true, Ordering::Relaxed);
    }

    /// What a layer's tool says when it lists and, where one is named, when it is looked into; asked for by the user.
    #[must_use]
    pub fn record_layer(&self, layer: &Place) -> Vec<Recorded> {
        record::record(&self.answers, layer)
    }

    /// Which layers the user agreed to have looked into.
    #[must_use]
    pub fn consents(&self) -> &Consents {
        &self.answers.consents
    }

    /// Which folders the user trusts.
    #[must_use]
    pub fn trust(&self) -> &Store {
        &self.answers.trust
    }

    /// The variables that a session on this host is started with.
    #[must_use]
    pub fn variables(&self) -> Variables {
        self.answers.environment.told()
    }

    /// How many folders are watched by events of the system, and how many by looking.
    #[must_use]
    pub fn watched(&self) -> (usize, usize) {
        self.watch.as_ref().map_or((0, 0), |it| it.counts())
    }

    /// As if the system had lost events, which no test can bring about on purpose.
    #[doc(hidden)]
    pub fn pretend_overflow(&self) {
        if let Some(watch) = &self.watch {
            watch.pretend_overflow();
        }
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        self.operations.close();
        self.timer.close();
    }
}
