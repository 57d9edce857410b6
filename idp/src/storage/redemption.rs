//! What a code meets when it is redeemed: all that it stands on, the client's open session with the browser, and the `sub` that
//! the client's organisation knows the person by. One statement, because every login asks it.

use chrono::{DateTime, Utc};
use store::{StorageError, Tx, on};

use super::standing::{self, Standing};
use crate::{
    clients::Client,
    ids::{AuthenticationId, ClientSessionId, MandateId},
};

/// What a code meets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Redemption {
    /// What the grant will stand on; its `sid` is empty as long as no session is [`Self::open`].
    pub standing: Standing,
    /// The client's session with the browser was ended after the code was made.
    pub ended_since: bool,
    /// The client's open session with the browser.
    pub open: Option<OpenSession>,
    /// The account's own `sub` towards the client's organisation.
    pub own_sub: Option<String>,
}

/// A client's open session with a browser.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenSession {
    /// Its key.
    pub client_session_id: ClientSessionId,
    /// `sub` this client was told.
    pub sub: String,
    /// For whom the person acts in it.
    pub mandate_id: Option<MandateId>,
    /// When they chose that.
    pub chosen_at: Option<DateTime<Utc>>,
    /// Last use, to the minute.
    pub used_at: DateTime<Utc>,
}

#[derive(Debug, sqlx::FromRow)]
struct Row {
    #[sqlx(flatten)]
    standing: standing::Row,
    ended_since: bool,
    client_session_id: Option<ClientSessionId>,
    told_sub: Option<String>,
    mandate_id: Option<MandateId>,
    chosen_at: Option<DateTime<Utc>>,
    used_at: Option<DateTime<Utc>>,
    own_sub: Option<String>,
}

const LOOKUP: &str = r#"
    select authentication.provider, authentication.realm, authentication.identity_level, authentication.login_level,
        authentication.eidas, authentication.auth_time, account.state,
        coalesce(client_session.sid, '') as sid, client_session.ended_at as client_session_ended_at,
        browser_session.ended_at as browser_session_ended_at, browser_session.expires_at,
        verification.revoked_at as proof_revoked_at, verification.valid_until as proof_valid_until,
        exists (select 1 from account_merge
                where account_merge.survivor_id = account.account_id and account_merge.undone_at is null)
            as has_parts,
        upstream_link.ended_at is null and upstream_link.account_id = account.account_id as link_stands,
        exists (select 1 from client_session as former
                where former.browser_session_id = authentication.browser_session_id
                  and former.client_id = $2 and former.ended_at > $4) as ended_since,
        client_session.client_session_id, client_session.sub as told_sub, client_session.mandate_id,
        client_session.chosen_at, client_session.used_at, pairwise_subject.sub as own_sub
    from authentication
    join verification on verification.verification_id = authentication.verification_id
    join upstream_link on upstream_link.upstream_link_id = authentication.upstream_link_id
    join account on account.account_id = authentication.account_id
    join browser_session on browser_session.browser_session_id = authentication.browser_session_id
    left join client_session on client_session.browser_session_id = authentication.browser_session_id
        and client_session.client_id = $2 and client_session.ended_at is null
    left join pairwise_subject on pairwise_subject.organisation_id = $3
        and pairwise_subject.account_id = authentication.account_id
    where authentication.authentication_id = $1
"#;

/// Looks at everything that the code of a login, made at `made_at`, meets at a client. `None` when the login is no more.
/// It may be the first statement of a transaction that [begins with it](store::Db::begin_with).
pub async fn lookup(
    tx: &mut Tx,
    authentication_id: AuthenticationId,
    client: &Client,
    made_at: DateTime<Utc>,
    now: DateTime<Utc>,
) -> Result<Option<Redemption>, StorageError> {
    let text = tx.first(LOOKUP);
    let row: Option<Row> = on!(tx, db => {
        sqlx::query_as(text)
        .bind(authentication_id)
        .bind(&client.id)
        .bind(&client.organisation_id)
        .bind(made_at)
        .fetch_optional(db)
        .await
    })?;
    row.map(|row| {
        let open = match (row.client_session_id, row.told_sub, row.used_at) {
            (Some(client_session_id), Some(sub), Some(used_at)) => Some(OpenSession {
                client_session_id,
                sub,
                mandate_id: row.mandate_id,
                chosen_at: row.chosen_at,
                used_at,
            }),
            _ => None,
        };
        Ok(Redemption {
            standing: row.standing.standing(now)?,
            ended_since: row.ended_since,
            open,
            own_sub: row.own_sub,
        })
    })
    .transpose()
}
