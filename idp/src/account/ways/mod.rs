//! The ways into an account: adding one by proving both sides, removing one, making two accounts one and two again.
//!
//! Adding: the person asks on a page, with a fresh login ([`fresh`]), and leaves for the provider ([`add`]); the answer
//! comes to the same browser and the same session ([`arrive`]) and waits as a proposed link ([`proposal`]) for a page that
//! names both sides ([`confirm`]). What may come of it is decided by [`crate::identity`] alone, anew at every step.

pub(super) mod add;
mod add_page;
pub(crate) mod arrive;
pub(super) mod confirm;
mod former;
pub(super) mod fresh;
pub(super) mod part;
mod preview;
pub mod problems;
mod proposal;
pub(super) mod refused;
pub(super) mod remove;
pub(super) mod review;
mod sides;
mod stays;

/// Where a way in is added.
pub(crate) const LINK: &str = "/account/link";

/// Where the browser of a login that was to add a way in goes on.
pub(crate) fn page_of(
    login: &crate::login::ids::LoginId,
    linking: &crate::login::kept::Linking,
) -> String {
    match &linking.ticket {
        Some(ticket) => format!("{LINK}/{ticket}"),
        None => format!("{LINK}?after={login}"),
    }
}
