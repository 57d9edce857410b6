//! Whom we show our certificate, and what stops us from it.

use std::path::PathBuf;

use chrono::{DateTime, Utc};

use super::{
    authority::{Authority, Folder, Issued, TlsServer},
    config,
};
use crate::{
    ClientCertificateConfig, ConfigProblem, Forbidden, Guard, Outbound, OutboundConfig,
    OutboundError, Request, Unacceptable, Unavailable,
};

const ANSWER: &str = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\n{}";

/// A town with its certificate, and the authority of the service it talks to.
struct World {
    folder: Folder,
    service: Authority,
    clients: Authority,
    town: Issued,
}

impl World {
    fn new() -> Self {
        let clients = Authority::new("Client authority");
        Self {
            folder: Folder::new(),
            service: Authority::new("Service authority"),
            town: clients.issue("town.example", 2090),
            clients,
        }
    }

    /// A server as it should be: known authority, right name, asking for certificates of that authority.
    fn server(&self) -> TlsServer {
        let shown = self.service.issue("localhost", 2090);
        TlsServer::start(&shown, Some(&self.clients), ANSWER)
    }

    fn section(&self) -> ClientCertificateConfig {
        ClientCertificateConfig {
            certificate_file: self.folder.file("town.pem", &self.town.certificate),
            key_file: self.folder.file("town.key", &self.town.key),
            next_certificate_file: None,
            next_key_file: None,
            hosts: vec!["localhost".to_owned()],
            ca_files: vec![self.folder.file("service.pem", &self.service.pem())],
        }
    }

    fn outbound(section: ClientCertificateConfig) -> Result<Outbound, ConfigProblem> {
        let config = OutboundConfig {
            client_certificate: [("isds".to_owned(), section)].into(),
            total_timeout_ms: 5_000,
            ..config()
        };
        Outbound::builder(&config).now(noon).build()
    }
}

fn noon() -> DateTime<Utc> {
    "2026-11-26T12:00:00Z".parse().unwrap()
}

async fn ask(outbound: &Outbound, url: &url::Url) -> Result<(), OutboundError> {
    let target = outbound.target_with("isds", "isds").unwrap();
    let request = Request::post(url, Guard::Operator).body("text/plain", "one-time");
    target.send(request).await.map(|_| ())
}

#[tokio::test]
async fn a_server_that_asks_sees_our_certificate() {
    let world = World::new();
    let server = world.server();
    let outbound = World::outbound(world.section()).unwrap();

    ask(&outbound, &server.url).await.unwrap();
    ask(&outbound, &server.url).await.unwrap();

    assert_eq!(server.peers(), [world.town.der(), world.town.der()]);
    let target = outbound.target_with("isds", "isds").unwrap();
    let until = target.certificate_validity().unwrap().not_after;
    assert_eq!(until.to_string(), "2090-12-31 00:00:00 UTC");
    assert_eq!(target.certificate(), Some(world.town.der()));
}

#[tokio::test]
async fn a_server_that_does_not_ask_is_told_nothing() {
    let world = World::new();
    let server = TlsServer::start(&world.service.issue("localhost", 2090), None, ANSWER);
    let outbound = World::outbound(world.section()).unwrap();

    let error = ask(&outbound, &server.url).await.unwrap_err();

    assert!(
        matches!(
            error,
            OutboundError::Unacceptable {
                why: Unacceptable::NoCertificateAsked,
                ..
            }
        ),
        "{error:?}"
    );
    assert_eq!(server.requests(), [] as [String; 0]);
}

#[tokio::test]
async fn a_server_of_another_authority_or_name_sees_neither_certificate_nor_request() {
    let world = World::new();
    let stranger = Authority::new("Service authority");
    let foreign = TlsServer::start(
        &stranger.issue("localhost", 2090),
        Some(&world.clients),
        ANSWER,
    );
    let misnamed = TlsServer::start(
        &world.service.issue("elsewhere.example", 2090),
        Some(&world.clients),
        ANSWER,
    );
    let expired = TlsServer::start(
        &world.service.issue("localhost", 2021),
        Some(&world.clients),
        ANSWER,
    );
    let outbound = World::outbound(world.section()).unwrap();

    for server in [foreign, misnamed, expired] {
        let error = ask(&outbound, &server.url).await.unwrap_err();

        assert!(
            matches!(
                error,
                OutboundError::Unavailable {
                    why: Unavailable::Connect,
                    ..
                }
            ),
            "{error:?}"
        );
        assert_eq!(server.requests(), [] as [String; 0]);
        assert_eq!(server.peers(), [] as [Vec<u8>; 0]);
    }
}

#[tokio::test]
async fn a_server_that_refuses_our_certificate_is_told_apart_from_one_that_is_down() {
    let world = World::new();
    let others = Authority::new("Other clients");
    let server = TlsServer::start(
        &world.service.issue("localhost", 2090),
        Some(&others),
        ANSWER,
    );
    let outbound = World::outbound(world.section()).unwrap();

    let error = ask(&outbound, &server.url).await.unwrap_err();

    assert!(
        matches!(
            error,
            OutboundError::Unavailable {
                why: Unavailable::CertificateRefused,
                ..
            }
        ),
        "{error:?}"
    );
    assert_eq!(server.requests(), [] as [String; 0]);
}

#[tokio::test]
async fn the_certificate_is_shown_to_its_own_hosts_and_over_tls_alone() {
    let world = World::new();
    let server = world.server();
    let outbound = World::outbound(world.section()).unwrap();
    let mut plain = server.url.clone();
    plain.set_scheme("http").unwrap();

    for url in [server.url_at("127.0.0.1"), plain] {
        let error = ask(&outbound, &url).await.unwrap_err();

        assert!(
            matches!(
                error,
                OutboundError::Forbidden {
                    why: Forbidden::CertificateElsewhere { .. },
                    ..
                }
            ),
            "{error:?}"
        );
    }
    assert_eq!(server.requests(), [] as [String; 0]);
}

