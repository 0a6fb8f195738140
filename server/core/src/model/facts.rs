//! What files tell of an installation or an environment of Python, without starting it.

use super::interpreter::{Threading, minor_of};
use crate::{
    standard::{
        pyvenv::{Pyvenv, Said},
        version::Version,
    },
    world::{AbsPath, Asked, ListedKind, Listing, Reply, View},
};

/// A library folder: `lib/python3.12`, `lib/python3.13t`, `lib/pypy3.10`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Library {
    pub(super) name: String,
    pub(super) minor: (u64, u64),
    pub(super) threading: Threading,
}

impl Library {
    fn named(name: &str) -> Option<Library> {
        let rest = name.strip_prefix("python").or_else(|| name.strip_prefix("pypy"))?;
        let (digits, threading) = match rest.strip_suffix('t') {
            Some(digits) => (digits, Threading::Free),
            None => (rest, Threading::Ordinary),
        };
        let (major, minor) = digits.split_once('.')?;
        let minor = (major.parse().ok()?, minor.parse().ok()?);
        Some(Library { name: name.to_owned(), minor, threading })
    }

    pub(super) fn implementation(&self) -> &'static str {
        if self.name.starts_with("pypy") { "pypy" } else { "cpython" }
    }
}

/// Every library folder in a `lib` folder, by version.
pub(super) fn libraries(listing: &Listing) -> Vec<Library> {
    let folders = listing.names().filter(|(_, kind)| *kind != ListedKind::File);
    let mut found: Vec<Library> = folders.filter_map(|it| Library::named(it.0)).collect();
    found.sort_by_key(|it| it.minor);
    found
}

/// The full version of an installation, from the header that it was built with (`PY_VERSION` in CPython's
/// `Include/patchlevel.h`), else from its own description (PEP 739, Python 3.14 and newer); `None` where it has neither.
pub(super) fn full_version(
    view: &View<'_>,
    prefix: &AbsPath,
    minor: (u64, u64),
    threading: Threading,
) -> Asked<Option<Version>> {
    let abi = if threading == Threading::Free { "t" } else { "" };
    let versioned = format!("python{}.{}{abi}", minor.0, minor.1);
    // Up to 3.7 the folder of headers had the flag of the usual allocator in its name (PEP 3149).
    let of_headers =
        if ((3, 2)..(3, 8)).contains(&minor) { format!("{versioned}m") } else { versioned.clone() };
    let (header, details) = if prefix.is_windows() {
        (prefix.join(r"include\patchlevel.h"), prefix.join(r"Lib\build-details.json"))
    } else {
        let library = prefix.join("lib").join(&versioned);
        (
            prefix.join("include").join(&of_headers).join("patchlevel.h"),
            library.join("build-details.json"),
        )
    };
    let header = view.text(&header);
    let details = (minor >= (3, 14)).then(|| view.text(&details));
    let (header, details) = (header?.known(), details.transpose()?.and_then(Reply::known));
    let in_header = header.as_deref().and_then(|text| {
        let line = text.lines().find_map(|it| it.trim().strip_prefix("#define PY_VERSION "))?;
        Version::parse(line.trim().trim_matches('"').trim_end_matches('+'))
    });
    Ok(in_header.or_else(|| described(&details?)))
}

/// The version in `build-details.json`; that of another implementation than CPython is not the language's.
fn described(json: &str) -> Option<Version> {
    let details: serde_json::Value = serde_json::from_str(json).ok()?;
    let implementation = details.get("implementation")?;
    if implementation.get("name")?.as_str()? != "cpython" {
        return Version::parse(details.get("language")?.get("version")?.as_str()?);
    }
    let version = implementation.get("version")?;
    let number = |name: &str| version.get(name).and_then(serde_json::Value::as_u64);
    let level = match version.get("releaselevel").and_then(serde_json::Value::as_str)? {
        "alpha" => "a",
        "beta" => "b",
        "candidate" => "rc",
        _ => "",
    };
    let serial = number("serial").filter(|_| !level.is_empty());
    let serial = serial.map_or(String::new(), |it| it.to_string());
    let (major, minor, micro) = (number("major")?, number("minor")?, number("micro")?);
    Version::parse(&format!("{major}.{minor}.{micro}{level}{serial}"))
}

