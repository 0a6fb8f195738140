//! A finding as people read it.

use std::fmt::Write as _;

use envls_core::{
    action::Action,
    finding::{Finding, Severity},
    model::Model,
    session::{ActionId, Session},
    text::Location,
    world::AbsPath,
};

use super::{
    offer::is_silencing,
    plain::{counted, plain},
    snippet::snippet,
    style::{DIM, GOOD, NAME, PLACE, of_severity, styled},
};
use crate::findings;

/// From where, and how wide, something is shown.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Shown<'here> {
    pub(crate) here: &'here AbsPath,
    pub(crate) columns: usize,
}

/// `path:line:column`, counted from one, in characters.
pub(crate) fn position(location: &Location, here: &AbsPath) -> String {
    let start = location.range.start;
    let path = location.path.shown_from(here);
    format!("{}:{}:{}", plain(&path), start.line + 1, start.utf32 + 1)
}

/// Where it stands, and what it says.
pub(crate) fn headline(finding: &Finding, here: &AbsPath) -> String {
    let at = styled(PLACE, position(&finding.location, here));
    let style = of_severity(finding.severity);
    let label = styled(style, format!("{}[{}]", finding.severity.name(), finding.code));
    format!("{at}: {label} {}", plain(&finding.message))
}

/// The project that offers an action.
pub(crate) fn project_of<'session>(
    session: &'session Session,
    action: &ActionId,
) -> Option<&'session Model> {
    let offers = |finding: &Finding| {
        (0..finding.actions.len()).any(|at| ActionId::of(finding, at) == *action)
    };
    let mut standing = session.projects();
    let standing = standing.find(|it| it.outcome.findings.iter().any(|it| offers(it)))?;
    standing.outcome.model.as_deref()
}

/// Where it stands, what it says, the line, and what can be done.
pub(crate) fn finding(session: &Session, finding: &Finding, shown: Shown<'_>) -> String {
    let style = of_severity(finding.severity);
    let mut text = headline(finding, shown.here);
    text.push('\n');
    if let Some(line) = findings::line(session, &finding.location) {
        let number = finding.location.range.start.line;
        for line in snippet(&line, number, style, shown.columns) {
            let _ = writeln!(text, "  {line}");
        }
    }
    for related in &finding.related {
        let at = position(&related.location, shown.here);
        let _ = writeln!(text, "  {}: {} ({at})", styled(DIM, "note"), plain(&related.message));
    }
    // That a finding can be silenced is no news to whoever looks for what is wrong.
    for offered in finding.actions.iter().filter(|it| !is_silencing(it)) {
        let _ = writeln!(text, "  {}", action(offered));
    }
    text
}

/// `fix: …` for the best way, `or: …` for the others.
fn action(action: &Action) -> String {
    let label = if action.preferred { styled(GOOD, "fix") } else { styled(DIM, "or") };
    format!("{label}: {}", plain(&action.title))
}

/// The last line: how much was found, in how many projects.
pub(crate) fn summary(findings: &[&Finding], projects: usize) -> String {
    let projects = counted(projects, "project");
    let said = counts(findings);
    if said.is_empty() {
        return format!("{} in {projects}\n", styled(GOOD, "No problems"));
    }
    let mut text = format!("{} in {projects}", styled(NAME, said));
    let fixable = findings.iter().filter(|it| it.actions.iter().any(|it| it.preferred)).count();
    if fixable > 0 {
        let _ = write!(text, "; {fixable} can be mended by `envls fix --all`");
    }
    text.push('\n');
    text
}

/// `1 error, 2 warnings`; empty for none.
pub(crate) fn counts(findings: &[&Finding]) -> String {
    let count = |severity: Severity| findings.iter().filter(|it| it.severity == severity).count();
    let severities = [Severity::Error, Severity::Warning, Severity::Information, Severity::Hint]
        .map(|it| {
            let word = if it == Severity::Information { "remark" } else { it.name() };
            (count(it), word)
        });
    let said = severities.iter().filter(|it| it.0 > 0).map(|it| counted(it.0, it.1));
    said.collect::<Vec<_>>().join(", ")
}
