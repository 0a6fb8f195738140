//! Which folders the user trusts: a file of the user's own, never of a workspace.

use std::{
    collections::BTreeSet,
    fs::{self, File},
    io::{self, Write as _},
    path::Path,
    sync::{Arc, PoisonError, RwLock},
};

use anyhow::{Context as _, bail, ensure};
use envls_core::world::{AbsPath, Reply, Trust};
use serde::{Deserialize, Serialize};

use crate::{
    disk::{
        entry::{owner, real},
        text,
    },
    environment::Environment,
    machine::user,
    path::{native, of},
    workspace::Workspace,
};

/// More than this is no list of folders, in bytes.
const LIMIT: u64 = 4 * 1024 * 1024;

/// The list of trusted and denied folders.
#[derive(Clone, Debug)]
pub struct Store {
    /// The user's state folder of this program; `None` when there is no telling where that is.
    folder: Option<AbsPath>,
    workspace: Arc<Workspace>,
    /// What is trusted as long as this process runs, by its real path.
    for_now: Arc<RwLock<BTreeSet<AbsPath>>>,
}

/// What the user said of a folder and all in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said {
    pub folder: AbsPath,
    pub verdict: Verdict,
}

/// A denial outweighs every trust, of the same folder and of those above it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    Trusted,
    Denied,
}

#[derive(Debug, Default, Serialize, Deserialize)]
struct Document {
    version: u32,
    folders: Vec<Record>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Record {
    /// The real path; a percent sign, and what is no UTF-8, is percent-encoded.
    path: String,
    /// Whose folder it was: what another user puts in its place is not what was trusted.
    owner: Option<u32>,
    verdict: Verdict,
}

const VERSION: u32 = 1;

impl Store {
    /// The store of the user whose environment this is.
    #[must_use]
    pub fn new(environment: &Environment) -> Store {
        Store::within(environment, Arc::new(Workspace::new(environment)))
    }

    pub(crate) fn within(environment: &Environment, workspace: Arc<Workspace>) -> Store {
        Store { folder: state_folder(environment), workspace, for_now: Arc::default() }
    }

    /// The file that the answers rest on.
    #[must_use]
    pub fn file(&self) -> Option<AbsPath> {
        self.folder.as_ref().map(|it| it.join("trust.json"))
    }

    /// Whether the user trusts a folder. Whatever cannot be known for sure is not trusted.
    #[must_use]
    pub fn ask(&self, folder: &AbsPath) -> Trust {
        match self.judge(folder) {
            Ok(trust) => trust,
            Err(error) => {
                tracing::warn!(%folder, error = %format!("{error:#}"), "trust cannot be looked up");
                Trust::Untrusted
            }
        }
    }

    /// Trusts a folder and all in it.
    ///
    /// # Errors
    /// When it does not exist, is denied by what the user said of a folder above it, or the list cannot be written.
    pub fn trust(&self, folder: &AbsPath) -> anyhow::Result<()> {
        let place = Placed::at(folder)?;
        self.refuse_within(&place.real)?;
        self.change(|document| {
            let denied = document.above(&place.real, Verdict::Denied).find(|it| *it != place.real);
            if let Some(above) = denied {
                bail!("`{above}`, which it is in, is denied");
            }
            document.set(&place, Some(Verdict::Trusted));
            Ok(())
        })
    }

    /// Trusts a folder and all in it as long as this process runs, and writes nothing down. Being the user's newest word, it
    /// outweighs a denial of the folder and of those above it, but none of a folder in it.
    ///
    /// # Errors
    /// When it does not exist.
    pub fn trust_for_now(&self, folder: &AbsPath) -> anyhow::Result<()> {
        let real = Placed::at(folder)?.real;
        self.for_now.write().unwrap_or_else(PoisonError::into_inner).insert(real);
        Ok(())
    }

    /// The nearest folder that is trusted for now and has this one in it.
    fn trusted_for_now(&self, folder: &AbsPath) -> Option<AbsPath> {
        let for_now = self.for_now.read().unwrap_or_else(PoisonError::into_inner);
        let mut own = std::iter::once(folder.clone()).chain(folder.ancestors());
        own.find(|it| for_now.contains(it))
    }

    /// Trusts a folder no more; when a folder above it is trusted, it is denied instead.
    ///
    /// # Errors
    /// When the list cannot be written.
    pub fn revoke(&self, folder: &AbsPath) -> anyhow::Result<()> {
        // A folder that is gone can be taken off the list by its name.
        let place = Placed::at(folder).unwrap_or(Placed { real: folder.clone(), owner: None });
        self.change(|document| {
            document.set(&place, None);
            if document.above(&place.real, Verdict::Trusted).next().is_some() {
                document.set(&place, Some(Verdict::Denied));
            }
            Ok(())
        })
    }

