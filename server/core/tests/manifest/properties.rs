//! What holds of every text, however wild.

use envls_core::{
    manifest::{self, Document, Says},
    standard::requirement::{Invalid, Requirement},
    text::Span,
};
use proptest::prelude::*;

use super::draw::{document, drawn};

static PATHS: [&str; 11] = [
    "/w/pyproject.toml",
    "/w/requirements.txt",
    "/w/constraints.txt",
    "/w/.python-version",
    "/w/setup.cfg",
    "/w/setup.py",
    "/w/Pipfile",
    "/w/hatch.toml",
    "/w/pixi.toml",
    "/w/environment.yml",
    "/w/script.py",
];

/// Text made of what manifests are made of, so that it comes near to being one.
fn nearly_a_manifest() -> impl Strategy<Value = String> {
    let pieces = prop::sample::select(vec![
        "[project]\n",
        "[dependency-groups]\n",
        "[tool.uv.workspace]\n",
        "[project.optional-dependencies]\n",
        "[[tool.x]]\n",
        "[tool.envls]\nseverity = ",
        "name = ",
        "dependencies = [",
        "requires-python = ",
        "members = [",
        "dev = [",
        "default-groups = ",
        "\"requests>=2\"",
        "'a; os_name == \"x\"'",
        "\"\\u0061=1\"",
        "\"\"\"",
        "'''",
        "\"",
        "'",
        "\"x",
        "\\",
        "\\\n",
        "\\u00",
        "{",
        "}",
        "[",
        "]",
        "[[",
        "=",
        ",",
        ".",
        "\n",
        "\r\n",
        "\r",
        "\n\n",
        " ",
        "# c",
        " # don't",
        "include-group",
        "1",
        "true",
        "1979-05-27",
        "é",
        "𝒳",
        "\u{feff}",
        "requests==2",
        "-r x.txt",
        "-e .",
        "--hash=sha256:ab",
        "${VAR}",
        "a @ https://e.org/x",
        "./p[x]",
        "x-1-py3-none-any.whl",
        "git+https://h/p#egg=x[y]",
        "; ",
        "3.12",
        "<<<<<<< x\n",
        "=======\n",
        "\u{0}",
        "\u{b}",
        "[tool.poetry.dependencies]\n",
        "[tool.poetry.group.x.dependencies]\n",
        "[dependencies]\n",
        "[envs.default]\n",
        "[packages]\n",
        "[options]\ninstall_requires =\n  ",
        "a = \"^1.2\"\n",
        "a = { version = \"~1\", python = \"^3\" }\n",
        "^",
        "||",
        "setup(install_requires=[",
        "extras_require={",
        "f'",
        "(",
        ")",
        ":",
        "# /// script\n",
        "# ///\n",
        "# ",
        "dependencies:\n",
        "- a=1=b\n",
        "- pip:\n  ",
        "- c::é[version='>=1']\n",
    ]);
    prop::collection::vec(pieces, 0..24).prop_map(|it| it.concat())
}

fn any_text() -> impl Strategy<Value = String> {
    prop_oneof![4 => nearly_a_manifest(), 1 => any::<String>(), 1 => ".{0,60}"]
}

fn of_requirement(it: &Requirement) -> Vec<Span> {
    let extras = it.extras.iter().map(|it| it.1);
    [it.name_span, it.specifier_span].into_iter().chain(it.marker_span).chain(extras).collect()
}

fn of_invalid(it: &Invalid) -> Vec<Span> {
    std::iter::once(it.span).chain(it.repair.iter().map(|it| it.span)).collect()
}

fn spans(document: &Document) -> Vec<Span> {
    let mut spans = Vec::new();
    for fact in &document.facts {
        spans.push(fact.span);
        match &fact.says {
            Says::Requirement { requirement, .. } => spans.extend(of_requirement(requirement)),
            Says::InvalidRequirement { invalid, .. } => spans.extend(of_invalid(invalid)),
            Says::Conda { spec, .. } => {
                let parts = [&spec.version, &spec.build].into_iter().flatten().map(|it| it.1);
                spans.extend(parts.chain([spec.name_span]));
            }
            _ => {}
        }
    }
    spans
}

/// A string of TOML that says a text, in one of the ways to write it.
fn written(text: &str, way: usize) -> String {
    let escaped: String = text.chars().map(|it| format!("\\u{:04X}", u32::from(it))).collect();
    match way {
        0 => format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\"")),
        1 if !text.contains('\'') => format!("'{text}'"),
        2 => format!("\"\"\"\n{}\"\"\"", text.replace('\\', "\\\\").replace('"', "\\\"")),
        3 if !text.contains('\'') => format!("'''\r\n{text}'''"),
        _ => format!("\"{escaped}\""),
    }
}

/// Statements that do not depend on each other, each with what it alone says.
static SECTIONS: [&str; 6] = [
    "[project]\nname = \"shop\"\nrequires-python = \">=3.9\"\ndependencies = [\n    \"httpx>=0.27\",\n    'tomli',\n]\n",
    "[project.optional-dependencies]\npdf = [\"reportlab\"]\n",
    "[dependency-groups]\ndev = [{ include-group = \"test\" }, \"ruff\"]\ntest = [\n  \"pytest\",\n]\n",
    "[build-system]\nrequires = [\"hatchling\"]\n",
    "[tool.uv]\npackage = false\n",
    "[tool.envls]\nseverity = { x = \"off\" }\n",
];

