//! `/account/contacts`: where the person is told what happens to their identity, and what they were told.

use askama::Template;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use chrono::{DateTime, Utc};
use outbound::MailAddress;
use serde::Deserialize;
use serde_json::json;
use store::audit::{Actor, Event};
use store::{StorageError, Tx};
use web::csrf::CsrfSecret;
use web::form::{Form, Path};
use web::page::Field;
use web::{Problem, Shell, Texts, page};

use super::frame::{self, CONTACTS, Visitor};
use crate::audit;
use crate::broker::Broker;
use crate::contacts::code::{self, Asked, Brought};
use crate::ids::{AccountId, ContactId};
use crate::login::problems::{self, Trouble};
use crate::notices::{self, Notice};
use crate::session::{Browser, Current, SignedIn};
use crate::storage::contact::{self, Contact, ContactKind, NewContact, ProvenBy};
use crate::storage::fact::Fact;
use crate::storage::notice::{self, StoredNotice};
use crate::storage::notice_mail::{self, NoticeMail};
use crate::words;

/// More addresses nobody reads.
const MOST: usize = 5;
/// Notices on the page.
const TOLD: u32 = 20;

/// The page.
#[tracing::instrument(name = "account.contacts", skip_all)]
pub(crate) async fn get(
    State(broker): State<Broker>,
    browser: Browser,
    headers: HeaderMap,
    shell: Shell,
) -> Result<Response, Trouble> {
    let now = broker.clock.now();
    let mut tx = broker.db.read().await?;
    let (signed_in, csrf) =
        match frame::visitor(&broker, &mut tx, &browser, &headers, CONTACTS, now).await? {
            Visitor::Known(signed_in, csrf) => (signed_in, csrf),
            Visitor::Unknown(response) => return Ok(response),
        };
    let shown = show(&broker, &mut tx, shell, &signed_in, &csrf, Typed::default()).await?;
    drop(tx);
    frame::seen(&broker, &signed_in, now).await?;
    Ok((browser, shown).into_response())
}

/// The form that adds an address.
#[derive(Debug, Deserialize)]
pub(crate) struct Adds {
    #[serde(default)]
    csrf: String,
    #[serde(default)]
    email: String,
}

/// Adds an address and has a code mailed there. Whether anybody else has it is not told.
#[tracing::instrument(name = "account.contacts.add", skip_all)]
pub(crate) async fn add(
    State(broker): State<Broker>,
    headers: HeaderMap,
    shell: Shell,
    Form(form): Form<Adds>,
) -> Result<Response, Trouble> {
    let now = broker.clock.now();
    let mut tx = broker.db.begin().await?;
    let Some((signed_in, csrf)) = sender(&broker, &mut tx, &headers, &form.csrf, now).await? else {
        return Ok(Redirect::to(CONTACTS).into_response());
    };
    let account_id = signed_in.account.account_id;
    match try_add(&broker, &mut tx, account_id, &form.email, now).await? {
        Ok(contact_id) => {
            tx.commit().await?;
            Ok(Redirect::to(&code::page_of(contact_id)).into_response())
        }
        Err(error) => {
            // Nothing of the attempt stays.
            drop(tx);
            let mut tx = broker.db.read().await?;
            let typed = Typed {
                email: form.email,
                error: Some(error),
            };
            let shown = show(&broker, &mut tx, shell, &signed_in, &csrf, typed).await?;
            Ok((StatusCode::UNPROCESSABLE_ENTITY, shown).into_response())
        }
    }
}

/// The contact to confirm, or the id of the text that says what to mend.
async fn try_add(
    broker: &Broker,
    tx: &mut Tx,
    account_id: AccountId,
    typed: &str,
    now: DateTime<Utc>,
) -> Result<Result<ContactId, &'static str>, StorageError> {
    if broker.mailer.is_none() {
        return Ok(Err("contact-error-no-mail"));
    }
    let Ok(address) = MailAddress::parse(typed) else {
        return Ok(Err("contact-error-address"));
    };
    let (key, kind) = (&broker.master_key, ContactKind::Email);
    let known = contact::find_current(tx, key, account_id, kind, address.as_str()).await?;
    if let Some(known) = known {
        return Ok(if known.proven_at.is_some() {
            Err("contact-error-known")
        } else {
            Ok(known.contact_id)
        });
    }
    let current = contact::list_current(tx, key, account_id).await?;
    if current.len() >= MOST {
        return Ok(Err("contact-error-many"));
    }
    let contact_id = ContactId::new(broker.random.uuid_v7(now));
    let new = NewContact {
        contact_id,
        account_id,
        kind,
        value: address.as_str(),
        provider: None,
        proven_by: None,
    };
    contact::add(tx, key, new, now).await?;
    let Some(added) = contact::lookup(tx, key, contact_id).await? else {
        return Err(StorageError::broken("a contact vanished"));
    };
    if code::ask(broker, tx, &added, now).await? == Asked::TooMany {
        return Ok(Err("contact-error-too-many-mails"));
    }
    let event = Event {
        kind: "contact.added",
        actor: Actor::Account(account_id.uuid()),
        subject: Some(account_id.uuid()),
        details: json!({ "contact": contact_id }),
    };
    audit::record(broker, tx, event, now).await?;
    Ok(Ok(contact_id))
}

