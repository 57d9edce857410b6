//! Controls of the doors with TLS, under `/_sandbox/tls/`.

use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::{get, post};

use crate::controls::caller::{Reads, Sent};
use crate::faults::{Wish, Words};
use crate::world::World;

/// What can be called, for the index.
pub const PATHS: [(&str, &str, &str); 3] = [
    ("GET", "/_sandbox/tls/fault", "known and waiting faults"),
    (
        "POST",
        "/_sandbox/tls/fault",
        "set the next fault: fault, of (tls or client_tls), times (default 1; 0: until cleared), percent (1 to 100 of the next calls; then until cleared by default)",
    ),
    ("POST", "/_sandbox/tls/fault/clear", "forget waiting faults"),
];

/// All controls of the doors.
pub fn router() -> Router<World> {
    Router::new()
        .route("/_sandbox/tls/fault", get(faults).post(set_fault))
        .route("/_sandbox/tls/fault/clear", post(clear_faults))
}

fn words() -> Words {
    Words {
        path: "/_sandbox/tls/fault",
        title: "Pokazit spojení TLS",
        lead: "Vyberte, co má být špatně, ještě než přijde první dotaz.",
        whom: "Kterým dveřím",
        choices: vec![
            ("tls".to_owned(), "pro všechny".to_owned()),
            ("client_tls".to_owned(), "s certifikátem klienta".to_owned()),
        ],
    }
}

async fn faults(State(world): State<World>, reads: Reads) -> Response {
    world.tls_faults().shown(reads, words())
}

async fn set_fault(State(world): State<World>, reads: Reads, Sent(wish): Sent<Wish>) -> Response {
    world.tls_faults().wished(reads, &words(), &wish)
}

async fn clear_faults(State(world): State<World>, reads: Reads) -> Response {
    world.tls_faults().cleared(reads, &words())
}
