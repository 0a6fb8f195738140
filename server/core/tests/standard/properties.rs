//! What holds of every text, however wild.

use std::{hint::black_box, str::FromStr, sync::Arc};

use envls_core::{
    standard::{
        conflict::Judgement,
        dependencies::Dependencies,
        inventory::inventory,
        marker::{Marker, MarkerEnvironment, Verdict},
        metadata::metadata,
        pyvenv::pyvenv,
        requirement::{self, Invalid, Requirement},
        satisfiable::contradict,
        version::{Specifiers, Version},
    },
    text::Span,
    world::{ListedKind, Machine, Os},
};
use proptest::prelude::*;

/// Text made of what requirements are made of, so that it comes near to being one.
fn nearly_a_requirement() -> impl Strategy<Value = String> {
    let pieces = prop::sample::select(vec![
        "requests",
        "a",
        "B_c",
        "x.y",
        "é",
        "[",
        "]",
        ",",
        "(",
        ")",
        ";",
        "@",
        "#",
        " ",
        "  ",
        "\t",
        "==",
        ">=",
        "<",
        "~=",
        "!=",
        "===",
        "=",
        "=>",
        "^",
        "1",
        "1.0",
        "2!1",
        "1.*",
        ".*",
        "rc1",
        "+local",
        "https://e.org/x",
        "git+ssh://h/p@v",
        "./p",
        "python_version",
        "extra",
        "extras",
        "os_name",
        "and",
        "or",
        "not",
        "in",
        "'3.8'",
        "\"x\"",
        "'",
        "\"",
        "-e",
        "--hash",
        "*",
        "\\",
        "\u{feff}",
        "𝒳",
    ]);
    prop::collection::vec(pieces, 0..14).prop_map(|it| it.concat())
}

fn any_text() -> impl Strategy<Value = String> {
    prop_oneof![nearly_a_requirement(), ".{0,40}", any::<String>()]
}

fn version() -> impl Strategy<Value = String> {
    "([01]!)?[0-2](\\.[0-3]){0,2}((a|b|rc)[0-2])?(\\.post[0-2])?(\\.dev[0-2])?(\\+[a-c])?"
}

fn specifier() -> impl Strategy<Value = String> {
    (prop::sample::select(vec!["==", "!=", "<", "<=", ">", ">=", "~="]), version()).prop_map(
        |(operator, version)| {
            let public = version.split('+').next().unwrap_or("").to_owned();
            let version = if matches!(operator, "==" | "!=") { version } else { public };
            format!("{operator}{version}")
        },
    )
}

fn atom() -> impl Strategy<Value = String> {
    prop_oneof![
        (prop::sample::select(vec!["<", "<=", "==", "!=", ">", ">="]), 6..14_u8)
            .prop_map(|(it, minor)| format!("python_version {it} '3.{minor}'")),
        (prop::sample::select(vec!["==", "!="]), prop::sample::select(vec!["linux", "win32"]))
            .prop_map(|(it, os)| format!("sys_platform {it} '{os}'")),
        prop::sample::select(vec!["a", "b"]).prop_map(|it| format!("extra == '{it}'")),
        prop::sample::select(vec!["6", "7"]).prop_map(|it| format!("platform_release == '{it}'")),
    ]
}

fn marker() -> impl Strategy<Value = String> {
    atom().prop_recursive(3, 8, 3, |inner| {
        (prop::collection::vec(inner, 2..4), prop::sample::select(vec![" and ", " or "]))
            .prop_map(|(parts, join)| format!("({})", parts.join(join)))
    })
}

fn lies_in(text: &str, offset: usize, span: Span) -> bool {
    span.start <= span.end
        && span.start >= offset
        && text.is_char_boundary(span.start - offset)
        && text.is_char_boundary(span.end - offset)
}

fn spans(read: &Result<Requirement, Invalid>) -> Vec<Span> {
    match read {
        Ok(it) => {
            let extras = it.extras.iter().map(|it| it.1);
            [it.name_span, it.specifier_span]
                .into_iter()
                .chain(it.marker_span)
                .chain(extras)
                .collect()
        }
        Err(it) => std::iter::once(it.span).chain(it.repair.iter().map(|it| it.span)).collect(),
    }
}

