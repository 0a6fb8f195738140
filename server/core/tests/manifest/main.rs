//! The readers of manifests: what each line says and where, also while it is being typed.

mod draw;
mod pyproject;
mod damaged;
mod declared;
mod requirements;
mod pins;
mod replacement;
mod properties;
