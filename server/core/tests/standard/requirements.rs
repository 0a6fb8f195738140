//! Requirements: each part with its place, and what is said of a line that is none.

use envls_core::{
    standard::requirement::{self, name_of},
    text::Span,
};

/// The parts, each as the stretch of the text that it says it stands at.
fn drawn(text: &str) -> String {
    let offset = 7;
    let spelled =
        |span: Span| text.get(span.start - offset..span.end - offset).unwrap_or("outside");
    match requirement::parse(text, offset) {
        Ok(it) => {
            let mut parts = vec![format!("{}={}", it.name, spelled(it.name_span))];
            parts.extend(
                it.extras.iter().map(|(extra, span)| format!("[{extra}={}]", spelled(*span))),
            );
            let at = it.specifier_span;
            match spelled(at) {
                "" => parts.push(format!("@{}", at.start - offset)),
                text => parts.push(format!("{text}={}", it.specifiers)),
            }
            parts.extend(it.url.map(|it| format!("url={it}")));
            parts.extend(it.marker.map(|it| format!("; {}", it.spelled())));
            parts.extend(it.marker_span.map(|it| format!("= {}", spelled(it))));
            assert_eq!(it.spelled, text.trim());
            parts.join(" ")
        }
        Err(it) => {
            let (start, end) = (it.span.start - offset, it.span.end - offset);
            let shown = format!("{}[{}]{}", &text[..start], &text[start..end], &text[end..]);
            let repaired = it.repair.map(|it| {
                let (start, end) = (it.span.start - offset, it.span.end - offset);
                format!(" -> {}{}{}", &text[..start], it.text, &text[end..])
            });
            format!("{shown}: {}{}", it.message, repaired.unwrap_or_default())
        }
    }
}

fn check(cases: &[(&str, &str)]) {
    let drawn: Vec<String> = cases.iter().map(|it| drawn(it.0)).collect();
    let expected: Vec<&str> = cases.iter().map(|it| it.1).collect();
    assert_eq!(drawn.join("\n"), expected.join("\n"));
}

#[test]
fn each_part_knows_its_place() {
    check(&[
        ("requests", "requests=requests @8"),
        ("  Requests.Toolbelt ", "requests-toolbelt=Requests.Toolbelt @19"),
        ("requests>=2,<3", "requests=requests >=2,<3=>=2,<3"),
        ("requests >= 2 , != 2.5.* ,", "requests=requests >= 2 , != 2.5.* ,=>= 2 , != 2.5.* ,"),
        ("requests (>=2, <3)", "requests=requests >=2, <3=>=2, <3"),
        ("requests ()", "requests=requests @8"),
        ("requests[]", "requests=requests @10"),
        ("uvicorn[standard] ~= 0.30", "uvicorn=uvicorn [standard=standard] ~= 0.30=~= 0.30"),
        ("a [ B_c , d.e ]", "a=a [B_c=B_c] [d.e=d.e] @15"),
        (
            "tomli>=2; python_version<'3.11'",
            "tomli=tomli >=2=>=2 ; python_version<'3.11' = python_version<'3.11'",
        ),
        ("x ;os_name=='nt'  ", "x=x @1 ; os_name=='nt' = os_name=='nt'"),
        ("pip @ https://e.org/pip.zip#sha1=da9", "pip=pip @3 url=https://e.org/pip.zip#sha1=da9"),
        ("pip@git+ssh://git@e.org/p.git@v1", "pip=pip @3 url=git+ssh://git@e.org/p.git@v1"),
        (
            "p[x] @ https://e.org/a;b ; os_name=='a'",
            "p=p [x=x] @4 url=https://e.org/a;b ; os_name=='a' = os_name=='a'",
        ),
        ("torch==2.9.0+cu121", "torch=torch ==2.9.0+cu121===2.9.0+cu121"),
        ("odd===whatever~1", "odd=odd ===whatever~1====whatever~1"),
        ("a==1!2.0", "a=a ==1!2.0===1!2.0"),
    ]);
}

