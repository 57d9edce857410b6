//! The answer to a login: what it says (`draft`), how it is wrong (`faulty`), how it is written (`compose`).

pub mod compose;
pub mod draft;
pub mod encryption;
pub mod faulty;
pub mod signature;
pub mod templates;
