//! To whom a page of a login was shown. In another tab of the same browser somebody else may sign in before its button is pressed;
//! what one person read is no word of another (B10, L2).

use serde::Deserialize;

use crate::session::SignedIn;

/// The session that a form was made for.
#[derive(Debug, Default, Deserialize)]
#[serde(transparent)]
pub(crate) struct ShownTo(String);

impl ShownTo {
    /// Whether it is the session that there is now.
    pub(crate) fn is(&self, signed_in: &SignedIn) -> bool {
        self.0 == signed_in.session.browser_session_id.to_string()
    }
}
