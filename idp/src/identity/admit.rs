//! Whose account a verified answer opens.

use chrono::{DateTime, Utc};
use federation::{FactKind, Subject};
use serde_json::json;
use store::audit::{Actor, Event};
use store::{StorageError, Tx};

use super::dispute::{Report, dispute, read_again, report};
use super::ruled::{is_taken_for, is_told_apart, take_new_data};
use super::still::{Still, still};
use super::{Arrived, Tie, Traits};
use crate::audit;
use crate::broker::Broker;
use crate::ids::{AccountId, UpstreamLinkId};
use crate::notices::{self, Notice};
use crate::storage::conflict::ConflictKind;
use crate::storage::upstream_link::{NewUpstreamLink, UpstreamLink};
use crate::storage::{account, fact, upstream_link};

/// Whose account it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Admission {
    /// This one's.
    To(Tie),
    /// The upstream joined subjects that belong to several accounts here, or says of somebody whom we know by another name or date
    /// of birth that they are this person; an officer decides, nobody is let in.
    Ambiguous,
    /// The subject is this account's, and the upstream vouches for another person by it now; an officer decides, nobody is let in.
    SomebodyElse(AccountId),
}

/// Finds the account of a subject; on a person's first login makes one. Compared are, in this order, the subject itself
/// and those that the upstream says the person had before: nothing else ever finds an account.
pub async fn admit(
    broker: &Broker,
    tx: &mut Tx,
    arrived: Arrived<'_>,
    locale: &str,
    now: DateTime<Utc>,
) -> Result<Admission, StorageError> {
    let former = former_links(broker, tx, arrived).await?;
    if let Some(link) =
        upstream_link::find_by_subject(tx, arrived.realm(), arrived.subject()).await?
    {
        // What the upstream joined and we hold as two people is not ours to join.
        if let Some(other) = former
            .iter()
            .find(|former| former.account_id != link.account_id)
        {
            let kind = ConflictKind::SubjectsJoined;
            dispute(
                broker,
                tx,
                arrived,
                kind,
                link.account_id,
                Some(other.account_id),
                now,
            )
            .await?;
        }
        return match let_in(broker, tx, &link, arrived, now).await? {
            Some(admission) => Ok(admission),
            None => make(broker, tx, arrived, locale, now).await,
        };
    }
    if let Some(first) = former.first() {
        if let Some(other) = former
            .iter()
            .find(|other| other.account_id != first.account_id)
        {
            let kind = ConflictKind::SubjectsJoined;
            dispute(
                broker,
                tx,
                arrived,
                kind,
                first.account_id,
                Some(other.account_id),
                now,
            )
            .await?;
            return Ok(Admission::Ambiguous);
        }
        if !may_follow(broker, tx, first, arrived, now).await? {
            return Ok(Admission::Ambiguous);
        }
        if let Still::SomebodyElse(kinds) = compared(broker, tx, first, arrived, now).await? {
            tell_change(
                broker,
                tx,
                first,
                arrived,
                ConflictKind::GraveChange,
                &kinds,
                now,
            )
            .await?;
            return Ok(Admission::SomebodyElse(first.account_id));
        }
        if take_new_subject(broker, tx, first, arrived, now).await?
            && let Some(admission) = let_in(broker, tx, first, arrived, now).await?
        {
            return Ok(admission);
        }
        return again(broker, tx, arrived, now).await;
    }
    make(broker, tx, arrived, locale, now).await
}

/// Active links of the subjects that the upstream itself says this person had before, but for those of whom officers said that they
/// are somebody else.
pub(super) async fn former_links(
    broker: &Broker,
    tx: &mut Tx,
    arrived: Arrived<'_>,
) -> Result<Vec<UpstreamLink>, StorageError> {
    let mut links: Vec<UpstreamLink> = Vec::new();
    for subject in arrived.assertion.previous_subjects() {
        if subject.as_str() == arrived.subject() {
            continue;
        }
        let found = upstream_link::find_by_subject(tx, arrived.realm(), subject.as_str()).await?;
        if let Some(found) = found
            && !links
                .iter()
                .any(|link| link.upstream_link_id == found.upstream_link_id)
            && !is_told_apart(broker, tx, found.account_id, arrived).await?
        {
            links.push(found);
        }
    }
    Ok(links)
}