#[test]
fn a_key_that_nobody_closed_stands_within_the_text() {
    for (path, text) in [("/w/Pipfile", "[\"\"\""), ("/w/pyproject.toml", "[tool.\"\"\"")] {
        let outside = spans(&document(path, text)).into_iter().find(|it| it.end > text.len());
        assert_eq!(outside, None, "{text}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_text_is_read_without_harm(text in any_text(), path in prop::sample::select(PATHS.to_vec())) {
        let document = document(path, &text);
        for span in spans(&document) {
            let within = span.start <= span.end && text.is_char_boundary(span.start) && text.is_char_boundary(span.end);
            prop_assert!(within, "{span:?} in {text:?}: {document:?}");
        }
        for fact in &document.facts {
            let seen = fact.span.start < fact.span.end || text.trim().is_empty();
            prop_assert!(seen || !matches!(fact.says, Says::Unreadable(_) | Says::InvalidRequirement { .. }), "{fact:?} in {text:?}");
            std::hint::black_box(manifest::replacement(&document, fact.span, "x'\"\\\n"));
        }
        drawn(path, &text);
    }

    #[test]
    fn requirements_stand_where_they_are_said(
        way in 0..5_usize, name in "[a-z]{1,6}", space in " {0,2}", quote in prop::sample::select(vec!['"', '\'']),
        before in prop::sample::select(vec!["", "# don't \"\n", "x = \"\"\"\n[y]\n\"\"\"\n"]),
    ) {
        let requirement = format!("{space}{name}[ex] >= 1.0, <2 ; os_name == {quote}é{quote}{space}");
        let spelled = written(&requirement, way);
        let literal = spelled.starts_with('\'');
        let text = format!("{before}[project]\ndependencies = [\n  {spelled},\n]\n");
        let document = document("/w/pyproject.toml", &text);
        let [fact] = &document.facts[..] else { return Err(TestCaseError::fail(format!("{document:?}"))) };
        let Says::Requirement { requirement: it, .. } = &fact.says else { return Err(TestCaseError::fail(format!("{fact:?}"))) };
        let said = |span: Span| {
            // What stands at a span, read as the string that it is a part of.
            let quotes = if literal { "'''" } else { "\"\"\"" };
            let part = format!("x = {quotes}{}{quotes}", document.spelled(span));
            toml::from_str::<toml::Table>(&part).ok().and_then(|it| Some(it.get("x")?.as_str()?.to_owned()))
        };
        prop_assert_eq!(said(fact.span), Some(requirement.trim().to_owned()));
        prop_assert_eq!(said(it.name_span), Some(name));
        prop_assert_eq!(said(it.specifier_span), Some(">= 1.0, <2".to_owned()));
        prop_assert_eq!(it.marker_span.and_then(said), Some(format!("os_name == {quote}é{quote}")));
        // And a replacement there says what it should.
        let Some(new) = manifest::replacement(&document, it.specifier_span, "==3") else { return Err(TestCaseError::fail("it fits")) };
        let after = format!("{}{new}{}", &text[..it.specifier_span.start], &text[it.specifier_span.end..]);
        let read = super::draw::document("/w/pyproject.toml", &after);
        let changed = matches!(&read.facts[..], [one] if matches!(&one.says, Says::Requirement { requirement, .. } if requirement.specifiers.to_string() == "==3"));
        prop_assert!(changed, "{after}");
    }

    #[test]
    fn damage_stays_in_its_section(at in 0..SECTIONS.len(), cut in 0..60_usize, typed in "[a-z\\[\\]{}=,. \"']{0,4}") {
        let broken = SECTIONS[at];
        // A cut in the header would make the rest of the section belong to another table.
        let header = broken.find('\n').unwrap_or(0) + 1;
        let cut = (header + cut).min(broken.len());
        let damaged = format!("{}{typed}\n", &broken[..cut]);
        for (other, section) in SECTIONS.iter().enumerate().filter(|it| it.0 != at) {
            // Long strings that are not closed reach further, and `"""` cannot be typed by four characters around a cut string.
            let text = format!("{damaged}{section}");
            let alone = drawn("/w/pyproject.toml", section);
            let together = drawn("/w/pyproject.toml", &text);
            let lines = damaged.matches('\n').count();
            let expected: Vec<String> = alone.lines().map(|it| {
                let (number, rest) = it.split_once(' ').unwrap_or((it, ""));
                format!("{} {rest}", number.parse::<usize>().unwrap_or(0) + lines)
            }).collect();
            for line in expected {
                prop_assert!(together.lines().any(|it| it == line), "{line} of section {other} is missing in\n{text}\n{together}");
            }
        }
    }

    #[test]
    fn one_line_harms_no_other_line(lines in prop::collection::vec("[^\\\\\r\n\u{b}\u{c}]{0,30}", 1..6), at in 0..6_usize) {
        let mut lines = lines;
        let at = at.min(lines.len());
        lines.insert(at, "witness[a]>=1 ; os_name == 'x'".to_owned());
        let text = lines.join("\n");
        let drawn = drawn("/w/requirements.txt", &text);
        let expected = format!("{} `witness[a]>=1 ; os_name == \\'x\\'` main witness [a] >=1 ; os_name == \\'x\\'", at + 1);
        prop_assert!(drawn.lines().any(|it| it == expected), "{text:?}\n{drawn}");
    }
}
