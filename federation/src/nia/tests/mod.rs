//! NIA's protocol side, held against committed documents, a second engine and mutation.

mod addresses;
mod attacks;
pub(crate) mod corpus;
mod crowded;
mod left_out;
mod levels;
mod mutation;
mod refusals;
pub(crate) mod samples;
pub(crate) mod second_opinion;
pub(crate) mod world;
