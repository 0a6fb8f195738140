//! What the registry of Windows says of Python (PEP 514), and of the packages of the Store.

use std::sync::Arc;

use envls_core::world::{Registry, Reply};

/// Reads it; elsewhere there is none.
#[cfg(not(windows))]
pub(crate) fn registry() -> Reply<Arc<Registry>> {
    Reply::Absent
}

/// Reads it.
#[cfg(windows)]
pub(crate) fn registry() -> Reply<Arc<Registry>> {
    use winreg::{
        RegKey,
        enums::{HKEY_CURRENT_USER, HKEY_LOCAL_MACHINE},
    };
    let mut registry = Registry::default();
    let (user, machine) = (RegKey::predef(HKEY_CURRENT_USER), RegKey::predef(HKEY_LOCAL_MACHINE));
    let places = [
        ("HKEY_CURRENT_USER", &user, r"Software\Python"),
        ("HKEY_LOCAL_MACHINE", &machine, r"Software\Python"),
        ("HKEY_LOCAL_MACHINE", &machine, r"Software\Wow6432Node\Python"),
    ];
    for (hive, root, path) in places {
        if let Ok(key) = root.open_subkey(path) {
            windows::read(&key, &format!(r"{hive}\{path}"), windows::DEPTH, &mut registry);
        }
    }
    windows::store(&user, &mut registry);
    Reply::Known(Arc::new(registry))
}

#[cfg(windows)]
mod windows {
    use std::collections::BTreeMap;

    use envls_core::world::Registry;
    use winreg::RegKey;

    /// `Company`, `Tag`, `InstallPath`: what is deeper is not of PEP 514.
    pub(super) const DEPTH: usize = 3;

    /// The packages of the Store that a user has, as its own applications look them up.
    const PACKAGES: &str = r"Software\Classes\Local Settings\Software\Microsoft\Windows\CurrentVersion\AppModel\SystemAppData";

    /// What the names of the Store's packages of Python begin with.
    const PUBLISHED: &str = "PythonSoftwareFoundation.Python.";

    pub(super) fn read(key: &RegKey, path: &str, depth: usize, registry: &mut Registry) {
        let values = key.enum_values().filter_map(Result::ok);
        let names = values.map(|(name, _)| name);
        let words: BTreeMap<String, String> = names
            .filter_map(|name| Some((name.to_lowercase(), key.get_value(&name).ok()?)))
            .collect();
        registry.keys.insert(path.to_owned(), words);
        if depth == 0 {
            return;
        }
        for name in key.enum_keys().filter_map(Result::ok) {
            if let Ok(inner) = key.open_subkey(&name) {
                read(&inner, &format!(r"{path}\{name}"), depth - 1, registry);
            }
        }
    }

    pub(super) fn store(user: &RegKey, registry: &mut Registry) {
        let Ok(packages) = user.open_subkey(PACKAGES) else { return };
        let names = packages.enum_keys().filter_map(Result::ok);
        for name in names.filter(|it| it.starts_with(PUBLISHED)) {
            if let Ok(key) = packages.open_subkey(format!(r"{name}\Schemas")) {
                let path = format!(r"HKEY_CURRENT_USER\{PACKAGES}\{name}\Schemas");
                read(&key, &path, 0, registry);
            }
        }
    }
}
