//! The packaging standards, held against what they say and against other readers of them.

mod digest;
mod versions;
mod requirements;
mod markers;
mod installed;
mod executables;
mod properties;
