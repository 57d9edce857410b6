//! any SAML 2.0 identity provider.

use std::sync::Arc;

use async_trait::async_trait;
use schemars::JsonSchema;
use serde::Deserialize;

use crate::answer::{Answer, Verified};
use crate::assertion::{Realm, UpstreamSession};
use crate::departure::{Ask, Correlation, Departure, Leave, ProviderState};
use crate::environment::Environment;
use crate::finding::Finding;
use crate::inbound::{Document, Event, Inbound, Reply};
use crate::provider::{Description, Timestamp, UpstreamError, UpstreamProvider};
use crate::refusal::Refusal;
use crate::registry::{ConfigProblem, Place};
use crate::saml::keys::SamlKeys;
use outbound::Outbound;

/// Options.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
pub struct GenericSamlConfig {
    /// Must equal the broker's environment.
    pub environment: Environment,
}

/// The provider.
#[derive(Debug)]
pub struct GenericSaml {
    description: Description,
}

impl GenericSaml {
    pub(crate) fn new(
        place: &Place<'_>,
        config: &GenericSamlConfig,
        _outbound: &Outbound,
        _keys: Arc<dyn SamlKeys>,
    ) -> Result<Self, ConfigProblem> {
        place.check_environment(config.environment)?;
        let description = Description {
            id: place.id.to_owned(),
            kind: "generic",
            realm: Realm::of("generic", place.environment, ""),
            environment: place.environment,
            title: None,
            reaches: Vec::new(),
            forceable: true,
            logout: true,
            origins: Vec::new(),
        };
        Ok(Self { description })
    }
}

#[async_trait]
impl UpstreamProvider for GenericSaml {
    fn describe(&self) -> &Description {
        &self.description
    }

    async fn start_login(&self, _ask: &Ask, _now: Timestamp) -> Result<Departure, UpstreamError> {
        Err(UpstreamError::Unavailable("not there yet".into()))
    }

    fn correlate(&self, _answer: &Answer) -> Result<Correlation, UpstreamError> {
        Err(Refusal::MessageMissing.into())
    }

    async fn finish_login(
        &self,
        _state: ProviderState,
        _answer: Answer,
        _now: Timestamp,
    ) -> Result<Verified, UpstreamError> {
        Err(Refusal::MessageMissing.into())
    }

    async fn start_logout(
        &self,
        _session: &UpstreamSession,
        _leave: &Leave,
        _now: Timestamp,
    ) -> Result<Option<Departure>, UpstreamError> {
        Ok(None)
    }

    async fn receive(
        &self,
        _message: Inbound,
        _now: Timestamp,
    ) -> Result<(Vec<Event>, Reply), UpstreamError> {
        Err(Refusal::MessageMissing.into())
    }

    fn published(&self) -> Vec<Document> {
        Vec::new()
    }

    async fn check(&self, _now: Timestamp) -> Vec<Finding> {
        Vec::new()
    }
}
