//! What is asked of envls: each goal holds a figure against another of the same run, so that no machine is too slow for it.

use crate::bench::figure::{Against, Goal, Statistic};

pub(crate) static GOALS: [Goal; 35] = [
    // Commands, by processor time.
    beside("start-envls", "start-limit"),
    most("inventory-envls", 3.0, "inventory-limit"),
    most("inventory-envls", 0.1, "inventory-uv"),
    beside("inventory-envls", "inventory-pip"),
    most("check-envls", 1.5, "check-limit"),
    most("check-envls", 0.35, "check-uv"),
    most("check-envls", 0.01, "check-pip"),
    beside("declared-envls", "inventory-limit"),
    most("manifests-1000-envls", 1.5, "manifests-1000-limit"),
    most("imports-envls", 0.25, "imports-ruff"),
    beside("walk-1000-envls", "walk-1000-limit"),
    beside("walk-1000-envls", "walk-1000-ruff"),
    beside("walk-100-envls", "walk-100-limit"),
    beside("walk-1-envls", "walk-1-limit"),
    // The whole machine: so much as the best finder takes a fifth of it for.
    bound("machine-envls", 40.0),
    bound("machine-calls-envls", 2500.0),
    // Servers, by the wall.
    beside("initialize-1000-envls", "initialize-1000-ruff"),
    beside("first-1-envls", "first-1-ruff"),
    beside("first-100-envls", "first-100-ruff"),
    most("first-1000-envls", 0.5, "first-1000-ruff"),
    most("spawn-1000-envls", 0.5, "spawn-1000-ruff"),
    beside("first-1000-envls", "first-1000-ty"),
    most("edit-1000-envls", 1.0, "edit-1000-ruff"),
    Goal { statistic: Statistic::P99, ..most("edit-1000-envls", 1.0, "edit-1000-ruff") },
    // An edit in one manifest derives one project, however many others there are.
    most("edit-cpu-1000-envls", 1.5, "edit-cpu-1-envls"),
    bound("event-1000-envls", 5.0),
    Goal { statistic: Statistic::P99, ..bound("event-1000-envls", 50.0) },
    beside("event-1000-envls", "event-1000-ty"),
    most("edit-source-envls", 0.5, "edit-source-ruff"),
    most("edit-lines-500-envls", 2.0, "edit-lines-10-envls"),
    bound("turn-lock-envls", 20.0),
    // Less than this is shown as 0.0 %.
    bound("idle-1000-envls", 0.05),
    most("memory-1000-envls", 1.5, "memory-1000-ruff"),
    beside("memory-1000-envls", "memory-1000-ty"),
    bound("memory-1000-envls", 60.0),
];

const fn most(figure: &'static str, times: f64, id: &'static str) -> Goal {
    Goal { figure, statistic: Statistic::Median, against: Against::Figure { id, times } }
}

const fn beside(figure: &'static str, id: &'static str) -> Goal {
    Goal { figure, statistic: Statistic::Median, against: Against::Beside(id) }
}

const fn bound(figure: &'static str, most: f64) -> Goal {
    Goal { figure, statistic: Statistic::Median, against: Against::Bound(most) }
}
