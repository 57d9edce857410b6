//! `GET /upstream/{provider}/error`: where a provider sends people whom it did not log in: they refused that anything is told, or
//! it failed. It does not say which.

use axum::extract::State;
use web::form::Path;
use web::{Locale, Problem, Way};

use super::admitted::Admitted;
use crate::broker::Broker;
use crate::login::problems;
use crate::words;

/// Nothing of the request is read: it proves nothing.
pub(crate) async fn get(
    State(broker): State<Broker>,
    _: Admitted,
    Path(provider_id): Path<String>,
    locale: Locale,
) -> Problem {
    if broker.providers.get(&provider_id).is_none() {
        return (&problems::PROVIDER_UNKNOWN).into();
    }
    Problem::new(&problems::ENDED_THERE)
        .arg(
            "provider",
            words::provider(&broker, broker.site.texts(locale), &provider_id),
        )
        .note("ok", "note-nothing-handed-over")
        .way(Way::link("way-account", "/account"))
}
