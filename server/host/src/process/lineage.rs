//! A command that may outlive the process that started it, known again by its session and by when it began: numbers of processes
//! are given again (*proc(5)*, `/proc/pid/stat`).

use serde::{Deserialize, Serialize};

/// A command in a session of its own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Child {
    id: u32,
    /// In ticks since the system was started.
    start: u64,
    /// Which start of the system that was.
    boot: String,
}

#[cfg(target_os = "linux")]
pub(crate) use linux::{end, of};

#[cfg(target_os = "linux")]
mod linux {
    use std::{
        fs,
        time::{Duration, Instant},
    };

    use rustix::process::{Pid, Signal, kill_process};

    use super::Child;

    /// How long the end of what was killed is waited for.
    const PATIENCE: Duration = Duration::from_secs(5);

    pub(crate) fn of(id: u32) -> Option<Child> {
        let stat = stat(id)?;
        Some(Child { id, start: stat.start, boot: boot()? })
    }

    /// Ends all that is left of a command. Whether there was anything.
    pub(crate) fn end(child: &Child) -> bool {
        if boot().as_ref() != Some(&child.boot) {
            return false;
        }
        let found = |_: &()| left(child);
        let first = found(&());
        let until = Instant::now() + PATIENCE;
        let mut now = first.clone();
        while !now.is_empty() && Instant::now() < until {
            for id in &now {
                let pid = i32::try_from(*id).ok().and_then(Pid::from_raw);
                if let Some(pid) = pid {
                    let _ = kill_process(pid, Signal::KILL);
                }
            }
            std::thread::sleep(Duration::from_millis(10));
            now = found(&());
        }
        !first.is_empty()
    }

    /// The processes of its session. While one of them lives, no other session can have its number.
    fn left(child: &Child) -> Vec<u32> {
        let Ok(entries) = fs::read_dir("/proc") else { return Vec::new() };
        let ids = entries.filter_map(|it| it.ok()?.file_name().to_str()?.parse::<u32>().ok());
        let all: Vec<(u32, Stat)> = ids.filter_map(|it| Some((it, stat(it)?))).collect();
        let ours = |stat: &Stat| stat.session == child.id && stat.start >= child.start;
        let leader = all.iter().find(|it| it.0 == child.id);
        if leader.is_some_and(|it| it.1.start != child.start) {
            return Vec::new();
        }
        all.iter().filter(|it| ours(&it.1) && it.1.state != 'Z').map(|it| it.0).collect()
    }

    struct Stat {
        state: char,
        session: u32,
        start: u64,
    }

    fn stat(id: u32) -> Option<Stat> {
        let text = fs::read_to_string(format!("/proc/{id}/stat")).ok()?;
        // The name in parentheses may hold anything.
        let mut fields = text.rsplit_once(')')?.1.split_whitespace();
        let state = fields.next()?.chars().next()?;
        let session = fields.nth(2)?.parse().ok()?;
        let start = fields.nth(15)?.parse().ok()?;
        Some(Stat { state, session, start })
    }

    fn boot() -> Option<String> {
        let text = fs::read_to_string("/proc/sys/kernel/random/boot_id").ok()?;
        Some(text.trim().to_owned())
    }
}

/// Elsewhere nothing tells for sure whose a process is, so none is ended.
#[cfg(not(target_os = "linux"))]
pub(crate) fn of(_id: u32) -> Option<Child> {
    None
}

#[cfg(not(target_os = "linux"))]
pub(crate) fn end(_child: &Child) -> bool {
    false
}
