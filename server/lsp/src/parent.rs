//! Notices the death of the client's process, also when somebody else holds its pipes open (LSP 3.17, `processId`).

use std::sync::Arc;

use tokio::sync::Notify;

/// Tells `gone` once the process has ended. A thread sleeps until then.
pub(crate) fn watch(process: u32, gone: Arc<Notify>) {
    let named = std::thread::Builder::new().name("envls client".to_owned());
    let started = named.spawn(move || {
        if wait(process) {
            tracing::warn!("the client's process {process} has ended");
            gone.notify_one();
        }
    });
    if let Err(error) = started {
        tracing::warn!("the client's process cannot be watched: {error}");
    }
}

/// Waits for the end of a process; false when that cannot be seen.
#[cfg(unix)]
fn wait(process: u32) -> bool {
    use rustix::process::Pid;
    let Some(pid) = i32::try_from(process).ok().and_then(Pid::from_raw) else { return false };
    #[cfg(target_os = "linux")]
    if let Some(ended) = wait_for_descriptor(pid) {
        return ended;
    }
    while !matches!(rustix::process::test_kill_process(pid), Err(rustix::io::Errno::SRCH)) {
        std::thread::sleep(std::time::Duration::from_secs(1));
    }
    true
}

/// A process's descriptor becomes readable when it ends (`pidfd_open(2)`, Linux 5.3); `None` on older systems.
#[cfg(target_os = "linux")]
fn wait_for_descriptor(pid: rustix::process::Pid) -> Option<bool> {
    use rustix::{
        event::{PollFd, PollFlags, poll},
        io::Errno,
        process::{PidfdFlags, pidfd_open},
    };
    let descriptor = match pidfd_open(pid, PidfdFlags::empty()) {
        Ok(descriptor) => descriptor,
        Err(Errno::SRCH) => return Some(true),
        Err(_) => return None,
    };
    loop {
        match poll(&mut [PollFd::new(&descriptor, PollFlags::IN)], None) {
            Ok(_) => return Some(true),
            Err(Errno::INTR) => {}
            Err(_) => return None,
        }
    }
}

/// Elsewhere the end of standard input is all that tells.
#[cfg(not(unix))]
fn wait(_: u32) -> bool {
    false
}
