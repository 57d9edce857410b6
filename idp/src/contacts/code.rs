//! Codes that prove an e-mail address: asked for on the account page, mailed by a job, brought back by the person.
//!
//! The code is drawn when the mail is written, so that it stands nowhere but in the mail; the short-lived store keeps its
//! hash for a day. A newer code replaces an older one, five wrong tries end it, and it belongs to one contact of one
//! account.

use std::str::FromStr;

use askama::Template;
use chrono::{DateTime, Duration, Utc};
use outbound::{Letter, MailAddress, MailError, Mailer};
use serde_json::json;
use store::audit::{Actor, Event};
use store::jobs::{self, Claimed, Job};
use store::{StorageError, Tx};
use uuid::Uuid;
use web::Locale;

use crate::audit;
use crate::broker::Broker;
use crate::hash::sha256_text;
use crate::ids::ContactId;
use crate::notices::{self, Next, Notice, Unsent};
use crate::storage::contact::{self, Contact, ContactKind, ProvenBy};
use crate::storage::{account, notice_mail::MailState};

/// The kind of the job.
pub(crate) const KIND: &str = "contact.code";

/// A worker that dies is replaced after this; longer than a sending may take.
const LEASE: Duration = Duration::minutes(5);
/// How long a code may be brought back (by e-mail 24 hours).
const VALID: Duration = Duration::hours(24);
/// Wrong tries that one code bears.
const TRIES: i64 = 5;
/// Mails with codes: to one address in an hour and in a day, for one account in a day.
const PER_ADDRESS_HOUR: i64 = 5;
const PER_ADDRESS_DAY: i64 = 10;
const PER_ACCOUNT_DAY: i64 = 10;
/// Longer nobody waits for a code.
const SENDINGS: i64 = 5;
/// The kind of mail, for people's filters.
const LIST: &str = "codes";

/// Whether a code will come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Asked {
    /// It is on the way.
    OnTheWay,
    /// Too many were asked for lately.
    TooMany,
}

/// What came of a code that was brought back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Brought {
    /// The contact is proven.
    Proven,
    /// It is not the code; it may be tried again.
    Wrong,
    /// There is no code (any more): expired, used, replaced or tried too often.
    Over,
    /// It is the code, and the address is proven for another account.
    Elsewhere,
}

/// Has a code mailed to a stated contact.
pub(crate) async fn ask(
    broker: &Broker,
    tx: &mut Tx,
    contact: &Contact,
    now: DateTime<Utc>,
) -> Result<Asked, StorageError> {
    let address = contact::search_key(&broker.master_key, contact.kind, &contact.value);
    let address = sha256_text(&address);
    let limits = [
        (
            format!("code-mails-hour:{address}"),
            Duration::hours(1),
            PER_ADDRESS_HOUR,
        ),
        (
            format!("code-mails-day:{address}"),
            Duration::days(1),
            PER_ADDRESS_DAY,
        ),
        (
            format!("code-mails-of:{}", contact.account_id),
            Duration::days(1),
            PER_ACCOUNT_DAY,
        ),
    ];
    for (key, ttl, limit) in limits {
        if broker
            .short_lived
            .within(tx)
            .increment(&key, ttl, now)
            .await?
            > limit
        {
            return Ok(Asked::TooMany);
        }
    }
    let job = Job {
        kind: KIND,
        reference: contact.contact_id.to_string(),
        payload: json!({ "contact": contact.contact_id }),
        due_at: now,
    };
    jobs::enqueue(tx, broker.random.uuid_v7(now), &job, now).await?;
    let mut store = broker.short_lived.within(tx);
    store
        .put(&asked_key(contact.contact_id), b"1", VALID, now)
        .await?;
    Ok(Asked::OnTheWay)
}

/// Whether a code was asked for lately.
pub(crate) async fn is_asked(
    broker: &Broker,
    tx: &mut Tx,
    contact_id: ContactId,
    now: DateTime<Utc>,
) -> Result<bool, StorageError> {
    let mut store = broker.short_lived.within(tx);
    Ok(store.get(&asked_key(contact_id), now).await?.is_some())
}