/// A form with nothing but its button.
#[derive(Debug, Deserialize)]
pub(crate) struct Presses {
    #[serde(default)]
    csrf: String,
}

/// Removes a contact; a confirmed one is told so once more.
#[tracing::instrument(name = "account.contacts.remove", skip_all)]
pub(crate) async fn remove(
    State(broker): State<Broker>,
    Path(contact_id): Path<ContactId>,
    headers: HeaderMap,
    Form(form): Form<Presses>,
) -> Result<Response, Trouble> {
    let now = broker.clock.now();
    let mut tx = broker.db.begin().await?;
    if let Some((signed_in, _)) = sender(&broker, &mut tx, &headers, &form.csrf, now).await? {
        let account_id = signed_in.account.account_id;
        if let Some(contact) = own(&broker, &mut tx, account_id, contact_id).await? {
            if contact.proven_at.is_some() {
                notices::enqueue(&broker, &mut tx, account_id, &Notice::ContactRemoved, now)
                    .await?;
            }
            contact::end(&mut tx, account_id, contact_id, now).await?;
            let event = Event {
                kind: "contact.removed",
                actor: Actor::Account(account_id.uuid()),
                subject: Some(account_id.uuid()),
                details: json!({ "contact": contact_id }),
            };
            audit::record(&broker, &mut tx, event, now).await?;
        }
        tx.commit().await?;
    }
    Ok(Redirect::to(CONTACTS).into_response())
}

/// `GET /account/contacts/{contact}`: where the code is brought back. Changes nothing: mail scanners open it too.
#[tracing::instrument(name = "account.contacts.code", skip_all)]
pub(crate) async fn code(
    State(broker): State<Broker>,
    Path(contact_id): Path<ContactId>,
    browser: Browser,
    headers: HeaderMap,
    shell: Shell,
) -> Result<Response, Trouble> {
    let now = broker.clock.now();
    let mut tx = broker.db.read().await?;
    let path = code::page_of(contact_id);
    let (signed_in, csrf) =
        match frame::visitor(&broker, &mut tx, &browser, &headers, &path, now).await? {
            Visitor::Known(signed_in, csrf) => (signed_in, csrf),
            Visitor::Unknown(response) => return Ok(response),
        };
    let account_id = signed_in.account.account_id;
    let stated = own(&broker, &mut tx, account_id, contact_id).await?;
    let Some(contact) = stated.filter(|contact| contact.proven_at.is_none()) else {
        return Ok(Redirect::to(CONTACTS).into_response());
    };
    let shown = show_code(&broker, &mut tx, shell, &signed_in, &csrf, &contact, None).await?;
    Ok((browser, shown).into_response())
}

/// Has another code mailed.
#[tracing::instrument(name = "account.contacts.send", skip_all)]
pub(crate) async fn send(
    State(broker): State<Broker>,
    Path(contact_id): Path<ContactId>,
    headers: HeaderMap,
    shell: Shell,
    Form(form): Form<Presses>,
) -> Result<Response, Trouble> {
    let now = broker.clock.now();
    let mut tx = broker.db.begin().await?;
    let Some((signed_in, csrf)) = sender(&broker, &mut tx, &headers, &form.csrf, now).await? else {
        return Ok(Redirect::to(CONTACTS).into_response());
    };
    let account_id = signed_in.account.account_id;
    let stated = own(&broker, &mut tx, account_id, contact_id).await?;
    let Some(contact) = stated.filter(|contact| contact.proven_at.is_none()) else {
        return Ok(Redirect::to(CONTACTS).into_response());
    };
    let error = if broker.mailer.is_none() {
        Some("contact-error-no-mail")
    } else {
        match code::ask(&broker, &mut tx, &contact, now).await? {
            Asked::OnTheWay => None,
            Asked::TooMany => Some("contact-error-too-many-mails"),
        }
    };
    if error.is_some() {
        drop(tx);
        let mut tx = broker.db.read().await?;
        let shown = show_code(&broker, &mut tx, shell, &signed_in, &csrf, &contact, error).await?;
        return Ok((StatusCode::UNPROCESSABLE_ENTITY, shown).into_response());
    }
    tx.commit().await?;
    Ok(Redirect::to(&code::page_of(contact_id)).into_response())
}

/// The form that brings a code.
#[derive(Debug, Deserialize)]
pub(crate) struct Brings {
    #[serde(default)]
    csrf: String,
    #[serde(default)]
    code: String,
}

