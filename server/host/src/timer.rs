//! One thread that sleeps until something is due; with nothing due it sleeps for good.

use std::{
    collections::BTreeMap,
    sync::{Arc, Condvar, Mutex, PoisonError},
    time::{Duration, Instant},
};

/// What is done when it is due; it must not block, since all that is due later waits for it.
type Due = Box<dyn FnOnce() + Send>;

#[derive(Clone, Default)]
pub(crate) struct Timer {
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    /// By the time, and by the order of asking for the same time.
    due: BTreeMap<(Instant, u64), Due>,
    asked: u64,
    running: bool,
    closed: bool,
}

impl Timer {
    pub(crate) fn after(&self, delay: Duration, due: impl FnOnce() + Send + 'static) {
        let mut state = self.shared.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.asked += 1;
        let key = (Instant::now() + delay, state.asked);
        state.due.insert(key, Box::new(due));
        if !state.running {
            let shared = Arc::clone(&self.shared);
            let named = std::thread::Builder::new().name("envls timer".to_owned());
            state.running = named.spawn(move || shared.run()).is_ok();
        }
        drop(state);
        self.shared.changed.notify_one();
    }

    pub(crate) fn close(&self) {
        let mut state = self.shared.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.closed = true;
        state.due.clear();
        drop(state);
        self.shared.changed.notify_one();
    }
}

impl Shared {
    fn run(&self) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        while !state.closed {
            let first = state.due.keys().next().copied();
            let now = Instant::now();
            match first {
                Some(key) if key.0 <= now => {
                    let due = state.due.remove(&key);
                    drop(state);
                    due.into_iter().for_each(|it| it());
                    state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
                }
                Some(key) => {
                    let wait = self.changed.wait_timeout(state, key.0 - now);
                    state = wait.unwrap_or_else(PoisonError::into_inner).0;
                }
                None => {
                    state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
                }
            }
        }
    }
}