#[tokio::test]
async fn a_target_without_a_certificate_does_not_borrow_it() {
    let world = World::new();
    let server = world.server();
    let outbound = World::outbound(world.section()).unwrap();

    let error = outbound
        .target("isds")
        .get(&server.url, Guard::Operator)
        .await
        .unwrap_err();

    assert!(error.to_string().contains("no connection"), "{error:?}");
    assert_eq!(outbound.target("isds").certificate_validity(), None);
    let unknown = outbound.target_with("caais", "caais").unwrap_err();
    assert_eq!(
        unknown.to_string(),
        "there is no [outbound.client_certificate.caais]"
    );
}

#[tokio::test]
async fn a_certificate_out_of_date_starts_and_asks_nobody() {
    let world = World::new();
    let server = world.server();
    let expired = world.clients.issue("town.example", 2025);
    let outbound = World::outbound(ClientCertificateConfig {
        certificate_file: world.folder.file("expired.pem", &expired.certificate),
        key_file: world.folder.file("expired.key", &expired.key),
        ..world.section()
    })
    .unwrap();

    let error = ask(&outbound, &server.url).await.unwrap_err();

    assert!(
        matches!(
            error,
            OutboundError::Forbidden {
                why: Forbidden::CertificateOutOfDate { .. },
                ..
            }
        ),
        "{error:?}"
    );
    assert_eq!(server.requests(), [] as [String; 0]);
}

#[tokio::test]
async fn a_certificate_that_has_ended_gives_way_to_the_one_that_follows_it() {
    let world = World::new();
    let (ended, next) = (
        world.clients.issue("town.example", 2025),
        world.clients.issue("town.example", 2095),
    );
    let following = |certificate: &Issued| ClientCertificateConfig {
        certificate_file: world.folder.file("first.pem", &certificate.certificate),
        key_file: world.folder.file("first.key", &certificate.key),
        next_certificate_file: Some(world.folder.file("next.pem", &next.certificate)),
        next_key_file: Some(world.folder.file("next.key", &next.key)),
        ..world.section()
    };

    for (first, shown) in [(&world.town, &world.town), (&ended, &next)] {
        let server = world.server();
        let outbound = World::outbound(following(first)).unwrap();
        ask(&outbound, &server.url).await.unwrap();

        assert_eq!(server.peers(), [shown.der()]);
        let target = outbound.target_with("isds", "isds").unwrap();
        assert_eq!(target.certificate(), Some(shown.der()));
        let until = target.certificate_validity().unwrap().not_after;
        assert_eq!(until.to_string(), "2095-12-31 00:00:00 UTC");
    }
}

#[tokio::test]
async fn without_authorities_of_its_own_the_houses_are_believed() {
    let world = World::new();
    let server = world.server();
    let config = OutboundConfig {
        client_certificate: [(
            "isds".to_owned(),
            ClientCertificateConfig {
                ca_files: Vec::new(),
                ..world.section()
            },
        )]
        .into(),
        extra_ca_files: vec![world.folder.file("service.pem", &world.service.pem())],
        total_timeout_ms: 5_000,
        ..config()
    };
    let outbound = Outbound::builder(&config).now(noon).build().unwrap();

    ask(&outbound, &server.url).await.unwrap();

    assert_eq!(server.peers(), [world.town.der()]);
}

#[test]
fn files_that_cannot_work_stop_the_start_with_key_and_remedy() {
    let world = World::new();
    let other = world.clients.issue("other.example", 2090);
    let problem = |section| World::outbound(section).unwrap_err().to_string();

    let foreign_key = ClientCertificateConfig {
        key_file: world.folder.file("other.key", &other.key),
        ..world.section()
    };
    assert_eq!(
        problem(foreign_key),
        "outbound.client_certificate.isds.key_file: the key is not that of the certificate in certificate_file"
    );
    let missing = ClientCertificateConfig {
        key_file: PathBuf::from("/nowhere/town.key"),
        ..world.section()
    };
    assert_eq!(
        problem(missing),
        "outbound.client_certificate.isds.key_file: /nowhere/town.key cannot be read; give the path of a PEM file that this process may read"
    );
    let swapped = ClientCertificateConfig {
        certificate_file: world.section().key_file,
        ..world.section()
    };
    assert!(problem(swapped).contains("certificate_file: "));
    let no_key = ClientCertificateConfig {
        key_file: world.section().certificate_file,
        ..world.section()
    };
    assert!(problem(no_key).contains("holds no private key"));
    let half = ClientCertificateConfig {
        next_key_file: Some(world.section().key_file),
        ..world.section()
    };
    assert_eq!(
        problem(half),
        "outbound.client_certificate.isds.next_certificate_file: name next_key_file too, or neither"
    );
    let next_foreign = ClientCertificateConfig {
        next_certificate_file: Some(world.section().certificate_file),
        next_key_file: Some(world.folder.file("other.key", &other.key)),
        ..world.section()
    };
    assert!(problem(next_foreign).contains("isds.next_key_file: "));
    let broken = ClientCertificateConfig {
        ca_files: vec![world.folder.file("broken.pem", "nothing")],
        ..world.section()
    };
    assert!(problem(broken).contains("isds.ca_files: "));
    for hosts in [
        vec![],
        vec!["https://localhost".to_owned()],
        vec!["localhost:8404".to_owned()],
    ] {
        let nobody = ClientCertificateConfig {
            hosts,
            ..world.section()
        };
        assert_eq!(
            problem(nobody),
            "outbound.client_certificate.isds.hosts: must name at least one host, without scheme and port"
        );
    }
}
