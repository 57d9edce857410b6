//! What holds for every provider alike.

mod candidates;
mod contract;
