//! The short hashes by which tools name the environments that they keep: base64 (RFC 4648, *URL and Filename safe*) of the
//! beginning of a SHA-256, or of an MD5 (RFC 1321).

use sha2::{Digest as _, Sha256};

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// The first eight characters of the SHA-256 of some bytes, in base64.
#[must_use]
pub fn short_sha256(bytes: &[u8]) -> String {
    short(&Sha256::digest(bytes))
}

/// The first eight characters of the MD5 of some bytes, in base64.
#[must_use]
pub fn short_md5(bytes: &[u8]) -> String {
    short(&md5(bytes))
}

/// Whether a text may be such a hash.
#[must_use]
pub fn is_short(text: &str) -> bool {
    text.len() == 8 && text.bytes().all(|it| ALPHABET.contains(&it))
}

/// Six bytes make eight characters.
fn short(digest: &[u8]) -> String {
    let mut text = String::with_capacity(8);
    for three in digest.get(..6).unwrap_or_default().chunks(3) {
        let bits = three.iter().fold(0_u32, |bits, byte| bits << 8 | u32::from(*byte));
        for shift in [18, 12, 6, 0] {
            let at = (bits >> shift & 0x3f) as usize;
            text.extend(ALPHABET.get(at).map(|it| char::from(*it)));
        }
    }
    text
}

const SHIFTS: [[u32; 4]; 4] = [[7, 12, 17, 22], [5, 9, 14, 20], [4, 11, 16, 23], [6, 10, 15, 21]];

/// MD5 says nothing of who wrote a text; here it only finds the name again that a tool gave a folder.
fn md5(bytes: &[u8]) -> [u8; 16] {
    let mut message = bytes.to_vec();
    message.push(0x80);
    while message.len() % 64 != 56 {
        message.push(0);
    }
    message.extend((bytes.len() as u64).wrapping_mul(8).to_le_bytes());
    let mut state = [0x6745_2301_u32, 0xefcd_ab89, 0x98ba_dcfe, 0x1032_5476];
    let (blocks, _) = message.as_chunks::<64>();
    for block in blocks {
        let (words, _) = block.as_chunks::<4>();
        let words: Vec<u32> = words.iter().map(|it| u32::from_le_bytes(*it)).collect();
        let [mut a, mut b, mut c, mut d] = state;
        for step in 0..64_usize {
            let (mixed, at) = match step / 16 {
                0 => (b & c | !b & d, step),
                1 => (d & b | !d & c, (5 * step + 1) % 16),
                2 => (b ^ c ^ d, (3 * step + 5) % 16),
                _ => (c ^ (b | !d), 7 * step % 16),
            };
            let word = words.get(at).copied().unwrap_or_default();
            let shift = SHIFTS.get(step / 16).and_then(|it| it.get(step % 4)).copied();
            let sum = a.wrapping_add(mixed).wrapping_add(word).wrapping_add(sine(step));
            a = d;
            d = c;
            c = b;
            b = b.wrapping_add(sum.rotate_left(shift.unwrap_or_default()));
        }
        for (old, new) in state.iter_mut().zip([a, b, c, d]) {
            *old = old.wrapping_add(new);
        }
    }
    let mut digest = [0; 16];
    for (into, word) in digest.chunks_mut(4).zip(state) {
        into.copy_from_slice(&word.to_le_bytes());
    }
    digest
}

/// The integer part of 4294967296 times the absolute sine of the step, counted from one.
fn sine(step: usize) -> u32 {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "RFC 1321 defines the table so; the value is at least 0 and less than 2^32"
    )]
    let value = (4_294_967_296.0 * ((step + 1) as f64).sin().abs()) as u32;
    value
}
