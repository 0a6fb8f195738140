//! Draws facts so that a person can read them: one a line, with the text that they stand at.

use std::sync::Arc;

use envls_core::{
    manifest::{self, Document, Fact, Says, Set},
    text::Span,
    world::AbsPath,
};

/// Reads a text as the file of that path.
pub(crate) fn document(path: &str, text: &str) -> Document {
    manifest::read_file(&AbsPath::new(path), Arc::from(text))
}

/// Every fact of a file: its line, the text it stands at, what it says.
pub(crate) fn drawn(path: &str, text: &str) -> String {
    let document = document(path, text);
    let lines: Vec<String> = document.facts.iter().map(|it| fact(&document, it)).collect();
    lines.join("\n")
}

/// Compares what is drawn of a file with what is expected, both without the space around them.
pub(crate) fn check(path: &str, text: &str, expected: &str) {
    let expected: Vec<&str> = expected.lines().map(str::trim).filter(|it| !it.is_empty()).collect();
    assert_eq!(drawn(path, text), expected.join("\n"), "of\n{text}");
}

fn fact(document: &Document, fact: &Fact) -> String {
    let line = document.range(fact.span).start.line + 1;
    format!("{line} `{}` {}", spelled(document, fact.span), says(document, &fact.says))
}

fn spelled(document: &Document, span: Span) -> String {
    document.spelled(span).escape_debug().to_string()
}

fn says(document: &Document, says: &Says) -> String {
    let text = |span: Span| spelled(document, span);
    match says {
        Says::Requirement { set, requirement: it } => {
            let mut parts = vec![named(set), it.name.to_string()];
            if it.name_span.start < it.name_span.end && text(it.name_span) != *it.name {
                parts.push(format!("({})", text(it.name_span)));
            }
            parts.extend(it.extras.iter().map(|(extra, span)| {
                assert_eq!(*extra, document.spelled(*span));
                format!("[{extra}]")
            }));
            parts.extend(Some(text(it.specifier_span)).filter(|it| !it.is_empty()));
            parts.extend(it.url.as_ref().map(|it| format!("@ {it}")));
            parts.extend(it.marker_span.map(|it| format!("; {}", text(it))));
            parts.join(" ")
        }
        Says::InvalidRequirement { set, invalid } => {
            let repair =
                invalid.repair.as_ref().map(|it| format!(" [{} -> {}]", text(it.span), it.text));
            format!(
                "{} INVALID at `{}`: {}{}",
                named(set),
                text(invalid.span),
                invalid.message,
                repair.unwrap_or_default()
            )
        }
        Says::Direct { set, target, editable } => {
            format!("{} {}from {target}", named(set), if *editable { "editable " } else { "" })
        }
        Says::Defines(set) => format!("defines {}", named(set)),
        Says::Unreadable(words) => format!("UNREADABLE {words}"),
        other => format!("{other:?}"),
    }
}

fn named(set: &Set) -> String {
    match set {
        Set::Main => "main".to_owned(),
        Set::Group(name) => format!("group:{name}"),
        Set::Extra(name) => format!("extra:{name}"),
        Set::Build => "build".to_owned(),
        Set::Constraint => "constraint".to_owned(),
        Set::Override => "override".to_owned(),
        Set::Environment(name) => format!("environment {name}"),
    }
}
