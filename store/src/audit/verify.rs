use sqlx::FromRow;
use uuid::Uuid;

use super::chain::Link;
use super::checkpoint::list_between;
use super::event::details_hash;
use super::{Anchor, BEGINNING, Hash};
use crate::{Db, MasterKey, StorageError, Tx, on};

/// What [`verify`] found.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// Events of the chain that are as they were chained.
    pub chained: u64,
    /// Of them, those whose details were erased.
    pub erased: u64,
    /// Events that wait to be chained.
    pub waiting: u64,
    /// Checkpoints that we signed and that fit.
    pub checkpoints: u64,
    /// The last place that such a checkpoint covers; what comes later is not signed yet.
    pub signed_to: i64,
    /// The last event that was verified.
    pub head: Option<Anchor>,
    /// The first thing that is wrong. What comes after it was not looked at.
    pub broken: Option<Broken>,
}

/// A broken place of the chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Broken {
    /// Where.
    pub position: i64,
    /// The event there, if there is one.
    pub event: Option<Uuid>,
    /// In what way.
    pub how: Break,
}

/// How a chain can be broken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Break {
    /// No event is there: it was deleted, or the end was cut off.
    Missing,
    /// The event is not the one that was chained there: changed, moved, or after one that was.
    Changed,
    /// The details are not those that were recorded.
    DetailsChanged,
    /// Events stand in the chain that were never chained, up to this place.
    Inserted,
    /// The checkpoint was not signed with our key.
    Unsigned,
    /// A checkpoint or the anchor knows another event there.
    Rewritten,
}

/// Recomputes the whole chain, page by page, and compares it with our checkpoints and, if there is one, with an anchor.
/// Events may be added meanwhile.
pub async fn verify(
    db: &Db,
    master_key: &MasterKey,
    anchor: Option<&Anchor>,
) -> Result<Report, StorageError> {
    let mut walk = Walk {
        master_key,
        anchor,
        position: 0,
        hash: BEGINNING,
        report: Report::default(),
    };
    match walk.reach_the_end(db).await {
        Ok(()) => {}
        Err(Stop::At(broken)) => walk.report.broken = Some(broken),
        Err(Stop::Storage(error)) => return Err(error),
    }
    walk.report.waiting = count_waiting(&mut db.read().await?).await?;
    Ok(walk.report)
}

struct Walk<'a> {
    master_key: &'a MasterKey,
    anchor: Option<&'a Anchor>,
    position: i64,
    hash: Hash,
    report: Report,
}

enum Stop {
    At(Broken),
    Storage(StorageError),
}

impl From<StorageError> for Stop {
    fn from(error: StorageError) -> Self {
        Self::Storage(error)
    }
}

impl Walk<'_> {
    async fn reach_the_end(&mut self, db: &Db) -> Result<(), Stop> {
        let mut page_length = PAGE;
        loop {
            let mut tx = db.read().await?;
            let page = match list_chained(&mut tx, self.position, page_length).await {
                Ok(page) => page,
                // A row is not even readable: go on in single steps to say which.
                Err(StorageError::Broken(_)) if page_length > 1 => {
                    page_length = 1;
                    continue;
                }
                Err(StorageError::Broken(_)) => {
                    return Err(broken(self.position + 1, None, Break::Changed));
                }
                Err(error) => return Err(error.into()),
            };
            let Some(last) = page.last().map(|row| row.position) else {
                return self.check_the_end(&mut tx).await;
            };
            let checkpoints = list_between(&mut tx, self.position, last).await?;
            let mut checkpoints = checkpoints.iter().peekable();
            for row in page {
                self.step(&row)?;
                while let Some(checkpoint) =
                    checkpoints.next_if(|checkpoint| checkpoint.position <= self.position)
                {
                    if !checkpoint.is_signed_by(self.master_key) {
                        return Err(broken(
                            self.position,
                            Some(row.link.audit_event_id),
                            Break::Unsigned,
                        ));
                    }
                    self.compare(&checkpoint.anchor())?;
                    self.report.checkpoints += 1;
                    self.report.signed_to = self.position;
                }
                if let Some(anchor) = self
                    .anchor
                    .filter(|anchor| anchor.position == self.position)
                {
                    self.compare(anchor)?;
                }
            }
        }
    }

    fn step(&mut self, row: &Row) -> Result<(), Stop> {
        let expected = self.position + 1;
        let event = Some(row.link.audit_event_id);
        if row.position != expected {
            return Err(broken(expected, None, Break::Missing));
        }
        let hash = row.link.hash(&self.hash, expected);
        if row.hash.as_deref() != Some(&hash[..]) {
            return Err(broken(expected, event, Break::Changed));
        }
        match (&row.salt, &row.details) {
            (None, None) => self.report.erased += 1,
            (Some(salt), Some(details))
                if details_hash(salt, details)[..] == row.link.details_hash => {}
            _ => return Err(broken(expected, event, Break::DetailsChanged)),
        }
        self.position = expected;
        self.hash = hash;
        self.report.chained += 1;
        self.report.head = Some(Anchor {
            position: expected,
            hash,
        });
        Ok(())
    }

    fn compare(&self, known: &Anchor) -> Result<(), Stop> {
        if known.hash == self.hash {
            Ok(())
        } else {
            Err(broken(self.position, None, Break::Rewritten))
        }
    }

    /// Nothing may be known beyond the end, and no event may stand beside the chain.
    async fn check_the_end(&self, tx: &mut Tx) -> Result<(), Stop> {
        let beyond = !list_between(tx, self.position, i64::MAX).await?.is_empty();
        if beyond
            || self
                .anchor
                .is_some_and(|anchor| anchor.position > self.position)
        {
            return Err(broken(self.position + 1, None, Break::Missing));
        }
        if count_up_to(tx, self.position).await? != self.report.chained {
            return Err(broken(self.position, None, Break::Inserted));
        }
        Ok(())
    }
}

/// An event in the chain. Nothing in it is believed.
#[derive(FromRow)]
struct Row {
    position: i64,
    hash: Option<Vec<u8>>,
    salt: Option<Vec<u8>>,
    details: Option<String>,
    #[sqlx(flatten)]
    link: Link,
}

async fn list_chained(tx: &mut Tx, after: i64, limit: i64) -> Result<Vec<Row>, StorageError> {
    let rows = on!(tx, db => {
        sqlx::query_as(
            r#"
            select position, hash, salt, details, audit_event_id, at, kind, actor, subject, details_hash
            from audit_event
            where position > $1
            order by position
            limit $2
            "#,
        )
        .bind(after)
        .bind(limit)
        .fetch_all(db)
        .await
    })?;
    Ok(rows)
}

async fn count_up_to(tx: &mut Tx, position: i64) -> Result<u64, StorageError> {
    let counted: i64 = on!(tx, db => {
        sqlx::query_scalar("select count(*) from audit_event where position <= $1").bind(position).fetch_one(db).await
    })?;
    Ok(counted.unsigned_abs())
}

async fn count_waiting(tx: &mut Tx) -> Result<u64, StorageError> {
    let waiting: i64 = on!(tx, db => {
        sqlx::query_scalar("select count(*) from audit_event where position is null").fetch_one(db).await
    })?;
    Ok(waiting.unsigned_abs())
}

fn broken(position: i64, event: Option<Uuid>, how: Break) -> Stop {
    Stop::At(Broken {
        position,
        event,
        how,
    })
}

const PAGE: i64 = 1_000;
