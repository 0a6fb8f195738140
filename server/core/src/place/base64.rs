//! Base64 (RFC 4648), in which guest agents wrap what is read and printed.

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

pub(super) fn encoded(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let mut word = [0; 3];
        word.iter_mut().zip(chunk).for_each(|(to, from)| *to = *from);
        let number = u32::from_be_bytes([0, word[0], word[1], word[2]]);
        for at in 0..4 {
            let index = (number >> (18 - 6 * at)) & 63;
            let symbol = ALPHABET.get(index as usize).copied().unwrap_or(b'=');
            text.push(char::from(if at <= chunk.len() { symbol } else { b'=' }));
        }
    }
    text
}

/// `None` where it is no Base64.
pub(super) fn decoded(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(text.len() / 4 * 3);
    let (mut number, mut bits) = (0u32, 0);
    for byte in text.bytes().filter(|it| !matches!(it, b'\r' | b'\n' | b'=')) {
        let index = ALPHABET.iter().position(|it| *it == byte)?;
        number = number << 6 | u32::try_from(index).ok()?;
        bits += 6;
        if bits >= 8 {
            bits -= 8;
            bytes.push((number >> bits & 0xff) as u8);
            number &= (1 << bits) - 1;
        }
    }
    Some(bytes)
}
