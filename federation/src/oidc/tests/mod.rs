//! An OpenID provider that says what it is told to say, signed and encrypted by josekit (OpenSSL), which shares nothing
//! with what is tested here; and documents that stay the same.

pub(crate) mod corpus;
pub(crate) mod op;

mod tokens;
