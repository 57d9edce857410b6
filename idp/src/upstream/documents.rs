//! `GET /upstream/{provider}/metadata` and its like: what we publish for a provider.

use axum::extract::State;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use web::form::Path;

use crate::broker::Broker;
use crate::login::problems::{self, Trouble};

/// Our metadata for a provider.
#[tracing::instrument(name = "upstream.document", skip_all)]
pub(crate) async fn metadata(
    State(broker): State<Broker>,
    Path(provider_id): Path<String>,
) -> Result<Response, Trouble> {
    document(&broker, &provider_id, "metadata")
}

/// The keys we use towards a provider.
#[tracing::instrument(name = "upstream.document", skip_all)]
pub(crate) async fn jwks(
    State(broker): State<Broker>,
    Path(provider_id): Path<String>,
) -> Result<Response, Trouble> {
    document(&broker, &provider_id, "jwks")
}

fn document(broker: &Broker, provider_id: &str, name: &str) -> Result<Response, Trouble> {
    let provider = broker
        .providers
        .get(provider_id)
        .ok_or(&problems::PROVIDER_UNKNOWN)?;
    let published = provider.published();
    let document = published
        .into_iter()
        .find(|document| document.name == name)
        .ok_or(&web::problem::NOT_FOUND)?;
    Ok((
        [
            (CONTENT_TYPE, document.content_type),
            (CACHE_CONTROL, "no-cache"),
        ],
        document.body,
    )
        .into_response())
}
