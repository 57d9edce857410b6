//! A page that sends its own form: SAML's POST binding, `response_mode=form_post`.

use askama::Template;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use url::Url;

use super::{Allow, Shell, page};
use crate::Locale;
use crate::problem::Deferred;
use crate::texts::Message;

/// Hidden fields on their way to somebody else, by a same-origin script, or by the visible button
/// where scripts are off. The form's target is allowed in this page's policy.
///
/// It is written by [`wrap`](crate::wrap), where the language is known.
#[derive(Debug, Clone)]
pub struct AutoSubmit {
    action: Url,
    fields: Vec<(String, String)>,
    title: Message,
    leads_to: Vec<Url>,
    locale: Option<Locale>,
}

#[derive(Template)]
#[template(path = "pages/submit.html")]
struct SubmitPage<'p> {
    shell: Shell,
    title: String,
    host: String,
    action: &'p str,
    fields: &'p [(String, String)],
}

impl AutoSubmit {
    /// A form that posts `fields` to `action`.
    pub fn new(action: Url, fields: Vec<(String, String)>) -> Self {
        Self {
            action,
            fields,
            title: Message::new("submit-title"),
            leads_to: Vec::new(),
            locale: None,
        }
    }

    /// Says where the person is going; without it "Moving on".
    #[must_use]
    pub fn titled(mut self, title: impl Into<Message>) -> Self {
        self.title = title.into();
        self
    }

    /// Where the form's target may redirect to.
    #[must_use]
    pub fn leading_to(mut self, urls: impl IntoIterator<Item = Url>) -> Self {
        self.leads_to.extend(urls);
        self
    }

    /// Speaks another language than the request asked for.
    #[must_use]
    pub fn in_locale(mut self, locale: Locale) -> Self {
        self.locale = Some(locale);
        self
    }

    pub(crate) fn render(&self, shell: Shell) -> Response {
        let shell = shell.narrow();
        let body = page(&SubmitPage {
            title: shell.t.say(&self.title),
            host: self
                .action
                .host_str()
                .unwrap_or(self.action.scheme())
                .to_owned(),
            action: self.action.as_str(),
            fields: &self.fields,
            shell,
        });
        let allow = Allow::forms_to(std::iter::once(&self.action).chain(&self.leads_to)).script();
        (allow, body).into_response()
    }
}

impl IntoResponse for AutoSubmit {
    fn into_response(self) -> Response {
        let mut response = StatusCode::OK.into_response();
        if let Some(locale) = self.locale {
            response.extensions_mut().insert(locale);
        }
        response.extensions_mut().insert(Deferred::Submit(self));
        response
    }
}
