//! Watch, then read: no change falls between an answer and the watches on what it rests on.

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, SystemTime},
};

use envls_core::{
    session::Asking,
    world::{AbsPath, Answer, Content, Noun, Reply},
};

use crate::{
    answer::{Answers, Read},
    host::{Callback, HostEvent},
    timer::Timer,
    watch::{Interest, Watch, Watched},
};

/// How often an answer is read anew because it led to paths that nobody watched before.
const ROUNDS: usize = 4;
/// What changed while it was read is reported after its answer; so much later.
const AFTER: Duration = Duration::from_millis(20);

/// Reads answers, and has what they rest on watched.
pub(crate) struct Reading {
    pub(crate) answers: Arc<Answers>,
    pub(crate) watch: Option<Arc<Watch>>,
    pub(crate) timer: Timer,
    pub(crate) callback: Callback,
    /// The programs that were found, which a project found later may turn out to bring.
    pub(crate) programs: Mutex<BTreeSet<AbsPath>>,
}

impl Reading {
    /// The answer to a question; `None` for one that the session answers itself.
    pub(crate) fn answer(&self, asking: &Asking) -> Option<Answer> {
        let read = match (&self.watch, &asking.question.noun) {
            (None, _) => self.answers.read(asking)?,
            (Some(watch), Noun::Projects(folder)) => self.walk(watch, folder, asking)?,
            (Some(watch), _) => self.read(watch, asking)?,
        };
        let Read { content, rests_on, more: also } = read;
        if let Content::Program(Reply::Known(program)) = &content {
            self.programs.lock().unwrap_or_else(PoisonError::into_inner).insert(program.clone());
        }
        Some(Answer { question: asking.question.clone(), content, rests_on, also })
    }

    fn read(&self, watch: &Watch, asking: &Asking) -> Option<Read> {
        if let Some(path) = asking.question.noun.path() {
            watch.before_reading(std::slice::from_ref(path), Interest::All);
        }
        let mut read = self.answers.read(asking)?;
        for _ in 0..ROUNDS {
            if watch.before_reading(&read.rests_on, Interest::All) == Watched::Before {
                break;
            }
            read = self.answers.read(asking)?;
        }
        Some(read)
    }

    /// A walk is too long to be done twice for every folder that it meets: what changed meanwhile is reported afterwards.
    fn walk(&self, watch: &Watch, folder: &AbsPath, asking: &Asking) -> Option<Read> {
        watch.before_reading(std::slice::from_ref(folder), Interest::Walk);
        let since = SystemTime::now();
        let read = self.answers.read(asking)?;
        let roots = read.more.iter().filter_map(|it| it.question.noun.path()).cloned();
        let mut changed = watch.after_reading(&roots.collect::<Vec<_>>(), since, Interest::All);
        changed.extend(watch.after_reading(&read.rests_on, since, Interest::Walk));
        let programs = self.programs.lock().unwrap_or_else(PoisonError::into_inner);
        changed.extend(programs.iter().filter(|it| self.answers.is_brought(it)).cloned());
        drop(programs);
        if !changed.is_empty() {
            let callback = Arc::clone(&self.callback);
            self.timer.after(AFTER, move || callback(vec![HostEvent::Touched(changed)]));
        }
        Some(read)
    }
}