/// The person brings a code.
#[tracing::instrument(name = "account.contacts.confirm", skip_all)]
pub(crate) async fn confirm(
    State(broker): State<Broker>,
    Path(contact_id): Path<ContactId>,
    headers: HeaderMap,
    shell: Shell,
    Form(form): Form<Brings>,
) -> Result<Response, Trouble> {
    let now = broker.clock.now();
    let mut tx = broker.db.begin().await?;
    let Some((signed_in, csrf)) = sender(&broker, &mut tx, &headers, &form.csrf, now).await? else {
        return Ok(Redirect::to(CONTACTS).into_response());
    };
    let account_id = signed_in.account.account_id;
    let stated = own(&broker, &mut tx, account_id, contact_id).await?;
    let Some(contact) = stated.filter(|contact| contact.proven_at.is_none()) else {
        return Ok(Redirect::to(CONTACTS).into_response());
    };
    let brought = match code::bring(&broker, &mut tx, &contact, &form.code, now).await {
        Ok(brought) => brought,
        Err(StorageError::Conflict(_)) => return Err(elsewhere().into()),
        Err(error) => return Err(error.into()),
    };
    tx.commit().await?;
    let error = match brought {
        Brought::Proven => return Ok(Redirect::to(CONTACTS).into_response()),
        Brought::Elsewhere => return Err(elsewhere().into()),
        Brought::Wrong => "contact-error-code",
        Brought::Over => "contact-error-over",
    };
    let mut tx = broker.db.read().await?;
    let shown = show_code(
        &broker,
        &mut tx,
        shell,
        &signed_in,
        &csrf,
        &contact,
        Some(error),
    )
    .await?;
    Ok((StatusCode::UNPROCESSABLE_ENTITY, shown).into_response())
}

/// Told only to who has the mailbox: they brought its code.
fn elsewhere() -> Problem {
    Problem::new(&problems::CONTACT_ELSEWHERE).way(web::Way::link("way-contacts", CONTACTS))
}

/// Who sent a form, with the secret of their next forms.
async fn sender(
    broker: &Broker,
    tx: &mut Tx,
    headers: &HeaderMap,
    token: &str,
    now: DateTime<Utc>,
) -> Result<Option<(SignedIn, CsrfSecret)>, Trouble> {
    let signed_in = frame::sender(broker, tx, headers, token, now).await?;
    let csrf = Current::of(broker, headers).csrf();
    Ok(signed_in.zip(csrf))
}

/// A current contact of the account; nobody else's is found by its id.
async fn own(
    broker: &Broker,
    tx: &mut Tx,
    account_id: AccountId,
    contact_id: ContactId,
) -> Result<Option<Contact>, StorageError> {
    let current = contact::list_current(tx, &broker.master_key, account_id).await?;
    Ok(current
        .into_iter()
        .find(|contact| contact.contact_id == contact_id))
}

/// What the person typed, and what to mend.
#[derive(Default)]
struct Typed {
    email: String,
    error: Option<&'static str>,
}

async fn show(
    broker: &Broker,
    tx: &mut Tx,
    shell: Shell,
    signed_in: &SignedIn,
    csrf: &CsrfSecret,
    typed: Typed,
) -> Result<Response, Trouble> {
    let account_id = signed_in.account.account_id;
    let key = &broker.master_key;
    let facts = frame::facts(broker, tx, signed_in, broker.clock.now()).await?;
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
        fields: vec![email],
        shell,
    }))
}

async fn show_code(
    broker: &Broker,
    tx: &mut Tx,
    shell: Shell,
    signed_in: &SignedIn,
    csrf: &CsrfSecret,
    contact: &Contact,
    error: Option<&'static str>,
) -> Result<Response, Trouble> {
    let now = broker.clock.now();
    let facts = frame::facts(broker, tx, signed_in, now).await?;
    let is_asked = code::is_asked(broker, tx, contact.contact_id, now).await?;
    let shell = framed(broker, shell, &facts, csrf);
    let shell = if error.is_some() {
        shell.with_error()
    } else {
        shell
    };
    let t = shell.t;
    let field = Field::new("code", t.text("contact-code"))
        .hint(t.text("contact-code-hint"))
        .autocomplete("one-time-code")
        .error(error.map(|id| t.text(id)));
    Ok(page(&CodePage {
        action: code::page_of(contact.contact_id),
        address: contact.value.clone(),
        is_asked,
        can_send: broker.mailer.is_some(),
        fields: vec![field],
        shell: shell.narrow(),
    }))
}

fn framed(broker: &Broker, shell: Shell, facts: &[Fact], csrf: &CsrfSecret) -> Shell {
    frame::framed(broker, shell, facts, csrf, "contacts")
}

/// Where the person is told, and what they were told.
#[derive(Template)]
#[template(path = "pages/account/contacts.html")]
struct ContactsPage {
    shell: Shell,
    rows: Vec<ContactRow>,
    told: Vec<Told>,
    can_send: bool,
    fields: Vec<Field>,
}

/// Where a code is brought back.
#[derive(Template)]
#[template(path = "pages/account/contact_code.html")]
struct CodePage {
    shell: Shell,
    action: String,
    address: String,
    is_asked: bool,
    can_send: bool,
    fields: Vec<Field>,
}

struct ContactRow {
    id: ContactId,
    value: String,
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
            value: contact.value.clone(),
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
                Some(contact) => contact.value.clone(),
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
