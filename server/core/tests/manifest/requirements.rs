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
        r#"
        6 `base.txt` Includes { target: "base.txt", constraint: false }
        7 `other/base.txt` Includes { target: "other/base.txt", constraint: false }
        8 `third.txt` Includes { target: "third.txt", constraint: false }
        9 `with space.txt` Includes { target: "with space.txt", constraint: true }
        10 `constraints.txt` Includes { target: "constraints.txt", constraint: true }
        12 `Flask` main flask (Flask)
        13 `flask [async] >= 2.0 , < 3 ; python_version >= \'3.8\'` main flask [async] >= 2.0 , < 3 ; python_version >= \'3.8\'
        14 `requests==2.31.0` main requests ==2.31.0
        15 `certifi==2024.2.2` main certifi ==2024.2.2
        16 `cffi==1.16.0 ; platform_python_implementation != \'PyPy\'` main cffi ==1.16.0 ; platform_python_implementation != \'PyPy\'
        20 `.` main editable from .
        21 `.[dev,test]` main editable from .[dev,test]
        22 `./libs/core` main editable from ./libs/core
        23 `git+https://git.example/p.git@main#egg=Pack_Age[x]&subdirectory=src` main pack-age (Pack_Age) [x] @ git+https://git.example/p.git@main#egg=Pack_Age[x]&subdirectory=src
        24 `git+ssh://git@git.example/o/r.git@v1.0` main from git+ssh://git@git.example/o/r.git@v1.0
        25 `https://files.example/a-1.0.tar.gz ; os_name == \'posix\'` main from https://files.example/a-1.0.tar.gz
        26 `https://files.example/my_wheel-1.0-py3-none-any.whl#sha256=ab` main my-wheel (my_wheel) @ https://files.example/my_wheel-1.0-py3-none-any.whl#sha256=ab
        27 `./wheels/other-2.0-py3-none-any.whl[fast,Slow]` main other [fast] [Slow] @ ./wheels/other-2.0-py3-none-any.whl[fast,Slow]
        28 `../sibling` main from ../sibling
        29 `C:\\work\\package` main from C:\work\package
        30 `archive.zip` main from archive.zip
        31 `name @ https://files.example/name.zip ; python_version > \'3\'` main name @ https://files.example/name.zip ; python_version > \'3\'
        32 `name[extra]@file:///srv/name` main name [extra] @ file:///srv/name
        "#,
    );
}

#[test]
fn lines_that_go_on_are_joined() {
    check(
        "flask \\\n>=2 \\\n  ,<3\nnext\n",
        r#"
        1 `flask \\\n>=2 \\\n  ,<3` main flask >=2 \\\n  ,<3
        4 `next` main next
        "#,
    );
    check(
        "fla\\\nsk==1\\\n.0\n",
        r#"
        1 `fla\\\nsk==1\\\n.0` main flask (fla\\\nsk) ==1\\\n.0
        "#,
    );
    check(
        "flask \\\n# a comment ends the joining\n>=2\n",
        r#"
        1 `flask` main flask
        3 `>=2` main INVALID at `>=2`: a name begins with an ASCII letter or a digit
        "#,
    );
    check(
        "flask \\\n  # indented, too\nnext",
        r#"
        1 `flask` main flask
        3 `next` main next
        "#,
    );
    check(
        "# comment \\\nflask\n",
        r#"
        2 `flask` main flask
        "#,
    );
    check(
        "flask \\",
        r#"
        1 `flask` main flask
        "#,
    );
    check(
        "flask \\  \nnext",
        r#"
        1 `flask` main flask
        1 `\\` UNREADABLE a `\` that joins lines must be the last character of its line
        2 `next` main next
        "#,
    );
    check(
        "flask\\\r\n>=2\r\nnext\rlast",
        r#"
        1 `flask\\\r\n>=2` main flask >=2
        3 `next` main next
        4 `last` main last
        "#,
    );
    check(
        "\\\n\\\nflask",
        r#"
        3 `flask` main flask
        "#,
    );
    check(
        "flask = \\\n 2\n",
        r#"
        1 `flask = \\\n 2` main INVALID at `=`: there is no operator `=` [= -> ==]
        "#,
    );
}

#[test]
fn comments_end_at_their_line_and_need_space() {
    check(
        "\u{feff}flask#web\nflask #web\n#flask\n\t# x\nflask\t#x\nhttps://e.example/a.zip#egg=b # c\n",
        r#"
        1 `flask#web` main INVALID at `#web`: a comment cannot stand in a requirement [#web -> ]
        2 `flask` main flask
        5 `flask` main flask
        6 `https://e.example/a.zip#egg=b` main b @ https://e.example/a.zip#egg=b
        "#,
    );
    check(
        "# -*- coding: utf-8 -*-\n\u{c}flask\u{b}requests\n",
        r#"
        2 `flask` main flask
        2 `requests` main requests
        "#,
    );
}

