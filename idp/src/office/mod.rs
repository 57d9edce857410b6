//! What officers decide about people's ways in: cases that the rules leave open, and ways in that their owner has lost.
//!
//! Four eyes (local-identity 7.1 and 8.2): one officer decides, another one agrees, each under their own login at the machine; at that
//! moment everything is asked anew, and one transaction does it. What changes nothing needs one officer.

mod agree;
mod apply;
mod bring;
mod decide;
mod not_decided;
mod officers;
mod outcome;
mod removal;
mod sides;
mod view;

pub use agree::{Agreed, Agreement, agree, decline, judged};
pub use bring::bring;
pub use decide::{Decided, Judgement, decide};
pub use not_decided::NotDecided;
pub use outcome::{Ended, Outcome};
pub use removal::{Loss, decide_removal, ends};
pub use sides::{Sides, sides};
pub use view::record_view;

use chrono::Duration;

use crate::ids::StaffAccountId;
use crate::staff::Role;

/// How long a decision waits for the second officer.
pub const WAITS: Duration = Duration::days(14);
/// Who may decide.
const DECIDES: Role = Role::Verifier;
/// Who may agree.
const AGREES: Role = Role::Supervisor;

/// Who is at the machine, and for which officer.
#[derive(Clone, Debug)]
pub struct Acting {
    /// The officer who decides or agrees.
    pub officer: StaffAccountId,
    /// The login name of whoever runs the command.
    pub operator: String,
}
