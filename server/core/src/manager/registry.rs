//! Interpreters that are registered on Windows (PEP 514): those of python.org's installer, and of whoever registers its own.

use super::Manager;
use crate::{
    model::{Evidence, InterpreterPlace, Recorded, Strength},
    standard::version::Version,
    world::{AbsPath, Asked, Registry as Keys, View},
};

pub(super) struct Registry;

/// Where they are: for the user, for everybody, and 32-bit ones for everybody.
const PLACES: [&str; 3] = [
    r"HKEY_CURRENT_USER\Software\Python",
    r"HKEY_LOCAL_MACHINE\Software\Python",
    r"HKEY_LOCAL_MACHINE\Software\Wow6432Node\Python",
];

/// Not a company: the launcher's own settings.
const LAUNCHER: &str = "PyLauncher";

/// The company of python.org. Only it may leave out where the executable is.
const CORE: &str = "PythonCore";

impl Manager for Registry {
    fn name(&self) -> &'static str {
        "registry"
    }

    fn summary(&self) -> &'static str {
        "interpreters that are registered on Windows, as those of python.org's installer are"
    }

    fn interpreters(&self, view: &View<'_>) -> Asked<Vec<InterpreterPlace>> {
        let Some(keys) = view.registry()? else { return Ok(Vec::new()) };
        let mut found = Vec::new();
        for place in PLACES {
            for company in keys.below(place).filter(|it| *it != LAUNCHER) {
                let company = format!(r"{place}\{company}");
                let tags = keys.below(&company).map(|tag| format!(r"{company}\{tag}"));
                found.extend(tags.filter_map(|tag| registered(&keys, &tag)));
            }
        }
        Ok(found)
    }
}

fn registered(keys: &Keys, tag: &str) -> Option<InterpreterPlace> {
    let path = format!(r"{tag}\InstallPath");
    let prefix = keys.value(&path, "").and_then(AbsPath::parse);
    let named = keys.value(&path, "executablepath").and_then(AbsPath::parse);
    let mut parts = tag.rsplit('\\');
    let (name, company) = (parts.next()?, parts.next()?);
    let usual = || Some(prefix.as_ref()?.join("python.exe")).filter(|_| company == CORE);
    let python = named.or_else(usual)?;
    let prefix = prefix.or_else(|| python.parent())?;
    let version = ["version", "sysversion"].into_iter().find_map(|it| {
        let value = keys.value(tag, it)?;
        Version::parse(value)
    });
    // Of python.org's own the tag is the version, `-32` behind it for the other architecture.
    let of_tag = || Version::parse(name.split('-').next()?).filter(|_| company == CORE);
    let version = version.or_else(of_tag)?;
    Some(InterpreterPlace {
        because: Evidence::at(&prefix, format!("it is registered as `{company}\\{name}`")),
        python,
        strength: Strength::Ambient,
        kind: "registry",
        recorded: Some(Recorded { prefix, version }),
    })
}
