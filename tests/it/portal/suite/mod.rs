//! What holds on every engine.

mod acting;
mod attacks;
mod backchannel;
mod devices;
mod floods;
mod login;
mod logout;
mod pages;
mod session;
mod somebody_else;
mod start_up;
mod tokens;

use super::start;
