//! Acting for a body: a person logs in, and then speaks for a company, an association or a business.
//!
//! A mandate is shown by a login ([`note`]), or proposed by one officer and approved by another ([`proposal`]). It ends when a later login no longer shows it, when
//! it runs out of date ([`work`]), when its body has ended or the person has left its statutory body ([`check_bodies`]), when the configuration leaves it out ([`end_left_out`]), or when somebody ends it ([`end`]); at that moment every token of it dies and the clients
//! hear that their sessions ended. An organisation is never a login: `sub` stays the acting person.

mod act;

mod bodies;
mod chosen;
mod claim;
mod config;
mod counting;
mod end;
mod members;
mod name;
mod not_approved;
mod note;
mod proposal;
mod registered;
mod town;
mod view;
mod viewed;
mod wanted;

pub use act::Act;

pub use bodies::check_bodies;
pub(crate) use chosen::{Chosen, Ended};
pub(crate) use claim::{acting_for, may_act_for};
pub use config::MandateConfig;
pub use counting::end_left_out;
pub(crate) use counting::list_counting;
pub(crate) use end::end;
pub use end::{EndReason, end_for_link, work};
pub use name::MandateName;
pub(crate) use not_approved::NotApproved;
pub(crate) use note::{Shown, note};
pub(crate) use proposal::{AGREES, PROPOSES, approve, carried, decline, propose, wanted};
pub use proposal::{Outcome, expire};
pub(crate) use registered::registered;
pub use town::{NewMandate, add, withdraw};
pub(crate) use view::{BodyView, Told};
pub(crate) use viewed::record_view;
pub(crate) use wanted::{Wanted, may_be};

/// The scope with which a client supports acting for others.
pub const SCOPE: &str = "city.mandate";