/// Proves a contact by its code. The caller commits whatever comes of it: wrong tries count.
/// [`StorageError::Conflict`]: somebody else proves the same address at this moment.
pub(crate) async fn bring(
    broker: &Broker,
    tx: &mut Tx,
    contact: &Contact,
    typed: &str,
    now: DateTime<Utc>,
) -> Result<Brought, StorageError> {
    let id = contact.contact_id;
    let mut store = broker.short_lived.within(tx);
    if store.increment(&tries_key(id), VALID, now).await? > TRIES {
        store.remove(&code_key(id)).await?;
        return Ok(Brought::Over);
    }
    let Some(kept) = store.get(&code_key(id), now).await? else {
        return Ok(Brought::Over);
    };
    let typed: String = typed.chars().filter(|c| !c.is_whitespace()).collect();
    if kept != hash(id, &typed).as_bytes() {
        return Ok(Brought::Wrong);
    }
    if store.take(&code_key(id), now).await?.is_none() {
        return Ok(Brought::Over);
    }
    confirm(broker, tx, contact, now).await
}

/// What the right code does: the address is proven, unless it is so for another account. [`Brought::Over`]: it was proven or removed
/// meanwhile. [`StorageError::Conflict`]: somebody else proves the same address at this moment.
pub async fn confirm(
    broker: &Broker,
    tx: &mut Tx,
    contact: &Contact,
    now: DateTime<Utc>,
) -> Result<Brought, StorageError> {
    let id = contact.contact_id;
    if contact::is_proven_elsewhere(tx, id).await? {
        return Ok(Brought::Elsewhere);
    }
    // Told to the contacts that were confirmed before; the new one knows.
    notices::enqueue(broker, tx, contact.account_id, &Notice::ContactAdded, now).await?;
    if !contact::prove(tx, id, ProvenBy::Code, now).await? {
        return Ok(Brought::Over);
    }
    let event = Event {
        kind: "contact.proven",
        actor: Actor::Account(contact.account_id.uuid()),
        subject: Some(contact.account_id.uuid()),
        details: json!({ "contact": id, "by": "code" }),
    };
    audit::record(broker, tx, event, now).await?;
    Ok(Brought::Proven)
}

/// The code of a contact counts no more.
pub(crate) async fn forget(
    broker: &Broker,
    tx: &mut Tx,
    contact_id: ContactId,
) -> Result<(), StorageError> {
    let mut store = broker.short_lived.within(tx);
    store.remove(&code_key(contact_id)).await?;
    store.remove(&asked_key(contact_id)).await
}

/// Mails the codes that were asked for. Returns how many were tried.
pub(crate) async fn work(broker: &Broker) -> Result<usize, StorageError> {
    let Some(mailer) = &broker.mailer else {
        return Ok(0);
    };
    let now = broker.clock.now();
    let claimed = jobs::claim(&broker.db, &[KIND], broker.random.uuid_v4(), now, LEASE).await?;
    let count = claimed.len();
    let sendings = claimed.iter().map(async |job| {
        if let Err(error) = deliver(broker, mailer, job).await {
            let error: &dyn std::error::Error = &error;
            tracing::warn!(job.id = %job.id, error, "a mail with a code could not be settled");
        }
    });
    futures_util::future::join_all(sendings).await;
    Ok(count)
}

async fn deliver(broker: &Broker, mailer: &Mailer, job: &Claimed) -> Result<(), StorageError> {
    let Some((contact, locale)) = recipient(broker, job).await? else {
        let mut tx = broker.db.begin().await?;
        jobs::finish(&mut tx, job).await?;
        return tx.commit().await;
    };
    let now = broker.clock.now();
    let code = draw(broker);
    // Kept before it is sent: it must be good when it arrives, and whatever was sent before is not any more.
    let mut tx = broker.db.begin().await?;
    let mut store = broker.short_lived.within(&mut tx);
    let kept = hash(contact.contact_id, &code);
    store
        .put(&code_key(contact.contact_id), kept.as_bytes(), VALID, now)
        .await?;
    store.remove(&tries_key(contact.contact_id)).await?;
    tx.commit().await?;

    let result = send(broker, mailer, &contact, &code, locale).await;
    let now = broker.clock.now();
    if let Err(unsent) = &result {
        unsent.log(job);
    }
    let mut tx = broker.db.begin().await?;
    match notices::next(job, &result, now) {
        Next::Done(MailState::Refused) => {
            contact::refuse(&mut tx, contact.contact_id, now).await?;
            jobs::finish(&mut tx, job).await?;
        }
        Next::Again(failure, due_at) if job.attempts < SENDINGS => {
            jobs::retry(&mut tx, job, failure, due_at).await?;
        }
        // After silence it may have arrived; if not, the person asks for another one.
        Next::Done(_) | Next::GiveUp("unknown", _) => jobs::finish(&mut tx, job).await?,
        Next::Again(failure, _) | Next::GiveUp(failure, _) => {
            jobs::give_up(&mut tx, job, failure, now).await?;
        }
    }
    tx.commit().await
}

