//! Browsers we know and people who are signed in with them.

mod browser;
mod committed;
mod config;
mod current;
mod device;
mod end;
mod sent;
mod sweep;

pub(crate) use browser::{Browser, BrowserHash};
pub(crate) use committed::once_committed;
pub use config::SessionConfig;
pub(crate) use current::{Current, SignedIn, csrf, is_used, no_session_cookie, session_cookie};
pub(crate) use device::describe;
pub(crate) use end::{Ended, Ending, end, end_all_but};
pub(crate) use sent::SentSession;
pub use sweep::end_over;
