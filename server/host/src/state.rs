//! Small documents of the user's own, in the state folder: nobody else writes to them, and no workspace brings one along.

use std::{
    fs::{self, File},
    io::{self, Write as _},
    path::Path,
    sync::Arc,
};

use anyhow::{Context as _, bail, ensure};
use envls_core::world::{AbsPath, Reply};
use serde::{Serialize, de::DeserializeOwned};

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

/// More than this is no document of ours, in bytes.
const LIMIT: u64 = 4 * 1024 * 1024;

/// One document.
#[derive(Clone, Debug)]
pub(crate) struct Kept {
    /// The user's state folder of this program; `None` when there is no telling where that is.
    folder: Option<AbsPath>,
    workspace: Arc<Workspace>,
    name: &'static str,
}

impl Kept {
    pub(crate) fn new(
        environment: &Environment,
        workspace: Arc<Workspace>,
        name: &'static str,
    ) -> Kept {
        Kept { folder: environment.state_folder(), workspace, name }
    }

    /// The file that it is in.
    pub(crate) fn file(&self) -> Option<AbsPath> {
        self.folder.as_ref().map(|it| it.join(format!("{}.json", self.name)))
    }

    /// A document that lies in a workspace could be brought along with it.
    pub(crate) fn refuse_within(&self, asked: &AbsPath) -> anyhow::Result<()> {
        let Some(folder) = &self.folder else { bail!("there is no home folder to keep it in") };
        let real = real(folder).unwrap_or_else(|| folder.clone());
        let brought = |it: &AbsPath| {
            let inside = it.is_within(asked) && !self.workspace.spans_home(asked);
            inside || self.workspace.encloses(it)
        };
        ensure!(!brought(folder) && !brought(&real), "`{folder}` lies in a workspace");
        Ok(())
    }

    /// What it says; nothing, where it was never written.
    pub(crate) fn read<D: DeserializeOwned + Default>(&self) -> anyhow::Result<D> {
        let Some(path) = self.file() else { return Ok(D::default()) };
        let native = native(&path).context("the state folder is a path of another system")?;
        let file = match text::open(&native, text::Follow::No) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(D::default()),
            Err(error) => return Err(error).with_context(|| format!("reading `{path}`")),
        };
        is_ours(&file, &path)?;
        let bytes = match text::read(file, LIMIT).with_context(|| format!("reading `{path}`"))? {
            Reply::Known(bytes) => bytes,
            _ => bail!("`{path}` is no file of ours"),
        };
        serde_json::from_slice(&bytes).with_context(|| format!("reading `{path}`"))
    }

    /// Changes it, one at a time among all processes of the user; readers see the old document or the new one.
    pub(crate) fn change<D: Serialize + DeserializeOwned + Default>(
        &self,
        change: impl FnOnce(&mut D) -> anyhow::Result<()>,
    ) -> anyhow::Result<()> {
        let name = self.name;
        let Some(folder) = &self.folder else { bail!("there is no home folder to keep it in") };
        let native = native(folder).context("the state folder is a path of another system")?;
        make_private(&native).with_context(|| format!("making `{folder}`"))?;
        let lock = private(&native.join(format!("{name}.lock"))).context("opening the lock")?;
        lock.lock().context("waiting for the lock")?;
        let mut document = self.read()?;
        change(&mut document)?;
        let mut json = serde_json::to_vec_pretty(&document).context("writing the list")?;
        json.push(b'\n');
        // A temporary file of this kind is made so that only its owner may read it.
        let mut file = tempfile::NamedTempFile::new_in(&*native).context("writing the list")?;
        file.write_all(&json).context("writing the list")?;
        file.as_file().sync_all().context("writing the list")?;
        file.persist(native.join(format!("{name}.json"))).context("replacing the list")?;
        Ok(())
    }
}

/// A folder that exists.
pub(crate) struct Placed {
    pub(crate) real: AbsPath,
    pub(crate) owner: Option<u32>,
}

impl Placed {
    pub(crate) fn at(folder: &AbsPath) -> anyhow::Result<Placed> {
        let given = native(folder).context("it is a path of another system")?;
        let path = fs::canonicalize(&*given).with_context(|| format!("looking for `{folder}`"))?;
        let metadata = fs::metadata(&path).with_context(|| format!("looking at `{folder}`"))?;
        let real = of(&path).with_context(|| format!("`{folder}` has no real path"))?;
        Ok(Placed { real, owner: owner(&metadata) })
    }
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
pub(crate) fn make_private(folder: &Path) -> anyhow::Result<()> {
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
pub(crate) fn make_private(folder: &Path) -> anyhow::Result<()> {
    Ok(fs::create_dir_all(folder)?)
}

pub(crate) fn private(path: &Path) -> io::Result<File> {
    let mut options = File::options();
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    options.open(path)
}

/// As text: a percent sign, and what is no UTF-8, is percent-encoded.
pub(crate) fn encoded(path: &AbsPath) -> String {
    let mut text = String::new();
    for chunk in path.as_bytes().utf8_chunks() {
        text.push_str(&chunk.valid().replace('%', "%25"));
        chunk.invalid().iter().for_each(|byte| text.push_str(&format!("%{byte:02X}")));
    }
    text
}

pub(crate) fn decoded(text: &str) -> Option<AbsPath> {
    let mut parts = text.as_bytes().split(|byte| *byte == b'%');
    let mut bytes = parts.next()?.to_vec();
    for part in parts {
        let (code, rest) = part.split_at_checked(2)?;
        bytes.push(u8::from_str_radix(str::from_utf8(code).ok()?, 16).ok()?);
        bytes.extend_from_slice(rest);
    }
    AbsPath::parse_anywhere(bytes)
}
