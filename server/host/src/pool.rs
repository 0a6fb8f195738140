//! The threads that answer questions: few, replaced while a file system keeps them waiting, and never taken down by a panic.

use std::{
    collections::VecDeque,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, Condvar, LazyLock, Mutex, PoisonError},
    time::Duration,
};

use envls_core::{
    session::{Asking, Ticket, Urgency},
    world::{Answer, Content, Fault, Noun},
};

use crate::timer::Timer;

/// Parsing recurses; a deep document needs a deep stack. It is address space, not memory.
pub(crate) const STACK: usize = 32 * 1024 * 1024;
/// As many at most, when file systems hang.
const WORKER_LIMIT: usize = 16;
/// When for so long nothing was taken from the queue, the workers are taken to hang.
const PATIENCE: Duration = Duration::from_millis(500);
/// So many answers are handed over at once, while more are coming.
const BATCH: usize = 64;

type Answered = Vec<(Ticket, Answer)>;
/// Answers a question; `None` for one that the session answers itself.
pub(crate) type Work = Arc<dyn Fn(&Asking) -> Option<Answer> + Send + Sync>;
pub(crate) type Post = Arc<dyn Fn(Answered) + Send + Sync>;

pub(crate) struct Pool {
    shared: Arc<Shared>,
}

struct Shared {
    state: Mutex<State>,
    available: Condvar,
    /// How many workers there are while nothing hangs.
    usual: usize,
    work: Work,
    post: Post,
    timer: Timer,
}

#[derive(Default)]
struct State {
    /// What somebody waits for is taken first.
    urgent: VecDeque<Asking>,
    queue: VecDeque<Asking>,
    ready: Answered,
    workers: usize,
    idle: usize,
    /// Counts what was taken from the queue, to see whether the workers go on.
    taken: u64,
    watched: bool,
    /// What takes long and has threads of its own: answered one after the other, apart from all else.
    long: VecDeque<Asking>,
    answers_long: bool,
    closed: bool,
}

impl State {
    fn length(&self) -> usize {
        self.urgent.len() + self.queue.len()
    }

    fn pop(&mut self) -> Option<Asking> {
        self.urgent.pop_front().or_else(|| self.queue.pop_front())
    }
}

impl Pool {
    pub(crate) fn new(work: Work, post: Post, timer: Timer) -> Pool {
        let usual = cores().clamp(2, 4);
        let (state, available) = (Mutex::default(), Condvar::new());
        Pool { shared: Arc::new(Shared { state, available, usual, work, post, timer }) }
    }

    pub(crate) fn ask(&self, askings: Vec<Asking>) {
        let (walks, askings): (Vec<_>, Vec<_>) =
            askings.into_iter().partition(|it| matches!(it.question.noun, Noun::Projects(_)));
        let (long, askings): (Vec<_>, Vec<_>) = askings
            .into_iter()
            .partition(|it| matches!(it.question.noun, Noun::Sources(_) | Noun::Modules(_)));
        self.shared.ask_long(long);
        // A walk takes as long as the folder is large, and nothing else waits for it.
        for walk in walks {
            let shared = Arc::clone(&self.shared);
            start("envls walk", move || (shared.post)(shared.answers(&walk)));
        }
        if askings.is_empty() {
            return;
        }
        let mut state = self.shared.lock();
        let (urgent, others): (Vec<_>, Vec<_>) =
            askings.into_iter().partition(|it| it.urgency == Urgency::Now);
        state.urgent.extend(urgent);
        state.queue.extend(others);
        let mut free = state.idle;
        while state.workers < self.shared.usual && free < state.length() {
            self.shared.hire(&mut state);
            free += 1;
        }
        self.shared.look_after(&mut state);
        drop(state);
        self.shared.available.notify_all();
    }
}

impl Drop for Pool {
    /// Who waits for a file system that hangs is left to it; the others end.
    fn drop(&mut self) {
        self.shared.lock().closed = true;
        self.shared.available.notify_all();
    }
}

