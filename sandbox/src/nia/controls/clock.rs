//! The sandbox's time.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use crate::controls::caller::{Reads, Sent};
use crate::world::World;

/// What time it is.
#[derive(Debug, Serialize)]
pub struct Now {
    now: DateTime<Utc>,
    shift_seconds: i64,
}

impl Now {
    fn of(world: &World) -> Self {
        Self {
            now: world.clock().now(),
            shift_seconds: world.clock().shift().num_seconds(),
        }
    }
}

/// What time it is.
pub async fn get(State(world): State<World>) -> Json<Now> {
    Json(Now::of(&world))
}

/// One of the two.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Wish {
    #[serde(default)]
    shift_seconds: Option<i64>,
    #[serde(default)]
    at: Option<DateTime<Utc>>,
}

/// Shifts the clock; 0 sets it right again.
pub async fn post(State(world): State<World>, reads: Reads, Sent(wish): Sent<Wish>) -> Response {
    match (wish.shift_seconds.map(TimeDelta::try_seconds), wish.at) {
        (Some(Some(shift)), None) if shift.num_days().abs() < 36_500 => {
            world.clock().set_shift(shift);
        }
        (None, Some(moment)) => world.clock().set_to(moment),
        _ => {
            return reads.refused(
                StatusCode::UNPROCESSABLE_ENTITY,
                "pošlete buď shift_seconds, nebo at",
            );
        }
    }
    tracing::info!(
        shift_seconds = world.clock().shift().num_seconds(),
        "nia.clock_shifted"
    );
    reads.done("/_sandbox/", Now::of(&world))
}