fn linux() -> MarkerEnvironment {
    let machine = Machine {
        os: Os::Linux,
        architecture: "x86_64".to_owned(),
        user: None,
        libc: None,
        layers: Vec::new(),
        shares: Vec::new(),
    };
    let version = Version::parse("3.12.4").expect("a version");
    MarkerEnvironment::of(&version, "CPython", &machine).with_extras(["a"])
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_requirement_is_read_without_harm(text in any_text(), offset in 0..50_usize) {
        let read = requirement::parse(&text, offset);
        for span in spans(&read) {
            prop_assert!(lies_in(&text, offset, span), "{span:?} of {read:?}");
        }
        match read {
            Ok(read) => {
                // What was taken as written reads as the same again.
                let again = requirement::parse(&read.spelled, 0).expect("it was good before");
                prop_assert_eq!(&again.spelled, &read.spelled);
                prop_assert_eq!(again.specifiers.to_string(), read.specifiers.to_string());
                let specifiers = &text[read.specifier_span.start - offset..read.specifier_span.end - offset];
                prop_assert_eq!(specifiers, read.specifiers.to_string());
            }
            Err(fault) => {
                prop_assert!(!fault.message.is_empty() && !fault.message.contains('\n'));
                prop_assert!(fault.span.start < fault.span.end || text.trim().is_empty(), "nothing to see: {fault:?}");
            }
        }
    }

    #[test]
    fn a_repair_brings_a_requirement_nearer(text in nearly_a_requirement()) {
        let Err(Invalid { repair: Some(repair), .. }) = requirement::parse(&text, 0) else { return Ok(()) };
        let repaired = format!("{}{}{}", &text[..repair.span.start], repair.text, &text[repair.span.end..]);
        prop_assert_ne!(&repaired, &text, "a repair changes something");
    }

    #[test]
    fn a_good_requirement_is_taken_apart_and_kept(
        name in "[a-z][a-z0-9]{0,5}", extras in prop::collection::vec("[a-z]{1,4}", 0..3),
        specifiers in prop::collection::vec(specifier(), 0..3), marker in prop::option::of(marker()), space in " {0,2}",
    ) {
        let specifiers: Vec<String> = specifiers.into_iter().filter(|it| Specifiers::parse(it).is_ok()).collect();
        let bracketed = if extras.is_empty() { String::new() } else { format!("[{}]", extras.join(",")) };
        let joined = specifiers.join(",");
        let tail = marker.as_ref().map(|it| format!("{space};{space}{it}")).unwrap_or_default();
        let text = format!("{name}{space}{bracketed}{space}{joined}{tail}");
        let read = requirement::parse(&text, 0).expect("it is good");
        prop_assert_eq!(&*read.name, name);
        prop_assert_eq!(read.extras.iter().map(|it| it.0.clone()).collect::<Vec<_>>(), extras);
        prop_assert_eq!(read.specifiers.to_string(), joined);
        prop_assert_eq!(read.marker.map(|it| it.spelled().to_owned()), marker);
        // Another reader takes it, too.
        prop_assert!(pep508_rs::Requirement::<pep508_rs::VerbatimUrl>::from_str(&text).is_ok(), "{}", text);
    }

    #[test]
    fn specifiers_and_versions_agree_with_pep440_rs(specifier in specifier(), version in version()) {
        let ours = Specifiers::parse(&specifier);
        let theirs = pep440_rs::VersionSpecifiers::from_str(&specifier);
        prop_assert_eq!(ours.is_ok(), theirs.is_ok());
        let (Ok(ours), Ok(theirs)) = (ours, theirs) else { return Ok(()) };
        let (Some(one), Ok(other)) = (Version::parse(&version), pep440_rs::Version::from_str(&version)) else {
            return Err(TestCaseError::fail("both read it"));
        };
        // The standard has since been made clear where a bound is a pre-release or a post-release; `pep440_rs` is older, and
        // it does not look at the epoch when it asks whether a pre-release leads up to a bound.
        let plain = |it: &pep440_rs::VersionSpecifier| {
            let bound = it.version();
            !bound.any_prerelease() && !bound.is_post() && bound.epoch() == other.epoch()
        };
        if theirs.iter().all(plain) {
            prop_assert_eq!(ours.admits(&one), theirs.contains(&other), "{} of {}", specifier, version);
        }
    }

    #[test]
    fn markers_agree_with_pep508_rs(text in marker()) {
        let ours = Marker::parse(&text, 0).expect("a good marker");
        let theirs = pep508_rs::MarkerTree::from_str(&text).expect("a good marker");
        let verdict = |release: &str| {
            let mut environment = linux();
            environment.platform_release = Some(release.to_owned());
            let known = pep508_rs::MarkerEnvironment::try_from(pep508_rs::MarkerEnvironmentBuilder {
                implementation_name: "cpython", implementation_version: "3.12.4", os_name: "posix", platform_machine: "x86_64",
                platform_python_implementation: "CPython", platform_release: release, platform_system: "Linux", platform_version: "",
                python_full_version: "3.12.4", python_version: "3.12", sys_platform: "linux",
            }).expect("a good environment");
            let extras = [pep508_rs::ExtraName::from_str("a").expect("a name")];
            (ours.judge(&environment), theirs.evaluate(&known, &extras))
        };
        let verdicts = ["6", "7", "8"].map(verdict);
        for (ours, theirs) in verdicts {
            prop_assert_eq!(ours == Verdict::Holds, theirs);
            prop_assert_ne!(ours, Verdict::Unknown);
        }
        // Not knowing may make a verdict unknown, and never another one than every knowing has.
        let (first, _) = verdicts[0];
        let all = verdicts.iter().all(|it| it.0 == first);
        match ours.judge(&linux()) {
            Verdict::Unknown => {}
            verdict => prop_assert!(all && verdict == first, "{} is {:?}", text, verdict),
        }
    }

    #[test]
    fn a_marker_is_read_without_harm(text in any_text()) {
        if let Ok(marker) = Marker::parse(&text, 0) {
            black_box(marker.judge(&linux()));
            black_box(marker.judge(&MarkerEnvironment::default()));
            black_box(marker.extras());
        }
    }

    #[test]
    fn installed_things_are_read_without_harm(bytes in prop::collection::vec(any::<u8>(), 0..80), text in any_text(), name in "(~|-|[a-z.]){0,4}-?[0-9.py-]{0,6}(\\.dist-info|\\.egg-info|\\.egg|)") {
        black_box(metadata(&bytes));
        black_box(metadata(text.as_bytes()));
        if let Some(read) = pyvenv(&text) {
            for said in read.home.iter().chain(&read.version) {
                prop_assert_eq!(&text[said.span.start..said.span.end], &said.text);
            }
        }
        let listed = [(&*bytes, ListedKind::Folder), (name.as_bytes(), ListedKind::Folder)];
        for (normal, found) in inventory(listed).distributions {
            prop_assert!(!normal.is_empty() && found.iter().all(|it| it.folder.starts_with(&*it.name)));
        }
    }
}

