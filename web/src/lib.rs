//! What both binaries share about serving pages.
//!
//! A program makes a [`Site`], builds its router, and puts [`wrap`] on it last. Handlers take a
//! [`Shell`], a [`Locale`], [`form::Form`] and return a [`page()`] or a [`Problem`].

// Templates here and in the programs name this crate alike: `web::icon`.
extern crate self as web;

pub mod assets;
pub mod config;
pub mod cookie;
pub mod csrf;
pub mod form;
pub mod locale;
pub mod log;
pub mod page;
pub mod policy;
pub mod problem;
pub mod redirect;
pub mod serve;
pub mod testing;
pub mod texts;

mod clock;
#[cfg(test)]
mod example;
mod random;
mod refusals;
mod shield;

pub use axum::http;

pub use clock::{Clock, ManualClock};
pub use locale::Locale;
pub use page::{Allow, AutoSubmit, NavItem, Shell, ShellKind, Site, Who, icon, page};
pub use policy::{Policy, wrap};
pub use problem::{ErrorKind, Incident, Problem, Way};
pub use random::Random;
pub use refusals::{Refusals, Trace};
pub use shield::Shield;
pub use texts::{Message, Texts};
