//! A case in lines of text: what an officer needs to judge it, and nothing more.

use chrono::{DateTime, Utc};
use federation::{FactKind, FactValue};
use store::{StorageError, Tx};

use crate::broker::Broker;
use crate::ids::{AccountId, UpstreamLinkId};
use crate::office::Sides;
use crate::storage::conflict::{Case, ConflictKind, Told};
use crate::storage::decision::{self, About, Decision};
use crate::storage::upstream_link::UpstreamLink;
use crate::storage::{account, fact, staff_account, upstream_link, verification};

/// The heading of the list.
pub(super) fn heading() -> &'static str {
    "CASE            AGE     STATE    KIND                  PROVIDER    KEY, ACCOUNT"
}

/// One case of the list.
pub(super) fn row(case: &Case, waits: bool, now: DateTime<Utc>) -> String {
    let state = if case.closed_at.is_some() {
        "closed"
    } else if waits {
        "agree"
    } else {
        "open"
    };
    format!(
        "{}  {:6}  {state:7}  {:20}  {:10}  {}, {}",
        case.conflict_id.number(),
        age(case, now),
        case.kind.as_str(),
        case.provider,
        case.conflict_id,
        case.account_id
    )
}

fn age(case: &Case, now: DateTime<Utc>) -> String {
    let age = case.closed_at.unwrap_or(now) - case.created_at;
    match (age.num_days(), age.num_hours()) {
        (0, hours) => format!("{hours} h"),
        (days, _) => format!("{days} d"),
    }
}

/// A case with its sides.
pub(super) struct View<'a> {
    case: &'a Case,
    subject_is: Option<&'a UpstreamLink>,
    accounts: Vec<Side>,
    decision: Option<(Decision, String)>,
}

/// An account, and whose it is.
pub(super) struct Side {
    account_id: AccountId,
    state: &'static str,
    since: DateTime<Utc>,
    level: &'static str,
    told: Told,
    ways: Vec<UpstreamLink>,
}

impl<'a> View<'a> {
    /// Reads what is shown.
    pub(super) async fn read(
        broker: &Broker,
        tx: &mut Tx,
        case: &'a Case,
        sides: &'a Sides,
        now: DateTime<Utc>,
    ) -> Result<Self, StorageError> {
        let mut accounts = Vec::new();
        for account_id in [Some(sides.account_id), sides.other_account_id]
            .into_iter()
            .flatten()
        {
            accounts.push(Side::read(broker, tx, account_id, now).await?);
        }
        let about = About::Case(case.conflict_id);
        let decision = decision::find_open(tx, &broker.master_key, about, now).await?;
        let decision = match decision {
            Some(decision) => {
                let officer =
                    staff_account::lookup(tx, &broker.master_key, decision.proposed_by).await?;
                let name = officer.map(|officer| officer.name).unwrap_or_default();
                Some((decision, name))
            }
            None => None,
        };
        Ok(Self {
            case,
            subject_is: sides.link.as_ref(),
            accounts,
            decision,
        })
    }

    /// The lines.
    pub(super) fn lines(&self) -> Vec<String> {
        let case = self.case;
        let mut lines = vec![
            format!(
                "case      {} ({})",
                case.conflict_id.number(),
                case.conflict_id
            ),
            format!("kind      {}: {}", case.kind.as_str(), why(case.kind)),
            format!("since     {}", case.created_at.format("%Y-%m-%d %H:%M")),
            format!("provider  {}", case.provider),
        ];
        match (case.closed_at, &self.decision) {
            (Some(at), _) => {
                lines.push(format!("state     closed {}", at.format("%Y-%m-%d %H:%M")));
            }
            (None, Some((decision, name))) => {
                lines.push(format!(
                    "state     {} decided by {name} on {}; waits for another officer until {}",
                    decision.outcome.as_str(),
                    decision.proposed_at.format("%Y-%m-%d"),
                    decision.expires_at.format("%Y-%m-%d")
                ));
                lines.push(format!("reason    {}", decision.details.reason));
            }
            (None, None) => lines.push("state     open".to_owned()),
        }
        if !case.details.claims.is_empty() {
            lines.push(format!("differs   {}", case.details.claims.join(", ")));
        }
        if let Some(explanation) = &case.details.explanation {
            let plain = explanation.replace('\n', " ");
            lines.push(format!("says      {plain}"));
        }
        if let Some(told) = &case.details.told {
            lines.push(String::new());
            lines.push(format!(
                "named by {} at the login of the case",
                case.provider
            ));
            lines.extend(person(told));
        }
        for side in &self.accounts {
            lines.extend(self.side(side));
        }
        if let ([one, other], None) = (self.accounts.as_slice(), &case.details.told) {
            lines.push(String::new());
            let differ = differences(&one.told, &other.told);
            lines.push(format!("the two differ in: {differ}"));
        }
        lines
    }

