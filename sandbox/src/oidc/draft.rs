//! A signed message before it is signed: what it says and how it shall be written, so that one thing can be wrong.

use serde_json::{Map, Value};

/// Signature algorithms the sandbox writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Algorithm {
    /// RSASSA-PSS with SHA-512.
    Ps512,
    /// RSASSA-PKCS1-v1_5 with SHA-256.
    Rs256,
    /// HMAC with SHA-256, over a secret both sides know.
    Hs256,
    /// Unsigned.
    None,
}

/// Whose key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signer {
    /// The published one.
    Own,
    /// A key nobody has heard of.
    Stranger,
}

/// A message on its way to be signed.
#[derive(Debug, Clone)]
pub struct Draft {
    /// What it says.
    pub claims: Map<String, Value>,
    /// Signed how.
    pub algorithm: Algorithm,
    /// Signed by whom.
    pub signer: Signer,
    /// Name the key. The name of the own key is said even when a stranger signs, unless `names_stranger`.
    pub names_key: bool,
    /// Name the stranger's key and put it into the header.
    pub names_stranger: bool,
    /// `typ`
    pub kind: Option<&'static str>,
    /// `crit` with an extension nobody knows.
    pub critical: bool,
    /// Change the signature after it was made.
    pub damaged: bool,
    /// The secret of `Hs256`.
    pub secret: Option<String>,
}

impl Draft {
    /// A message as it should be.
    pub fn new(claims: Map<String, Value>, algorithm: Algorithm, names_key: bool) -> Self {
        Self {
            claims,
            algorithm,
            signer: Signer::Own,
            names_key,
            names_stranger: false,
            kind: None,
            critical: false,
            damaged: false,
            secret: None,
        }
    }

    /// Says something, instead of whatever was said before.
    pub fn say(&mut self, claim: &str, value: impl Into<Value>) {
        self.claims.insert(claim.to_owned(), value.into());
    }

    /// Says nothing about it.
    pub fn leave_out(&mut self, claim: &str) {
        self.claims.remove(claim);
    }

    /// Moves a moment by so many seconds.
    pub fn shift(&mut self, claim: &str, seconds: i64) {
        if let Some(at) = self.claims.get(claim).and_then(Value::as_i64) {
            self.say(claim, at + seconds);
        }
    }
}
