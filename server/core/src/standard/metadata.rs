//! The headers of METADATA and PKG-INFO files (*Core metadata specifications*).

use crate::world::Metadata;

/// Reads the headers, up to the blank line that ends them.
#[must_use]
pub fn metadata(_bytes: &[u8]) -> Metadata {
    Metadata::default()
}
