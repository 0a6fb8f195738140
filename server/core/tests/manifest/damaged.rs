//! `pyproject.toml` while it is being typed: damage stays where it is.

use super::draw::check as check_file;

fn check(text: &str, expected: &str) {
    check_file("/w/pyproject.toml", text, expected);
}

#[test]
fn a_half_key_harms_no_other_line() {
    check(
        "[project]\nname = \"a\"\nrequires-py\ndependencies = [\"b\"]\n\n[tool.uv]\npackage = false\n",
        "",
    );
    check("[project]\nrequires-python =\ndependencies = [\"b\"]\n", "");
    check("[project]\nrequires-python = \"\ndependencies = [\"b\"]\n", "");
    check("requires\n[project]\nname = \"a\"\n", "");
    check("[project]\nname = shop\ndependencies = [\"b\"]\n", "");
}

#[test]
fn an_open_list_ends_before_the_next_statement() {
    check(
        "[project]\ndependencies = [\n  \"a\",\n  \"b>=1\",\nrequires-python = \">=3.8\"\n[tool.uv]\npackage = false\n",
        "",
    );
    check("[project]\ndependencies = [\n  \"a\",\n  \"b\n  \"c\",\n]\nname = \"x\"\n", "");
    check("[project]\ndependencies = [ \"a\",\n\n[dependency-groups]\ndev = [\"c\"]\n", "");
    check("[project]\ndependencies = [\n  \"a\"\n  \"b\"\n]\n", "");
    check("[project]\ndependencies = [\n  requests,\n  \"b\"\n]\n", "");
    check("[dependency-groups]\ndev = [{ include-group = \"x\" \"b\"]\ntest = [\"c\"]\n", "");
}

#[test]
fn a_half_header_keeps_what_is_above_and_below() {
    check("[project]\nname = \"a\"\n[tool.u\nx = 1\n[build-system]\nrequires = [\"c\"]\n", "");
    check("[project\nname = \"a\"\ndependencies = [\"b\"]\n", "");
    check("[project.optional-\n[project]\nname = \"a\"\n", "");
    check("[\n[project]\nname = \"a\"\n", "");
    check("[]\nx = 1\n[project]\nname = \"a\"\n", "");
    check("[[tool.uv.index]]\nname = \"x\"\nurl = \n[tool.uv]\npackage = false\n", "");
}

#[test]
fn what_is_said_twice_is_said_so_and_kept() {
    check("[project]\nname = \"a\"\nname = \"b\"\n", "");
    check("[project]\nname = \"a\"\n[tool.uv]\n[project]\ndependencies = [\"b\"]\n", "");
}

#[test]
fn an_unfinished_merge_is_one_fault_each_mark() {
    check(
        "[project]\nname = \"a\"\n<<<<<<< HEAD\ndependencies = [\"b\"]\n=======\ndependencies = [\"c\"]\n>>>>>>> x\nrequires-python = \"3\"\n",
        "",
    );
}

#[test]
fn odd_texts_are_survived() {
    check("", "");
    check("\u{feff}", "");
    check("\u{feff}[project]\nname = \"a\"\nx\n", "");
    check("[project]\r\nname = \"a\"\r\nx\r\ndependencies = [\"b\"]\r\n", "");
    check("[project]\ndescription = \"\"\"\n[tool.uv]\nx = 1\n\"\"\"\nname = \"a\"\noops\n", "");
    check("[project]\ndescription = \"\"\"\nname = \"a\"\n[tool.uv]\n", "");
    check("[project]\ndependencies = [\n['a'],\n# ]\n\"b\" # \"c\n]\nnam\n", "");
    check("{ \"a\": 1 }\n", "");
}
