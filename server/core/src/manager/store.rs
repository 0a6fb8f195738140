//! Python of the Microsoft Store: a package that nobody may list, started by a name in the user's own folder (*Using Python on
//! Windows*, The Microsoft Store package).

use super::Manager;
use crate::{
    model::{Evidence, InterpreterPlace, Recorded, Strength},
    standard::version::Version,
    world::{AbsPath, Asked, View},
};

pub(super) struct Store;

/// Where the user's packages are noted.
const PACKAGES: &str = r"HKEY_CURRENT_USER\Software\Classes\Local Settings\Software\Microsoft\Windows\CurrentVersion\AppModel\SystemAppData";

/// What its packages are called, before the version and the publisher's mark.
const PUBLISHED: &str = "PythonSoftwareFoundation.Python.";

impl Manager for Store {
    fn name(&self) -> &'static str {
        "store"
    }

    fn summary(&self) -> &'static str {
        "Python of the Microsoft Store"
    }

    fn interpreters(&self, view: &View<'_>) -> Asked<Vec<InterpreterPlace>> {
        let Some(keys) = view.registry()? else { return Ok(Vec::new()) };
        let (local, programs) =
            (view.variable_path("LOCALAPPDATA"), view.variable_path("ProgramFiles"));
        let (Some(local), Some(programs)) = (local, programs) else { return Ok(Vec::new()) };
        let families = keys.below(PACKAGES).filter(|it| it.starts_with(PUBLISHED));
        let places = families.filter_map(|family| {
            let package =
                keys.value(&format!(r"{PACKAGES}\{family}\Schemas"), "packagefullname")?;
            place(&local, &programs, family, package)
        });
        Ok(places.collect())
    }
}

fn place(
    local: &AbsPath,
    programs: &AbsPath,
    family: &str,
    package: &str,
) -> Option<InterpreterPlace> {
    let (minor, _) = family.strip_prefix(PUBLISHED)?.split_once('_')?;
    let prefix = programs.join("WindowsApps").join(package);
    Some(InterpreterPlace {
        python: local.join(r"Microsoft\WindowsApps").join(family).join("python.exe"),
        strength: Strength::Convention,
        kind: "store",
        because: Evidence::at(&prefix, "it is a package of the Microsoft Store"),
        recorded: Some(Recorded {
            version: version(package).or_else(|| Version::parse(minor))?,
            prefix,
        }),
    })
}

/// The version in a package's name: `…Python.3.12_3.12.1264.0_x64__…`. Its third number holds patch level, release level and
/// serial (`FIELD3` in CPython's `PC/python_ver_rc.h`): 1264 is 4, final.
fn version(package: &str) -> Option<Version> {
    let mut numbers = package.split('_').nth(1)?.split('.');
    let (major, minor, field) = (numbers.next()?, numbers.next()?, numbers.next()?);
    let field: u32 = field.parse().ok()?;
    let (micro, serial) = (field >> 8, field & 0xf);
    let level = match (field >> 4) & 0xf {
        0xa => format!("a{serial}"),
        0xb => format!("b{serial}"),
        0xc => format!("rc{serial}"),
        _ => String::new(),
    };
    Version::parse(&format!("{major}.{minor}.{micro}{level}"))
}