impl Shared {
    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// One project's sources after another's, so that they never take more threads than there are cores.
    fn ask_long(self: &Arc<Self>, askings: Vec<Asking>) {
        if askings.is_empty() {
            return;
        }
        let mut state = self.lock();
        // What is installed takes less, and more rests on it.
        for asking in askings {
            match asking.question.noun {
                Noun::Modules(_) => state.long.push_front(asking),
                _ => state.long.push_back(asking),
            }
        }
        if std::mem::replace(&mut state.answers_long, true) {
            return;
        }
        drop(state);
        let shared = Arc::clone(self);
        let started = start("envls sources", move || {
            while let Some(asking) = shared.next_long() {
                let answers = shared.answers(&asking);
                shared.hand_over(answers);
            }
        });
        if !started {
            self.lock().answers_long = false;
        }
    }

    fn next_long(&self) -> Option<Asking> {
        let mut state = self.lock();
        let next = if state.closed { None } else { state.long.pop_front() };
        state.answers_long = next.is_some();
        next
    }

    fn hire(self: &Arc<Self>, state: &mut State) {
        let shared = Arc::clone(self);
        if start("envls answers", move || shared.run()) {
            state.workers += 1;
        }
    }

    fn run(self: Arc<Self>) {
        while let Some(asking) = self.next() {
            let answers = self.answers(&asking);
            let mut state = self.lock();
            state.ready.extend(answers);
            // What somebody waits for does not wait for what comes after it.
            let awaited = asking.urgency == Urgency::Now && state.urgent.is_empty();
            let due = if awaited || state.ready.len() >= BATCH {
                take(&mut state.ready)
            } else {
                Vec::new()
            };
            drop(state);
            self.hand_over(due);
        }
    }

    /// Waits for the next question; what is ready is handed over before anything that may take time.
    fn next(&self) -> Option<Asking> {
        let mut state = self.lock();
        loop {
            if state.closed {
                return None;
            }
            let next = state.pop();
            state.taken += u64::from(next.is_some());
            if state.length() == 0 && !state.ready.is_empty() {
                let due = take(&mut state.ready);
                drop(state);
                self.hand_over(due);
                if next.is_some() {
                    return next;
                }
                state = self.lock();
                continue;
            }
            if next.is_some() {
                return next;
            }
            if state.workers > self.usual {
                state.workers -= 1;
                return None;
            }
            state.idle += 1;
            state = self.available.wait(state).unwrap_or_else(PoisonError::into_inner);
            state.idle -= 1;
        }
    }

    /// Sees to it that questions are taken from the queue even when every worker hangs.
    fn look_after(self: &Arc<Self>, state: &mut State) {
        if state.watched || state.length() == 0 {
            return;
        }
        state.watched = true;
        let shared = Arc::clone(self);
        let taken = state.taken;
        self.timer.after(PATIENCE, move || {
            let mut state = shared.lock();
            state.watched = false;
            let stuck = state.taken == taken && state.length() > 0 && !state.closed;
            if stuck {
                tracing::warn!(workers = state.workers, "questions wait; a file system may hang");
                // As many again, since what hangs seldom hangs alone.
                let more = state.workers.min(WORKER_LIMIT.saturating_sub(state.workers));
                (0..more.min(state.length())).for_each(|_| shared.hire(&mut state));
            }
            shared.look_after(&mut state);
        });
    }

    fn hand_over(&self, answers: Answered) {
        if !answers.is_empty() {
            (self.post)(answers);
        }
    }

    fn answers(&self, asking: &Asking) -> Answered {
        let answers = catch_unwind(AssertUnwindSafe(|| (self.work)(asking)));
        let answers = answers.unwrap_or_else(|panic| failed(asking, &*panic));
        answers.into_iter().map(|it| (asking.ticket, it)).collect()
    }
}

/// How many threads run at once. Finding out reads several files on Linux, and it does not change.
pub(crate) fn cores() -> usize {
    static CORES: LazyLock<usize> =
        LazyLock::new(|| std::thread::available_parallelism().map_or(2, usize::from));
    *CORES
}

fn take(ready: &mut Answered) -> Answered {
    std::mem::take(ready)
}

