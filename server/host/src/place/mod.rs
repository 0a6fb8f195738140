//! Looks into layers: one round trip for all that is asked of one at a time, and nobody who waits for it but what rests on it.
//!
//! Where things are watched, an editor must not wait for a slow guest: what was known is answered at once and looked at again,
//! what is not known is answered as not known yet after a moment, and told when it is.

pub mod consent;
mod mirror;
pub mod record;
mod round;
mod tool;
pub(crate) mod work;

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use envls_core::{
    place::instance::{Instance, Unreachable},
    session::{Asking, Ticket},
    world::{AbsPath, Answer, Content, Fault, Noun, Place, Question, Reply},
};

use self::tool::Tools;
use crate::{
    answer::Answers,
    host::{Callback, HostEvent},
    pool,
    timer::Timer,
};

/// How long an answer is waited for before it is said that there is none yet.
const PATIENCE: Duration = Duration::from_millis(1500);
/// How often it is looked whether what runs is still the same.
const PAUSE: Duration = Duration::from_secs(30);
/// After so many of these pauses everything that is known of a place is looked at again: nobody reports what changes inside.
const LOOK_EVERY: u32 = 2;

/// Whether answers may come in two parts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Manner {
    /// Things are watched: nobody waits, and what is found later is told later.
    Live,
    /// Each question is asked once and waits for its answer.
    Once,
}

#[derive(Clone)]
pub(crate) struct Places {
    shared: Arc<Shared>,
}

struct Shared {
    tools: Tools,
    callback: Callback,
    timer: Timer,
    manner: Manner,
    /// Nobody sits before an editor: answers are waited for, however long they take.
    patient: AtomicBool,
    desks: Mutex<BTreeMap<Place, Desk>>,
}

/// What is known of one place, and what is asked of it.
#[derive(Default)]
struct Desk {
    known: HashMap<Question, Known>,
    waiting: Vec<Asking>,
    /// Those that the round under way was begun for; what is asked after it began is not answered by it.
    under_way: Vec<Asking>,
    /// Counts how often something was done there: a round that began before says nothing any more.
    epoch: u64,
    /// Answered already, and to be looked at again.
    renewing: BTreeSet<Question>,
    working: bool,
    ticking: bool,
    ticks: u32,
    /// Of what runs there when it was last listed.
    generation: Option<String>,
    /// Why it was given up, where somebody waits for every answer: it is not waited for once more for each of them.
    given_up: Option<Unreachable>,
}

struct Known {
    content: Content,
    /// It is news that nobody asked for again yet.
    untold: bool,
}

impl Places {
    pub(crate) fn new(
        answers: Arc<Answers>,
        callback: Callback,
        timer: Timer,
        manner: Manner,
    ) -> Places {
        let tools = Tools { answers };
        let (patient, desks) = (AtomicBool::new(false), Mutex::default());
        Places { shared: Arc::new(Shared { tools, callback, timer, manner, patient, desks }) }
    }

    /// From now on answers are waited for, as long as they may take.
    pub(crate) fn be_patient(&self) {
        self.shared.patient.store(true, Ordering::Release);
    }

    /// Whether a question is one of those that are answered here.
    pub(crate) fn is_theirs(question: &Question) -> bool {
        question.place != Place::Here || matches!(question.noun, Noun::Instances(_))
    }

    pub(crate) fn ask(&self, askings: Vec<Asking>) {
        let mut groups: BTreeMap<Place, Vec<Asking>> = BTreeMap::new();
        for asking in askings {
            groups.entry(desk_of(&asking.question)).or_default().push(asking);
        }
        for (place, askings) in groups {
            self.shared.ask(&place, askings);
        }
    }