    /// Denies a folder and all in it, whatever is said of those above it.
    ///
    /// # Errors
    /// When it does not exist, or the list cannot be written.
    pub fn deny(&self, folder: &AbsPath) -> anyhow::Result<()> {
        let place = Placed::at(folder)?;
        self.change(|document| {
            document.set(&place, Some(Verdict::Denied));
            Ok(())
        })
    }

    /// All that the user said, by path.
    ///
    /// # Errors
    /// When the list cannot be read.
    pub fn list(&self) -> anyhow::Result<Vec<Said>> {
        let document = self.read()?;
        let said = document
            .folders
            .iter()
            .filter_map(|it| Some(Said { folder: decoded(&it.path)?, verdict: it.verdict }));
        let mut said: Vec<Said> = said.collect();
        said.sort_by(|a, b| a.folder.cmp(&b.folder));
        Ok(said)
    }

    fn judge(&self, folder: &AbsPath) -> anyhow::Result<Trust> {
        let Ok(place) = Placed::at(folder) else { return Ok(Trust::Untrusted) };
        if let Some(given) = self.trusted_for_now(&place.real) {
            // A list that cannot be read cannot take back what was said just now.
            let document = self.read().unwrap_or_default();
            let mut denied = document.above(&place.real, Verdict::Denied);
            let inside = denied.any(|it| it != given && it.is_within(&given));
            return Ok(if inside { Trust::Untrusted } else { Trust::Trusted });
        }
        let document = self.read()?;
        if document.folders.is_empty() {
            return Ok(Trust::Untrusted);
        }
        self.refuse_within(&place.real)?;
        if document.above(&place.real, Verdict::Denied).next().is_some() {
            return Ok(Trust::Untrusted);
        }
        for trusted in document.above(&place.real, Verdict::Trusted) {
            let Some(record) = document.record(&trusted) else { continue };
            let now = Placed::at(&trusted)?;
            // In a folder where anyone may make folders, only those of the same user, or our own, are covered.
            let covered = place.owner == record.owner || place.owner == user();
            if now.real == trusted && now.owner == record.owner && covered {
                return Ok(Trust::Trusted);
            }
        }
        Ok(Trust::Untrusted)
    }

    /// A list that lies in a workspace could be brought along with it.
    fn refuse_within(&self, asked: &AbsPath) -> anyhow::Result<()> {
        let Some(folder) = &self.folder else { bail!("there is no home folder to keep it in") };
        let real = real(folder).unwrap_or_else(|| folder.clone());
        let brought = |it: &AbsPath| {
            let inside = it.is_within(asked) && !self.workspace.spans_home(asked);
            inside || self.workspace.encloses(it)
        };
        ensure!(!brought(folder) && !brought(&real), "`{folder}` lies in a workspace");
        Ok(())
    }

    fn read(&self) -> anyhow::Result<Document> {
        let Some(path) = self.file() else { return Ok(Document::default()) };
        let native = native(&path).context("the state folder is a path of another system")?;
        let file = match text::open(&native, text::Follow::No) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Document::default()),
            Err(error) => return Err(error).with_context(|| format!("reading `{path}`")),
        };
        is_ours(&file, &path)?;
        let bytes = match text::read(file, LIMIT).with_context(|| format!("reading `{path}`"))? {
            Reply::Known(bytes) => bytes,
            _ => bail!("`{path}` is no file of ours"),
        };
        let document: Document =
            serde_json::from_slice(&bytes).with_context(|| format!("reading `{path}`"))?;
        ensure!(document.version == VERSION, "`{path}` is of another version");
        Ok(document)
    }

    /// Changes the list, one at a time among all processes of the user; readers see the old list or the new one.
    fn change(
        &self,
        change: impl FnOnce(&mut Document) -> anyhow::Result<()>,
    ) -> anyhow::Result<()> {
        let Some(folder) = &self.folder else { bail!("there is no home folder to keep it in") };
        let native = native(folder).context("the state folder is a path of another system")?;
        make_private(&native).with_context(|| format!("making `{folder}`"))?;
        let lock = private(&native.join("trust.lock")).context("opening the lock")?;
        lock.lock().context("waiting for the lock")?;
        let mut document = self.read()?;
        document.version = VERSION;
        change(&mut document)?;
        document.folders.sort_by(|a, b| a.path.cmp(&b.path));
        let mut json = serde_json::to_vec_pretty(&document).context("writing the list")?;
        json.push(b'\n');
        // A temporary file of this kind is made so that only its owner may read it.
        let mut file = tempfile::NamedTempFile::new_in(&*native).context("writing the list")?;
        file.write_all(&json).context("writing the list")?;
        file.as_file().sync_all().context("writing the list")?;
        file.persist(native.join("trust.json")).context("replacing the list")?;
        Ok(())
    }
}