/// To whom a code goes. `None`: the contact was proven or removed meanwhile.
async fn recipient(
    broker: &Broker,
    job: &Claimed,
) -> Result<Option<(Contact, Locale)>, StorageError> {
    let Ok(id) = Uuid::from_str(&job.reference).map(ContactId::new) else {
        return Ok(None);
    };
    let mut tx = broker.db.read().await?;
    let Some(stated) = contact::lookup(&mut tx, &broker.master_key, id).await? else {
        return Ok(None);
    };
    let current = contact::list_current(&mut tx, &broker.master_key, stated.account_id).await?;
    let is_waiting = |contact: &Contact| {
        contact.contact_id == id
            && contact.kind == ContactKind::Email
            && contact.proven_at.is_none()
    };
    let account = account::lookup(&mut tx, stated.account_id).await?;
    let Some(account) = account.filter(account::Account::is_active) else {
        return Ok(None);
    };
    let locale = account
        .locale
        .and_then(|code| Locale::from_code(&code))
        .unwrap_or_default();
    Ok(current
        .into_iter()
        .find(is_waiting)
        .map(|contact| (contact, locale)))
}

async fn send(
    broker: &Broker,
    mailer: &Mailer,
    contact: &Contact,
    code: &str,
    locale: Locale,
) -> Result<(), Unsent> {
    let letter = letter(broker, contact, code, locale).map_err(|_| Unsent::Unwritable)?;
    let to = MailAddress::parse(&contact.value).map_err(|_| Unsent::Unwritable)?;
    let now = broker.clock.now();
    let id = broker.random.uuid_v7(now).to_string();
    let sent: Result<(), MailError> = mailer.send(&letter, &to, &id, now).await;
    sent.map_err(Unsent::Mail)
}

fn letter(
    broker: &Broker,
    contact: &Contact,
    code: &str,
    locale: Locale,
) -> Result<Letter, askama::Error> {
    let t = broker.site.texts(locale);
    let parts = CodeParts {
        hello: t.text("mail-hello").to_string(),
        what: t.text("mail-code-what").to_string(),
        code,
        valid: t.text("mail-code-valid").to_string(),
        address: broker.issuer.address(&page_of(contact.contact_id)),
        stranger: t.text("mail-code-stranger").to_string(),
        foot: notices::foot(broker, locale),
        language: locale.code(),
    };
    Ok(Letter {
        subject: format!("{}: {}", broker.site.brand(locale), t.text("mail-code")),
        text: CodeText { parts: &parts }.render()?,
        html: CodeHtml { parts: &parts }.render()?,
        language: locale.code(),
        list: LIST,
    })
}

/// The page where the code is brought back. It shows a form; opening it changes nothing, as mail scanners do that too.
pub(crate) fn page_of(contact_id: ContactId) -> String {
    format!("/account/contacts/{contact_id}")
}

/// Eight digits.
fn draw(broker: &Broker) -> String {
    let number = u64::from_be_bytes(broker.random.bytes());
    format!("{:08}", number % 100_000_000)
}

fn hash(contact_id: ContactId, code: &str) -> String {
    sha256_text(format!("contact-code:{contact_id}:{code}").as_bytes())
}

fn code_key(contact_id: ContactId) -> String {
    format!("contact-code:{contact_id}")
}

fn tries_key(contact_id: ContactId) -> String {
    format!("contact-code-tries:{contact_id}")
}

fn asked_key(contact_id: ContactId) -> String {
    format!("contact-code-asked:{contact_id}")
}

struct CodeParts<'a> {
    hello: String,
    what: String,
    code: &'a str,
    valid: String,
    address: String,
    stranger: String,
    foot: String,
    language: &'static str,
}

#[derive(Template)]
#[template(path = "mail/code.txt")]
struct CodeText<'a> {
    parts: &'a CodeParts<'a>,
}

#[derive(Template)]
#[template(path = "mail/code.html")]
struct CodeHtml<'a> {
    parts: &'a CodeParts<'a>,
}
