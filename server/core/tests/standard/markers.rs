//! Markers, judged for an environment of which not everything is known.

use envls_core::{
    standard::{
        marker::{Marker, MarkerEnvironment, Verdict},
        version::Version,
    },
    world::{Machine, Os},
};

fn environment(
    version: &str,
    implementation: &str,
    os: Os,
    architecture: &str,
) -> MarkerEnvironment {
    let machine = Machine {
        os,
        architecture: architecture.to_owned(),
        user: None,
        libc: None,
        layers: Vec::new(),
        shares: Vec::new(),
    };
    MarkerEnvironment::of(&Version::parse(version).expect("a version"), implementation, &machine)
}

fn linux() -> MarkerEnvironment {
    environment("3.12.4", "CPython", Os::Linux, "x86_64")
}

/// Each line: a verdict, a marker.
fn check(environment: &MarkerEnvironment, table: &str) {
    for line in table.lines().map(str::trim).filter(|it| !it.is_empty()) {
        let (verdict, text) = line.split_once(' ').expect("a verdict and a marker");
        let marker = Marker::parse(text, 0).expect("the markers of the table are good");
        assert_eq!(
            format!("{:?}", marker.judge(environment)).to_lowercase(),
            verdict,
            "of `{text}`"
        );
    }
}

#[test]
fn values_are_compared_by_their_kind() {
    check(
        &linux(),
        "
        holds   python_version > '3.9'
        holds   python_version >= '3.10' and python_version < '3.13'
        fails   python_version < '3.9'
        holds   '3.9' < python_version
        fails   '3.9' >= python_version
        fails   python_version == '3.12.4'
        holds   python_version == '3.12.*'
        holds   python_version ~= '3.11'
        holds   python_full_version >= '3.12.1'
        fails   python_full_version < '3.12.4rc1'
        holds   python_version in '3.11 3.12'
        fails   python_version in '2.7, 3.1'
        holds   python_version not in '2.7'
        fails   python_version > 'new'
        holds   os_name == 'posix' and sys_platform == 'linux' and platform_system == 'Linux'
        holds   platform_machine == 'x86_64' and platform_machine != 'arm64'
        holds   sys_platform in 'linux darwin'
        holds   'linux' in sys_platform
        fails   sys_platform == 'Linux'
        fails   sys_platform < 'windows' or sys_platform > 'a'
        holds   sys_platform >= 'linux'
        unknown sys_platform ~= 'linux'
        holds   implementation_name == 'cpython' and platform_python_implementation == 'CPython'
        holds   implementation_version >= '3.12'
        holds   os.name == 'posix' and python_implementation == 'CPython'
        fails   'a' == 'b'
        holds   os_name != sys_platform
        ",
    );
}

#[test]
fn what_is_not_known_decides_only_where_it_must() {
    check(
        &linux(),
        "
        unknown platform_release >= '5'
        unknown platform_version == 'x' and os_name == 'posix'
        fails   platform_release >= '5' and os_name == 'nt'
        holds   platform_release >= '5' or os_name == 'posix'
        holds   platform_release == '5' or platform_release != '5'
        fails   platform_release in '5' and platform_release not in '5'
        holds   (platform_release == '5' and os_name == 'posix') or platform_release != '5'
        unknown platform_release == '5' or platform_release != '6'
        ",
    );
    let release = |it: &str| MarkerEnvironment { platform_release: Some(it.to_owned()), ..linux() };
    check(&release("6.1.0"), "holds platform_release >= '5'");
    check(&release("6.1.0-18-amd64"), "fails platform_release > '5'");
    check(&MarkerEnvironment::default(), "unknown extra == 'a'\nunknown python_version > '3'");
}

#[test]
fn a_version_known_in_part_is_judged_as_far_as_it_goes() {
    check(
        &environment("3.12", "CPython", Os::Linux, "x86_64"),
        "
        holds   python_version >= '3.12'
        holds   python_full_version >= '3.8'
        holds   python_full_version >= '3.12'
        fails   python_full_version < '3.12'
        fails   python_full_version == '3.11.4'
        fails   python_full_version > '3.13.1'
        holds   implementation_version < '3.13'
        unknown python_full_version >= '3.12.4'
        unknown python_full_version != '3.12.0'
        unknown python_full_version != '3.12.4'
        unknown python_full_version == '3.12.7'
        unknown python_full_version in '3.11.1 3.12.7'
        unknown python_full_version > '3.12'
        ",
    );
}

#[test]
fn each_machine_and_implementation_has_its_words() {
    check(
        &environment("3.10.14", "pypy", Os::Windows, "AMD64"),
        "
        holds   os_name == 'nt' and sys_platform == 'win32' and platform_system == 'Windows'
        holds   platform_python_implementation == 'PyPy' and implementation_name == 'pypy'
        unknown implementation_version >= '3.10'
        ",
    );
    check(
        &environment("3.11.9", "GraalVM", Os::Macos, "arm64"),
        "holds sys_platform == 'darwin' and platform_python_implementation == 'GraalVM'",
    );
    check(
        &environment("3.11.9", "Stranger", Os::Other, "riscv64"),
        "
        unknown sys_platform == 'freebsd14'
        unknown platform_python_implementation == 'CPython'
        fails   implementation_name == 'cpython'
        ",
    );
}

#[test]
fn extras_are_compared_by_their_normal_names() {
    check(&linux(), "fails extra == 'socks'\nholds extra != 'socks'\nfails 'socks' in extras");
    check(
        &linux().with_extras(["Foo_Bar", "socks"]),
        "
        holds extra == 'foo-bar'
        holds 'FOO.BAR' == extra
        holds extra == 'socks' and python_version > '3'
        fails extra != 'socks'
        holds 'foo_bar' in extras
        fails 'x' in extras
        fails 'dev' in dependency_groups
        ",
    );
    let extras = |it: &str| Marker::parse(it, 0).expect("a marker").extras();
    assert_eq!(
        extras("extra == 'B_b' and (os_name == 'x' or 'a' == extra) or extra == 'b.b'"),
        ["a", "b-b"]
    );
    assert_eq!(Marker::parse("extra == 'x'", 0).map(|it| it.judge(&linux())), Ok(Verdict::Fails));
}
