//! What an editor shows of a manifest, and of what is imported, where nothing is wrong: versions behind requirements, words
//! about what is under the cursor, and where paths lead. Each is a pure function of a settled model; nothing is asked for it.

mod hint;
mod hover;
mod image;
mod import;
mod link;

pub use self::{
    hint::{Hint, hints},
    hover::{Told, hover},
    import::import,
    link::{Link, links},
};
