//! `pyproject.toml`.

use super::draw::check as check_file;

fn check(text: &str, expected: &str) {
    check_file("/w/pyproject.toml", text, expected);
}

#[test]
fn a_whole_project() {
    check(
        r#"
[project]
name = "shop"
requires-python = ">=3.10"
dynamic = ["version"]
dependencies = [
    "httpx>=0.27",  # the web
    'tomli; python_version < "3.11"',
    "uvicorn[standard] ~= 0.30",
]

[project.optional-dependencies]
pdf = ["reportlab>=4"]
all = ["shop[pdf]"]

[dependency-groups]
dev = [{ include-group = "test" }, "ruff"]
test = ["pytest>=8"]
empty = []

[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"

[tool.uv]
package = false
default-groups = ["dev", "test"]
dev-dependencies = ["old"]
constraint-dependencies = ["urllib3<3"]

[tool.uv.workspace]
members = ["packages/*"]
exclude = ["packages/old"]

[tool.uv.sources]
httpx = { path = "../httpx" }

[tool.ruff.lint]
select = ["ALL"]

[tool.envls]
severity = { "not-installed" = "off", wrong-python = "hint" }
"#,
        r#"
        3 `shop` Name("shop")
        4 `>=3.10` RequiresPython(">=3.10")
        5 `version` Dynamic("version")
        7 `httpx>=0.27` main httpx >=0.27
        8 `tomli; python_version < \"3.11\"` main tomli ; python_version < \"3.11\"
        9 `uvicorn[standard] ~= 0.30` main uvicorn [standard] ~= 0.30
        13 `pdf` defines extra:pdf
        13 `reportlab>=4` extra:pdf reportlab >=4
        14 `all` defines extra:all
        14 `shop[pdf]` extra:all shop [pdf]
        17 `dev` defines group:dev
        17 `test` IncludesGroup { group: "dev", included: "test" }
        17 `ruff` group:dev ruff
        18 `test` defines group:test
        18 `pytest>=8` group:test pytest >=8
        19 `empty` defines group:empty
        21 `build-system` BuildSystem
        22 `hatchling` build hatchling
        25 `uv` UsesTool("uv")
        26 `false` NotPackaged
        27 `[\"dev\", \"test\"]` DefaultGroups(Some(["dev", "test"]))
        28 `dev-dependencies` defines group:dev
        28 `old` group:dev old
        29 `urllib3<3` constraint urllib3 <3
        31 `workspace` Workspace { members: ["packages/*"], exclude: ["packages/old"] }
        36 `../httpx` Source { name: "httpx", target: "../httpx" }
        38 `ruff` UsesTool("ruff")
        41 `envls` UsesTool("envls")
        42 `\"not-installed\"` Severity { code: "not-installed", severity: "off" }
        42 `wrong-python` Severity { code: "wrong-python", severity: "hint" }
        "#,
    );
}

#[test]
fn tables_may_be_written_in_other_ways() {
    check(
        "project.name = 'a'\nproject.dependencies = ['b']\ntool.uv.package = false\n",
        r#"
        1 `a` Name("a")
        2 `b` main b
        3 `uv` UsesTool("uv")
        3 `false` NotPackaged
        "#,
    );
    check(
        "[project]\noptional-dependencies.x = ['b']\n[tool]\nuv = { default-groups = 'all' }\n",
        r#"
        2 `x` defines extra:x
        2 `b` extra:x b
        4 `uv` UsesTool("uv")
        4 `\'all\'` DefaultGroups(None)
        "#,
    );
    check(
        "project = { name = 'a', dependencies = ['b'] }\ndependency-groups = { 'My Group' = ['c'] }",
        r#"
        1 `a` Name("a")
        1 `b` main b
        2 `\'My Group\'` defines group:My Group
        2 `c` group:My Group c
        "#,
    );
    check(
        "\u{feff}[project]\r\nname = \"a\"\r\ndependencies = [\r\n\"b\",\r\n]\r\n",
        r#"
        2 `a` Name("a")
        4 `b` main b
        "#,
    );
}

#[test]
fn strings_of_every_kind_know_where_their_parts_stand() {
    check(
        r#"[project]
dependencies = [
    "tomli>=1;python_version<\"3.11\"",
    'a>=1 ; os_name == "x"',
    """b[c]>=2""",
    """
d""",
    '''
  e ; extra == 'f' ''',
    "\u0067>\u003D1",
    """h\
       >=1""",
    "  i  ",
    "k = 1",
    "l\u003D1",
    "é>1 ; os_name == 'ü'",
    "m\t>=1",
]
"#,
        r#"
        3 `tomli>=1;python_version<\\\"3.11\\\"` main tomli >=1 ; python_version<\\\"3.11\\\"
        4 `a>=1 ; os_name == \"x\"` main a >=1 ; os_name == \"x\"
        5 `b[c]>=2` main b [c] >=2
        7 `d` main d
        9 `e ; extra == \'f\'` main e ; extra == \'f\'
        10 `\\u0067>\\u003D1` main g (\\u0067) >\\u003D1
        11 `h\\\n       >=1` main h >=1
        13 `i` main i
        14 `k = 1` main INVALID at `=`: there is no operator `=` [= -> ==]
        15 `l\\u003D1` main INVALID at `\\u003D`: there is no operator `=` [\\u003D -> ==]
        16 `é>1 ; os_name == \'ü\'` main INVALID at `é>1`: a name begins with an ASCII letter or a digit
        17 `m\\t>=1` main m >=1
        "#,
    );
}

#[test]
fn what_has_the_wrong_type_is_said_in_words() {
    check(
        r#"
[project]
name = 3
requires-python = 3.11
dependencies = "httpx"
dynamic = [1, "version"]
[project.optional-dependencies]
a = "b"
c = [{ include-group = "d" }, 5]
[dependency-groups]
e = [{ include-group = 1 }, { include = "f" }, { include-group = "f", x = 1 }, {}, ["g"]]
E = []
[tool.uv]
package = "no"
default-groups = 7
workspace = "x"
[tool.envls]
severity = { a = "loud", b = 1 }
"#,
        r#"
        3 `3` UNREADABLE `name` must be a string, not a number
        4 `3.11` UNREADABLE `requires-python` must be a string, not a number
        5 `\"httpx\"` UNREADABLE `dependencies` must be a list of requirements, not a string
        6 `1` UNREADABLE expected a string, found a number
        6 `version` Dynamic("version")
        8 `a` defines extra:a
        8 `\"b\"` UNREADABLE `a` must be a list of requirements, not a string
        9 `c` defines extra:c
        9 `{ include-group = \"d\" }` UNREADABLE expected a requirement in quotes, found a table
        9 `5` UNREADABLE expected a requirement in quotes, found a number
        11 `e` UNREADABLE group `e` is defined twice; `-`, `_`, `.` and letter case make no difference
        11 `e` defines group:e
        11 `1` UNREADABLE `include-group` must be a string, not a number
        11 `include` UNREADABLE expected `include-group`, found `include`
        11 `{ include-group = \"f\", x = 1 }` UNREADABLE expected `include-group` and nothing else
        11 `{}` UNREADABLE expected `include-group` and nothing else
        11 `[\"g\"]` UNREADABLE expected a requirement in quotes, found a list
        12 `E` defines group:E
        13 `uv` UsesTool("uv")
        14 `\"no\"` UNREADABLE `package` must be `true` or `false`, not a string
        15 `7` UNREADABLE `default-groups` must be a list of groups or `"all"`, not a number
        16 `workspace` UNREADABLE `workspace` must be a table, not a string
        17 `envls` UsesTool("envls")
        18 `\"loud\"` UNREADABLE expected `off`, `hint`, `information`, `warning` or `error`
        18 `1` UNREADABLE `b` must be a string, not a number
        "#,
    );
    check(
        "project = 1\ntool = 2\ndependency-groups = []\n[build-system]\nrequires = 'x'\n",
        r#"
        1 `project` UNREADABLE `project` must be a table, not a number
        2 `tool` UNREADABLE `tool` must be a table, not a number
        3 `dependency-groups` UNREADABLE `dependency-groups` must be a table, not a list
        4 `build-system` BuildSystem
        5 `\'x\'` UNREADABLE `requires` must be a list of requirements, not a string
        "#,
    );
    check(
        "[[project]]\nname = 'x'\n",
        r#"
        1 `project` UNREADABLE `project` must be a table, not a list
        "#,
    );
}

#[test]
fn faults_of_requirements_stand_where_they_are() {
    check(
        r#"
[project]
name = "-shop"
requires-python = "3.11"
dependencies = ["requests = 2", "", " ", "a>=1.0.*", 'b; os_name = "x"']
[build-system]
requires = ["setuptools >= "]
"#,
        r#"
        3 `\"-shop\"` UNREADABLE a name has letters, digits, `-`, `_` and `.`, and begins and ends with a letter or a digit
        4 `3.11` UNREADABLE expected an operator, such as `==`, before `3.11`
        5 `requests = 2` main INVALID at `=`: there is no operator `=` [= -> ==]
        5 `\"\"` main INVALID at `\"\"`: expected a name
        5 `\" \"` main INVALID at `\" \"`: expected a name
        5 `a>=1.0.*` main INVALID at `1.0.*`: `.*` can follow `==` and `!=` only, not `>=` [>=1.0.* -> >=1.0]
        5 `b; os_name = \"x\"` main INVALID at `=`: there is no operator `=` [= -> ==]
        6 `build-system` BuildSystem
        7 `setuptools >=` build INVALID at `>=`: expected a version after `>=`
        "#,
    );
    check(
        "[project]\nrequires-python = \">=3.8, \\u003C=>4\"\n",
        r#"
        2 `\\u003C=>` UNREADABLE there is no operator `<=>`
        "#,
    );
}
