//! Figures and the goals they are held against: what is printed, written as JSON, and recorded.

use serde_json::{Value, json};

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unit {
    /// User and system time, in milliseconds.
    ProcessorTime,
    /// Time on the wall, in milliseconds.
    Wall,
    /// In MiB.
    Memory,
    /// Processor time by wall time, in percent.
    Share,
    /// Calls of the system.
    Calls,
    /// Times that a thread went to sleep and woke, by the second.
    Wakes,
}

impl Unit {
    pub(crate) fn words(self) -> &'static str {
        match self {
            Self::ProcessorTime => "ms CPU",
            Self::Wall => "ms",
            Self::Memory => "MiB",
            Self::Share => "% CPU",
            Self::Calls => "calls",
            Self::Wakes => "/s",
        }
    }
}

/// One thing measured of one program, some times over.
pub(crate) struct Figure {
    pub(crate) row: String,
    pub(crate) who: &'static str,
    pub(crate) what: String,
    pub(crate) unit: Unit,
    /// Sorted, or the reason why there is nothing.
    pub(crate) samples: Result<Vec<f64>, String>,
}

impl Figure {
    pub(crate) fn new(
        row: &str,
        who: &'static str,
        what: &str,
        unit: Unit,
        samples: Result<Vec<f64>, String>,
    ) -> Self {
        let samples = match samples {
            Ok(samples) if samples.is_empty() => Err("nothing was measured".to_owned()),
            Ok(mut samples) => {
                samples.sort_by(f64::total_cmp);
                Ok(samples)
            }
            Err(reason) => Err(reason),
        };
        Self { row: row.to_owned(), who, what: what.to_owned(), unit, samples }
    }

    /// What goals and scripts know it by.
    pub(crate) fn id(&self) -> String {
        format!("{}-{}", self.row, self.who)
    }

    /// The sample below which this share of the others lies, by nearest rank.
    pub(crate) fn at(&self, percent: usize) -> Option<f64> {
        let samples = self.samples.as_ref().ok()?;
        let rank = (samples.len() * percent).div_ceil(100).max(1);
        samples.get(rank - 1).copied()
    }

    fn json(&self) -> Value {
        let (samples, reason) = match &self.samples {
            Ok(samples) => (samples.len(), None),
            Err(reason) => (0, Some(reason)),
        };
        json!({
            "id": self.id(), "row": self.row, "who": self.who, "what": self.what, "unit": self.unit.words(), "samples": samples,
            "minimum": self.at(0), "median": self.at(50), "p99": self.at(99), "reason": reason,
        })
    }
}

/// Which of a figure's samples a goal looks at.
#[derive(Clone, Copy)]
pub(crate) enum Statistic {
    Median,
    P99,
}

impl Statistic {
    fn of(self, figure: &Figure) -> Option<f64> {
        match self {
            Self::Median => figure.at(50),
            Self::P99 => figure.at(99),
        }
    }

    fn words(self) -> &'static str {
        match self {
            Self::Median => "median",
            Self::P99 => "p99",
        }
    }
}

#[derive(Clone, Copy)]
pub(crate) enum Against {
    /// At most so many times another figure.
    Figure { id: &'static str, times: f64 },
    /// Shown beside another figure, with nothing asked.
    Beside(&'static str),
    /// At most this, in the figure's own unit.
    Bound(f64),
}

#[derive(Clone, Copy)]
pub(crate) struct Goal {
    pub(crate) figure: &'static str,
    pub(crate) statistic: Statistic,
    pub(crate) against: Against,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    Met,
    Missed,
    /// Nothing is asked.
    Shown,
    NotMeasured,
}

impl Verdict {
    pub(crate) fn words(self) -> &'static str {
        match self {
            Self::Met => "met",
            Self::Missed => "missed",
            Self::Shown => "shown",
            Self::NotMeasured => "not measured",
        }
    }
}

/// A goal, with what came of it.
pub(crate) struct Judged {
    pub(crate) goal: Goal,
    pub(crate) value: Option<f64>,
    /// What it is held against: the other figure, or the bound.
    pub(crate) limit: Option<f64>,
    pub(crate) ratio: Option<f64>,
    /// Of the fastest of each: the least disturbed by whatever else the machine does.
    pub(crate) ratio_of_minima: Option<f64>,
    pub(crate) verdict: Verdict,
}

pub(crate) fn judge(goal: &Goal, parts: &[Vec<Figure>]) -> Judged {
    let find = |id: &str| parts.iter().flatten().find(|figure| figure.id() == id);
    let figure = find(goal.figure);
    let value = figure.and_then(|figure| goal.statistic.of(figure));
    let (limit, minima, most) = match goal.against {
        Against::Figure { id, times } => other(find(id), figure, goal.statistic, Some(times)),
        Against::Beside(id) => other(find(id), figure, goal.statistic, None),
        Against::Bound(bound) => (Some(bound), None, Some(1.0)),
    };
    let ratio =
        value.zip(limit).filter(|(_, limit)| *limit > 0.0).map(|(value, limit)| value / limit);
    let verdict = match (ratio, most) {
        (None, _) => Verdict::NotMeasured,
        (Some(_), None) => Verdict::Shown,
        (Some(ratio), Some(most)) if ratio <= most => Verdict::Met,
        (Some(_), Some(_)) => Verdict::Missed,
    };
    Judged { goal: *goal, value, limit, ratio, ratio_of_minima: minima, verdict }
}

fn other(
    limit: Option<&Figure>,
    figure: Option<&Figure>,
    statistic: Statistic,
    most: Option<f64>,
) -> (Option<f64>, Option<f64>, Option<f64>) {
    let minima = match statistic {
        Statistic::Median => {
            figure.zip(limit).and_then(|(figure, limit)| Some(figure.at(0)? / limit.at(0)?))
        }
        Statistic::P99 => None,
    };
    (limit.and_then(|limit| statistic.of(limit)), minima, most)
}

impl Judged {
    pub(crate) fn asked(&self) -> String {
        match self.goal.against {
            Against::Figure { id, times } => format!("<= {times} x {id}"),
            Against::Beside(id) => format!("beside {id}"),
            Against::Bound(bound) => format!("<= {bound}"),
        }
    }

    pub(crate) fn subject(&self) -> String {
        match self.goal.statistic {
            Statistic::Median => self.goal.figure.to_owned(),
            Statistic::P99 => format!("{} p99", self.goal.figure),
        }
    }

    fn json(&self) -> Value {
        let (against, goal) = match self.goal.against {
            Against::Figure { id, times } => (Some(id), Some(times)),
            Against::Beside(id) => (Some(id), None),
            Against::Bound(_) => (None, Some(1.0)),
        };
        json!({
            "figure": self.goal.figure, "statistic": self.goal.statistic.words(), "value": self.value,
            "against": against, "limit": self.limit, "ratio": self.ratio, "ratio_of_minima": self.ratio_of_minima,
            "goal": goal, "verdict": self.verdict.words(),
        })
    }
}

/// Everything of one run, as one document.
pub(crate) fn document(
    machine: Value,
    tools: Value,
    parts: &[Vec<Figure>],
    judged: &[Judged],
    remarks: &[String],
) -> Value {
    json!({
        "version": 1, "machine": machine, "tools": tools,
        "figures": parts.iter().flatten().map(Figure::json).collect::<Vec<_>>(),
        "goals": judged.iter().map(Judged::json).collect::<Vec<_>>(),
        "remarks": remarks,
    })
}
