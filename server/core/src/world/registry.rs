//! The registry of Windows, as far as it speaks of Python.

use std::collections::BTreeMap;

/// Keys of the registry with the words in them, by their whole path: `HKEY_CURRENT_USER\Software\Python\PythonCore\3.12`. It
/// holds what is below `Software\Python` of the user and of the machine (PEP 514), and which packages of the Store are
/// installed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Registry {
    /// Names of values are in lower case, since the registry does not tell cases apart; the empty name is the key's own value.
    pub keys: BTreeMap<String, BTreeMap<String, String>>,
}

impl Registry {
    /// The names of the keys right below one.
    pub fn below<'registry>(&'registry self, key: &str) -> impl Iterator<Item = &'registry str> {
        let start = format!("{key}\\");
        let mut names: Vec<&str> = self
            .keys
            .keys()
            .filter_map(|it| it.strip_prefix(&start))
            .filter_map(|it| it.split('\\').next())
            .collect();
        names.dedup();
        names.into_iter()
    }

    /// A value of a key; `name` in lower case.
    #[must_use]
    pub fn value(&self, key: &str, name: &str) -> Option<&str> {
        self.keys.get(key)?.get(name).map(String::as_str)
    }
}
