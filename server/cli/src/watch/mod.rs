//! `envls watch`: projects, environments and findings as they change, and fixes by their numbers, for whoever has no editor at
//! hand.

mod keys;
mod numbers;
mod state;
mod view;
mod lines;
mod terminal;
mod body;
mod page;

use crate::{
    Status,
    arguments::{Common, Watch},
    findings,
    r#loop::{Input, Loop},
    place,
    print::{self, Printer},
    signal, typing,
};

use self::{state::State, view::View};

pub(crate) fn run(given: &Watch, common: &Common, printer: &Printer) -> anyhow::Result<Status> {
    let here = place::here()?;
    let path = place::given(given.path.as_ref())?;
    let mut turns = Loop::live();
    signal::listen(turns.post());
    typing::listen(turns.post());
    let mut view = View::open(*printer)?;
    // A page says at its top what is watched; lines stand beside those of other programs.
    let from = match &view {
        View::Page(_) if path.is == place::Is::Folder => path.path.clone(),
        View::Page(_) | View::Lines(_) => here,
    };
    let mut state = State::new(from, path.path.clone(), common.trusted);
    let effects = turns.turn(place::events(std::slice::from_ref(&path)));
    state.take(effects, &mut turns);
    loop {
        state.look(&turns);
        // Nobody reads any more: there is nothing left to do.
        if view.show(&mut state, &turns.session).is_err() || state.is_over(&turns) {
            break;
        }
        if state.obey(&mut turns, view.patience()) {
            // What that led to is shown before anything else is done.
            continue;
        }
        let turned = turns.wait()?;
        state.take(turned.effects, &mut turns);
        for input in turned.inputs {
            match input {
                Input::Typed(bytes) => view.typed(&bytes, &mut state),
                Input::Closed => state.nothing_more(),
                Input::Signal(signal::Signal::End) => state.end(),
                Input::Signal(signal::Signal::Redraw) => view.resumed(),
                // Nobody else has a say here.
                Input::Wanted(_) => {}
            }
        }
    }
    drop(view);
    if !state.settled {
        // It was ended before anything was known for sure.
        return Ok(Status::Failed);
    }
    let found = findings::all(&turns.session);
    let projects = turns.session.projects().filter(|it| it.outcome.model.is_some()).count();
    printer.aside(&print::summary(&found, projects));
    Ok(findings::status(found))
}
