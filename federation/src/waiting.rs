//! Stands in for `outbound` until it has landed.

/// Placeholder of `outbound::Outbound`.
#[derive(Debug, Clone, Default)]
pub struct Outbound;