/// A version as most are written, and now and then one that is not.
fn a_version() -> impl Strategy<Value = String> {
    let plain = prop::collection::vec(0_u32..4, 1..5);
    let plain = plain.prop_map(|it| it.iter().map(u32::to_string).collect::<Vec<_>>().join("."));
    let ending = prop::sample::select(vec!["", "", "", "", "rc1", ".post1", ".dev0", "+cu121"]);
    (plain, ending).prop_map(|(plain, ending)| format!("{plain}{ending}"))
}

fn a_clause() -> impl Strategy<Value = String> {
    let sign = prop::sample::select(vec![">=", "<=", ">", "<", "==", "!=", "~=", "==="]);
    let ending = prop::sample::select(vec!["", "", "", ".*"]);
    (sign, a_version(), ending)
        .prop_map(|(sign, version, ending)| format!("{sign}{version}{ending}"))
}

proptest! {
    /// The short way of comparing plain versions says what the long way says.
    #[test]
    fn installed_versions_are_judged_alike(
        version in a_version(),
        clauses in prop::collection::vec(a_clause(), 0..3),
    ) {
        let specifiers = clauses.join(", ");
        let user = format!("Name: user\nVersion: 1\nRequires-Dist: used {specifiers}\n");
        let used = format!("Name: used\nVersion: {version}\n");
        let headers = [("user-1.dist-info", user), ("used-1.dist-info", used)];
        let headers = headers.map(|(it, text)| (it.into(), Arc::new(metadata(text.as_bytes()))));
        let dependencies = Dependencies::of(&headers.into(), []);
        let environment = MarkerEnvironment::default();
        let conflicts = Judgement::new(&dependencies, &environment, []).conflicts().len();
        let version = Version::parse(&version).expect("it is one");
        let expected = Specifiers::parse(&specifiers).is_ok_and(|it| !it.admits(&version));
        prop_assert_eq!(conflicts == 1, expected, "{} {}", version, specifiers);
    }
}

#[test]
fn between_two_of_one_release_there_is_room_for_early_ones() {
    for [one, other] in [[">1.dev0", "<1rc1"], [">1rc1", "<1rc2"], [">1.dev1", "<1.dev3"]] {
        let [one, other] = [one, other].map(|it| Specifiers::parse(it).expect("it is good"));
        assert!(!contradict(&[&one, &other]));
    }
}

#[test]
fn a_spelling_asked_for_is_not_taken_for_another_of_the_same_version() {
    let spelled = Specifiers::parse("===0.0.0.0").expect("it is good");
    assert!(!contradict(&[&spelled]));
}

proptest! {
    /// Of specifiers that are said to exclude each other, no version satisfies all; and where none of many does, they are
    /// said to.
    #[test]
    fn contradictions_are_told(clauses in prop::collection::vec(a_clause(), 1..4)) {
        let sets: Vec<Specifiers> =
            clauses.iter().filter_map(|it| Specifiers::parse(it).ok()).collect();
        let all: Vec<&Specifiers> = sets.iter().collect();
        let mut satisfied = false;
        let endings = ["", "rc1", ".post1", ".dev0", "+cu121", "rc1.dev0", ".post1.dev0"];
        for number in 0..5_usize.pow(4) {
            let digits = [number / 125, number / 25 % 5, number / 5 % 5, number % 5];
            let release = digits.map(|it| it.to_string()).join(".");
            satisfied |= endings.iter().any(|ending| {
                let version = Version::parse(&format!("{release}{ending}")).expect("it is one");
                all.iter().all(|it| it.admits(&version))
            });
        }
        // Versions of more numbers, and larger ones, were not tried here.
        prop_assert!(!(satisfied && contradict(&all)), "{clauses:?}");
    }
}
