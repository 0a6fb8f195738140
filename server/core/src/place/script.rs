//! One round trip into a layer: the questions as a script of a POSIX shell, and its output as what was seen.
//!
//! Nothing but a shell is taken for granted inside: `head`, `readlink`, `stat`, `find` and `sed` are used where they are there,
//! Python is not. Each answer begins on a line of its own with a mark that nobody inside can foresee, and a last one says that
//! all was printed.

use std::collections::BTreeMap;

use crate::world::{AbsPath, Entry, EntryKind, Listed, ListedKind, Noun, Os};

/// How much of a text is fetched, in bytes.
pub const TEXT_LIMIT: usize = 4 * 1024 * 1024;

/// One thing to look at inside.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Look {
    Text(AbsPath),
    Listing(AbsPath),
    Entry(AbsPath),
    /// The first bytes of a file.
    Head(AbsPath),
    /// The names in a site-packages folder, and the small files from which it is told what is installed.
    Packages(AbsPath),
    Machine,
    Program(String),
}

/// What was seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Seen {
    Absent,
    Denied,
    /// Something else stands there than was looked for.
    Other,
    Bytes(Vec<u8>),
    Listing(Vec<Listed>),
    Entry(Entry),
    Machine {
        os: Os,
        architecture: String,
        user: Option<u32>,
    },
    Packages(Packages),
}

/// What a site-packages folder holds, as far as its metadata goes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Packages {
    pub names: Vec<Listed>,
    /// The small files, by their path from the folder.
    pub files: BTreeMap<String, Vec<u8>>,
    /// The folders that `.pth` files name, and what is in them.
    pub leads: BTreeMap<String, Vec<Listed>>,
    /// Every file, by its path from the folder.
    pub present: Vec<String>,
}

impl Look {
    /// What has to be looked at for a question; `None` for what nobody asks of a layer.
    #[must_use]
    pub fn of(noun: &Noun) -> Option<Look> {
        Some(match noun {
            Noun::Text(path) => Look::Text(path.inside()),
            Noun::Listing(path) => Look::Listing(path.inside()),
            Noun::Entry(path) => Look::Entry(path.inside()),
            Noun::Executable(path) => Look::Head(path.inside()),
            Noun::Distributions(path)
            | Noun::Metadata(path)
            | Noun::Records(path, _)
            | Noun::Modules(path) => Look::Packages(path.inside()),
            Noun::Machine => Look::Machine,
            Noun::Program(name) if is_program(name) => Look::Program(name.clone()),
            _ => return None,
        })
    }
}

fn is_program(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|it| it.is_ascii_alphanumeric() || b"_-.+".contains(&it))
}

