//! A folder with files for one test.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};

use tempfile::TempDir;

/// A workspace and, beside it, the place for what the server keeps.
#[derive(Clone)]
pub struct Folder {
    held: Arc<TempDir>,
}

impl Folder {
    /// A workspace with these files.
    ///
    /// # Panics
    /// When they cannot be written.
    #[must_use]
    pub fn new(files: &[(&str, &str)]) -> Folder {
        let held = tempfile::Builder::new().prefix("envls-editor-").tempdir();
        let held = Arc::new(held.expect("a temporary folder can be made"));
        let folder = Folder { held };
        fs::create_dir_all(folder.path("")).expect("it is ours");
        for (name, text) in files {
            folder.write(name, text);
        }
        folder
    }

    /// # Panics
    /// When it cannot be written.
    pub fn write(&self, name: &str, text: &str) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().expect("it is below the folder")).expect("it is ours");
        fs::write(path, text).expect("it is ours");
    }

    /// A path in the workspace; the workspace itself for an empty name.
    #[must_use]
    pub fn path(&self, name: &str) -> PathBuf {
        let root = self.held.path().join("shop");
        if name.is_empty() { root } else { root.join(name) }
    }

    /// Puts a program where the server looks for tools, before all others.
    ///
    /// # Panics
    /// When it cannot be written.
    #[cfg(unix)]
    pub fn tool(&self, name: &str, script: &str) {
        use std::os::unix::fs::PermissionsExt as _;
        let path = self.tools().join(name);
        fs::create_dir_all(self.tools()).expect("it is ours");
        fs::write(&path, script).expect("it is ours");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).expect("it is ours");
    }

    /// The folder of the tools that a test puts there.
    #[must_use]
    pub fn tools(&self) -> PathBuf {
        self.held.path().join("tools")
    }

    #[must_use]
    pub fn state(&self) -> PathBuf {
        self.held.path().join("state")
    }

    /// The address of a file in it, as editors spell it.
    #[must_use]
    pub fn uri(&self, name: &str) -> String {
        uri(&self.path(name))
    }
}

fn uri(path: &Path) -> String {
    let mut uri = "file://".to_owned();
    for byte in path.as_os_str().as_encoded_bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~/".contains(byte) {
            uri.push(char::from(*byte));
        } else {
            uri.push_str(&format!("%{byte:02X}"));
        }
    }
    uri
}