/// The version of the Python that conda installed, from the name of its record: `python-3.12.4-h194c7f8_0_cpython.json`.
pub(super) fn version_of_conda(records: &Listing) -> Option<Version> {
    records.names().find_map(|(name, _)| {
        let rest = name.strip_prefix("python-")?.strip_suffix(".json")?;
        let (version, build) = rest.split_once('-')?;
        (!build.contains('-')).then(|| Version::parse(version))?
    })
}

/// Where what is installed into an installation of Python is found: of Debian and its kin `dist-packages`, first that of the
/// administrator, then that of the system (*Debian Python Policy*, Module Path).
pub(super) fn packages_of_installation(
    view: &View<'_>,
    prefix: &AbsPath,
    minor: (u64, u64),
    threading: Threading,
) -> Asked<Vec<AbsPath>> {
    if prefix.is_windows() {
        return Ok(vec![prefix.join(r"Lib\site-packages")]);
    }
    let debian = prefix.join("lib/python3/dist-packages");
    if prefix.inside().as_bytes() == b"/usr" && matches!(view.entry(&debian)?, Reply::Known(_)) {
        let own = format!("/usr/local/lib/python{}.{}/dist-packages", minor.0, minor.1);
        return Ok(vec![prefix.join(&own), debian]);
    }
    let abi = if threading == Threading::Free { "t" } else { "" };
    Ok(vec![prefix.join(format!("lib/python{}.{}{abi}/site-packages", minor.0, minor.1))])
}

/// `3.12.4` and, as virtualenv writes it, `3.12.4.final.0`.
pub(super) fn claimed_version(said: &Said) -> Option<Version> {
    let numbers: Vec<&str> =
        said.text.split('.').take_while(|it| it.parse::<u64>().is_ok()).collect();
    let shortened = || Version::parse(&numbers.get(..numbers.len().min(3))?.join("."));
    Version::parse(&said.text).or_else(shortened)
}

pub(super) fn claimed_minor(said: &Said) -> Option<(u64, u64)> {
    let version = claimed_version(said)?;
    Some((*version.release().first()?, *version.release().get(1)?))
}

/// A path that a file spells, in the place that the file is in.
pub(super) fn near_to(near: Option<&AbsPath>, spelled: &str) -> Option<AbsPath> {
    let path = AbsPath::parse(spelled)?;
    Some(near.map_or_else(|| path.clone(), |near| path.at(&near.place())))
}

/// The interpreter that an environment was made from: where its link leads, else what `home` has that could be it.
pub(super) enum Base {
    Known(AbsPath),
    /// Nothing in `home` could be it.
    Gone(AbsPath),
    Unknown,
}

/// Finds the base of an environment. `real` is where the links of its interpreter lead, when they lead out of it.
pub(super) fn base(
    view: &View<'_>,
    configuration: Option<&Pyvenv>,
    real: Option<&AbsPath>,
    own_name: Option<&AbsPath>,
) -> Asked<Base> {
    let linked = || real.map_or(Base::Unknown, |it| Base::Known(it.clone()));
    let Some(said) = configuration else { return Ok(linked()) };
    let near = own_name.or(real);
    let Some(home) = said.home.as_ref().and_then(|it| near_to(near, &it.text)) else {
        return Ok(linked());
    };
    let Reply::Known(listing) = view.listing(&home)? else { return Ok(Base::Gone(home)) };
    let named = [&said.executable, &said.base_executable].into_iter().flatten();
    let mut names: Vec<String> =
        named.filter_map(|it| AbsPath::parse(&it.text)).map(|it| it.name_text()).collect();
    if let Some(minor) = said.version.as_ref().and_then(claimed_minor) {
        names.push(format!("python{}.{}", minor.0, minor.1));
    }
    names.extend(real.or(own_name).map(AbsPath::name_text));
    names.extend(["python3", "python", "python.exe", "pypy3", "pypy"].map(str::to_owned));
    let Some(name) = names.iter().find(|it| listing.has(it)) else { return Ok(Base::Gone(home)) };
    if real.is_some() {
        return Ok(linked());
    }
    let found = home.join(name);
    if minor_of(&found).is_some() {
        return Ok(Base::Known(found));
    }
    // `python3` does not say which.
    Ok(Base::Known(view.entry(&found)?.known().map_or(found, |it| it.real)))
}
