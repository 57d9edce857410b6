//! `POST /asws/nasEndpoint`: is the authentication service alive? The schema was never seen; this is its sibling's.

use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;

use super::fault::{Fault, Moment};
use crate::soap::{self, SoapError};
use crate::world::World;

/// Alive, unless told otherwise.
pub async fn post(State(world): State<World>, body: Bytes) -> Response {
    let request = match soap::request(&body) {
        Ok(request) if request.name == "heartBeatRequest" => request,
        Ok(request) => return SoapError::Operation(request.name).into_fault(),
        Err(error) => return error.into_fault(),
    };
    let namespace = quick_xml::escape::escape(&request.namespace);
    let status = match world.isds().fault("", Moment::Heartbeat) {
        Some(Fault::HeartbeatError) => {
            "<h:status>ERROR</h:status><h:code>503</h:code><h:message>Služba není dostupná</h:message>"
        }
        Some(Fault::HeartbeatLimited) => {
            "<h:status>LIMITED</h:status><h:message>Omezený provoz</h:message>"
        }
        _ => "<h:status>OK</h:status>",
    };
    let body =
        format!("<h:heartBeatResponse xmlns:h=\"{namespace}\">{status}</h:heartBeatResponse>");
    soap::answer(StatusCode::OK, &body, world.isds().variety())
}
