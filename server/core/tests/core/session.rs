//! The session as a whole, without a clock and without a disk.
