//! The statuses of objects: what they should be, what they are, and the writing of the difference.

mod book;
mod programmed;
mod render;
mod writer;

pub use book::{Book, Patch};
pub use writer::Writer;
