//! NIA's protocol side, held against committed documents, a second engine and mutation.

mod attacks;
mod corpus;
mod mutation;
mod refusals;
mod samples;
mod second_opinion;
pub(crate) mod world;