/// The functions that the looks call. Everything is in one compound command, so that nothing of it runs unless all of it came.
const FUNCTIONS: &str = r#"
o() { printf '\n%s %s\n' "$B" "$1"; }
gone() { if [ ! -e "$1" ]; then printf A; elif [ "$2" = f ] && [ ! -f "$1" ]; then printf S; elif [ "$2" = d ] && [ ! -d "$1" ]; then printf A; elif [ ! -r "$1" ]; then printf R; else printf K; return 1; fi; }
text() { o "$1"; gone "$2" f || head -c "$3" <"$2" 2>/dev/null || cat <"$2"; }
names() { for f in .* *; do case "$f" in .|..) continue;; esac; if [ -L "$f" ]; then k=l; elif [ -d "$f" ]; then k=d; elif [ -f "$f" ]; then k=f; elif [ -e "$f" ]; then k=o; else continue; fi; printf '%s%s\0' "$k" "$f"; done; }
list() { o "$1"; gone "$2" d || (cd "$2" && names); }
entry() { o "$1"; h=; if [ -L "$2" ]; then h=$(readlink "$2"); elif [ ! -e "$2" ]; then printf A; return; fi
if [ -d "$2" ]; then k=d; elif [ -f "$2" ]; then k=f; elif [ -e "$2" ]; then k=x; else k=g; fi
x=n; [ -x "$2" ] && x=y; w=n; [ -w "$2" ] && w=y
printf 'K%s%s%s\0%s\0%s\0%s\0' "$k" "$x" "$w" "$h" "$(readlink -f "$2" 2>/dev/null)" "$(stat -Lc '%u %s' "$2" 2>/dev/null)"; }
machine() { o "$1"; printf 'K%s\n%s\n%s\n' "$(uname -s)" "$(uname -m)" "$(id -u)"; }
program() { o "$1"; p=$(command -v "$2" 2>/dev/null); case "$p" in /*) printf 'K%s' "$p";; *) printf A;; esac; }
part() { [ -f "$2/$3" ] || return 0; o "$1 f$2/$3"; case "$3" in *METADATA|*PKG-INFO) sed -e '/^$/q' -e "/^$R\$/q" <"$2/$3";; *) cat <"$2/$3";; esac; }
packages() { o "$1"; gone "$2" d && return; (cd "$2" || exit 0; names
for d in *.dist-info *.egg-info *.egg; do
if [ -d "$d" ]; then for f in METADATA PKG-INFO EGG-INFO/PKG-INFO RECORD INSTALLER direct_url.json top_level.txt entry_points.txt EGG-INFO/top_level.txt EGG-INFO/entry_points.txt; do part "$1" "$d" "$f"; done
elif [ -f "$d" ]; then o "$1 f$d"; sed -e '/^$/q' <"$d"; fi; done
for f in *.pth *.egg-link __editable__*.py; do [ -f "$f" ] || continue; o "$1 f$f"; cat <"$f"
case "$f" in *.pth) while read -r p || [ -n "$p" ]; do case "$p" in /*) [ -d "$p" ] && [ -r "$p" ] && o "$1 p$p" && (cd "$p" && names);; esac; done <"$f";; esac; done
o "$1 e"; find . ! -type d 2>/dev/null
cat ./*.dist-info/RECORD 2>/dev/null | sed -n 's/^\(\.\.\/[^,]*\),.*/\1/p' | while read -r p; do [ -e "$p" ] && printf '%s\n' "$p"; done); }
"#;

/// The script that looks at all of this.
#[must_use]
pub fn script(looks: &[Look], mark: &str) -> Vec<u8> {
    let mut script = Vec::new();
    let mut put = |bytes: &[u8]| script.extend_from_slice(bytes);
    put(b"{\nLC_ALL=C; export LC_ALL\n");
    put(b"PATH=\"${PATH:-/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin}:${HOME:-/root}/.local/bin\"\n");
    put(format!("B='{mark}'; R=$(printf '\\r')\n").as_bytes());
    put(FUNCTIONS.as_bytes());
    for (at, look) in looks.iter().enumerate() {
        let (function, subject, more): (&str, Vec<u8>, String) = match look {
            Look::Text(path) => ("text", quoted(path), format!(" {}", TEXT_LIMIT + 1)),
            Look::Head(path) => ("text", quoted(path), " 4096".to_owned()),
            Look::Listing(path) => ("list", quoted(path), String::new()),
            Look::Entry(path) => ("entry", quoted(path), String::new()),
            Look::Packages(path) => ("packages", quoted(path), String::new()),
            Look::Machine => ("machine", Vec::new(), String::new()),
            Look::Program(name) => ("program", name.as_bytes().to_vec(), String::new()),
        };
        put(format!("{function} {at} ").as_bytes());
        put(&subject);
        put(more.as_bytes());
        put(b"\n");
    }
    put(b"o end\nexit 0\n} </dev/null\n");
    script
}

/// A path as one word of the shell.
fn quoted(path: &AbsPath) -> Vec<u8> {
    let mut word = vec![b'\''];
    for byte in path.as_bytes() {
        match byte {
            b'\'' => word.extend_from_slice(br"'\''"),
            byte => word.push(*byte),
        }
    }
    word.push(b'\'');
    word
}

/// What the script printed, look by look; `None` when it did not print it all.
#[must_use]
pub fn read(output: &[u8], mark: &str, looks: &[Look]) -> Option<Vec<Seen>> {
    let frames = frames(output, mark);
    if frames.last()?.0 != "end" {
        return None;
    }
    let mut bodies: BTreeMap<usize, &[u8]> = BTreeMap::new();
    let mut parts: BTreeMap<usize, Vec<(&str, &[u8])>> = BTreeMap::new();
    for (head, body) in frames {
        match head.split_once(' ') {
            None => drop(bodies.insert(head.parse().unwrap_or(usize::MAX), body)),
            Some((at, part)) => parts.entry(at.parse().ok()?).or_default().push((part, body)),
        }
    }
    let seen = looks.iter().enumerate().map(|(at, look)| {
        let (kind, body) = bodies.get(&at)?.split_first()?;
        match kind {
            b'K' => known(look, body, parts.get(&at).map_or(&[], Vec::as_slice)),
            b'A' => Some(Seen::Absent),
            b'R' => Some(Seen::Denied),
            b'S' => Some(Seen::Other),
            _ => None,
        }
    });
    seen.collect()
}

/// What stands between the marks: the rest of the mark's line, and what follows up to the next.
fn frames<'output>(output: &'output [u8], mark: &str) -> Vec<(&'output str, &'output [u8])> {
    let begin = format!("\n{mark} ");
    let starts: Vec<usize> =
        memchr::memmem::find_iter(output, begin.as_bytes()).map(|at| at + begin.len()).collect();
    let mut frames = Vec::new();
    for (index, start) in starts.iter().enumerate() {
        let end = starts.get(index + 1).map_or(output.len(), |next| next - begin.len());
        let frame = output.get(*start..end).unwrap_or_default();
        let line = frame.iter().position(|it| *it == b'\n').unwrap_or(frame.len());
        let Ok(head) = str::from_utf8(frame.get(..line).unwrap_or_default()) else { continue };
        frames.push((head, frame.get(line + 1..).unwrap_or_default()));
    }
    frames
}