impl Document {
    /// The folders of which this was said, from a folder up.
    fn above(&self, folder: &AbsPath, verdict: Verdict) -> impl Iterator<Item = AbsPath> {
        let own = std::iter::once(folder.clone()).chain(folder.ancestors());
        own.filter(move |it| self.record(it).is_some_and(|it| it.verdict == verdict))
    }

    /// What was said of just this folder; a denial, should there be both.
    fn record(&self, folder: &AbsPath) -> Option<&Record> {
        let path = encoded(folder);
        self.folders.iter().filter(|it| it.path == path).max_by_key(|it| it.verdict)
    }

    fn set(&mut self, place: &Placed, verdict: Option<Verdict>) {
        let path = encoded(&place.real);
        self.folders.retain(|it| it.path != path);
        self.folders.extend(verdict.map(|verdict| Record { path, owner: place.owner, verdict }));
    }
}

/// A folder that exists.
struct Placed {
    real: AbsPath,
    owner: Option<u32>,
}

impl Placed {
    fn at(folder: &AbsPath) -> anyhow::Result<Placed> {
        let given = native(folder).context("it is a path of another system")?;
        let path = fs::canonicalize(&*given).with_context(|| format!("looking for `{folder}`"))?;
        let metadata = fs::metadata(&path).with_context(|| format!("looking at `{folder}`"))?;
        let real = of(&path).with_context(|| format!("`{folder}` has no real path"))?;
        Ok(Placed { real, owner: owner(&metadata) })
    }
}

/// `ENVLS_STATE_DIR`, else the place for such files on this system.
fn state_folder(environment: &Environment) -> Option<AbsPath> {
    if let Some(folder) = environment.path("ENVLS_STATE_DIR") {
        return Some(folder);
    }
    let base = if cfg!(windows) {
        environment.path("LOCALAPPDATA")
    } else {
        let home = || environment.home().map(|it| it.join(".local/state"));
        environment.path("XDG_STATE_HOME").or_else(home)
    };
    base.map(|it| it.join("envls"))
}

/// Whether a file is the user's own, and nobody else may write to it.
#[cfg(unix)]
fn is_ours(file: &File, path: &AbsPath) -> anyhow::Result<()> {
    use std::os::unix::fs::MetadataExt as _;
    let metadata = file.metadata().with_context(|| format!("looking at `{path}`"))?;
    ensure!(Some(metadata.uid()) == user(), "`{path}` belongs to another user");
    ensure!(metadata.mode() & 0o022 == 0, "others may write to `{path}`");
    Ok(())
}

#[cfg(not(unix))]
fn is_ours(_file: &File, _path: &AbsPath) -> anyhow::Result<()> {
    Ok(())
}

/// Makes a folder that only its owner may enter.
#[cfg(unix)]
fn make_private(folder: &Path) -> anyhow::Result<()> {
    use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, PermissionsExt as _};
    fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    let metadata = fs::metadata(folder)?;
    ensure!(Some(metadata.uid()) == user(), "it belongs to another user");
    if metadata.mode() & 0o077 != 0 {
        fs::set_permissions(folder, fs::Permissions::from_mode(0o700))?;
    }
    Ok(())
}

#[cfg(not(unix))]
fn make_private(folder: &Path) -> anyhow::Result<()> {
    Ok(fs::create_dir_all(folder)?)
}

fn private(path: &Path) -> io::Result<File> {
    let mut options = File::options();
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    options.open(path)
}

fn encoded(path: &AbsPath) -> String {
    let mut text = String::new();
    for chunk in path.as_bytes().utf8_chunks() {
        text.push_str(&chunk.valid().replace('%', "%25"));
        chunk.invalid().iter().for_each(|byte| text.push_str(&format!("%{byte:02X}")));
    }
    text
}

fn decoded(text: &str) -> Option<AbsPath> {
    let mut parts = text.as_bytes().split(|byte| *byte == b'%');
    let mut bytes = parts.next()?.to_vec();
    for part in parts {
        let (code, rest) = part.split_at_checked(2)?;
        bytes.push(u8::from_str_radix(str::from_utf8(code).ok()?, 16).ok()?);
        bytes.extend_from_slice(rest);
    }
    AbsPath::parse(bytes)
}
