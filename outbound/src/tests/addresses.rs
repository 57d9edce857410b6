//! The address guard over real connections: redirects, rebinding names, spellings.

use std::{
    io,
    net::IpAddr,
    sync::{Arc, Mutex},
};

use async_trait::async_trait;

use super::{
    config, outbound,
    server::{Behaviour, Server},
};
use crate::{Forbidden, Guard, Lookup, Outbound, OutboundConfig, OutboundError, Unacceptable};

/// A name server that gives the next answer at each question, and the last one for ever.
#[derive(Debug)]
struct Rebinding(Mutex<Vec<Vec<IpAddr>>>);

impl Rebinding {
    fn answers(answers: &[&[&str]]) -> Arc<Self> {
        let answers = answers.iter().rev().map(|answer| {
            answer
                .iter()
                .map(|address| address.parse().unwrap())
                .collect()
        });
        Arc::new(Self(Mutex::new(answers.collect())))
    }
}

#[async_trait]
impl Lookup for Rebinding {
    async fn lookup(&self, _host: &str) -> io::Result<Vec<IpAddr>> {
        let mut answers = self.0.lock().unwrap();
        let next = if answers.len() > 1 {
            answers.pop()
        } else {
            answers.last().cloned()
        };
        next.ok_or_else(|| io::Error::from(io::ErrorKind::NotFound))
    }
}

fn forbidden(error: OutboundError) -> Forbidden {
    match error {
        OutboundError::Forbidden { why, .. } => why,
        other => panic!("{other:?}"),
    }
}

fn resolving(lookup: Arc<dyn Lookup>, allow: &[&str]) -> Outbound {
    let config = OutboundConfig {
        allow: allow.iter().map(ToString::to_string).collect(),
        ..config()
    };
    Outbound::builder(&config).lookup(lookup).build().unwrap()
}

#[tokio::test]
async fn a_loopback_address_typed_by_a_client_is_refused_without_a_connection() {
    let server = Server::start(Behaviour::json("{}")).await;

    for host in [
        "127.0.0.1",
        "2130706433",
        "0x7f.1",
        "[::ffff:127.0.0.1]",
        "0.0.0.0",
        "localhost",
    ] {
        let error = outbound()
            .target("client")
            .get(&server.url_at(host), Guard::Foreign)
            .await
            .unwrap_err();

        assert!(
            matches!(forbidden(error), Forbidden::Address { .. }),
            "{host}"
        );
    }
    assert_eq!(server.requests(), 0);
}

#[tokio::test]
async fn the_operators_own_configuration_may_write_a_loopback_address() {
    let server = Server::start(Behaviour::json("{}")).await;

    assert!(
        outbound()
            .target("nia")
            .get(&server.url_at("127.0.0.1"), Guard::Operator)
            .await
            .is_ok()
    );
    assert!(
        outbound()
            .target("nia")
            .get(&server.url_at("localhost"), Guard::Operator)
            .await
            .is_ok()
    );
}

#[tokio::test]
async fn a_name_that_resolves_to_a_private_address_is_refused_for_everybody_unless_the_network_is_allowed()
 {
    let server = Server::start(Behaviour::json("{}")).await;
    let url = server.url_at("records.town.example");
    let answers = || Rebinding::answers(&[&["127.0.0.1"]]);

    for guard in [Guard::Operator, Guard::Foreign] {
        let closed = resolving(answers(), &[])
            .target("records")
            .get(&url, guard)
            .await
            .unwrap_err();
        assert_eq!(
            forbidden(closed),
            Forbidden::Address {
                host: "records.town.example".to_owned(),
                address: "127.0.0.1".parse().unwrap()
            }
        );
        assert_eq!(server.requests(), 0);
    }
    for guard in [Guard::Operator, Guard::Foreign] {
        assert!(
            resolving(answers(), &["127.0.0.0/8"])
                .target("records")
                .get(&url, guard)
                .await
                .is_ok()
        );
    }
    assert_eq!(server.requests(), 2);
}

#[tokio::test]
async fn a_name_that_changes_its_mind_between_two_requests_is_judged_each_time() {
    let [inner, permitted] =
        Server::pair_at(["127.0.0.1", "127.0.0.2"], Behaviour::json("{}")).await;
    let outbound = resolving(
        Rebinding::answers(&[&["127.0.0.2"], &["127.0.0.1"]]),
        &["127.0.0.2"],
    );
    let target = outbound.target("client");
    let url = permitted.url_at("rebinding.example");

    assert!(target.get(&url, Guard::Foreign).await.is_ok());
    let second = target.get(&url, Guard::Foreign).await.unwrap_err();

    assert!(matches!(forbidden(second), Forbidden::Address { .. }));
    assert_eq!((permitted.requests(), inner.requests()), (1, 0));
}

#[tokio::test]
async fn a_name_that_is_permitted_and_private_at_once_is_refused() {
    let permitted = Server::start_at("127.0.0.2:0", Behaviour::json("{}")).await;
    let outbound = resolving(
        Rebinding::answers(&[&["127.0.0.2", "127.0.0.1"]]),
        &["127.0.0.2"],
    );

    let error = outbound
        .target("client")
        .get(&permitted.url_at("both.example"), Guard::Foreign)
        .await
        .unwrap_err();

    assert!(matches!(forbidden(error), Forbidden::Address { .. }));
    assert_eq!(permitted.requests(), 0);
}

#[tokio::test]
async fn a_redirect_to_loopback_is_not_followed() {
    let inner = Server::start(Behaviour::json("{}")).await;
    let outer = Server::start(Behaviour::redirect(&inner.url())).await;

    for guard in [Guard::Operator, Guard::Foreign] {
        let outbound = resolving(Rebinding::answers(&[&["127.0.0.1"]]), &["127.0.0.0/8"]);
        let error = outbound
            .target("client")
            .get(&outer.url_at("client.example"), guard)
            .await
            .unwrap_err();

        assert!(
            matches!(
                error,
                OutboundError::Unacceptable {
                    why: Unacceptable::Redirect(302),
                    ..
                }
            ),
            "{error:?}"
        );
    }
    assert_eq!((outer.requests(), inner.requests()), (2, 0));
}

#[tokio::test]
async fn a_connection_opened_for_the_operator_never_carries_a_request_of_a_client() {
    let server = Server::start(Behaviour::Send(
        "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}"
            .to_owned(),
    ))
    .await;
    let outbound = outbound();
    let url = server.url_at("localhost");

    assert!(
        outbound
            .target("nia")
            .get(&url, Guard::Operator)
            .await
            .is_ok()
    );
    let error = outbound
        .target("nia")
        .get(&url, Guard::Foreign)
        .await
        .unwrap_err();

    assert!(matches!(forbidden(error), Forbidden::Address { .. }));
    assert_eq!(server.requests(), 1);
}

#[tokio::test]
async fn an_unknown_name_is_no_connection() {
    let outbound = resolving(Rebinding::answers(&[]), &[]);
    let url = url::Url::parse("http://nowhere.example/").unwrap();

    let error = outbound
        .target("client")
        .get(&url, Guard::Foreign)
        .await
        .unwrap_err();

    assert!(
        matches!(
            error,
            OutboundError::Unavailable {
                why: crate::Unavailable::Connect,
                ..
            }
        ),
        "{error:?}"
    );
}
