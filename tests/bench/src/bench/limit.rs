//! The limit: the least that must be read to do a piece of work, on one thread, with no understanding at all.
//!
//! Each runs in a child process of its own, so that it pays for starting exactly as what is held against it does.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::{self, Read, Write as _};
use std::path::{Path, PathBuf};

use memchr::memmem;

/// The names of files that say what a project needs; a walk must read them all.
const MANIFESTS: [&str; 9] = [
    "pyproject.toml",
    ".python-version",
    "uv.lock",
    "poetry.lock",
    "Pipfile",
    "setup.cfg",
    "setup.py",
    "pixi.toml",
    "environment.yml",
];

/// Folders that no project is looked for in.
const SKIPPED: [&str; 4] = ["node_modules", ".git", ".venv", "__pycache__"];

/// What a limit has counted, by which the bench knows that the work was done.
#[derive(Default)]
pub(crate) struct Count {
    pub(crate) items: usize,
    pub(crate) bytes: usize,
}

/// Performs the limit of this name and prints what it counted.
pub(crate) fn run(name: &str, path: &Path) -> io::Result<()> {
    let count = match name {
        "nothing" => Count::default(),
        "names" => names(path)?,
        "metadata" => metadata(path)?,
        "walk" => walk(path)?,
        _ => {
            return Err(io::Error::new(
                io::ErrorKind::InvalidInput,
                "limits are: nothing, names, metadata, walk",
            ));
        }
    };
    writeln!(io::stdout(), "{} {}", count.items, count.bytes)
}

fn names(site_packages: &Path) -> io::Result<Count> {
    let mut count = Count::default();
    for entry in fs::read_dir(site_packages)? {
        let name = entry?.file_name();
        if name.as_encoded_bytes().ends_with(b".dist-info") {
            count.items += 1;
            count.bytes += name.len();
        }
    }
    Ok(count)
}

fn metadata(site_packages: &Path) -> io::Result<Count> {
    let mut count = Count::default();
    let mut path = PathBuf::with_capacity(512);
    path.push(site_packages);
    // Most headers fit, and little of the description is read with them; a longer one is read on in place.
    let mut buffer = vec![0; 4 * 1024];
    for entry in fs::read_dir(site_packages)? {
        let name = entry?.file_name();
        if !name.as_encoded_bytes().ends_with(b".dist-info") {
            continue;
        }
        path.push(name);
        path.push("METADATA");
        count.items += 1;
        count.bytes += header(&path, &mut buffer)?;
        path.pop();
        path.pop();
    }
    Ok(count)
}

/// Reads up to the blank line that ends the header, and says how long the header is.
fn header(path: &Path, buffer: &mut Vec<u8>) -> io::Result<usize> {
    let mut file = File::open(path)?;
    let mut filled = 0;
    loop {
        if filled == buffer.len() {
            buffer.resize(filled * 2, 0);
        }
        let read = file.read(&mut buffer[filled..])?;
        // The blank line may lie across the end of what had been read before.
        let from = filled.saturating_sub(1);
        filled += read;
        if let Some(at) = memmem::find(&buffer[from..filled], b"\n\n") {
            return Ok(from + at);
        }
        if read == 0 {
            return Ok(filled);
        }
    }
}

fn walk(root: &Path) -> io::Result<Count> {
    let mut count = Count::default();
    let mut folders = vec![root.to_path_buf()];
    let mut buffer = vec![0; 64 * 1024];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder)? {
            let entry = entry?;
            let name = entry.file_name();
            let kind = entry.file_type()?;
            if kind.is_dir() {
                if !SKIPPED.iter().any(|skipped| name == *skipped) {
                    folders.push(folder.join(name));
                }
            } else if kind.is_file() && manifest(&name) {
                count.items += 1;
                count.bytes += contents(&folder.join(name), &mut buffer)?;
            }
        }
    }
    Ok(count)
}

/// Reads a whole file, without asking for its size first, and says how long it is.
fn contents(path: &Path, buffer: &mut [u8]) -> io::Result<usize> {
    let mut file = File::open(path)?;
    let mut length = 0;
    loop {
        match file.read(buffer)? {
            0 => return Ok(length),
            read => length += read,
        }
    }
}

fn manifest(name: &OsStr) -> bool {
    let bytes = name.as_encoded_bytes();
    MANIFESTS.iter().any(|manifest| name == *manifest)
        || (bytes.starts_with(b"requirements") && bytes.ends_with(b".txt"))
}
