//! A notice as a mail in the person's language.

use askama::Template;
use outbound::Letter;
use web::Locale;

use super::{Notice, sentence};
use crate::broker::Broker;
use crate::contacts::undo;
use crate::storage::notice::StoredNotice;

/// The kind of mail, for people's filters.
const LIST: &str = "notices";

/// Writes the mail of a notice, with the link that undoes what it tells of.
pub(super) fn letter(
    broker: &Broker,
    notice: &StoredNotice,
    undo: Option<&undo::Link>,
    locale: Locale,
) -> Result<Letter, askama::Error> {
    let t = broker.site.texts(locale);
    let what = sentence(broker, t, &notice.notice);
    let when = t
        .text("mail-when")
        .arg("when", t.moment(notice.created_at))
        .to_string();
    let place = place(&notice.notice);
    let stranger_what = if place.is_some() {
        "mail-stranger-what"
    } else {
        "mail-stranger-closed"
    };
    let page = NoticeParts {
        hello: t.text("mail-hello").to_string(),
        what,
        when,
        stranger: t.text("mail-stranger").to_string(),
        stranger_what: t.text(stranger_what).to_string(),
        address: place.map(|path| broker.issuer.address(path)),
        undo: undo.map(|link| UndoPart {
            what: t
                .text("mail-undo")
                .arg("until", t.moment(link.until))
                .to_string(),
            address: broker.issuer.address(&link.path),
        }),
        help: help(broker, locale),
        foot: foot(broker, locale),
        language: locale.code(),
    };
    let subject = t
        .text(&format!("mail-{}", notice.notice.kind().replace('_', "-")))
        .to_string();
    Ok(Letter {
        subject: format!("{}: {subject}", broker.site.brand(locale)),
        text: NoticeText { parts: &page }.render()?,
        html: NoticeHtml { parts: &page }.render()?,
        language: locale.code(),
        list: LIST,
    })
}

/// The page where the person looks into it. A closed account has none.
const fn place(notice: &Notice) -> Option<&'static str> {
    match notice {
        Notice::ContactAdded
        | Notice::ContactRemoved { .. }
        | Notice::ContactReplaced { .. }
        | Notice::ContactRestored => Some("/account/contacts"),
        Notice::AccountClosed => None,
        _ => Some("/account"),
    }
}

/// Where to ask, as far as the town says.
pub(crate) fn help(broker: &Broker, locale: Locale) -> String {
    let (t, town) = (broker.site.texts(locale), broker.site.town());
    let ways: Vec<&str> = [town.phone.as_deref(), town.email.as_deref()]
        .into_iter()
        .flatten()
        .collect();
    if ways.is_empty() {
        t.text("mail-help-office").to_string()
    } else {
        t.text("mail-help").arg("ways", ways.join(", ")).to_string()
    }
}

/// Who writes, and what such mails never ask.
pub(crate) fn foot(broker: &Broker, locale: Locale) -> String {
    let town = broker.site.town();
    let name = town.full_name.as_deref().unwrap_or(&town.name);
    let t = broker.site.texts(locale);
    t.text("mail-foot").arg("town", name).to_string()
}

struct NoticeParts {
    hello: String,
    what: String,
    when: String,
    stranger: String,
    stranger_what: String,
    address: Option<String>,
    undo: Option<UndoPart>,
    help: String,
    foot: String,
    language: &'static str,
}

struct UndoPart {
    what: String,
    address: String,
}

#[derive(Template)]
#[template(path = "mail/notice.txt")]
struct NoticeText<'a> {
    parts: &'a NoticeParts,
}

#[derive(Template)]
#[template(path = "mail/notice.html")]
struct NoticeHtml<'a> {
    parts: &'a NoticeParts,
}
