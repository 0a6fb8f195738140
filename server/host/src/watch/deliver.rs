//! Turns the system's events into reports: the first one at once, a burst in one.

use std::{
    collections::BTreeMap,
    sync::mpsc::{Receiver, RecvTimeoutError},
    time::{Duration, Instant},
};

use envls_core::world::AbsPath;

use super::{
    Shared,
    source::{Change, Raw},
    table::Affected,
};
use crate::{disk::entry, host::HostEvent};

/// After a quiet time, what belongs to the first event is waited for so long; a file that is saved is several events.
const FIRST: Window = Window { quiet: Duration::from_millis(2), longest: Duration::from_millis(5) };
/// In a burst.
const BURST: Window =
    Window { quiet: Duration::from_millis(20), longest: Duration::from_millis(50) };

#[derive(Clone, Copy)]
struct Window {
    /// So long without an event, and the window closes.
    quiet: Duration,
    longest: Duration,
}

/// What a window holds.
#[derive(Default)]
struct Batch {
    changes: BTreeMap<AbsPath, Change>,
    overflow: bool,
    close: bool,
}

impl Batch {
    fn take_in(&mut self, raw: Raw) {
        match raw {
            Raw::Changed(path, change) => {
                let strongest = self.changes.entry(path).or_insert(change);
                *strongest = (*strongest).max(change);
            }
            Raw::Overflow => self.overflow = true,
            Raw::Close => self.close = true,
        }
    }
}

/// Waits for events until the watcher ends.
pub(super) fn run(shared: &Shared, raw: &Receiver<Raw>) {
    let mut delivered: Option<Instant> = None;
    while let Ok(first) = raw.recv() {
        let calm = delivered.is_none_or(|it| it.elapsed() >= BURST.longest);
        let batch = gather(first, if calm { FIRST } else { BURST }, raw);
        if batch.close {
            return;
        }
        if settle(shared, batch) {
            delivered = Some(Instant::now());
        }
    }
}

fn gather(first: Raw, window: Window, raw: &Receiver<Raw>) -> Batch {
    let mut batch = Batch::default();
    batch.take_in(first);
    let until = Instant::now() + window.longest;
    while !batch.close {
        let left = until.saturating_duration_since(Instant::now()).min(window.quiet);
        match raw.recv_timeout(left) {
            Ok(next) => batch.take_in(next),
            Err(RecvTimeoutError::Timeout) => break,
            Err(RecvTimeoutError::Disconnected) => batch.close = true,
        }
        if Instant::now() >= until {
            break;
        }
    }
    batch
}

/// Moves the watches, then reports, so that who reads after the report reads what is watched. Whether there was something.
fn settle(shared: &Shared, batch: Batch) -> bool {
    // What was seen before the events must not answer what is asked after them.
    entry::forget_recent();
    if batch.overflow {
        tracing::info!("file events were lost; looking at everything again");
        look_at_everything(shared);
        return true;
    }
    let mut affected = Affected::default();
    let mut table = shared.lock();
    for (path, change) in &batch.changes {
        table.note(path, *change, &mut affected);
    }
    drop(table);
    affected.aim_again.iter().for_each(|it| shared.aim(it, None));
    let written = std::mem::take(&mut affected.written);
    let (touched, listed) = affected.take();
    let written = written.into_iter().filter(|it| touched.binary_search(it).is_err()).collect();
    let mut reports =
        vec![HostEvent::Touched(touched), HostEvent::Listed(listed), HostEvent::Written(written)];
    reports.retain(|it| match it {
        HostEvent::Touched(paths) | HostEvent::Listed(paths) | HostEvent::Written(paths) => {
            !paths.is_empty()
        }
        _ => true,
    });
    let any = !reports.is_empty();
    if any {
        (shared.callback)(reports);
    }
    any
}

fn look_at_everything(shared: &Shared) {
    let mut table = shared.lock();
    table.watch_everything_again();
    let paths = table.paths();
    drop(table);
    paths.iter().for_each(|it| shared.aim(it, None));
    (shared.callback)(vec![HostEvent::LookAgainAtEverything]);
}