    /// Something was done there: what was known before is not so any more.
    pub(crate) fn forget<'paths>(&self, paths: impl Iterator<Item = &'paths AbsPath>) {
        let mut desks = self.shared.lock();
        for path in paths.filter(|it| !it.is_here()) {
            if let Some(desk) = desks.get_mut(&path.place()) {
                desk.known.clear();
                desk.given_up = None;
                desk.epoch += 1;
            }
        }
    }

    /// Forgets what nothing rests on any more.
    pub(crate) fn retain(&self, wanted: &BTreeSet<AbsPath>) {
        self.shared.lock().retain(|place, desk| {
            desk.working || wanted.contains(&root(place)) || !desk.waiting.is_empty()
        });
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, BTreeMap<Place, Desk>> {
        self.desks.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn ask(self: &Arc<Self>, place: &Place, askings: Vec<Asking>) {
        let mut answered = Vec::new();
        let mut desks = self.lock();
        let desk = desks.entry(place.clone()).or_default();
        for asking in askings {
            let known = desk.known.get_mut(&asking.question).filter(|it| !is_refused(&it.content));
            let Some(known) = known.filter(|_| self.manner == Manner::Live) else {
                desk.waiting.push(asking);
                continue;
            };
            let is_news = std::mem::take(&mut known.untold);
            answered.push((asking.ticket, self.answer(place, &asking.question, &known.content)));
            if !is_news {
                desk.renewing.insert(asking.question);
            }
        }
        let wanted = !desk.waiting.is_empty() || !desk.renewing.is_empty();
        let waits = !desk.waiting.is_empty();
        let begins = wanted && !std::mem::replace(&mut desk.working, true);
        drop(desks);
        self.post(answered);
        if begins {
            let (shared, at) = (Arc::clone(self), place.clone());
            if !pool::start("envls layer", move || shared.work(&at)) {
                self.lock().entry(place.clone()).or_default().working = false;
            }
        }
        let patient = self.patient.load(Ordering::Acquire);
        if waits && self.manner == Manner::Live && !patient {
            let (shared, place) = (Arc::clone(self), place.clone());
            self.timer.after(PATIENCE, move || shared.say_slow(&place));
        }
    }

    /// Rounds, until nothing is asked any more.
    fn work(self: &Arc<Self>, place: &Place) {
        loop {
            let mut desks = self.lock();
            let Some(desk) = desks.get_mut(place) else { return };
            let mut asked: BTreeSet<Question> = std::mem::take(&mut desk.renewing);
            let waiting = std::mem::take(&mut desk.waiting);
            asked.extend(waiting.iter().map(|it| it.question.clone()));
            desk.under_way.extend(waiting);
            let (epoch, given_up) = (desk.epoch, desk.given_up.clone());
            if asked.is_empty() {
                desk.working = false;
                drop(desks);
                self.tick_later(place);
                return;
            }
            drop(desks);
            let contents = match given_up {
                Some(why) => round::unreachable(&asked, &why),
                None => round::contents(&self.tools, place, &asked),
            };
            self.take_in(place, contents, epoch);
        }
    }

    fn take_in(&self, place: &Place, contents: BTreeMap<Question, Content>, epoch: u64) {
        let mut answered = Vec::new();
        let mut desks = self.lock();
        let desk = desks.entry(place.clone()).or_default();
        let under_way = std::mem::take(&mut desk.under_way);
        if desk.epoch != epoch {
            // What was asked before is asked once more, together with what was asked since.
            desk.waiting.extend(under_way);
            desk.renewing.extend(contents.into_keys());
            return;
        }
        if self.manner == Manner::Once || self.patient.load(Ordering::Acquire) {
            let is_late =
                |it: &&Content| fault(it) == Some(&Fault::Unreachable(Unreachable::TimedOut));
            desk.given_up = contents.values().find(is_late).map(|_| Unreachable::TimedOut);
        }
        let mut told = BTreeSet::new();
        for asking in under_way {
            let Some(content) = contents.get(&asking.question) else { continue };
            answered.push((asking.ticket, self.answer(place, &asking.question, content)));
            told.insert(asking.question);
        }
        let news = |(question, content): &(&Question, &Content)| {
            let known = desk.known.get(question);
            !told.contains(question) && known.is_some_and(|it| it.content != **content)
        };
        let is_news = contents.iter().any(|it| news(&it));
        for (question, content) in contents {
            // What was asked for with it comes along with it, so that one look is enough.
            let untold = is_news && !told.contains(&question);
            desk.known.insert(question, Known { content, untold });
        }
        drop(desks);
        self.post(answered);
        if is_news {
            (self.callback)(vec![HostEvent::Touched(vec![root(place)])]);
        }
    }

    /// Nobody waits any longer: what is not known yet is said to be so, and told when it comes.
    fn say_slow(&self, place: &Place) {
        let mut answered = Vec::new();
        let mut desks = self.lock();
        let Some(desk) = desks.get_mut(place) else { return };
        let waiting = std::mem::take(&mut desk.waiting);
        for asking in waiting.into_iter().chain(std::mem::take(&mut desk.under_way)) {
            let fault = Fault::Unreachable(Unreachable::Slow);
            let Some(content) = Content::fault(&asking.question.noun, fault) else { continue };
            answered.push((asking.ticket, self.answer(place, &asking.question, &content)));
            desk.renewing.insert(asking.question.clone());
            desk.known.insert(asking.question, Known { content, untold: false });
        }
        drop(desks);
        self.post(answered);
    }

    fn tick_later(self: &Arc<Self>, place: &Place) {
        let mut desks = self.lock();
        let Some(desk) = desks.get_mut(place).filter(|_| self.manner == Manner::Live) else {
            return;
        };
        if !std::mem::replace(&mut desk.ticking, true) {
            let (shared, place) = (Arc::clone(self), place.clone());
            self.timer.after(PAUSE, move || {
                let (ticking, at) = (Arc::clone(&shared), place.clone());
                pool::start("envls layer", move || ticking.tick(&at));
            });
        }
    }

    /// Looks whether the same thing still runs, and now and then at everything that is known of it.
    fn tick(self: &Arc<Self>, place: &Place) {
        let listed = self.tools.instances(place.kind().unwrap_or_default());
        let now = listed.ok().and_then(|it| generation(&it, place));
        let mut desks = self.lock();
        let Some(desk) = desks.get_mut(place) else { return };
        desk.ticking = false;
        desk.given_up = None;
        desk.ticks = desk.ticks.wrapping_add(1);
        let differs = desk.generation.as_ref().is_some_and(|before| Some(before) != now.as_ref());
        desk.generation = now;
        let known: Vec<Question> = desk.known.keys().cloned().collect();
        if differs {
            desk.known.clear();
        }
        let looks = differs || desk.ticks.is_multiple_of(LOOK_EVERY);
        let begins = looks && !differs && !std::mem::replace(&mut desk.working, true);
        if begins {
            desk.renewing.extend(known);
        }
        drop(desks);
        if differs {
            (self.callback)(vec![HostEvent::Touched(vec![root(place)])]);
        }
        if begins {
            self.work(place);
        } else {
            self.tick_later(place);
        }
    }

    fn answer(&self, place: &Place, question: &Question, content: &Content) -> Answer {
        let Answers { trust, consents, .. } = &*self.tools.answers;
        let mut rests_on = vec![root(place)];
        rests_on.extend(trust.file());
        rests_on.extend(consents.file());
        Answer { rests_on, ..Answer::new(question.clone(), content.clone()) }
    }

    fn post(&self, answered: Vec<(Ticket, Answer)>) {
        if !answered.is_empty() {
            (self.callback)(vec![HostEvent::Answered(answered)]);
        }
    }
}

/// Where a question waits: what a kind of layer has is asked of all of them together.
fn desk_of(question: &Question) -> Place {
    match question.noun {
        Noun::Instances(kind) => Place::layer(kind, "*").unwrap_or_default(),
        _ => question.place.clone(),
    }
}

/// What stands for all that is known of a place.
fn root(place: &Place) -> AbsPath {
    AbsPath::new("/").at(place)
}

fn generation(instances: &[Instance], place: &Place) -> Option<String> {
    let target = place.target();
    if target == "*" {
        let all =
            instances.iter().map(|it| format!("{} {} {:?}", it.name, it.generation, it.state));
        return Some(all.collect::<Vec<_>>().join("\n"));
    }
    let is_it = |it: &&Instance| it.place == *place || it.aliases.contains(&target);
    let instance = instances.iter().find(is_it)?;
    Some(format!("{} {:?}", instance.generation, instance.state))
}

/// Whether it says that nobody was asked at all: that costs nothing to ask again.
fn is_refused(content: &Content) -> bool {
    matches!(fault(content), Some(Fault::Untrusted | Fault::Unreachable(Unreachable::Unasked)))
}

fn fault(content: &Content) -> Option<&Fault> {
    match content {
        Content::Text(Reply::Fault(fault))
        | Content::Listing(Reply::Fault(fault))
        | Content::Entry(Reply::Fault(fault))
        | Content::Machine(Reply::Fault(fault))
        | Content::Instances(Reply::Fault(fault))
        | Content::Executable(Reply::Fault(fault))
        | Content::Program(Reply::Fault(fault))
        | Content::Distributions(Reply::Fault(fault))
        | Content::Metadata(Reply::Fault(fault))
        | Content::Modules(Reply::Fault(fault))
        | Content::Records(Reply::Fault(fault)) => Some(fault),
        _ => None,
    }
}