#[test]
fn what_is_no_requirement_is_said_in_words() {
    check(&[
        ("", "[]: expected a name"),
        ("requests = 2", "requests [=] 2: there is no operator `=` -> requests == 2"),
        (
            "requests 2.31",
            "requests [2.31]: expected an operator, such as `==`, before `2.31` -> requests ==2.31",
        ),
        (
            "requests(2.31)",
            "requests([2.31]): expected an operator, such as `==`, before `2.31` -> requests(==2.31)",
        ),
        (
            "requests>=1.0.*",
            "requests>=[1.0.*]: `.*` can follow `==` and `!=` only, not `>=` -> requests>=1.0",
        ),
        ("requests=>2", "requests[=>]2: there is no operator `=>` -> requests>=2"),
        ("requests >=", "requests [>=]: expected a version after `>=`"),
        ("requests>=1 <2", "requests>=1 [<2]: expected `,` between specifiers -> requests>=1,<2"),
        ("my package>=1", "[my package]>=1: there can be no space in a name -> my-package>=1"),
        ("requests #http", "requests [#http]: a comment cannot stand in a requirement -> requests"),
        (
            "requests>=2 # http",
            "requests>=2 [#] http: a comment cannot stand in a requirement -> requests>=2",
        ),
        ("requests,", "requests[,]: expected a specifier before `,` -> requests"),
        ("requests *", "requests [*]: any version is meant where no specifier stands -> requests"),
        ("requests==*", "requests==[*]: `*` is no version"),
        ("requests[a b]", "requests[a [b]]: expected `,` between extras -> requests[a, b]"),
        ("requests[a", "requests[[a]: expected `]` after the extras -> requests[a]"),
        ("requests[a, >=2", "requests[a[,] >=2: expected the name of an extra"),
        ("requests[a,]", "requests[a[,]]: expected the name of an extra -> requests[a]"),
        ("requests[-a]", "requests[[-a]]: `-a` cannot be the name of an extra"),
        ("requests (>=2", "requests [(>=2]: expected `)` after the specifiers -> requests (>=2)"),
        ("requests @", "requests [@]: expected a URL after `@`"),
        (
            "requests@2.31",
            "requests@[2.31]: expected a URL after `@`; a version follows `==` -> requests==2.31",
        ),
        (
            "p @ https://e.org/a.whl; os_name=='a'",
            "p @ https://e.org/a.whl[;] os_name=='a': a space must stand between a URL and `;`, else the marker belongs to the \
             URL -> p @ https://e.org/a.whl ; os_name=='a'",
        ),
        ("p @ file:///a b", "p @ file:///a [b]: expected `;` or the end after the URL"),
        ("requests ;", "requests [;]: expected a marker after `;` -> requests"),
        ("requests>=1;<2", "requests>=1[;]<2: specifiers are separated by `,` -> requests>=1,<2"),
        (
            "-requests",
            "[-requests]: a name begins and ends with an ASCII letter or a digit -> requests",
        ),
        (
            "requests_>=1",
            "[requests_]>=1: a name begins and ends with an ASCII letter or a digit -> requests>=1",
        ),
        ("réquests", "r[é]quests: `é` cannot stand in a name"),
        ("'requests>=2'", "['requests>=2']: a requirement has no quotes of its own -> requests>=2"),
        (
            "--hash=sha256:0",
            "[--hash=sha256:0]: an option can stand in a requirements file only, on a line of its own",
        ),
        ("-e .", "[-e] .: an option can stand in a requirements file only, on a line of its own"),
        ("./local", "[./local]: a URL needs a name before it, as in `name @ URL`"),
        (
            "git+https://e.org/p",
            "[git+https://e.org/p]: a URL needs a name before it, as in `name @ URL`",
        ),
        ("{{cookiecutter}}", "[{{cookiecutter}}]: a name begins with an ASCII letter or a digit"),
        ("requests ]", "requests []]: expected a specifier, `@`, `;` or the end, found `]`"),
        (
            "three words here",
            "three [words] here: expected a specifier, `@`, `;` or the end, found `words`",
        ),
    ]);
}

#[test]
fn markers_that_are_none_are_said_in_words() {
    check(&[
        (
            "a; python_version < 3.8",
            "a; python_version < [3.8]: expected quotes around `3.8` -> a; python_version < '3.8'",
        ),
        (
            "a; python_versio < '3'",
            "a; [python_versio] < '3': there is no marker variable `python_versio` -> a; python_version < '3'",
        ),
        ("a; python < '3'", "a; [python] < '3': there is no marker variable `python`"),
        ("a; os_name = 'x'", "a; os_name [=] 'x': there is no operator `=` -> a; os_name == 'x'"),
        (
            "a; os_name == 'x",
            "a; os_name == ['x]: expected `'` at the end of the value -> a; os_name == 'x'",
        ),
        (
            "a; os_name == 'x' && extra == 'b'",
            "a; os_name == 'x' [&&] extra == 'b': expected `and`, `or` or the end of the marker -> a; os_name == 'x' and extra == 'b'",
        ),
        (
            "a; (os_name == 'x'",
            "a; [(os_name == 'x']: expected `)` at the end -> a; (os_name == 'x')",
        ),
        ("a; os_name not 'x'", "a; os_name [not] 'x': expected `in` after `not`"),
        ("a; os_name", "a; os_nam[e]: expected an operator, such as `==`, `in` or `not in`"),
        (
            "a; os_name == ",
            "a; os_name =[=] : expected a variable, such as `python_version`, or a value in quotes",
        ),
        (
            "a; os_name == 'x' or",
            "a; os_name == 'x' o[r]: expected a variable, such as `python_version`, or a value in quotes",
        ),
    ]);
}

#[test]
fn the_name_of_old_metadata_is_known_though_the_rest_is_not() {
    let names = ["pytz (>dev)", "six>=1.4.*", "Foo_Bar<2dev-r123", " x ", "-x", ""];
    assert_eq!(
        names.map(|it| name_of(it).map(|it| it.to_string()).unwrap_or_default()),
        ["pytz", "six", "foo-bar", "x", "", ""]
    );
}

#[test]
fn parentheses_without_end_are_refused() {
    let marker =
        |depth: usize| format!("a; {}os_name == 'x'{}", "(".repeat(depth), ")".repeat(depth));
    assert!(requirement::parse(&marker(50), 0).is_ok());
    let refused = requirement::parse(&marker(100_000), 0).expect_err("nobody means so many");
    assert_eq!(refused.message, "too many parentheses in each other");
}
