//! Requirements files, as pip reads them.

use super::draw::check as check_file;

fn check(text: &str, expected: &str) {
    check_file("/w/requirements.txt", text, expected);
}

#[test]
fn lines_as_they_are_found() {
    check(
        r"# pip-compile
--index-url https://packages.example/simple
-i https://packages.example/simple --extra-index-url=https://other.example
--pre
--no-binary :all:
-r base.txt
--requirement=other/base.txt
-rthird.txt
-c 'with space.txt'
--constraint constraints.txt  # why

Flask
flask [async] >= 2.0 , < 3 ; python_version >= '3.8' # web
   requests==2.31.0
certifi==2024.2.2 --hash=sha256:0569859f --hash=sha256:dc383c07
cffi==1.16.0 ; platform_python_implementation != 'PyPy' \
    --hash=sha256:0c9ef6ff \
    --hash=sha256:a8f11f0b
    # via cryptography
-e .
-e .[dev,test]
--editable=./libs/core
-e git+https://git.example/p.git@main#egg=Pack_Age[x]&subdirectory=src
git+ssh://git@git.example/o/r.git@v1.0
https://files.example/a-1.0.tar.gz ; os_name == 'posix'
https://files.example/my_wheel-1.0-py3-none-any.whl#sha256=ab
./wheels/other-2.0-py3-none-any.whl[fast,Slow]
../sibling
C:\work\package
archive.zip
name @ https://files.example/name.zip ; python_version > '3'
name[extra]@file:///srv/name
",
        "",
    );
}

#[test]
fn lines_that_go_on_are_joined() {
    check("flask \\\n>=2 \\\n  ,<3\nnext\n", "");
    check("fla\\\nsk==1\\\n.0\n", "");
    check("flask \\\n# a comment ends the joining\n>=2\n", "");
    check("flask \\\n  # indented, too\nnext", "");
    check("# comment \\\nflask\n", "");
    check("flask \\", "");
    check("flask \\  \nnext", "");
    check("flask\\\r\n>=2\r\nnext\rlast", "");
    check("\\\n\\\nflask", "");
    check("flask = \\\n 2\n", "");
}

#[test]
fn comments_end_at_their_line_and_need_space() {
    check(
        "\u{feff}flask#web\nflask #web\n#flask\n\t# x\nflask\t#x\nhttps://e.example/a.zip#egg=b # c\n",
        "",
    );
    check("# -*- coding: utf-8 -*-\n\u{c}flask\u{b}requests\n", "");
}

#[test]
fn variables_are_noted_and_nothing_is_guessed_of_them() {
    check(
        "-i https://${USER_1}:${PASS}@packages.example/${lower}\nflask==${VERSION}\n-r ${DIR}/base.txt\ngit+https://${TOKEN}@git.example/p.git#egg=p\n${ONLY}\n$X ${}\n",
        "",
    );
}

#[test]
fn what_pip_refuses_is_said_in_words() {
    check(
        r"flask = 2
my flask
flask -r base.txt
--hash=sha256:ab
flask --hash=md5:ab --hash=sha256:xyz
--no-such-option
-x
-r
-e
--index-url=
--pre=1
-r base.txt extra words
--no-index flask
flask --upgrade
==2.0
'flask'
",
        "",
    );
}

#[test]
fn one_bad_line_harms_no_other() {
    check("a\n]]]\nb\n--what\nc\n;;;\nd @\ne\n", "");
}

#[test]
fn the_name_of_the_file_says_the_set() {
    let set = |path: &str| {
        let drawn = super::draw::drawn(path, "x");
        drawn.split(' ').nth(2).unwrap_or("").to_owned()
    };
    let sets = [
        "/w/requirements.txt",
        "/w/requirements.in",
        "/w/requirements-dev.txt",
        "/w/requirements_test.in",
        "/w/requirements.docs.txt",
        "/w/dev-requirements.txt",
        "/w/requirements/dev.txt",
        "/w/requirements/requirements-ci.txt",
        "/w/requirements/requirements.txt",
        "/w/constraints.txt",
        "/w/requirements/constraints-3.12.txt",
        "/w/base.txt",
    ]
    .map(set);
    let expected = [
        "main",
        "main",
        "group:dev",
        "group:test",
        "group:docs",
        "group:dev",
        "group:dev",
        "group:ci",
        "main",
        "constraint",
        "constraint",
        "main",
    ];
    assert_eq!(sets, expected);
}

#[test]
fn constraints_are_bounds_and_nothing_else() {
    check_file(
        "/w/constraints.txt",
        "flask<3\nflask[async]<3\n-e .\n./local\nhttps://e.example/a-1-py3-none-any.whl\n",
        "",
    );
}
