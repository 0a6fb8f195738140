//! Version specifiers: what they admit of what is installed, and what is said of those that are none.

use envls_core::standard::version::{Specifiers, Version};

/// Each line: the specifiers, then versions that they admit, then after `not` versions that they do not.
static ADMITTED: &str = "
>=1.0                | 1.0 1.0.0 1.0.post1 1.0+local 2 1!0.1         not 0.9 1.0rc1 1.0.dev0
<1.7                 | 1.6 1.6.9.post1 1.6rc1                        not 1.7 1.7rc1 1.7.dev0 1.7a1.post1 1.7.0.dev3
<1.7rc1              | 1.7b2 1.7.dev0 1.6                            not 1.7rc1 1.7
<1.7.post1           | 1.7 1.7rc1 1.6                                not 1.7.post1.dev0 1.7.post1
>1.7                 | 1.7.1 1.8 1.7.0.1 1.8rc1                      not 1.7 1.7.post1 1.7.0.post1 1.7+local
>1.7rc1              | 1.7 1.7.post1 1.8                             not 1.7rc1 1.7rc1.post1 1.7b1
>1.7.post1           | 1.7.post2 1.8                                 not 1.7.post1 1.7 1.7.post1+local
<=1.0                | 1.0 1.0+local 0.9 1.0rc1                      not 1.0.post1 1.1
==1.0                | 1 1.0 1.0.0 1.0+cu121                         not 1.0.post1 1.0rc1 1.1 1!1.0
==1.0+cu121          | 1.0+cu121 1.0+CU121                           not 1.0 1.0+cpu
!=1.0                | 1.1 1.0.post1                                 not 1.0 1.0+local
==1.1.*              | 1.1 1.1.0 1.1.9 1.1rc1 1.1.post1 1.1+local    not 1 1.0 1.10 2 1.11 1!1.1
==2.1.*              | 2.1.0                                         not 2
!=1.1.*              | 1 1.2 2                                       not 1.1 1.1.3 1.1a1
~=2.2                | 2.2 2.3 2.99 2.2.post3                        not 2.1 3.0 2.2rc1 2
~=1.4.5              | 1.4.5 1.4.9 1.4.5+local                       not 1.4.4 1.5
~=2.2.post3          | 2.2.post3 2.3                                 not 2.2 2.2.post2 3
~=1.4.5a4            | 1.4.5a4 1.4.5 1.4.9                           not 1.4.5a3 1.5
===1.0               | 1.0                                           not 1.0.0 1.1
===1.0-1             | 1.0.post1                                     not 1.0
>=1!0.5              | 1!0.5 1!2                                     not 0.5 2
>=1.0,<2,!=1.5       | 1.0 1.9                                       not 1.5 2.0 0.1
>=2.9.0.dev0         | 2.9.0.dev20250801 2.9.0                       not 2.8.9
 >= 1.0 , < 2.0 ,    | 1.5                                           not 2.0
                     | 0 1.0rc1 5!1                                  not
";

#[test]
fn specifiers_admit_what_the_standard_says() {
    for line in ADMITTED.lines().filter(|it| it.contains('|')) {
        let (specifiers, versions) = line.split_once('|').expect("a bar in each line");
        let (admitted, refused) = versions.split_once("not").expect("`not` in each line");
        let judged = Specifiers::parse(specifiers).expect("specifiers of the table are good");
        let admits = |it: &str| judged.admits(&Version::parse(it).expect("a version"));
        let wrongly_refused: Vec<&str> =
            admitted.split_whitespace().filter(|it| !admits(it)).collect();
        let wrongly_admitted: Vec<&str> =
            refused.split_whitespace().filter(|it| admits(it)).collect();
        assert_eq!((wrongly_refused, wrongly_admitted), (vec![], vec![]), "of `{specifiers}`");
        assert_eq!(judged.to_string(), specifiers, "the spelling is kept");
    }
}

/// What is said, the stretch it is said of in brackets, and the text after the repair.
fn drawn(text: &str) -> String {
    let Err(fault) = Specifiers::parse(text) else { return "good".to_owned() };
    let (start, end) = (fault.span.start, fault.span.end);
    let shown = format!("{}[{}]{}", &text[..start], &text[start..end], &text[end..]);
    match fault.repair {
        Some(it) => {
            let repaired = format!("{}{}{}", &text[..it.span.start], it.text, &text[it.span.end..]);
            format!("{shown}: {} -> {repaired}", fault.message)
        }
        None => format!("{shown}: {}", fault.message),
    }
}

