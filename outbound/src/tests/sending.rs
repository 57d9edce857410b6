//! What we send.

use secrecy::SecretString;

use super::{
    config, outbound,
    server::{Behaviour, Server},
};
use crate::{Auth, Guard, Outbound, OutboundConfig, Request};

#[tokio::test]
async fn a_form_is_posted_with_the_clients_secret_in_the_header() {
    let server = Server::start(Behaviour::json("{}")).await;
    let auth = Auth::Basic {
        id: "portal".to_owned(),
        secret: SecretString::from("tajné"),
    };
    let fields = [("grant_type", "authorization_code"), ("code", "a b&c")];

    outbound()
        .target("broker")
        .post_form(&server.url(), &fields, auth, Guard::Operator)
        .await
        .unwrap();

    let request = server.last_request();
    assert!(
        request.starts_with("POST /document HTTP/1.1\r\n"),
        "{request}"
    );
    assert!(
        request.contains("\r\nauthorization: Basic cG9ydGFsOnRham4lQzMlQTk=\r\n"),
        "{request}"
    );
    assert!(
        request.contains("\r\ncontent-type: application/x-www-form-urlencoded\r\n"),
        "{request}"
    );
    assert!(
        request.ends_with("\r\n\r\ngrant_type=authorization_code&code=a+b%26c"),
        "{request}"
    );
}

#[tokio::test]
async fn we_say_who_we_are_and_what_we_can_read() {
    let server = Server::start(Behaviour::json("{}")).await;
    let url = server.url();
    let outbound = Outbound::new(&OutboundConfig {
        user_agent: "city-idp/1.0".to_owned(),
        ..config()
    })
    .unwrap();
    let request = Request::get(&url, Guard::Operator)
        .expecting(crate::JSON)
        .auth(Auth::Bearer(SecretString::from("token")))
        .header("x-request-id", "1234");

    outbound.target("broker").send(request).await.unwrap();

    let request = server.last_request();
    for header in [
        "user-agent: city-idp/1.0",
        "accept: application/json",
        "authorization: Bearer token",
        "x-request-id: 1234",
    ] {
        assert!(
            request.contains(&format!("\r\n{header}\r\n")),
            "{header} in {request}"
        );
    }
}

#[tokio::test]
async fn a_secret_that_would_break_the_header_is_not_sent() {
    let server = Server::start(Behaviour::json("{}")).await;
    let url = server.url();
    let request = Request::get(&url, Guard::Operator)
        .auth(Auth::Bearer(SecretString::from("a\r\nx-injected: 1")));

    assert!(outbound().target("broker").send(request).await.is_err());

    assert_eq!(server.requests(), 0);
}
