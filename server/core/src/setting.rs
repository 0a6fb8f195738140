//! The settings: one table, read nowhere but through it.

use std::collections::BTreeMap;

/// A setting, as the reference and the editors show it.
pub struct Setting {
    /// Below the section `envls`.
    pub name: &'static str,
    /// As JSON schema calls its type.
    pub kind: &'static str,
    pub summary: &'static str,
}

pub static ALL: &[Setting] = &[Setting {
    name: "severity",
    kind: "object",
    summary: "How much a finding matters, by its code: `off`, `hint`, `information`, `warning` or `error`",
}];

/// What the user has set.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Settings {
    /// By code.
    pub severity: BTreeMap<String, String>,
}

impl Settings {
    /// Reads the section `envls`, as a client sends it. What cannot be understood is left out and said in the second part.
    #[must_use]
    pub fn parse(section: &serde_json::Value) -> (Settings, Vec<String>) {
        let mut settings = Settings::default();
        let mut faults = Vec::new();
        let stated = section.get("severity").and_then(serde_json::Value::as_object);
        for (code, severity) in stated.into_iter().flatten() {
            let known = ["off", "hint", "information", "warning", "error"];
            match severity.as_str().filter(|it| known.contains(it)) {
                Some(word) => drop(settings.severity.insert(code.clone(), word.to_owned())),
                None => faults.push(format!(
                    "setting `envls.severity` of `{code}` is `{severity}`, it must be one of {}",
                    known.join(", ")
                )),
            }
        }
        (settings, faults)
    }
}
