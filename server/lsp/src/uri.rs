//! Between the addresses of the protocol and paths, which are bytes: what is no UTF-8 is percent-encoded, and back.

use std::str::FromStr as _;

use envls_core::world::AbsPath;
use tower_lsp::ls_types::Uri;

/// The path that a `file:` address names; `None` for other schemes (`untitled:`, `git:`, `vscode-notebook-cell:`), behind which
/// there is no file.
#[must_use]
pub fn path_of(uri: &str) -> Option<AbsPath> {
    path_on(uri, cfg!(windows))
}

fn path_on(uri: &str, windows: bool) -> Option<AbsPath> {
    let (scheme, rest) = uri.split_once(':')?;
    if !scheme.eq_ignore_ascii_case("file") {
        return None;
    }
    // The path alone tells the file (RFC 8089); a client that means these characters encodes them.
    let rest = rest.split(['?', '#']).next().unwrap_or(rest);
    let (host, path) = match rest.strip_prefix("//") {
        Some(rest) => rest.split_at(rest.find('/')?),
        None => ("", rest),
    };
    let local = host.is_empty() || host.eq_ignore_ascii_case("localhost");
    let mut bytes = decoded(path);
    if !windows {
        return if local { AbsPath::parse(bytes) } else { None };
    }
    if !local {
        let share = [br"\\", host.as_bytes(), &bytes].concat();
        return AbsPath::parse(share);
    }
    // `/c:/folder`: the drive is spelled in one way only, so that one file is one path.
    if let [b'/', letter, b':', ..] = bytes.as_mut_slice() {
        letter.make_ascii_uppercase();
        return AbsPath::parse(bytes.get(1..)?);
    }
    None
}

fn decoded(text: &str) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((byte, after)) = rest.split_first() {
        let code = after.get(..2).and_then(|it| str::from_utf8(it).ok());
        let code = code.filter(|it| it.bytes().all(|it| it.is_ascii_hexdigit()));
        match code.and_then(|it| u8::from_str_radix(it, 16).ok()) {
            Some(coded) if *byte == b'%' => {
                bytes.push(coded);
                rest = after.get(2..).unwrap_or_default();
            }
            _ => {
                bytes.push(*byte);
                rest = after;
            }
        }
    }
    bytes
}

/// The `file:` address of a path.
pub(crate) fn uri_of(path: &AbsPath) -> Option<Uri> {
    Uri::from_str(&spelled(path)).ok()
}

/// The `file:` address of a path, as text.
#[must_use]
pub fn spelled(path: &AbsPath) -> String {
    let bytes = path.as_bytes();
    if !path.is_windows() {
        return format!("file://{}", encoded(bytes));
    }
    let forward: Vec<u8> =
        bytes.iter().map(|byte| if *byte == b'\\' { b'/' } else { *byte }).collect();
    match forward.strip_prefix(b"//") {
        Some(share) => format!("file://{}", encoded(share)),
        None => format!("file:///{}", encoded(&forward)),
    }
}

/// Percent-encodes whatever is not unreserved (RFC 3986, section 2.3), and leaves the separators.
fn encoded(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    let mut text = String::with_capacity(bytes.len());
    for byte in bytes {
        if byte.is_ascii_alphanumeric() || b"-._~/".contains(byte) {
            text.push(char::from(*byte));
        } else {
            // Writing to a text cannot fail.
            let _ = write!(text, "%{byte:02X}");
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::{path_on, uri_of};

    fn check(uri: &str, posix: Option<&[u8]>, windows: Option<&[u8]>) {
        let bytes = |it: Option<envls_core::world::AbsPath>| it.map(|it| it.as_bytes().to_vec());
        assert_eq!(bytes(path_on(uri, false)).as_deref(), posix, "{uri} on posix");
        assert_eq!(bytes(path_on(uri, true)).as_deref(), windows, "{uri} on windows");
    }

    #[test]
    fn addresses_of_files_are_paths() {
        check("file:///w/a%20b/%C3%A9", Some("/w/a b/é".as_bytes()), None);
        check("file://localhost/w", Some(b"/w"), None);
        check("file:/w", Some(b"/w"), None);
        check("file:///w/%FF%FE.py", Some(b"/w/\xff\xfe.py"), None);
        check("file:///w/100%", Some(b"/w/100%"), None);
        check("file:///w/%+1", Some(b"/w/%+1"), None);
        check("file:///c%3A/w", Some(b"/c:/w"), Some(br"C:\w"));
        check("FILE:///C:/w/", Some(b"/C:/w"), Some(br"C:\w"));
        check("file://server/share/a", None, Some(br"\\server\share\a"));
    }

    #[test]
    fn other_addresses_are_no_paths() {
        for uri in [
            "untitled:Untitled-1",
            "git:/w/a?x",
            "vscode-notebook-cell:/w/a#W0",
            "file:",
            "file://",
            "x",
            "",
        ] {
            check(uri, None, None);
        }
    }

    #[test]
    fn paths_survive_the_way_there_and_back() {
        for path in [&b"/w/a b#?%\xff\n"[..], b"/", "/é/🐍".as_bytes()] {
            let path = envls_core::world::AbsPath::parse(path).expect("it is absolute");
            let uri = uri_of(&path).expect("every path has one");
            assert_eq!(path_on(uri.as_str(), false), Some(path));
        }
        for path in [r"C:\w\a b", r"\\server\share\a"] {
            let path = envls_core::world::AbsPath::new(path);
            let uri = uri_of(&path).expect("every path has one");
            assert_eq!(path_on(uri.as_str(), true), Some(path));
        }
    }
}
