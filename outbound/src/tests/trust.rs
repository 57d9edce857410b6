//! Whom we believe in TLS, and what `[outbound]` refuses at the start.

use std::{
    io::{Read, Write},
    net::TcpListener,
    path::PathBuf,
    sync::Arc,
};

use rustls::{ServerConfig, ServerConnection, StreamOwned};
use rustls_pki_types::PrivateKeyDer;
use url::Url;

use super::config;
use crate::{ConfigProblem, Guard, Outbound, OutboundConfig, OutboundError, Unavailable};

/// A TLS server with a certificate that signs itself. Gives its address and the certificate as PEM.
fn tls_server() -> (Url, String) {
    let certified = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).unwrap();
    let key = PrivateKeyDer::try_from(certified.signing_key.serialize_der()).unwrap();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let tls = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certified.cert.der().clone()], key)
        .unwrap();
    let (tls, listener) = (Arc::new(tls), TcpListener::bind("127.0.0.1:0").unwrap());
    let url = Url::parse(&format!("https://{}/", listener.local_addr().unwrap())).unwrap();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let Ok(connection) = ServerConnection::new(Arc::clone(&tls)) else {
                return;
            };
            let mut stream = StreamOwned::new(connection, stream.unwrap());
            // A client that does not trust us hangs up here.
            let _ = stream.read(&mut [0; 4096]);
            let _ = stream
                .write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\n{}");
            stream.conn.send_close_notify();
            let _ = stream.flush();
        }
    });
    (url, certified.cert.pem())
}

fn file(name: &str, content: &str) -> PathBuf {
    let file = std::env::temp_dir().join(format!("outbound-{}-{name}", std::process::id()));
    std::fs::write(&file, content).unwrap();
    file
}

#[tokio::test]
async fn a_certificate_of_nobody_we_know_is_no_connection() {
    let (url, _) = tls_server();

    let error = Outbound::new(&config())
        .unwrap()
        .target("source")
        .get(&url, Guard::Operator)
        .await
        .unwrap_err();

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
}

#[tokio::test]
async fn an_authority_of_the_operators_own_is_believed() {
    let (url, certificate) = tls_server();
    let authority = file("authority.pem", &certificate);
    let config = OutboundConfig {
        extra_ca_files: vec![authority.clone()],
        total_timeout_ms: 5_000,
        ..config()
    };

    let fetched = Outbound::new(&config)
        .unwrap()
        .target("source")
        .get(&url, Guard::Operator)
        .await;
    std::fs::remove_file(authority).unwrap();

    assert_eq!(&fetched.unwrap().body[..], b"{}");
}

#[test]
fn a_file_that_is_missing_or_holds_no_certificate_stops_the_start() {
    let missing = OutboundConfig {
        extra_ca_files: vec![PathBuf::from("/nowhere/authority.pem")],
        ..config()
    };
    let problem = Outbound::new(&missing).unwrap_err();
    assert!(matches!(&problem, ConfigProblem::UnreadableCa { .. }));
    assert!(problem.to_string().contains("/nowhere/authority.pem"));

    let empty = file("empty.pem", "not a certificate");
    let problem = Outbound::new(&OutboundConfig {
        extra_ca_files: vec![empty.clone()],
        ..config()
    })
    .unwrap_err();
    std::fs::remove_file(empty).unwrap();
    assert!(matches!(problem, ConfigProblem::NoCertificate { .. }));
}

#[test]
fn values_that_make_no_sense_stop_the_start_with_key_and_remedy() {
    let problem = |config: OutboundConfig| Outbound::new(&config).unwrap_err().to_string();

    assert_eq!(
        problem(OutboundConfig {
            allow: vec!["intranet".to_owned()],
            ..config()
        }),
        r#"outbound.allow: "intranet" is not a network; write it like "10.20.0.0/16" or "192.0.2.7""#
    );
    assert_eq!(
        problem(OutboundConfig {
            max_bytes: 0,
            ..config()
        }),
        "outbound.max_bytes: must be at least 1; leave it out for the default"
    );
    assert_eq!(
        problem(OutboundConfig {
            user_agent: "two\nlines".to_owned(),
            ..config()
        }),
        "outbound.user_agent: must be plain text on one line"
    );
}

#[test]
fn an_unknown_key_is_refused_and_an_empty_section_is_the_default() {
    let section: OutboundConfig = serde_json::from_str("{}").unwrap();
    assert_eq!(section.total_timeout_ms, 10_000);

    assert!(serde_json::from_str::<OutboundConfig>(r#"{"alow":[]}"#).is_err());
}
