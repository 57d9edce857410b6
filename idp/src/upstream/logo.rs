//! `GET /upstream/{provider}/logo/{branch}`: the logo of a bank, from our own site.
//!
//! Bank iD's list names the picture, we have fetched it: no bank hears of a visitor who only looks at the choice. Whatever
//! stands in it, a browser that opens it runs nothing ([`web::Allow::picture`]).

use axum::extract::State;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use web::Allow;
use web::form::Path;

use crate::broker::Broker;
use crate::login::problems::{self, Trouble};

/// Browsers keep it for a day. Its address changes with the picture.
const FOR_A_DAY: &str = "public, max-age=86400";

/// The picture.
#[tracing::instrument(name = "upstream.logo", skip_all)]
pub(crate) async fn get(
    State(broker): State<Broker>,
    Path((provider_id, branch)): Path<(String, String)>,
) -> Result<Response, Trouble> {
    let provider = broker
        .providers
        .get(&provider_id)
        .ok_or(&problems::PROVIDER_UNKNOWN)?;
    let picture = provider
        .branch_logo(&branch, broker.clock.now())
        .await
        .ok_or(&web::problem::NOT_FOUND)?;
    let headers = [
        (CONTENT_TYPE, picture.content_type),
        (CACHE_CONTROL, FOR_A_DAY),
    ];
    Ok((Allow::picture(), headers, picture.body.clone()).into_response())
}

/// The address of a logo with this tag.
pub(crate) fn logo_of(provider: &str, branch: &str, tag: &str) -> String {
    let query = url::form_urlencoded::Serializer::new(String::new())
        .append_pair("v", tag)
        .finish();
    // An identifier of a bank is a UUID, and a name of an entry holds nothing to escape.
    format!("/upstream/{provider}/logo/{branch}?{query}")
}
