//! What a mail says, and how it is written (RFC 5322, RFC 2046 5.1.4).

use std::sync::Arc;

use chrono::{DateTime, Utc};
use lettre::{
    Message,
    address::Envelope,
    message::{
        Mailbox, MultiPart,
        header::{HeaderName, HeaderValue},
    },
};

use super::{Inner, MailAddress, MailError};

/// A mail written by a program: a subject, the same words as text and as HTML.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Letter {
    /// One line.
    pub subject: String,
    /// The words as text, lines at most as long as people read them.
    pub text: String,
    /// The same words as a page without anything to fetch.
    pub html: String,
    /// A tag of the language, `cs`.
    pub language: &'static str,
    /// The kind of mail it is, for people's filters (`List-Id`): letters, digits and hyphens.
    pub list: &'static str,
}

impl Letter {
    /// The octets of the message. Its headers say that a program wrote it, so that nobody's out-of-office answers
    /// (RFC 3834, 5).
    pub(super) fn message(
        &self,
        mailer: &Inner,
        to: &MailAddress,
        id: &str,
        now: DateTime<Utc>,
    ) -> Result<Vec<u8>, MailError> {
        let unwritable = |error: lettre::error::Error| MailError::Unwritable(Arc::new(error));
        // A line break in a subject would begin a header.
        let subject = self.subject.replace(['\r', '\n'], " ");
        let envelope = Envelope::new(Some(mailer.envelope_sender.parsed()), vec![to.parsed()])
            .map_err(unwritable)?;
        let from = Mailbox::new(Some(mailer.from_name.clone()), mailer.from.parsed());
        let list = format!("<{}.{}>", self.list, mailer.domain);
        let builder = Message::builder()
            .from(from)
            .to(Mailbox::new(None, to.parsed()))
            .subject(subject)
            .date(now.into())
            .message_id(Some(format!("<{id}@{}>", mailer.domain)))
            .envelope(envelope);
        let builder = [
            (
                HeaderName::new_from_ascii_str("Auto-Submitted"),
                "auto-generated",
            ),
            (
                HeaderName::new_from_ascii_str("X-Auto-Response-Suppress"),
                "All",
            ),
            (
                HeaderName::new_from_ascii_str("Content-Language"),
                self.language,
            ),
            (HeaderName::new_from_ascii_str("List-Id"), &list),
        ]
        .into_iter()
        .fold(builder, |builder, (name, value)| {
            builder.raw_header(HeaderValue::new(name, value.to_owned()))
        });
        let message = builder
            .multipart(MultiPart::alternative_plain_html(
                self.text.clone(),
                self.html.clone(),
            ))
            .map_err(unwritable)?;
        Ok(message.formatted())
    }
}
