//! Problems and self-sending forms become pages here, where language and program are known.

use super::Problem;
use crate::page::AutoSubmit;

/// A response that waits for [`wrap`](crate::wrap) to be written.
#[derive(Debug, Clone)]
pub(crate) enum Deferred {
    Problem(Problem),
    Submit(AutoSubmit),
}
