//! Answers what the standards' readers make of texts, for the differential test in `tests/tools/standards`: a question in JSON
//! on each line of the input, an answer in JSON on each line of the output.
#![expect(clippy::print_stdout, reason = "a tool of the tests, not of the core")]

use std::{io::BufRead, sync::Arc};

use envls_core::{
    manager::hatch::environments,
    manifest::{self, Fact, Says, Set},
    model::ManifestRead,
    standard::{
        marker::{Marker, MarkerEnvironment, Verdict},
        requirement,
        version::{Specifiers, Version},
    },
    text::Span,
    world::{AbsPath, Os},
};
use serde_json::{Value, json};

fn main() {
    for line in std::io::stdin().lock().lines() {
        let line = line.expect("the input is text");
        let question: Value = serde_json::from_str(&line).expect("each line is JSON");
        println!("{}", answer(&question));
    }
}

fn answer(question: &Value) -> Value {
    let text = |key: &str| question[key].as_str().unwrap_or_default();
    match text("ask") {
        "version" => json!(Version::parse(text("text")).map(|it| it.to_string())),
        "compare" => {
            let both = Version::parse(text("one")).zip(Version::parse(text("other")));
            json!(both.map(|(one, other)| one.cmp(&other) as i8))
        }
        "admits" => {
            let specifiers = Specifiers::parse(text("specifiers")).ok();
            let both = specifiers.zip(Version::parse(text("version")));
            json!(both.map(|(specifiers, version)| specifiers.admits(&version)))
        }
        "marker" => match Marker::parse(text("text"), 0) {
            Err(_) => json!("invalid"),
            Ok(marker) => match marker.judge(&environment(&question["environment"])) {
                Verdict::Holds => json!(true),
                Verdict::Fails => json!(false),
                Verdict::Unknown => json!("unknown"),
            },
        },
        "requirement" => match requirement::parse(text("text"), 0) {
            Err(_) => Value::Null,
            Ok(it) => {
                let mut extras: Vec<&str> = it.extras.iter().map(|it| it.0.as_str()).collect();
                extras.sort_unstable();
                extras.dedup();
                let specifiers = it.specifiers.to_string();
                let mut clauses: Vec<String> = specifiers
                    .split(',')
                    .map(|it| it.replace(' ', ""))
                    .filter(|it| !it.is_empty())
                    .collect();
                clauses.sort_unstable();
                clauses.dedup();
                let has_marker = it.marker.is_some();
                json!({"name": &*it.name, "extras": extras, "specifiers": clauses, "url": it.url, "marker": has_marker})
            }
        },
        "hatch" => hatch(question),
        "environment" => environment_file(text("text")),
        "import-names" => import_names(text("text")),
        "file" => file(text("path"), text("text")),
        other => panic!("there is no question `{other}`"),
    }
}

fn environment(stated: &Value) -> MarkerEnvironment {
    let text = |key: &str| stated[key].as_str().map(str::to_owned);
    let version = |key: &str| stated[key].as_str().and_then(Version::parse);
    MarkerEnvironment {
        python_full_version: version("python_full_version"),
        implementation_name: text("implementation_name"),
        implementation_version: version("implementation_version"),
        platform_python_implementation: text("platform_python_implementation"),
        os_name: text("os_name"),
        sys_platform: text("sys_platform"),
        platform_machine: text("platform_machine"),
        platform_system: text("platform_system"),
        platform_release: text("platform_release"),
        platform_version: text("platform_version"),
        extras: Some(text("extra").into_iter().filter(|it| !it.is_empty()).collect()),
        dependency_groups: Some(Vec::new()),
    }
}

/// The environments that Hatch makes of a `pyproject.toml`, on Linux, with these variables.
fn hatch(question: &Value) -> Value {
    let path = AbsPath::parse("/w/pyproject.toml").expect("an absolute path");
    let text = question["text"].as_str().unwrap_or_default();
    let document = Arc::new(manifest::read_file(&path, Arc::from(text)));
    let manifest = ManifestRead { path, document };
    let variable = |name: &str| question["variables"][name].as_str().map(str::to_owned);
    let all = environments(&manifest, Os::Linux, &variable);
    let document = &manifest.document;
    let each = all.into_iter().map(|(name, it)| {
        // What it holds is what is read as a requirement there.
        let read = |place: &Span| {
            let within = |it: &&Fact| place.start <= it.span.start && it.span.end <= place.end;
            document.facts.iter().find(within).map(|it| document.spelled(it.span))
        };
        let read: Vec<_> = it.places.iter().map(read).collect();
        let spelled = |set: &Set| match set {
            Set::Extra(name) | Set::Group(name) => name.clone(),
            other => format!("{other:?}"),
        };
        let sets: Vec<String> = it.sets.iter().map(spelled).collect();
        (name, json!([it.python.map(|it| it.spelled), read, sets]))
    });
    Value::Object(each.collect())
}

/// What an `environment.yml` has conda and pip install.
fn environment_file(text: &str) -> Value {
    let path = AbsPath::parse("/w/environment.yml").expect("an absolute path");
    let document = manifest::read_file(&path, Arc::from(text));
    let said = document.facts.iter().filter_map(|fact| match &fact.says {
        Says::Conda { .. } => Some(json!(["conda", document.spelled(fact.span)])),
        Says::Requirement { .. } => Some(json!(["pip", document.spelled(fact.span)])),
        Says::Unreadable(why) => Some(json!(["unreadable", why])),
        _ => None,
    });
    Value::Array(said.collect())
}

/// What a project says that it can be imported by; `null` where something is wrong with it.
fn import_names(text: &str) -> Value {
    let path = AbsPath::parse("/w/pyproject.toml").expect("an absolute path");
    let document = manifest::read_file(&path, Arc::from(text));
    let (mut names, mut namespaces) = (Vec::new(), Vec::new());
    for fact in &document.facts {
        match &fact.says {
            Says::Unreadable(_) => return Value::Null,
            Says::ImportName(name) => names.push(name),
            Says::ImportNamespace(name) => namespaces.push(name),
            _ => {}
        }
    }
    json!([names, namespaces])
}

/// What a requirements file asks for, in its order.
fn file(path: &str, text: &str) -> Value {
    let path = AbsPath::parse(path).expect("an absolute path");
    let document = manifest::read_file(&path, Arc::from(text));
    let said = document.facts.iter().filter_map(|fact| match &fact.says {
        Says::Requirement { requirement, .. } => Some(json!(requirement.spelled)),
        Says::Direct { target, .. } => Some(json!(target)),
        Says::Includes { target, constraint } => Some(json!([target, constraint])),
        Says::Unreadable(why) => Some(json!({"unreadable": why})),
        Says::InvalidRequirement { .. } => Some(json!(document.spelled(fact.span))),
        _ => None,
    });
    Value::Array(said.collect())
}
