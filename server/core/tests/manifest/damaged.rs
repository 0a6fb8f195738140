//! `pyproject.toml` while it is being typed: damage stays where it is.

use super::draw::check as check_file;

fn check(text: &str, expected: &str) {
    check_file("/w/pyproject.toml", text, expected);
}

#[test]
fn a_half_key_harms_no_other_line() {
    check(
        "[project]\nname = \"a\"\nrequires-py\ndependencies = [\"b\"]\n\n[tool.uv]\npackage = false\n",
        r#"
        2 `a` Name("a")
        3 `requires-py` UNREADABLE expected `=` and a value after the key
        4 `b` main b
        6 `uv` UsesTool("uv")
        7 `false` NotPackaged
        "#,
    );
    check(
        "[project]\nrequires-python =\ndependencies = [\"b\"]\n",
        r#"
        2 `requires-python =` UNREADABLE expected a value after `=`
        3 `b` main b
        "#,
    );
    check(
        "[project]\nrequires-python = \"\ndependencies = [\"b\"]\n",
        r#"
        2 `requires-python = \"` UNREADABLE expected a quote at the end of the string
        3 `b` main b
        "#,
    );
    check(
        "requires\n[project]\nname = \"a\"\n",
        r#"
        1 `requires` UNREADABLE expected `=` and a value after the key
        3 `a` Name("a")
        "#,
    );
    check(
        "[project]\nname = shop\ndependencies = [\"b\"]\n",
        r#"
        2 `shop` UNREADABLE expected quotes around `shop`
        3 `b` main b
        "#,
    );
}

#[test]
fn an_open_list_ends_before_the_next_statement() {
    check(
        "[project]\ndependencies = [\n  \"a\",\n  \"b>=1\",\nrequires-python = \">=3.8\"\n[tool.uv]\npackage = false\n",
        r#"
        3 `a` main a
        4 `\"b>=1\",` UNREADABLE expected `]` at the end of the list
        4 `b>=1` main b >=1
        5 `>=3.8` RequiresPython(">=3.8")
        6 `uv` UsesTool("uv")
        7 `false` NotPackaged
        "#,
    );
    check(
        "[project]\ndependencies = [\n  \"a\",\n  \"b\n  \"c\",\n]\nname = \"x\"\n",
        r#"
        3 `a` main a
        4 `\"b` UNREADABLE expected a quote at the end of the string
        5 `c` main c
        7 `x` Name("x")
        "#,
    );
    check(
        "[project]\ndependencies = [ \"a\",\n\n[dependency-groups]\ndev = [\"c\"]\n",
        r#"
        2 `dependencies = [ \"a\",` UNREADABLE expected `]` at the end of the list
        2 `a` main a
        5 `dev` defines group:dev
        5 `c` group:dev c
        "#,
    );
    check(
        "[project]\ndependencies = [\n  \"a\"\n  \"b\"\n]\n",
        r#"
        3 `\"a\"` UNREADABLE expected `,` after this
        3 `a` main a
        4 `b` main b
        "#,
    );
    check(
        "[project]\ndependencies = [\n  requests,\n  \"b\"\n]\n",
        r#"
        3 `requests` UNREADABLE expected quotes around `requests`
        4 `b` main b
        "#,
    );
    check(
        "[dependency-groups]\ndev = [{ include-group = \"x\" \"b\"]\ntest = [\"c\"]\n",
        r#"
        2 `dev` defines group:dev
        2 `\"x\"` UNREADABLE expected `,` after this
        3 `test` defines group:test
        3 `c` group:test c
        "#,
    );
}

