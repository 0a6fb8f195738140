//! Text that is put into a document must say there what was meant.

use envls_core::manifest::{self, Says};

use super::draw::document;

/// Replaces the specifiers of the first requirement, or makes the repair of the first invalid one.
fn replaced(path: &str, text: &str, new: &str) -> Option<String> {
    let document = document(path, text);
    let (span, new) = document.facts.iter().find_map(|it| match &it.says {
        Says::Requirement { requirement, .. } => Some((requirement.specifier_span, new.to_owned())),
        Says::InvalidRequirement { invalid, .. } => {
            invalid.repair.as_ref().map(|it| (it.span, it.text.clone()))
        }
        _ => None,
    })?;
    let written = manifest::replacement(&document, span, &new)?;
    Some(format!("{}{written}{}", &text[..span.start], &text[span.end..]))
}

fn check(text: &str, new: &str, expected: Option<&str>) {
    let list = |it: &str| format!("[project]\ndependencies = [{it}]\n");
    let after = replaced("/w/pyproject.toml", &list(text), new);
    assert_eq!(after, expected.map(list), "of {text}");
}

#[test]
fn quotes_and_escapes_are_kept() {
    check(r#""a""#, ">=1", Some(r#""a>=1""#));
    check(r#""a >= 2 ; os_name == 'x'""#, "==1", Some(r#""a ==1 ; os_name == 'x'""#));
    check(r#""a\u003E=2""#, "==1", Some(r#""a==1""#));
    check("'a>2'", "<1", Some("'a<1'"));
    check("'''a>2'''", "<1", Some("'''a<1'''"));
    check("\"\"\"\na>2\"\"\"", "<1", Some("\"\"\"\na<1\"\"\""));
}

#[test]
fn quotes_inside_are_the_other_ones() {
    check(r#""a; os_name == x""#, "", Some(r#""a; os_name == 'x'""#));
    check("'a; os_name == x'", "", Some("'a; os_name == \"x\"'"));
    check(r#""a""#, r#"; os_name == "x""#, Some(r#""a; os_name == 'x'""#));
    check(r#""a""#, r#"; os_name == "it's""#, Some(r#""a; os_name == \"it's\"""#));
    check("'a'", r#"; os_name == "it's""#, None);
    check(r#""a""#, "\\\n\u{1}", Some(r#""a\\\n\u0001""#));
}

#[test]
fn damage_elsewhere_changes_nothing() {
    let text = "oops\n# don't\nx = \"y\n[project]\ndependencies = ['a']\n";
    let expected = "oops\n# don't\nx = \"y\n[project]\ndependencies = ['a>\"1']\n";
    assert_eq!(replaced("/w/pyproject.toml", text, ">'1").as_deref(), Some(expected));
}

#[test]
fn plain_formats_take_it_as_it_is() {
    let after = replaced("/w/requirements.txt", "'x'\na \\\n  >=1 # b\n", "");
    assert_eq!(after.as_deref(), Some("x\na \\\n  >=1 # b\n"));
    let after = replaced("/w/requirements.txt", "a \\\n  >=1 # b\n", ">=\"2\"");
    assert_eq!(after.as_deref(), Some("a \\\n  >=\"2\" # b\n"));
}
