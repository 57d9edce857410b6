//! Signing in: an ordinary client's authorization code flow, several at once in one browser.
//!
//! A login lives in the short-lived store under its `state` and is bound to the browser that began it by a `Lax`
//! cookie. The answer counts once: it is taken before anything is asked of the broker, and a second arrival in the
//! same browser is led to where the first one went.

mod browser;
pub mod callback;
pub mod entrance;
mod logins;
pub mod start;
mod target;

pub use browser::Browser;
pub use logins::{BROWSER_COOKIE, Login, Logins};
pub use target::Target;
