//! What a source file is for, by where it is: what is shipped must be declared, what develops it need only be in a group.

use crate::world::AbsPath;

/// What a file is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// It is what the project is.
    Shipped,
    /// It tests the project.
    Test,
    /// It serves those who develop the project.
    Development,
    /// Documentation, examples, and what builds the project: nobody installs it together with the rest.
    Aside,
    /// A copy of somebody else's code.
    Vendored,
}

/// What a file of a project is for.
pub(super) fn role(path: &AbsPath, root: &AbsPath) -> Role {
    let below = path.below(root).unwrap_or_default();
    let below = String::from_utf8_lossy(below).to_ascii_lowercase();
    let mut parts: Vec<&str> = below.split(['/', '\\']).collect();
    let name = parts.pop().unwrap_or_default();
    let any = |names: &[&str]| parts.iter().any(|it| names.contains(it));
    if any(&[
        "_vendor",
        "vendor",
        "vendored",
        "_vendored",
        "third_party",
        "thirdparty",
        "extern",
        "externals",
        "patched",
    ]) {
        return Role::Vendored;
    }
    let is_test = name == "conftest.py"
        || name.starts_with("test_")
        || name.ends_with("_test.py")
        || name.ends_with("_tests.py")
        || matches!(
            name,
            "tests.py" | "test.py" | "testing.py" | "pytest_plugin.py" | "runtests.py"
        );
    let first = parts.first().copied().unwrap_or_default();
    let aside = [
        "docs",
        "doc",
        "documentation",
        "docs_src",
        "examples",
        "example",
        "samples",
        "sample",
        "tutorials",
        "tutorial",
        "demo",
        "demos",
        "recipes",
        "notebooks",
        "benchmarks",
        "benchmark",
        "bench",
        "asv_bench",
        "perf",
        "packaging",
        "templates",
        "site",
    ];
    if aside.contains(&first) || name.ends_with(".ipynb") && !parts.is_empty() && first != "src" {
        return Role::Aside;
    }
    let given = [
        "fixtures",
        "fixture",
        "data",
        "testdata",
        "test_data",
        "resources",
        "snapshots",
        "cases",
        "golden",
        "packages",
        "projects",
        "examples",
        "sample",
        "samples",
    ];
    let tests = |it: &str| {
        it.starts_with("test")
            || it.ends_with("_tests")
            || it.ends_with("_test")
            || it == "_tests"
            || it == "testing"
    };
    if is_test || parts.iter().any(|it| tests(it)) {
        // What a test is given is no part of it.
        return if any(&given) { Role::Aside } else { Role::Test };
    }
    let builds = matches!(
        name,
        "setup.py" | "versioneer.py" | "hatch_build.py" | "build.py" | "_build_meta.py"
    );
    if builds && (parts.is_empty() || name == "setup.py") {
        return Role::Aside;
    }
    let serves = [
        "scripts",
        "script",
        "tools",
        "tool",
        "ci",
        "dev",
        "devtools",
        "tasks",
        "bin",
        "misc",
        "contrib",
        "fuzz",
        "fuzzing",
        "admin",
        "etc",
        "utils",
        "build_tools",
        "util",
        "integration",
        "profiling",
        "stubs",
        "typings",
        "hack",
        "support",
        "release",
    ];
    let develops = matches!(
        name,
        "noxfile.py"
            | "tasks.py"
            | "fabfile.py"
            | "dodo.py"
            | "duties.py"
            | "pavement.py"
            | "locustfile.py"
    );
    // A package of that name at the top is as likely a helper as what the project is, and is not accused of much.
    if serves.contains(&first) || parts.is_empty() && develops {
        return Role::Development;
    }
    Role::Shipped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_file_is_for_is_said_by_where_it_is() {
        let root = AbsPath::new("/w");
        let of = |path: &str| role(&root.join(path), &root);
        assert_eq!(of("src/shop/a.py"), Role::Shipped);
        assert_eq!(of("shop.py"), Role::Shipped);
        assert_eq!(of("tests/a.py"), Role::Test);
        assert_eq!(of("src/shop/tests/a.py"), Role::Test);
        assert_eq!(of("src/shop/test_a.py"), Role::Test);
        assert_eq!(of("docs/conf.py"), Role::Aside);
        assert_eq!(of("setup.py"), Role::Aside);
        assert_eq!(of("scripts/run.py"), Role::Development);
        assert_eq!(of("src/shop/_vendor/six.py"), Role::Vendored);
    }
}
