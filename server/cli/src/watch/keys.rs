//! Bytes that were typed, as keys.

/// What a user can do with a keyboard here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Key {
    Character(char),
    Enter,
    Backspace,
    /// Everything that was typed on the line is taken back.
    Clear,
    Up,
    Down,
    PageUp,
    PageDown,
    /// Ctrl-D.
    End,
}

/// Reads keys from bytes as a terminal sends them (*Xterm Control Sequences*, PC-style function keys). What has no meaning
/// here is passed over.
pub(super) fn keys(bytes: &[u8]) -> Vec<Key> {
    let mut keys = Vec::new();
    let mut rest = bytes;
    while let Some((first, after)) = rest.split_first() {
        rest = after;
        match first {
            b'\r' | b'\n' => keys.push(Key::Enter),
            0x7f | 0x08 => keys.push(Key::Backspace),
            0x15 => keys.push(Key::Clear),
            0x04 => keys.push(Key::End),
            0x1b => {
                let (key, length) = sequence(after);
                keys.extend(key);
                rest = after.get(length..).unwrap_or_default();
            }
            it if it.is_ascii_graphic() || *it == b' ' => {
                keys.push(Key::Character(char::from(*it)))
            }
            _ => {}
        }
    }
    keys
}

/// What an escape sequence means, and how long it is after the escape itself. The escape key alone clears the line.
fn sequence(after: &[u8]) -> (Option<Key>, usize) {
    let Some(b'[' | b'O') = after.first() else { return (Some(Key::Clear), 0) };
    let parameters = after.iter().skip(1).take_while(|it| !(0x40..=0x7e).contains(*it)).count();
    let key = match (after.get(1..=parameters), after.get(1 + parameters)) {
        (Some(b""), Some(b'A')) => Some(Key::Up),
        (Some(b""), Some(b'B')) => Some(Key::Down),
        (Some(b"5"), Some(b'~')) => Some(Key::PageUp),
        (Some(b"6"), Some(b'~')) => Some(Key::PageDown),
        _ => None,
    };
    (key, parameters + 2)
}
