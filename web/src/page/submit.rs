//! A page that sends its own form: SAML's POST binding, `response_mode=form_post`.

use axum::response::{IntoResponse, Response};
use url::Url;

use crate::texts::Message;

/// Hidden fields on their way to somebody else, by a same-origin script, or by the visible button
/// where scripts are off. The form's target is allowed in this page's policy.
#[derive(Debug, Clone)]
pub struct AutoSubmit {
    pub(crate) action: Url,
    pub(crate) fields: Vec<(String, String)>,
    pub(crate) title: Message,
}

impl AutoSubmit {
    /// A form that posts `fields` to `action`.
    pub fn new(action: Url, fields: Vec<(String, String)>) -> Self {
        Self {
            action,
            fields,
            title: Message::new("submit-title"),
        }
    }

    /// Says where the person is going; without it "Continuing".
    #[must_use]
    pub fn titled(mut self, title: impl Into<Message>) -> Self {
        self.title = title.into();
        self
    }
}

impl IntoResponse for AutoSubmit {
    fn into_response(self) -> Response {
        todo!()
    }
}
