//! What happened, in a hash chain that shows change, deletion and reordering.
//!
//! An event is written unchained in the transaction of what it tells. A leased job chains events in batches and signs
//! the head of the chain. Details can be erased and the chain still verifies.

mod event;
mod ledger;

pub use event::{
    Actor, Event, Recorded, erase_details_before, erase_details_of, list_latest, list_of, record,
};
pub use ledger::{Anchor, Break, Broken, Report, chain, checkpoint, verify};
