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
        "",
    );
}

#[test]
fn tables_may_be_written_in_other_ways() {
    check("project.name = 'a'\nproject.dependencies = ['b']\ntool.uv.package = false\n", "");
    check(
        "[project]\noptional-dependencies.x = ['b']\n[tool]\nuv = { default-groups = 'all' }\n",
        "",
    );
    check(
        "project = { name = 'a', dependencies = ['b'] }\ndependency-groups = { 'My Group' = ['c'] }",
        "",
    );
    check("\u{feff}[project]\r\nname = \"a\"\r\ndependencies = [\r\n\"b\",\r\n]\r\n", "");
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
    "h\
       >=1",
    "  i  ",
    "k = 1",
    "l\u003D1",
    "é>1 ; os_name == 'ü'",
    "m\t>=1",
]
"#,
        "",
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
        "",
    );
    check("project = 1\ntool = 2\ndependency-groups = []\n[build-system]\nrequires = 'x'\n", "");
    check("[[project]]\nname = 'x'\n", "");
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
        "",
    );
    check("[project]\nrequires-python = \">=3.8, \\u003C=>4\"\n", "");
}
