//! Answers of ISDS, committed, and what must come of each; departures; configuration; mutation.

mod attacks;
mod configuration;
pub(crate) mod corpus;
mod departures;
mod meanings;
mod mutation;
mod refusals;
pub(crate) mod world;
