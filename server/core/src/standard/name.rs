//! Names of distributions, extras and groups (*Names and normalization*).

/// Runs of `-`, `_` and `.` become one `-`, letters become small.
#[must_use]
pub fn normalised(name: &str) -> String {
    let mut normal = String::with_capacity(name.len());
    let mut separated = false;
    for character in name.chars() {
        let separates = matches!(character, '-' | '_' | '.');
        match character {
            _ if separates && separated => {}
            _ if separates => normal.push('-'),
            it if it.is_ascii() => normal.push(it.to_ascii_lowercase()),
            it => normal.extend(it.to_lowercase()),
        }
        separated = separates;
    }
    normal
}

/// Whether this can be a distribution's name: letters, digits, `-`, `_`, `.`, the first and last a letter or digit.
#[must_use]
pub fn is_valid(name: &str) -> bool {
    let inner = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    let outer = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_alphanumeric);
    let bytes = name.as_bytes();
    outer(bytes.first()) && outer(bytes.last()) && bytes.iter().copied().all(inner)
}
