//! What is known of the outside, as questions and answers; every reading of it goes through a `View` and is noted.

mod place;
mod path;
mod question;
mod answer;
mod registry;
mod variables;
mod view;

pub use self::{
    answer::{
        Answer, Around, Content, Distribution, Entry, EntryKind, FEW_DISTRIBUTIONS, Fault,
        Inventory, Listed, ListedKind, Listing, Machine, Metadata, MetadataTable, Os,
        ProjectsBelow, Record, RecordTable, Reply, Trust,
    },
    path::AbsPath,
    place::{KINDS, Place},
    question::{Noun, Question},
    registry::Registry,
    variables::{Case, Variables},
    view::{Asked, Edition, Learned, Pending, View, World},
};