#[test]
fn variables_are_noted_and_nothing_is_guessed_of_them() {
    check(
        "-i https://${USER_1}:${PASS}@packages.example/${lower}\nflask==${VERSION}\n-r ${DIR}/base.txt\ngit+https://${TOKEN}@git.example/p.git#egg=p\n${ONLY}\n$X ${}\n",
        r#"
        1 `${USER_1}` Variable("USER_1")
        1 `${PASS}` Variable("PASS")
        2 `flask==${VERSION}` main flask
        2 `${VERSION}` Variable("VERSION")
        3 `${DIR}` Variable("DIR")
        4 `git+https://${TOKEN}@git.example/p.git#egg=p` main p @ git+https://${TOKEN}@git.example/p.git#egg=p
        4 `${TOKEN}` Variable("TOKEN")
        5 `${ONLY}` Variable("ONLY")
        6 `$X ${}` main INVALID at `$X`: a name begins with an ASCII letter or a digit
        "#,
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
        r#"
        1 `flask = 2` main INVALID at `=`: there is no operator `=` [= -> ==]
        2 `my flask` main INVALID at `my flask`: there can be no space in a name [my flask -> my-flask]
        3 `flask` main flask
        3 `-r` UNREADABLE `-r` must stand on a line of its own
        4 `--hash` UNREADABLE `--hash` must follow a requirement on its line
        5 `flask` main flask
        5 `md5:ab` UNREADABLE expected `sha256:`, `sha384:` or `sha512:` after `--hash=`
        5 `sha256:xyz` UNREADABLE expected a hash in hexadecimal digits
        6 `--no-such-option` UNREADABLE pip knows no option `--no-such-option` in such a file
        7 `-x` UNREADABLE pip knows no option `-x` in such a file
        8 `-r` UNREADABLE expected a value after `-r`
        9 `-e` UNREADABLE expected a value after `-e`
        10 `--index-url=` UNREADABLE expected a value after `--index-url=`
        11 `--pre=1` UNREADABLE `--pre` takes no value
        12 `base.txt` Includes { target: "base.txt", constraint: false }
        12 `extra` UNREADABLE expected an option, found `extra`
        13 `flask` UNREADABLE expected an option, found `flask`
        14 `flask` main flask
        14 `--upgrade` UNREADABLE pip knows no option `--upgrade` in such a file
        15 `==2.0` main INVALID at `==2.0`: a name begins with an ASCII letter or a digit
        16 `\'flask\'` main INVALID at `\'flask\'`: a requirement has no quotes of its own [\'flask\' -> flask]
        "#,
    );
}

#[test]
fn one_bad_line_harms_no_other() {
    check(
        "a\n]]]\nb\n--what\nc\n;;;\nd @\ne\n",
        r#"
        1 `a` main a
        2 `]]]` main INVALID at `]]]`: a name begins with an ASCII letter or a digit
        3 `b` main b
        4 `--what` UNREADABLE pip knows no option `--what` in such a file
        5 `c` main c
        6 `;;;` main INVALID at `;;;`: a name begins with an ASCII letter or a digit
        7 `d @` main INVALID at `@`: expected a URL after `@`
        8 `e` main e
        "#,
    );
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
        r#"
        1 `flask<3` constraint flask <3
        2 `flask[async]<3` constraint INVALID at `[async]`: a constraint cannot have extras
        3 `.` UNREADABLE a constraint cannot be editable
        4 `./local` UNREADABLE a constraint needs a name, as in `name @ ./local`
        5 `https://e.example/a-1-py3-none-any.whl` constraint a @ https://e.example/a-1-py3-none-any.whl
        "#,
    );
}