#[test]
fn what_is_no_specifier_is_said_in_words() {
    let said = [
        "=2",
        "=>2",
        "=<2",
        "><2",
        "<>2",
        "~2",
        "^1.2.3",
        "^0.2.3",
        "^0.0",
        "2.31",
        ">=",
        ">=1.0 <2",
        ">=1<2",
        ">=1!=2",
        ">=1.0.*",
        "<2.*",
        "~=1.4.*",
        ">1.*",
        "==1.*.*",
        "==1.x",
        ">=1.X",
        "~=1",
        "~=1rc1",
        ">=1+local",
        "==1.0+",
        "==\"1.0\"",
        ">=1.",
        "==latest",
        ",>1",
        ">1,,<2",
        ">1 # new",
        "==1.0a1.*",
        "==99999999999999999999",
    ]
    .map(drawn);
    let expected = [
        "[=]2: there is no operator `=` -> ==2",
        "[=>]2: there is no operator `=>` -> >=2",
        "[=<]2: there is no operator `=<` -> <=2",
        "[><]2: there is no operator `><`",
        "[<>]2: there is no operator `<>` -> !=2",
        "[~]2: there is no operator `~` -> ~=2",
        "[^]1.2.3: `^` is Poetry's, the standard has no such operator -> >=1.2.3,<2",
        "[^]0.2.3: `^` is Poetry's, the standard has no such operator -> >=0.2.3,<0.3",
        "[^]0.0: `^` is Poetry's, the standard has no such operator -> >=0.0,<0.1",
        "[2.31]: expected an operator, such as `==`, before `2.31` -> ==2.31",
        "[>=]: expected a version after `>=`",
        ">=1.0 [<2]: expected `,` between specifiers -> >=1.0,<2",
        ">=1[<2]: expected `,` between specifiers -> >=1,<2",
        ">=1[!=2]: expected `,` between specifiers -> >=1,!=2",
        ">=[1.0.*]: `.*` can follow `==` and `!=` only, not `>=` -> >=1.0",
        "<[2.*]: `.*` can follow `==` and `!=` only, not `<` -> <2",
        "~=[1.4.*]: `.*` can follow `==` and `!=` only, not `~=` -> ==1.4.*",
        ">[1.*]: `.*` can follow `==` and `!=` only, not `>`",
        "==[1.*.*]: `1.*` is no version that `.*` can follow -> ==1.*",
        "==[1.x]: `1.x` is no version -> ==1.*",
        ">=[1.X]: `1.X` is no version -> >=1",
        "~=[1]: `~=` needs a version of at least two numbers -> ~=1.0",
        "~=[1rc1]: `~=` needs a version of at least two numbers",
        ">=[1+local]: a local label, `+…`, can follow `==` and `!=` only, not `>=` -> >=1",
        "==[1.0+]: `1.0+` is no version",
        "==[\"1.0\"]: `\"1.0\"` is no version -> ==1.0",
        ">=[1.]: `1.` is no version -> >=1",
        "==[latest]: `latest` is no version",
        "[,]>1: expected an operator, such as `>=`",
        ">1,[,]<2: expected an operator, such as `>=`",
        ">1 [#] new: a comment cannot stand in a requirement -> >1",
        "==[1.0a1.*]: `1.0a1` is no version that `.*` can follow",
        "==[99999999999999999999]: `99999999999999999999` is no version",
    ];
    assert_eq!(said.join("\n"), expected.join("\n"));
}

#[test]
fn versions_are_compared_as_the_standard_orders_them() {
    let ordered = "0.9 1.0.dev1 1.0a1.dev2 1.0a1 1.0b1 1.0rc1 1.0 1.0+local 1.0.post1.dev1 1.0.post1 1.1.dev0 1.1 1!0";
    let versions: Vec<Version> = ordered.split(' ').filter_map(Version::parse).collect();
    let shown: Vec<String> = versions.iter().map(ToString::to_string).collect();
    assert_eq!(shown.join(" "), ordered);
    assert!(versions.is_sorted_by(|one, other| one < other));
    let pre: Vec<bool> = versions.iter().map(Version::is_prerelease).collect();
    let expected = ordered.split(' ').map(|it| {
        ["dev", "a", "b", "rc"].iter().any(|part| it.replace("local", "").contains(part))
    });
    assert_eq!(pre, expected.collect::<Vec<_>>());
    assert_eq!(Version::parse(" v1.0-ALPHA.1 ").map(|it| it.to_string()), Some("1.0a1".to_owned()));
    assert_eq!(Version::parse("1.0dev-r123"), None);
}
