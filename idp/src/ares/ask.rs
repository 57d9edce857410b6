//! The questions put to ARES. Nothing is remembered here.

use chrono::{DateTime, Utc};
use outbound::{Fetched, Guard, JSON, OutboundError, Request};

use super::{Ares, AresError, Ico, Member, Subject, member, subject};

/// What ARES tells of a subject has some ten kilobytes.
const LARGEST: usize = 256 * 1024;
/// A public register tells everything that was ever written down about a body.
const LARGEST_RECORD: usize = 4 * 1024 * 1024;

impl Ares {
    /// Asks about a subject, and tells failures of ARES from those of ours.
    pub(super) async fn ask(
        &self,
        ico: &Ico,
        now: DateTime<Utc>,
    ) -> Result<Result<Option<Subject>, OutboundError>, AresError> {
        let answered = match self.fetch("ekonomicke-subjekty", ico, LARGEST).await? {
            Ok(Some(answered)) => answered,
            Ok(None) => return Ok(Ok(None)),
            Err(error) => return Ok(Err(error)),
        };
        let read = match answered.json::<subject::Answer>() {
            Ok(answer) => answer
                .read(ico, now)
                .map_err(|problem| answered.unreadable(problem)),
            Err(error) => Err(error),
        };
        Ok(read.map(Some))
    }

    /// Who sits, or sat, in the statutory bodies of a subject, by the public register of a court. `None`: no public register has it.
    ///
    /// Asked anew each time, and nothing of the answer is kept: it is about people who may have nothing to do with us. How often to
    /// ask is the caller's matter.
    pub async fn statutory_members(
        &self,
        ico: &Ico,
        now: DateTime<Utc>,
    ) -> Result<Option<Vec<Member>>, AresError> {
        let fetched = self.fetch("ekonomicke-subjekty-vr", ico, LARGEST_RECORD);
        let Some(answered) = fetched.await?.map_err(AresError::Unavailable)? else {
            return Ok(None);
        };
        let answer = answered
            .json::<member::Answer>()
            .map_err(AresError::Unavailable)?;
        match answer.read(ico, now) {
            Ok(members) => Ok(Some(members)),
            Err(problem) => Err(AresError::Unavailable(answered.unreadable(problem))),
        }
    }

    /// What one of its sources tells about a number. `None`: it does not know the number.
    async fn fetch(
        &self,
        source: &str,
        ico: &Ico,
        largest: usize,
    ) -> Result<Result<Option<Fetched>, OutboundError>, AresError> {
        let Some(base) = &self.inner.url else {
            return Err(AresError::NotConfigured);
        };
        let mut url = base.clone();
        if let Ok(mut path) = url.path_segments_mut() {
            path.pop_if_empty().extend([source, ico.as_str()]);
        }
        let request = Request::get(&url, Guard::Operator)
            .expecting(JSON)
            .max_bytes(largest);
        let answered = match self.inner.target.send(request).await {
            Ok(answered) => answered,
            Err(error) => return Ok(Err(error)),
        };
        if answered.status.as_u16() == 404 {
            return Ok(Ok(None));
        }
        Ok(answered.successful().map(Some))
    }
}
