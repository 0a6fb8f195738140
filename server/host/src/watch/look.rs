//! Looks at stamps: when asked to, now and then for whatever events may have been lost, and often where there are none.

use std::{
    collections::BTreeSet,
    sync::{Condvar, Mutex, PoisonError},
    time::{Duration, Instant},
};

use envls_core::world::AbsPath;

use super::{Interest, Shared, stamp::Stamp, table::Table};

/// How often everything is looked at without being asked to.
const RARELY: Duration = Duration::from_secs(60);
/// How often what gives no events is looked at.
const POLL: Duration = Duration::from_secs(2);

/// What the looking thread is to do.
#[derive(Default)]
pub(super) struct Looks {
    orders: Mutex<Orders>,
    changed: Condvar,
}

#[derive(Default)]
struct Orders {
    retain: Option<BTreeSet<AbsPath>>,
    look_again: bool,
    polls: bool,
    close: bool,
}

impl Looks {
    pub(super) fn retain(&self, wanted: BTreeSet<AbsPath>) {
        self.order(|it| it.retain = Some(wanted));
    }

    pub(super) fn look_again(&self) {
        self.order(|it| it.look_again = true);
    }

    pub(super) fn wake_for_polling(&self, table: &Table) {
        let polls = table.polls();
        let differs = self.orders.lock().unwrap_or_else(PoisonError::into_inner).polls != polls;
        if differs {
            self.order(|it| it.polls = polls);
        }
    }

    pub(super) fn close(&self) {
        self.order(|it| it.close = true);
    }

    fn order(&self, change: impl FnOnce(&mut Orders)) {
        change(&mut self.orders.lock().unwrap_or_else(PoisonError::into_inner));
        self.changed.notify_one();
    }

    /// Waits until there is something to do, or it is time to look. What was ordered, and whether polling goes on.
    fn wait(&self, rarely: Instant, poll: Instant) -> Orders {
        let mut orders = self.orders.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            let until = if orders.polls { poll.min(rarely) } else { rarely };
            let left = until.saturating_duration_since(Instant::now());
            let ordered = orders.close || orders.look_again || orders.retain.is_some();
            if ordered || left.is_zero() {
                let polls = orders.polls;
                let next = Orders { polls, close: orders.close, ..Orders::default() };
                return std::mem::replace(&mut *orders, next);
            }
            let waited = self.changed.wait_timeout(orders, left);
            orders = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
    }
}

/// Looks until the watcher ends.
pub(super) fn run(shared: &Shared) {
    let mut rarely = Instant::now() + RARELY;
    let mut poll = Instant::now() + POLL;
    loop {
        let orders = shared.looks.wait(rarely, poll);
        if orders.close {
            return;
        }
        if let Some(wanted) = orders.retain {
            take_up(shared, wanted);
        }
        let now = Instant::now();
        let everything = orders.look_again || now >= rarely;
        if everything {
            let stamps = shared.lock().stamps(false);
            look(shared, stamps);
            rarely = Instant::now() + RARELY;
        }
        // What gives no events may also hang, so it comes last.
        if everything || orders.polls && now >= poll {
            let stamps = shared.lock().stamps(true);
            look(shared, stamps);
            poll = Instant::now() + POLL;
        }
    }
}

/// Watches what the session wants. What it wants and nobody watched may have changed since it was read.
fn take_up(shared: &Shared, wanted: BTreeSet<AbsPath>) {
    let missing = shared.lock().retain(wanted);
    for path in &missing {
        shared.aim(path, Some(Interest::All));
        let stamp = Stamp::of(path);
        shared.lock().set_stamp(path, stamp);
    }
    shared.looks.wake_for_polling(&shared.lock());
    shared.report(missing);
}

fn look(shared: &Shared, stamps: Vec<(AbsPath, Stamp)>) {
    let mut changed = Vec::new();
    for (path, before) in stamps {
        let now = Stamp::of(&path);
        if now == before {
            continue;
        }
        shared.aim(&path, None);
        shared.lock().set_stamp(&path, now);
        changed.push(path);
    }
    shared.report(changed);
}