fn known(look: &Look, body: &[u8], parts: &[(&str, &[u8])]) -> Option<Seen> {
    Some(match look {
        Look::Text(_) | Look::Head(_) | Look::Program(_) => Seen::Bytes(body.to_vec()),
        Look::Listing(_) => Seen::Listing(listed(body)),
        Look::Entry(path) => Seen::Entry(entry(path, body)?),
        Look::Machine => {
            let text = str::from_utf8(body).ok()?;
            let mut lines = text.lines();
            let os = match lines.next()? {
                "Linux" => Os::Linux,
                "Darwin" => Os::Macos,
                _ => Os::Other,
            };
            let architecture = lines.next()?.to_owned();
            Seen::Machine { os, architecture, user: lines.next().and_then(|it| it.parse().ok()) }
        }
        Look::Packages(_) => {
            let mut packages = Packages { names: listed(body), ..Packages::default() };
            for (head, body) in parts {
                let (kind, name) = head.split_at_checked(1)?;
                match kind {
                    "f" => drop(packages.files.insert(name.to_owned(), body.to_vec())),
                    "p" => drop(packages.leads.insert(name.to_owned(), listed(body))),
                    _ => {
                        let lines = body.split(|it| *it == b'\n');
                        let files = lines.filter_map(|it| str::from_utf8(it).ok());
                        let files = files.map(|it| it.strip_prefix("./").unwrap_or(it));
                        let files = files.filter(|it| !it.is_empty());
                        packages.present = files.map(str::to_owned).collect();
                    }
                }
            }
            Seen::Packages(packages)
        }
    })
}

fn listed(body: &[u8]) -> Vec<Listed> {
    let names = body.split(|it| *it == 0).filter_map(|it| {
        let (kind, name) = it.split_first()?;
        let kind = match kind {
            b'f' => ListedKind::File,
            b'd' => ListedKind::Folder,
            b'l' => ListedKind::Link,
            _ => ListedKind::Other,
        };
        (!name.is_empty() && !name.contains(&b'/')).then(|| Listed { name: name.into(), kind })
    });
    let mut names: Vec<Listed> = names.collect();
    names.sort_unstable();
    names.dedup();
    names
}

fn entry(path: &AbsPath, body: &[u8]) -> Option<Entry> {
    let mut fields = body.split(|it| *it == 0);
    let flags = fields.next()?;
    let (link, real, numbers) = (fields.next()?, fields.next()?, fields.next()?);
    let folder = path.parent().unwrap_or_else(|| path.clone());
    let link = (!link.is_empty()).then(|| folder.join(link));
    let real = AbsPath::parse(real).or_else(|| link.clone()).unwrap_or_else(|| path.clone());
    let numbers = str::from_utf8(numbers).unwrap_or_default();
    let mut numbers = numbers.split(' ').map(str::parse::<u64>);
    let owner = numbers.next().and_then(Result::ok).and_then(|it| u32::try_from(it).ok());
    let kind = match flags.first()? {
        b'd' => EntryKind::Folder,
        b'f' => EntryKind::File,
        b'g' => EntryKind::Dangling,
        _ => EntryKind::Special,
    };
    Some(Entry {
        kind,
        link,
        real,
        executable: flags.get(1) == Some(&b'y') && kind == EntryKind::File,
        writable: flags.get(2) == Some(&b'y'),
        owner,
        size: numbers.next().and_then(Result::ok).unwrap_or(0),
    })
}
