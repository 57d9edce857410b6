//! `fact`: one value about a person.

use aws_lc_rs::hmac;
use chrono::{DateTime, Utc};
use federation::{FactKind, FactValue, IdentityLevel, Standing};
use store::MasterKey;
use store::{StorageError, Tx, on};

use super::level;
use crate::ids::{AccountId, FactId, UpstreamLinkId, VerificationId};

/// A current value and where it comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fact {
    /// Its key.
    pub fact_id: FactId,
    /// Which fact.
    pub kind: FactKind,
    /// Its value, exactly as vouched.
    pub value: FactValue,
    /// Who stands behind it.
    pub standing: Standing,
    /// Where it comes from; `None` when the person stated it to us.
    pub source: Option<Source>,
    /// When this value came for the first time.
    pub recorded_at: DateTime<Utc>,
}

/// The proof a fact came with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// The proof.
    pub verification_id: VerificationId,
    /// The link whose login brought it; `None` for the counter.
    pub upstream_link_id: Option<UpstreamLinkId>,
    /// `upstream` or `counter`.
    pub method: String,
    /// Configuration entry of the provider.
    pub provider: Option<String>,
    /// Realm of the provider.
    pub realm: Option<String>,
    /// Level of the proof.
    pub identity_level: IdentityLevel,
    /// The upstream's own word for the level.
    pub assurance: Option<String>,
    /// Framework for `verified_claims`.
    pub trust_framework: Option<String>,
    /// The state that vouches, where the upstream tells it.
    pub country: Option<String>,
    /// When the upstream itself verified the person, where a login verifies nothing and it tells.
    pub checked_at: Option<DateTime<Utc>>,
    /// In what process it did.
    pub process: Option<String>,
    /// When it was proved last.
    pub verified_at: DateTime<Utc>,
    /// When it stops counting.
    pub valid_until: Option<DateTime<Utc>>,
}

/// A value about to be recorded.
#[derive(Clone, Copy, Debug)]
pub struct NewFact<'a> {
    /// Its key.
    pub fact_id: FactId,
    /// About whom.
    pub account_id: AccountId,
    /// The proof it came with.
    pub verification_id: Option<VerificationId>,
    /// Which fact.
    pub kind: FactKind,
    /// Its value.
    pub value: &'a FactValue,
    /// Who stands behind it.
    pub standing: Standing,
}

/// The current facts of an account whose proof counts now: the strongest proof first, the latest among equals,
/// self-stated ones last.
pub async fn list_current(
    tx: &mut Tx,
    master_key: &MasterKey,
    account_id: AccountId,
    now: DateTime<Utc>,
) -> Result<Vec<Fact>, StorageError> {
    let rows: Vec<Row> = on!(tx, db => {
        sqlx::query_as(
            r#"
            select fact.fact_id, fact.kind, fact.standing, fact.value, fact.recorded_at, fact.verification_id,
                   verification.upstream_link_id, verification.method, verification.provider, verification.realm,
                   verification.identity_level, verification.assurance, verification.trust_framework,
                   verification.country, verification.checked_at, verification.process, verification.verified_at, verification.valid_until
            from fact
            left join verification on verification.verification_id = fact.verification_id
            where fact.account_id = $1 and fact.superseded_at is null and verification.revoked_at is null
              and (verification.valid_until is null or verification.valid_until > $2)
            "#,
        )
        .bind(account_id)
        .bind(now)
        .fetch_all(db)
        .await
    })?;
    let mut facts = rows
        .into_iter()
        .map(|row| row.open(master_key))
        .collect::<Result<Vec<_>, _>>()?;
    facts.sort_by(|a, b| rank(b).cmp(&rank(a)).then(a.kind.cmp(&b.kind)));
    Ok(facts)
}