/// Starts a thread with the deep stack. Whether it could be started.
pub(crate) fn start(name: &str, body: impl FnOnce() + Send + 'static) -> bool {
    let named = std::thread::Builder::new().name(name.to_owned()).stack_size(STACK);
    let started = named.spawn(body);
    if let Err(error) = &started {
        tracing::error!(%error, name, "a thread cannot be started");
    }
    started.is_ok()
}

/// The answer in place of the one that a panic swallowed.
fn failed(asking: &Asking, panic: &(dyn std::any::Any + Send)) -> Option<Answer> {
    let words = panic.downcast_ref::<&str>().map(|it| (*it).to_owned());
    let words = words.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_default();
    tracing::error!(question = %asking.question, %words, "answering panicked");
    let fault = Fault::Other(format!("answering failed: {words}"));
    let content = Content::fault(&asking.question.noun, fault)?;
    Some(Answer::new(asking.question.clone(), content))
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::{Receiver, Sender, channel};

    use envls_core::world::{AbsPath, Question, Reply};

    use super::*;

    fn pool(work: impl Fn(&str) + Send + Sync + 'static) -> (Pool, Receiver<Answered>) {
        let (sender, answers) = channel();
        let work: Work = Arc::new(move |asking| {
            let Noun::Program(name) = &asking.question.noun else { return None };
            work(name);
            Some(Answer::new(asking.question.clone(), Content::Program(Reply::Absent)))
        });
        let post: Post = Arc::new(move |answered| drop(sender.send(answered)));
        (Pool::new(work, post, Timer::default()), answers)
    }

    fn ask(pool: &Pool, names: &[&str]) {
        let asking = |(at, name): (usize, &&str)| Asking {
            ticket: Ticket(at as u64),
            question: Question::here(Noun::Program((*name).to_owned())),
            open: None,
            urgency: Urgency::Later,
        };
        pool.ask(names.iter().enumerate().map(asking).collect());
    }

    fn next(answers: &Receiver<Answered>) -> Answered {
        answers.recv_timeout(Duration::from_secs(60)).expect("an answer")
    }

    #[test]
    fn questions_that_hang_do_not_keep_the_others_waiting() {
        let (release, released): (Sender<()>, Receiver<()>) = channel();
        let released = Mutex::new(released);
        let (pool, answers) = pool(move |name| {
            if name == "hang" {
                let _ = released.lock().expect("no one panics with it").recv();
            }
        });
        // More of them than there are workers.
        ask(&pool, &["hang", "hang", "hang", "hang", "hang", "hang", "quick"]);
        let first = next(&answers);
        assert_eq!(first.first().map(|it| it.0), Some(Ticket(6)));
        drop(release);
        let mut left = 6;
        while left > 0 {
            left -= next(&answers).len();
        }
    }

    #[test]
    fn a_panic_is_an_answer_and_takes_nothing_down() {
        let (pool, answers) = pool(|name| assert!(name != "bad", "as foreseen"));
        for _ in 0..20 {
            ask(&pool, &["bad"]);
            let (_, answer) = next(&answers).remove(0);
            let expected = Fault::Other("answering failed: as foreseen".to_owned());
            assert_eq!(answer.content, Content::Program(Reply::Fault(expected)));
        }
        ask(&pool, &["good"]);
        let (_, answer) = next(&answers).remove(0);
        assert_eq!(answer.content, Content::Program(Reply::Absent));
        // An answer in place of every kind of question is of its kind.
        let path = AbsPath::new("/x");
        for noun in [Noun::Text(path.clone()), Noun::Machine, Noun::Trust(path)] {
            let question = Question::here(noun);
            let asking = Asking { ticket: Ticket(0), question, open: None, urgency: Urgency::Now };
            let answer = failed(&asking, &"words").expect("the shell answers it");
            assert!(answer.content.fits(&asking.question.noun));
        }
    }

    #[test]
    fn many_questions_are_answered_in_few_batches_and_each_once() {
        let (pool, answers) = pool(|_| {});
        ask(&pool, &["x"; 10_000]);
        let mut seen = Vec::new();
        while seen.len() < 10_000 {
            seen.extend(next(&answers).into_iter().map(|it| it.0));
        }
        seen.sort_unstable();
        assert!(seen.iter().enumerate().all(|(at, it)| *it == Ticket(at as u64)));
    }
}
