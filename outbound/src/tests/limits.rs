//! Size, time and form of an answer.

use super::{
    impatient, outbound,
    server::{Behaviour, Server},
};
use crate::{Guard, JSON, Outbound, OutboundError, Request, Unacceptable, Unavailable};

const TEN_MEGABYTES: usize = 10 * 1024 * 1024;

async fn fetch(behaviour: Behaviour) -> OutboundError {
    fetch_by(outbound(), behaviour).await
}

/// The error of a source that does not come to an end by itself.
async fn cut_off(behaviour: Behaviour) -> OutboundError {
    fetch_by(Outbound::new(&impatient(400)).unwrap(), behaviour).await
}

async fn fetch_by(outbound: Outbound, behaviour: Behaviour) -> OutboundError {
    let server = Server::start(behaviour).await;
    let url = server.url();
    outbound
        .target("source")
        .send(Request::get(&url, Guard::Operator).expecting(JSON))
        .await
        .unwrap_err()
}

fn unacceptable(error: OutboundError) -> Unacceptable {
    match error {
        OutboundError::Unacceptable { why, .. } => why,
        other => panic!("{other:?}"),
    }
}

fn unavailable(error: OutboundError) -> Unavailable {
    match error {
        OutboundError::Unavailable { why, .. } => why,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_good_answer_is_read_whole() {
    let server = Server::start(Behaviour::json(r#"{"keys":[]}"#)).await;

    let fetched = outbound()
        .target("source")
        .get(&server.url(), Guard::Operator)
        .await
        .unwrap();

    assert_eq!(fetched.status, 200);
    assert_eq!(fetched.content_type.as_deref(), Some("application/json"));
    assert_eq!(&fetched.body[..], br#"{"keys":[]}"#);
}

#[tokio::test]
async fn a_body_of_one_byte_at_a_time_is_cut_off_by_the_total_time() {
    assert_eq!(
        unavailable(cut_off(Behaviour::Trickle).await),
        Unavailable::TimedOut
    );
}

#[tokio::test]
async fn silence_is_cut_off_by_the_total_time() {
    assert_eq!(
        unavailable(cut_off(Behaviour::Silence).await),
        Unavailable::TimedOut
    );
}

#[tokio::test]
async fn ten_megabytes_are_refused_as_soon_as_they_are_announced() {
    let error = fetch_any(Behaviour::Announce(TEN_MEGABYTES)).await;

    assert_eq!(
        unacceptable(error),
        Unacceptable::TooLarge { limit: 64 * 1024 }
    );
}

#[tokio::test]
async fn ten_unannounced_megabytes_are_cut_off_at_the_limit() {
    let error = fetch_any(Behaviour::Pour(TEN_MEGABYTES)).await;

    assert_eq!(
        unacceptable(error),
        Unacceptable::TooLarge { limit: 64 * 1024 }
    );
}

#[tokio::test]
async fn a_body_of_exactly_the_limit_passes_and_one_byte_more_does_not() {
    let server = Server::start(Behaviour::json("{}")).await;
    let url = server.url();
    let target = outbound().target("source");

    assert!(
        target
            .send(Request::get(&url, Guard::Operator).max_bytes(2))
            .await
            .is_ok()
    );

    let error = target
        .send(Request::get(&url, Guard::Operator).max_bytes(1))
        .await
        .unwrap_err();
    assert_eq!(unacceptable(error), Unacceptable::TooLarge { limit: 1 });
}

#[tokio::test]
async fn a_web_page_where_json_is_expected_is_refused() {
    let error = fetch(Behaviour::typed(
        "text/html; charset=utf-8",
        "<h1>Maintenance</h1>",
    ))
    .await;

    assert_eq!(
        unacceptable(error),
        Unacceptable::ContentType("text/html; charset=utf-8".to_owned())
    );
}

#[tokio::test]
async fn an_answer_without_a_content_type_is_refused_where_one_is_expected() {
    let error = fetch(Behaviour::status(200)).await;

    assert_eq!(
        unacceptable(error),
        Unacceptable::ContentType("none".to_owned())
    );
}

#[tokio::test]
async fn an_answer_broken_off_in_the_middle_is_not_taken_for_a_short_one() {
    assert_eq!(
        unavailable(fetch_any(Behaviour::Break).await),
        Unavailable::Broken
    );
}

#[tokio::test]
async fn a_server_error_is_an_outage_and_a_client_error_is_an_answer() {
    assert_eq!(
        unavailable(fetch(Behaviour::status(503)).await),
        Unavailable::ServerError(503)
    );

    let server = Server::start(Behaviour::status(400)).await;
    let fetched = outbound()
        .target("source")
        .get(&server.url(), Guard::Operator)
        .await
        .unwrap();
    assert_eq!(fetched.status, 400);
    assert_eq!(
        unacceptable(fetched.successful().unwrap_err()),
        Unacceptable::Status(400)
    );
}

#[tokio::test]
async fn a_closed_port_is_no_connection() {
    let server = Server::start(Behaviour::Silence).await;
    // Nobody listens at it, and nobody else can.
    let taken = tokio::net::TcpSocket::new_v4().unwrap();
    taken.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let mut url = server.url();
    url.set_port(Some(taken.local_addr().unwrap().port()))
        .unwrap();

    let error = outbound()
        .target("source")
        .get(&url, Guard::Operator)
        .await
        .unwrap_err();

    assert_eq!(unavailable(error), Unavailable::Connect);
}

#[tokio::test]
async fn an_error_never_shows_the_address_with_what_it_carries() {
    let server = Server::start(Behaviour::Break).await;
    let mut url = server.url();
    url.set_query(Some("code=hidden"));

    let error = outbound()
        .target("source")
        .get(&url, Guard::Operator)
        .await
        .unwrap_err();

    assert!(!format!("{error:?} {error}").contains("hidden"));
}

async fn fetch_any(behaviour: Behaviour) -> OutboundError {
    let server = Server::start(behaviour).await;
    outbound()
        .target("source")
        .get(&server.url(), Guard::Operator)
        .await
        .unwrap_err()
}
