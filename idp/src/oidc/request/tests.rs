//! What an authorization request must be, refusal by refusal.
