//! Mandates at the officers' desk.
//!
//! For officers who verify people or decide as the second one. Each look is written into the history of the people it shows. One officer
//! proposes a mandate that they verified ([`propose`]), another one agrees ([`proposal`]); to end one, a single officer is enough ([`one`]).

mod list;
mod one;
mod proposal;
mod propose;
mod propose_form;
mod propose_page;
mod row;

pub(super) use list::get;
pub(super) use one::{end, get as one};
pub(super) use proposal::{approve, decline, get as proposal};
pub(super) use propose::{get as propose, post as propose_it};

use super::Role;
use crate::mandate::{AGREES, PROPOSES};

/// Who may look.
pub(super) const ROLES: [Role; 2] = [PROPOSES, AGREES];