/// Whether a link may follow to the subject that its upstream gave the person: who is told of now is whom we know, as far as either
/// side says anything. Else it is an officer's matter (local-identity 8.3; reference of Bank iD, section 8), and the link stays.
async fn may_follow(
    broker: &Broker,
    tx: &mut Tx,
    link: &UpstreamLink,
    arrived: Arrived<'_>,
    now: DateTime<Utc>,
) -> Result<bool, StorageError> {
    let facts = fact::list_current(tx, &broker.master_key, link.account_id, now).await?;
    let known = Traits::known(&facts);
    let told = Traits::told(arrived.assertion.facts());
    if known.is_silent() || told.is_silent() || known.compare(&told).is_same_person() {
        return Ok(true);
    }
    let claims = ["sub".to_owned()];
    let changed = Report {
        kind: ConflictKind::GraveChange,
        account_id: link.account_id,
        provider: arrived.provider,
        realm: arrived.realm(),
        subject: arrived.subject(),
        claims: &claims,
        kinds: &[],
        assertion: Some(arrived.assertion),
    };
    report(broker, tx, changed, now).await?;
    Ok(false)
}

/// What the subject tells now, beside what is known of the link's account.
async fn compared(
    broker: &Broker,
    tx: &mut Tx,
    link: &UpstreamLink,
    arrived: Arrived<'_>,
    now: DateTime<Utc>,
) -> Result<Still, StorageError> {
    if Traits::told(arrived.assertion.facts()).is_silent() {
        return Ok(Still::Them);
    }
    let facts = fact::list_current(tx, &broker.master_key, link.account_id, now).await?;
    Ok(still(&facts, link.upstream_link_id, arrived.assertion))
}

/// An officer hears that a subject tells something else than before.
async fn tell_change(
    broker: &Broker,
    tx: &mut Tx,
    link: &UpstreamLink,
    arrived: Arrived<'_>,
    kind: ConflictKind,
    kinds: &[FactKind],
    now: DateTime<Utc>,
) -> Result<(), StorageError> {
    let claims: Vec<String> = kinds.iter().map(|kind| kind.as_str().to_owned()).collect();
    let changed = Report {
        kind,
        account_id: link.account_id,
        provider: arrived.provider,
        realm: arrived.realm(),
        subject: arrived.subject(),
        claims: &claims,
        kinds,
        assertion: Some(arrived.assertion),
    };
    report(broker, tx, changed, now).await
}

/// The upstream gave the person another subject (local-identity 8.2, rule 13): signed data, the same realm.
async fn take_new_subject(
    broker: &Broker,
    tx: &mut Tx,
    link: &UpstreamLink,
    arrived: Arrived<'_>,
    now: DateTime<Utc>,
) -> Result<bool, StorageError> {
    let history_id = UpstreamLinkId::new(broker.random.uuid_v7(now));
    let id = link.upstream_link_id;
    if !upstream_link::change_subject(tx, id, arrived.subject(), history_id, now).await? {
        return Ok(false);
    }
    let event = Event {
        kind: "link.subject-changed",
        actor: Actor::System,
        subject: Some(link.account_id.uuid()),
        details: json!({
            "provider": arrived.provider, "realm": arrived.realm(), "link": id, "former": history_id,
            "subject": arrived.mark(broker),
        }),
    };
    audit::record(broker, tx, event, now).await?;
    let provider = arrived.provider.to_owned();
    let notice = Notice::LinkReplaced { provider };
    notices::enqueue(broker, tx, link.account_id, &notice, now).await?;
    // It moved on signed data, and an officer hears of it all the same (reference of Bank iD, section 8).
    let changed = Report {
        kind: ConflictKind::SubjectChanged,
        account_id: link.account_id,
        provider: arrived.provider,
        realm: arrived.realm(),
        subject: arrived.subject(),
        claims: &[],
        kinds: &[],
        assertion: Some(arrived.assertion),
    };
    report(broker, tx, changed, now).await?;
    Ok(true)
}