/// Adds a value, sealed.
pub async fn add(
    tx: &mut Tx,
    master_key: &MasterKey,
    fact: NewFact<'_>,
    now: DateTime<Utc>,
) -> Result<(), StorageError> {
    let plain = serde_json::to_vec(fact.value).map_err(|_| StorageError::broken("fact.value"))?;
    let sealed = master_key
        .seal(&sealed_for(fact.fact_id), &plain)
        .map_err(StorageError::broken)?;
    let search_key =
        search_text(fact.kind, fact.value).map(|text| search_key(master_key, fact.kind, &text));
    on!(tx, db => {
        sqlx::query(
            r#"
            insert into fact (fact_id, account_id, verification_id, kind, standing, value, search_key, recorded_at)
            values ($1, $2, $3, $4, $5, $6, $7, $8)
            "#,
        )
        .bind(fact.fact_id)
        .bind(fact.account_id)
        .bind(fact.verification_id)
        .bind(fact.kind.as_str())
        .bind(standing_text(fact.standing))
        .bind(sealed.clone())
        .bind(search_key.clone())
        .bind(now)
        .execute(db)
        .await
        .map(drop)
    })?;
    Ok(())
}

/// Turns a value into history.
pub async fn supersede(
    tx: &mut Tx,
    fact_id: FactId,
    now: DateTime<Utc>,
) -> Result<bool, StorageError> {
    let rows = on!(tx, db => {
        sqlx::query("update fact set superseded_at = $2 where fact_id = $1 and superseded_at is null")
            .bind(fact_id)
            .bind(now)
            .execute(db)
            .await
            .map(|done| done.rows_affected())
    })?;
    Ok(rows == 1)
}

/// Accounts with this family name, birth date or e-mail, compared in normalised form. Other kinds find nobody.
pub async fn find_accounts(
    tx: &mut Tx,
    master_key: &MasterKey,
    kind: FactKind,
    value: &FactValue,
) -> Result<Vec<AccountId>, StorageError> {
    let Some(text) = search_text(kind, value) else {
        return Ok(Vec::new());
    };
    let key = search_key(master_key, kind, &text);
    let accounts = on!(tx, db => {
        sqlx::query_scalar(
            r#"
            select distinct account_id
            from fact
            where search_key = $1 and search_key is not null and superseded_at is null
            order by account_id
            "#,
        )
        .bind(key.clone())
        .fetch_all(db)
        .await
    })?;
    Ok(accounts)
}

#[derive(sqlx::FromRow)]
struct Row {
    fact_id: FactId,
    kind: String,
    standing: String,
    value: Vec<u8>,
    recorded_at: DateTime<Utc>,
    verification_id: Option<VerificationId>,
    upstream_link_id: Option<UpstreamLinkId>,
    method: Option<String>,
    provider: Option<String>,
    realm: Option<String>,
    identity_level: Option<String>,
    assurance: Option<String>,
    trust_framework: Option<String>,
    country: Option<String>,
    checked_at: Option<DateTime<Utc>>,
    process: Option<String>,
    verified_at: Option<DateTime<Utc>>,
    valid_until: Option<DateTime<Utc>>,
}

impl Row {
    fn open(self, master_key: &MasterKey) -> Result<Fact, StorageError> {
        let plain = master_key
            .open(&sealed_for(self.fact_id), &self.value)
            .map_err(|_| StorageError::broken("fact.value"))?;
        let source = match (
            self.verification_id,
            self.method,
            self.identity_level,
            self.verified_at,
        ) {
            (Some(verification_id), Some(method), Some(identity_level), Some(verified_at)) => {
                Some(Source {
                    verification_id,
                    upstream_link_id: self.upstream_link_id,
                    method,
                    provider: self.provider,
                    realm: self.realm,
                    identity_level: level::identity(&identity_level)?,
                    assurance: self.assurance,
                    trust_framework: self.trust_framework,
                    country: self.country,
                    checked_at: self.checked_at,
                    process: self.process,
                    verified_at,
                    valid_until: self.valid_until,
                })
            }
            _ => None,
        };
        Ok(Fact {
            fact_id: self.fact_id,
            kind: FactKind::named(&self.kind).ok_or_else(|| StorageError::broken("fact.kind"))?,
            value: serde_json::from_slice(&plain)
                .map_err(|_| StorageError::broken("fact.value"))?,
            standing: match self.standing.as_str() {
                "vouched" => Standing::Vouched,
                "self_stated" => Standing::SelfStated,
                _ => return Err(StorageError::broken("fact.standing")),
            },
            source,
            recorded_at: self.recorded_at,
        })
    }
}