    fn side(&self, side: &Side) -> Vec<String> {
        let mut lines = side.lines(self.subject_is.map(|it| it.upstream_link_id));
        if let Some(named) = &self.case.details.told {
            lines.push(format!("  differs {}", differences(&side.told, named)));
        }
        lines
    }
}

impl Side {
    /// The lines. `of_the_case`: the way in by which the case came.
    pub(super) fn lines(&self, of_the_case: Option<UpstreamLinkId>) -> Vec<String> {
        let mut lines = vec![
            String::new(),
            format!(
                "account {}, {}, {}, since {}",
                self.account_id,
                self.state,
                self.level,
                self.since.format("%Y-%m-%d")
            ),
        ];
        lines.extend(person(&self.told));
        for link in &self.ways {
            let is_it = of_the_case == Some(link.upstream_link_id);
            lines.push(format!(
                "  way in  {}, since {}, last used {}{}",
                link.provider,
                link.created_at.format("%Y-%m-%d"),
                link.used_at.format("%Y-%m-%d"),
                if is_it { ", the login of the case" } else { "" }
            ));
        }
        if self.ways.is_empty() {
            lines.push("  way in  none".to_owned());
        }
        lines
    }

    /// Reads what is shown.
    pub(super) async fn read(
        broker: &Broker,
        tx: &mut Tx,
        account_id: AccountId,
        now: DateTime<Utc>,
    ) -> Result<Self, StorageError> {
        let account = account::lookup(tx, account_id).await?;
        let facts = fact::list_current(tx, &broker.master_key, account_id, now).await?;
        let proofs = verification::list_valid(tx, account_id, now).await?;
        let held = |kind| facts.iter().find(|fact| fact.kind == kind);
        let text = |kind| Some(held(kind)?.value.as_text()?.to_owned());
        Ok(Self {
            account_id,
            state: match &account {
                Some(account) if account.is_active() => "active",
                _ => "not active",
            },
            since: account.map_or(now, |account| account.created_at),
            level: proofs
                .iter()
                .map(|proof| proof.identity_level)
                .max()
                .map_or("unverified", federation::IdentityLevel::as_str),
            told: Told {
                given_name: text(FactKind::GivenName),
                family_name: text(FactKind::FamilyName),
                birth_date: held(FactKind::BirthDate)
                    .map(|fact| &fact.value)
                    .and_then(FactValue::as_date),
            },
            ways: upstream_link::list_by_account(tx, account_id).await?,
        })
    }
}

fn person(told: &Told) -> Vec<String> {
    let unknown = || "not known".to_owned();
    let names = [told.given_name.as_deref(), told.family_name.as_deref()];
    let name = names.into_iter().flatten().collect::<Vec<_>>().join(" ");
    let name = if name.is_empty() { unknown() } else { name };
    let born = told
        .birth_date
        .map_or_else(unknown, |date| date.to_string());
    vec![format!("  name    {name}"), format!("  born    {born}")]
}

fn differences(ours: &Told, named: &Told) -> String {
    use crate::storage::fact::normalised;
    let differ = |ours: &Option<String>, named: &Option<String>| match (ours, named) {
        (Some(ours), Some(named)) => normalised(ours) != normalised(named),
        _ => false,
    };
    let born = matches!((ours.birth_date, named.birth_date), (Some(a), Some(b)) if a != b);
    let all = [
        ("date of birth", born),
        ("given name", differ(&ours.given_name, &named.given_name)),
        ("family name", differ(&ours.family_name, &named.family_name)),
    ];
    let words: Vec<&str> = all
        .into_iter()
        .filter_map(|(word, differs)| differs.then_some(word))
        .collect();
    if words.is_empty() {
        "nothing that both tell".to_owned()
    } else {
        words.join(", ")
    }
}

const fn why(kind: ConflictKind) -> &'static str {
    match kind {
        ConflictKind::NamesDiffer => {
            "the person adds a login of the same date of birth and another name"
        }
        ConflictKind::BirthDateDiffers => "the person adds a login of another date of birth",
        ConflictKind::NothingToCompare => {
            "the person adds a login that tells too little to be compared"
        }
        ConflictKind::SubjectTaken => {
            "the person adds a login that opens another account, and the rules do not join the two"
        }
        ConflictKind::SecondStateSubject => {
            "the person adds a second login of the same register of the state"
        }
        ConflictKind::SecondSubject => "the person adds a second login of the same bank",
        ConflictKind::SubjectsJoined => "the provider joined logins that are several accounts here",
        ConflictKind::LinkStale => {
            "the provider says that data have changed; the next login reads them and closes the case"
        }
        ConflictKind::GraveChange => {
            "the provider names another person by a login that we know, a death, or another identifier; nobody is let in"
        }
        ConflictKind::SubjectChanged => {
            "the provider gave the person another identifier, and the login followed it"
        }
        ConflictKind::NameChanged => {
            "the provider tells another name of somebody born on the same day; they were let in"
        }
    }
}
