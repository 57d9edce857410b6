//! The cookie of single sign-on. Its prefix demands TLS, so plain HTTP does without.

use axum::http::{HeaderMap, header};

/// The cookie of one provider.
#[derive(Debug, Clone, Copy)]
pub struct SsoCookie {
    name: &'static str,
}

impl SsoCookie {
    /// A cookie of this name.
    pub const fn named(name: &'static str) -> Self {
        Self { name }
    }

    /// Reads it.
    pub fn read(self, headers: &HeaderMap) -> Option<String> {
        headers
            .get_all(header::COOKIE)
            .iter()
            .filter_map(|header| header.to_str().ok())
            .flat_map(|header| header.split(';'))
            .filter_map(|pair| pair.trim().split_once('='))
            .find(|(name, _)| *name == self.name)
            .map(|(_, value)| value.to_owned())
    }

    /// `Set-Cookie` for a session.
    pub fn set(self, session_id: &str) -> String {
        format!("{}={session_id}; Path=/; HttpOnly; SameSite=Lax", self.name)
    }

    /// `Set-Cookie` that takes it back.
    pub fn clear(self) -> String {
        format!("{}=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0", self.name)
    }
}
