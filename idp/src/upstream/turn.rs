//! Of several arrivals of one answer, who has it verified.

use std::time::Duration;

use federation::Correlation;

use super::answer::Arriving;
use crate::login::kept::Logins;
use crate::login::problems::Trouble;

/// Whose turn it is to have an answer verified.
pub(super) enum Turn {
    /// This arrival's.
    Ours,
    /// Another arrival had it, and has come to an end.
    Theirs,
    /// Another arrival has it for too long.
    Never,
}

/// A waiting arrival looks soon and then ever less often: hundreds of them must not keep the first one from its work.
const FIRST_LOOK: Duration = Duration::from_millis(100);
const LAST_LOOKS: Duration = Duration::from_secs(1);
/// Longer than a provider may take, and shorter than a request.
const PATIENCE: Duration = Duration::from_secs(25);

impl Arriving<'_> {
    /// Of several arrivals of one answer, one has it verified where that uses something up at the provider. The others
    /// wait for what comes of it, and take their turn when nothing does.
    pub(super) async fn turn(&self, correlation: &Correlation) -> Result<Turn, Trouble> {
        let logins = Logins(&self.broker.short_lived);
        let (mut waited, mut pause) = (Duration::ZERO, FIRST_LOOK);
        while waited < PATIENCE {
            if logins.take_turn(correlation, self.now).await? {
                return Ok(Turn::Ours);
            }
            tokio::time::sleep(pause).await;
            waited += pause;
            pause = (pause * 2).min(LAST_LOOKS);
            if logins.find_arrival(correlation, self.now).await?.is_some() {
                return Ok(Turn::Theirs);
            }
        }
        Ok(Turn::Never)
    }
}
