//! The projects that the tests open.

use std::{
    path::PathBuf,
    process::{Command, Stdio},
};

use envls_editor_tests::{Editor, Folder, Profile, python};

pub(crate) const MANIFEST: &str =
    "[project]\nname = \"shop\"\nversion = \"1\"\nrequires-python = \">=3.8\"\ndependencies = []\n";

/// A project without environment, with one Python file.
pub(crate) fn shop() -> Folder {
    Folder::new(&[("pyproject.toml", MANIFEST), ("src/shop.py", "import os\n")])
}

/// An editor with both files of the project open, and their findings shown.
pub(crate) fn opened(profile: Profile) -> Editor {
    let mut editor = Editor::start(profile, shop());
    editor.open("pyproject.toml");
    editor.open("src/shop.py");
    editor.expect_findings("pyproject.toml", &["no-environment"]);
    editor.expect_findings("src/shop.py", &["no-environment"]);
    editor
}

/// Makes an environment without anything in it.
pub(crate) fn make_environment(folder: &Folder) {
    let made = Command::new(python())
        .args(["-m", "venv", "--without-pip", ".venv"])
        .current_dir(folder.path(""))
        .stdin(Stdio::null())
        .status();
    assert!(made.is_ok_and(|it| it.success()), "there is a Python that makes environments");
}

/// Puts a distribution into the environment of a folder, as an installer leaves it.
pub(crate) fn install(folder: &Folder, name: &str, version: &str, headers: &str) {
    let library = std::fs::read_dir(folder.path(".venv/lib")).expect("it was made");
    let library: PathBuf = library.flatten().next().expect("it has a library").path();
    let metadata = library.join("site-packages").join(format!("{name}-{version}.dist-info"));
    std::fs::create_dir_all(&metadata).expect("it is ours");
    let text = format!("Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n{headers}\n");
    std::fs::write(metadata.join("METADATA"), text).expect("it is ours");
    std::fs::write(metadata.join("INSTALLER"), "pip\n").expect("it is ours");
    std::fs::write(metadata.join("RECORD"), "").expect("it is ours");
}

/// The processes that were started with something in their environment, the dead not counted.
#[cfg(target_os = "linux")]
pub(crate) fn processes_with(part: &str) -> Vec<u32> {
    let all = std::fs::read_dir("/proc").expect("there are processes");
    let ids = all.flatten().filter_map(|it| it.file_name().to_str()?.parse::<u32>().ok());
    let ours = |id: &u32| {
        let environment = std::fs::read(format!("/proc/{id}/environ")).unwrap_or_default();
        environment.windows(part.len()).any(|it| it == part.as_bytes()) && is_alive(*id)
    };
    ids.filter(ours).collect()
}

/// Whether a process runs; one that has ended and waits to be collected does not.
#[cfg(target_os = "linux")]
pub(crate) fn is_alive(id: u32) -> bool {
    let status = std::fs::read_to_string(format!("/proc/{id}/stat")).unwrap_or_default();
    let state = status.rsplit_once(") ").and_then(|it| it.1.chars().next());
    state.is_some_and(|it| it != 'Z' && it != 'X')
}
