//! What holds of every text, however wild.
