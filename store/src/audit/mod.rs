//! What happened, in a hash chain that shows change, deletion and reordering.
//!
//! An event is written unchained in the transaction of what it tells, so nothing happens without its event and no
//! writer waits for another. Every replica calls [`chain`] every second or two and [`checkpoint`] every hour; of two
//! that chain at once one writes and the other finds that it was done, so neither needs a lease. Details can be
//! erased and the chain still verifies, because it holds their salted hash.
//!
//! What the chain cannot show by itself: a change of events that were never signed, by somebody who
//! chains anew what comes after it, and an end that was cut off together with its checkpoints. Against
//! both, [`checkpoint`] writes each signed head to the log, and [`verify`] takes one that was kept
//! elsewhere as its anchor.

mod chain;
mod checkpoint;
mod erase;
mod event;
mod list;
mod retain;
mod verify;

pub use chain::chain;
pub use checkpoint::{Anchor, checkpoint};
pub use erase::{Erased, erase_details_before, erase_details_of};
pub use event::{Actor, Event, record};
pub use list::{Recorded, list_latest, list_of, list_of_incident};
pub use retain::{AuditConfig, RetainIds, retain};
pub use verify::{Break, Broken, Report, verify};

/// SHA-256.
type Hash = [u8; 32];

/// Before the first event of a chain.
const BEGINNING: Hash = [0; 32];