#[test]
fn a_half_header_keeps_what_is_above_and_below() {
    check(
        "[project]\nname = \"a\"\n[tool.u\nx = 1\n[build-system]\nrequires = [\"c\"]\n",
        r#"
        2 `a` Name("a")
        3 `[tool.u` UNREADABLE expected `]` at the end of the header
        3 `u` UsesTool("u")
        5 `build-system` BuildSystem
        6 `c` build c
        "#,
    );
    check(
        "[project\nname = \"a\"\ndependencies = [\"b\"]\n",
        r#"
        1 `[project` UNREADABLE expected `]` at the end of the header
        2 `a` Name("a")
        3 `b` main b
        "#,
    );
    check(
        "[project.optional-\n[project]\nname = \"a\"\n",
        r#"
        1 `[project.optional-` UNREADABLE expected `]` at the end of the header
        3 `a` Name("a")
        "#,
    );
    check(
        "[\n[project]\nname = \"a\"\n",
        r#"
        1 `[` UNREADABLE expected a name
        3 `a` Name("a")
        "#,
    );
    check(
        "[]\nx = 1\n[project]\nname = \"a\"\n",
        r#"
        1 `]` UNREADABLE expected a name
        4 `a` Name("a")
        "#,
    );
    check(
        "[[tool.uv.index]]\nname = \"x\"\nurl = \n[tool.uv]\npackage = false\n",
        r#"
        1 `uv` UsesTool("uv")
        3 `url =` UNREADABLE expected a value after `=`
        5 `false` NotPackaged
        "#,
    );
}

#[test]
fn what_is_said_twice_is_said_so_and_kept() {
    check(
        "[project]\nname = \"a\"\nname = \"b\"\n",
        r#"
        2 `a` Name("a")
        3 `name` UNREADABLE `name` is given twice
        3 `b` Name("b")
        "#,
    );
    check(
        "[project]\nname = \"a\"\n[tool.uv]\n[project]\ndependencies = [\"b\"]\n",
        r#"
        2 `a` Name("a")
        3 `uv` UsesTool("uv")
        4 `project` UNREADABLE `project` is given twice
        5 `b` main b
        "#,
    );
}

#[test]
fn an_unfinished_merge_is_one_fault_each_mark() {
    check(
        "[project]\nname = \"a\"\n<<<<<<< HEAD\ndependencies = [\"b\"]\n=======\ndependencies = [\"c\"]\n>>>>>>> x\nrequires-python = \"3\"\n",
        r#"
        2 `a` Name("a")
        3 `<<<<<<< HEAD` UNREADABLE a merge conflict has not been settled
        4 `b` main b
        5 `=======` UNREADABLE a merge conflict has not been settled
        6 `c` main c
        7 `>>>>>>> x` UNREADABLE a merge conflict has not been settled
        8 `3` UNREADABLE expected an operator, such as `==`, before `3`
        "#,
    );
}

#[test]
fn odd_texts_are_survived() {
    check(
        "[project]\nx = [\"\"\"a\"\"\"\"]\noops\n\"name\" = \"b\"\n",
        r#"
        3 `oops` UNREADABLE expected `=` and a value after the key
        4 `b` Name("b")
        "#,
    );
    check("", "");
    check("\u{feff}", "");
    check(
        "\u{feff}[project]\nname = \"a\"\nx\n",
        r#"
        2 `a` Name("a")
        3 `x` UNREADABLE expected `=` and a value after the key
        "#,
    );
    check(
        "[project]\r\nname = \"a\"\r\nx\r\ndependencies = [\"b\"]\r\n",
        r#"
        2 `a` Name("a")
        3 `x` UNREADABLE expected `=` and a value after the key
        4 `b` main b
        "#,
    );
    check(
        "[project]\ndescription = \"\"\"\n[tool.uv]\nx = 1\n\"\"\"\nname = \"a\"\noops\n",
        r#"
        6 `a` Name("a")
        7 `oops` UNREADABLE expected `=` and a value after the key
        "#,
    );
    check(
        "[project]\ndescription = \"\"\"\nname = \"a\"\n[tool.uv]\n",
        r#"
        2 `description = \"\"\"` UNREADABLE expected a quote at the end of the string
        3 `a` Name("a")
        4 `uv` UsesTool("uv")
        "#,
    );
    check(
        "[project]\ndependencies = [\n['a'],\n# ]\n\"b\" # \"c\n]\nnam\n",
        r#"
        3 `[\'a\']` UNREADABLE expected a requirement in quotes, found a list
        5 `b` main b
        7 `nam` UNREADABLE expected `=` and a value after the key
        "#,
    );
    check(
        "{ \"a\": 1 }\n",
        r#"
        1 `{` UNREADABLE expected a name
        "#,
    );
}
