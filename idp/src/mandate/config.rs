use std::collections::BTreeSet;

use chrono::Duration;
use federation::BodyKind;
use schemars::JsonSchema;
use serde::Deserialize;

use super::Act;

/// `[mandate]`: acting for a company, an association or a business.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct MandateConfig {
    /// Days that a mandate counts after the login that showed it; every such login begins them anew. Default: 30.
    pub days: u16,
    /// Bodies that people may act for: `company`, `association`, `sole_trader`, `public_body`. An official of an office is no
    /// citizen of it, so offices are left out. Mandates for a kind that is taken away end. Default: the first three.
    #[schemars(with = "BTreeSet<String>")]
    pub kinds: BTreeSet<BodyKind>,
    /// What somebody may do for a body that merely let them into its data box, as an entrusted user, and no more than that box lets them: some of
    /// `view`, `submit`, `pay`. What is taken away counts no more in the mandates there are. Default: nothing, and then there is no mandate.
    pub entrusted_may: BTreeSet<Act>,
}

impl Default for MandateConfig {
    fn default() -> Self {
        Self {
            days: 30,
            kinds: [
                BodyKind::Company,
                BodyKind::Association,
                BodyKind::SoleTrader,
            ]
            .into(),
            entrusted_may: BTreeSet::new(),
        }
    }
}

impl MandateConfig {
    /// How long a mandate counts after a login showed it.
    pub fn lasts(&self) -> Duration {
        Duration::days(self.days.clamp(1, 366).into())
    }
}
