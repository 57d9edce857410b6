//! Our keys: made, sealed, rotated, and held parsed in memory for signing.
//!
//! Each purpose has one `current` key that signs, one `next` that is published already so that nobody meets it
//! unprepared, and `retiring` ones that are published and still verify and decrypt. Servers hold a copy and read it
//! again when the generation moved.

mod alg;
mod jwk;
mod jws;
mod life;
mod material;
pub(crate) mod ring;
mod saml;
pub(crate) mod upstream;

pub use alg::Alg;
pub use jwk::{Jwk, Jwks, PublicKey};
pub use jws::{Malformed, Unverified, strict_object};
pub use life::{
    KeyProblem, KeysConfig, Maker, Purpose, Rotation, State, destroy_retired, ensure,
    is_current_since_before, rotate,
};
pub use material::{KeyFault, Signer};
pub use ring::{HintedToken, Keys};
pub use saml::SamlUse;
