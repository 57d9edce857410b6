//! The portal's storage functions, every one on both databases.

mod portal_session;
