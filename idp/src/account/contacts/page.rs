//! `/account/contacts`: where the person is told what happens to their identity, and what they were told.

use askama::Template;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use store::Tx;
use web::csrf::CsrfSecret;
use web::form::Query;
use web::page::Field;
use web::{Shell, Texts, page};

use super::super::frame::{self, CONTACTS, Visitor};
use super::super::ways::fresh::missing;
use super::{add, framed};
use crate::broker::Broker;
use crate::contacts::phone;
use crate::ids::ContactId;
use crate::login::problems::Trouble;
use crate::notices;
use crate::session::{Browser, SignedIn};
use crate::storage::contact::{self, Contact, ContactKind, ProvenBy};
use crate::storage::notice::{self, StoredNotice};
use crate::storage::notice_mail::{self, NoticeMail};
use crate::words;

/// Notices on the page.
const TOLD: u32 = 20;

/// What the page's address may say.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Asked {
    /// The person comes back from the login that a change needs.
    #[serde(default)]
    proved: Option<String>,
}

/// The page.
#[tracing::instrument(name = "account.contacts", skip_all)]
pub(crate) async fn get(
    State(broker): State<Broker>,
    Query(asked): Query<Asked>,
    browser: Browser,
    headers: HeaderMap,
    shell: Shell,
) -> Result<Response, Trouble> {
    let now = broker.clock.now();
    let (signed_in, csrf, mut tx) =
        match frame::visitor(&broker, &browser, &headers, CONTACTS, now).await? {
            Visitor::Known(signed_in, csrf, tx) => (signed_in, csrf, tx),
            Visitor::Unknown(response) => return Ok(response),
        };
    let typed = Typed {
        // Nothing typed is lost on the way through a login.
        email: add::typed_before(&broker, &mut tx, &signed_in, now).await?,
        is_proved: asked.proved.is_some(),
        error: None,
    };
    let shown = show(&broker, &mut tx, shell, &signed_in, &csrf, typed).await?;
    drop(tx);
    signed_in.seen_alone(&broker, now).await?;
    Ok((browser, shown).into_response())
}

/// What the person typed, and what to mend.
#[derive(Default)]
pub(super) struct Typed {
    pub(super) email: String,
    pub(super) error: Option<&'static str>,
    pub(super) is_proved: bool,
}

/// The page, with what was typed and what to mend.
pub(super) async fn show(
    broker: &Broker,
    tx: &mut Tx,
    shell: Shell,
    signed_in: &SignedIn,
    csrf: &CsrfSecret,
    typed: Typed,
) -> Result<Response, Trouble> {
    let now = broker.clock.now();
    let account_id = signed_in.account.account_id;
    let key = &broker.master_key;
    let facts = frame::facts(broker, tx, signed_in, now).await?;
    let contacts = contact::list_current(tx, key, account_id).await?;
    let mut told = Vec::new();
    for notice in notice::list_latest(tx, key, account_id, TOLD).await? {
        let mails = notice_mail::list_by_notice(tx, notice.notice_id).await?;
        let mut addressed = Vec::new();
        for mail in mails {
            let contact = contact::lookup(tx, key, mail.contact_id).await?;
            addressed.push((mail, contact));
        }
        told.push((notice, addressed));
    }
    let must_prove = missing(broker, tx, signed_in, None, now).await?.is_some();
    let shell = framed(broker, shell, &facts, csrf);
    let t = shell.t;
    let email = Field::new("email", t.text("contacts-email"))
        .kind("email")
        .hint(t.text("contacts-email-hint"))
        .autocomplete("email")
        .error(typed.error.map(|id| t.text(id)))
        .value(typed.email);
    let shell = if email.error.is_some() {
        shell.with_error()
    } else {
        shell
    };
    Ok(page(&ContactsPage {
        rows: contacts
            .iter()
            .map(|contact| ContactRow::of(broker, t, contact))
            .collect(),
        told: told
            .iter()
            .map(|(notice, mails)| Told::of(broker, t, notice, mails))
            .collect(),
        can_send: broker.mailer.is_some(),
        is_proved: typed.is_proved && !must_prove,
        must_prove,
        fields: vec![email],
        shell,
    }))
}

/// Where the person is told, and what they were told.
#[derive(Template)]
#[template(path = "pages/account/contacts.html")]
struct ContactsPage {
    shell: Shell,
    rows: Vec<ContactRow>,
    told: Vec<Told>,
    can_send: bool,
    is_proved: bool,
    must_prove: bool,
    fields: Vec<Field>,
}

struct ContactRow {
    id: ContactId,
    value: String,
    is_phone: bool,
    is_proven: bool,
    state: String,
    refused: Option<String>,
}

impl ContactRow {
    fn of(broker: &Broker, t: Texts, contact: &Contact) -> Self {
        let provider = contact
            .provider
            .as_deref()
            .map(|id| words::provider(broker, t, id));
        let state = match (contact.proven_at, contact.proven_by, provider) {
            (Some(at), Some(ProvenBy::Provider), Some(provider)) => t
                .text("contact-vouched")
                .arg("provider", provider)
                .arg("date", t.date(at)),
            (Some(at), ..) => t.text("contact-proven").arg("date", t.date(at)),
            (None, _, Some(provider)) => t.text("contact-stated-through").arg("provider", provider),
            (None, ..) => t.text("contact-stated"),
        };
        Self {
            id: contact.contact_id,
            value: shown(contact),
            is_phone: contact.kind == ContactKind::Phone,
            is_proven: contact.proven_at.is_some(),
            state: state.to_string(),
            refused: contact.refused_at.map(|at| {
                t.text("contact-refused")
                    .arg("date", t.date(at))
                    .to_string()
            }),
        }
    }
}

/// As people read it.
fn shown(contact: &Contact) -> String {
    match contact.kind {
        ContactKind::Email => contact.value.clone(),
        ContactKind::Phone => phone::grouped(&contact.value),
    }
}

struct Told {
    when: String,
    what: String,
    mails: Vec<String>,
}

impl Told {
    fn of(
        broker: &Broker,
        t: Texts,
        notice: &StoredNotice,
        mails: &[(NoticeMail, Option<Contact>)],
    ) -> Self {
        let mails = mails.iter().map(|(mail, contact)| {
            let address = match contact {
                Some(contact) => shown(contact),
                None => t.text("told-address-gone").to_string(),
            };
            t.text(&format!("told-mail-{}", mail.state.as_str()))
                .arg("address", address)
                .to_string()
        });
        Self {
            when: t.moment(notice.created_at),
            what: notices::sentence(broker, t, &notice.notice),
            mails: mails.collect(),
        }
    }
}