fn rank(fact: &Fact) -> (bool, Option<IdentityLevel>, Option<DateTime<Utc>>) {
    let source = fact.source.as_ref();
    (
        fact.standing == Standing::Vouched,
        source.map(|source| source.identity_level),
        source.map(|source| source.verified_at),
    )
}

const fn standing_text(standing: Standing) -> &'static str {
    match standing {
        Standing::Vouched => "vouched",
        Standing::SelfStated => "self_stated",
    }
}

fn sealed_for(id: FactId) -> String {
    format!("fact.value:{id}")
}

fn search_key(master_key: &MasterKey, kind: FactKind, text: &str) -> Vec<u8> {
    let key = hmac::Key::new(hmac::HMAC_SHA256, &master_key.derive("fact.search_key"));
    hmac::sign(&key, format!("{}:{text}", kind.as_str()).as_bytes())
        .as_ref()
        .to_vec()
}

/// What a search compares: names and addresses without case, accents and spare blanks, dates as they are.
fn search_text(kind: FactKind, value: &FactValue) -> Option<String> {
    match kind {
        FactKind::FamilyName => value.as_text().map(normalised),
        FactKind::Email => value.as_text().map(|text| text.trim().to_lowercase()),
        FactKind::BirthDate => value.as_date().map(|date| date.to_string()),
        _ => None,
    }
}

/// A name as a person at a counter would type it: no case, no accents, one blank between words.
pub fn normalised(name: &str) -> String {
    let plain: String = name
        .to_lowercase()
        .chars()
        .filter_map(without_accent)
        .collect();
    plain.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Letters of Czech and its neighbours; combining marks fall away, so both Unicode forms meet.
fn without_accent(letter: char) -> Option<char> {
    Some(match letter {
        '\u{0300}'..='\u{036f}' => return None,
        'á' | 'à' | 'â' | 'ä' | 'ã' | 'å' | 'ă' | 'ą' => 'a',
        'č' | 'ć' | 'ç' => 'c',
        'ď' | 'đ' => 'd',
        'é' | 'ě' | 'è' | 'ê' | 'ë' | 'ę' => 'e',
        'í' | 'ì' | 'î' | 'ï' => 'i',
        'ĺ' | 'ľ' | 'ł' => 'l',
        'ň' | 'ń' | 'ñ' => 'n',
        'ó' | 'ò' | 'ô' | 'ö' | 'õ' | 'ő' | 'ø' => 'o',
        'ŕ' | 'ř' => 'r',
        'š' | 'ś' | 'ş' | 'ș' => 's',
        'ť' | 'ț' | 'ţ' => 't',
        'ú' | 'ů' | 'ù' | 'û' | 'ü' | 'ű' => 'u',
        'ý' | 'ÿ' => 'y',
        'ž' | 'ź' | 'ż' => 'z',
        '\u{2010}'..='\u{2015}' => '-',
        '\u{2019}' | '\u{02bc}' => '\'',
        other => other,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_meet_whatever_their_case_accents_and_unicode_form() {
        assert_eq!(normalised("NOVÁKOVÁ"), "novakova");
        assert_eq!(normalised("Nova\u{301}kova\u{301}"), "novakova");
        assert_eq!(normalised(" Řehořová – Černá "), "rehorova - cerna");
        assert_eq!(normalised("O’NEILL"), "o'neill");
    }

    #[test]
    fn only_three_kinds_are_searched() {
        let text = FactValue::Text("Latrán".into());

        let searched: Vec<_> = FactKind::ALL
            .into_iter()
            .filter(|kind| search_text(*kind, &text).is_some())
            .collect();

        assert_eq!(searched, [FactKind::FamilyName, FactKind::Email]);
    }
}