/// Nobody whom the upstream vouches for as another person than before, unless officers took them for this one. `None`: the link has ended since it was found, with the account perhaps, and its subject is a stranger; or it moved with a merge
/// or its undoing.
async fn let_in(
    broker: &Broker,
    tx: &mut Tx,
    link: &UpstreamLink,
    arrived: Arrived<'_>,
    now: DateTime<Utc>,
) -> Result<Option<Admission>, StorageError> {
    // The account before its links, as everybody takes them who changes both.
    account::hold(tx, link.account_id, now).await?;
    let (id, account_id) = (link.upstream_link_id, link.account_id);
    let mut still = compared(broker, tx, link, arrived, now).await?;
    if let Still::SomebodyElse(kinds) = &still
        && is_taken_for(broker, tx, link, arrived).await?
    {
        take_new_data(broker, tx, link, kinds, now).await?;
        still = Still::Them;
    }
    if let Still::SomebodyElse(kinds) = &still {
        let current = upstream_link::lookup(tx, id).await?;
        if current.is_none_or(|current| current.account_id != account_id) {
            return Ok(None);
        }
        tell_change(
            broker,
            tx,
            link,
            arrived,
            ConflictKind::GraveChange,
            kinds,
            now,
        )
        .await?;
        return Ok(Some(Admission::SomebodyElse(account_id)));
    }
    if !upstream_link::touch(tx, id, account_id, arrived.provider, now).await? {
        return Ok(None);
    }
    if let Still::Renamed(kinds) = &still {
        tell_change(
            broker,
            tx,
            link,
            arrived,
            ConflictKind::NameChanged,
            kinds,
            now,
        )
        .await?;
    }
    if let Some(branch) = arrived.assertion.branch()
        && !link.knows_branch(branch)
    {
        upstream_link::add_branch(tx, link.upstream_link_id, branch).await?;
    }
    if link.stale_since.is_some() {
        let former = arrived.assertion.previous_subjects().iter();
        let mut subjects: Vec<&str> = former.map(Subject::as_str).collect();
        subjects.push(arrived.subject());
        let read = arrived.assertion.read();
        if read_again(broker, tx, link, &subjects, read, now).await? {
            upstream_link::freshen(tx, link.upstream_link_id).await?;
        }
    }
    Ok(Some(Admission::To(Tie {
        account_id: link.account_id,
        upstream_link_id: link.upstream_link_id,
    })))
}

/// Somebody was quicker: the same person in another browser.
async fn again(
    broker: &Broker,
    tx: &mut Tx,
    arrived: Arrived<'_>,
    now: DateTime<Utc>,
) -> Result<Admission, StorageError> {
    let link = upstream_link::find_by_subject(tx, arrived.realm(), arrived.subject()).await?;
    let vanished = || StorageError::broken("an upstream link vanished");
    let link = link.ok_or_else(vanished)?;
    let admission = let_in(broker, tx, &link, arrived, now).await?;
    admission.ok_or_else(vanished)
}

async fn make(
    broker: &Broker,
    tx: &mut Tx,
    arrived: Arrived<'_>,
    locale: &str,
    now: DateTime<Utc>,
) -> Result<Admission, StorageError> {
    let account_id = AccountId::new(broker.random.uuid_v7(now));
    let upstream_link_id = UpstreamLinkId::new(broker.random.uuid_v7(now));
    account::add(tx, account_id, Some(locale), now).await?;
    let link = NewUpstreamLink {
        upstream_link_id,
        account_id,
        realm: arrived.realm(),
        subject: arrived.subject(),
        provider: arrived.provider,
        linkable: arrived.assertion.is_linkable(),
        passing: arrived.assertion.is_passing(),
    };
    if !upstream_link::add(tx, link, now).await? {
        account::discard(tx, account_id).await?;
        return again(broker, tx, arrived, now).await;
    }
    super::link::note(broker, tx, account_id, upstream_link_id, arrived, now).await?;
    Ok(Admission::To(Tie {
        account_id,
        upstream_link_id,
    }))
}
