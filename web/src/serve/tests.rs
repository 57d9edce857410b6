use std::net::TcpListener;
use std::time::Duration;

use axum::body::Body;
use axum::http::{Request, StatusCode};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::sync::oneshot;
use tower::ServiceExt as _;

use super::{Limits, Readiness, ServeError, Server, health_routes, metrics_routes};
use crate::config::{ServerConfig, TlsConfig};
use crate::example;

struct Running {
    address: std::net::SocketAddr,
    stop: oneshot::Sender<()>,
    task: tokio::task::JoinHandle<Result<(), ServeError>>,
}

fn start(limits: Limits, app: axum::Router) -> Running {
    let server = Server::new(TcpListener::bind("127.0.0.1:0").unwrap()).with_limits(limits);
    let address = server.address().unwrap();
    let (stop, stopped) = oneshot::channel();
    let task = tokio::spawn(server.run(app, async { drop(stopped.await) }));
    Running {
        address,
        stop,
        task,
    }
}

async fn say(stream: &mut TcpStream, text: &str) -> String {
    stream.write_all(text.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    answer
}

#[tokio::test]
async fn a_server_answers_with_the_date_and_stops_when_told() {
    let running = start(Limits::default(), example::app());
    let mut stream = TcpStream::connect(running.address).await.unwrap();

    let answer = say(
        &mut stream,
        "GET /client HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n",
    )
    .await;

    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    assert!(answer.contains("\r\ndate: "), "{answer}");
    assert!(answer.ends_with("\"127.0.0.1\""), "{answer}");

    running.stop.send(()).unwrap();

    running.task.await.unwrap().unwrap();
}

#[tokio::test]
async fn atk_d06_a_client_that_never_ends_its_head_is_cut_off() {
    let limits = Limits {
        first_request: Duration::from_millis(100),
        next_request: Duration::from_millis(100),
    };
    let running = start(limits, example::app());
    let mut stream = TcpStream::connect(running.address).await.unwrap();

    let answer = say(&mut stream, "GET / HTTP/1.1\r\nhost: x\r\nx-slow: ").await;

    assert!(!answer.contains("200 OK"), "{answer}");
}

#[tokio::test]
async fn atk_d06_a_client_that_never_ends_its_body_is_told_and_cut_off() {
    let policy = example::policy("https://identita.example").timeout(Duration::from_millis(100));
    let running = start(Limits::default(), crate::wrap(example::routes(), policy));
    let mut stream = TcpStream::connect(running.address).await.unwrap();
    let head = "POST / HTTP/1.1\r\nhost: x\r\ncontent-type: application/x-www-form-urlencoded\r\ncontent-length: 50\r\nconnection: close\r\n\r\nname";

    let answer = say(&mut stream, head).await;

    assert!(answer.starts_with("HTTP/1.1 408"), "{answer}");
    assert!(answer.contains("WEB-408"), "{answer}");
}

#[tokio::test]
async fn a_head_without_end_is_refused() {
    let running = start(Limits::default(), example::app());
    let mut stream = TcpStream::connect(running.address).await.unwrap();

    let answer = say(
        &mut stream,
        &format!("GET / HTTP/1.1\r\nhost: x\r\nx: {}", "a".repeat(70_000)),
    )
    .await;

    assert!(answer.starts_with("HTTP/1.1 431"), "{answer}");
}

#[tokio::test]
async fn readiness_names_the_check_that_fails() {
    let readiness = Readiness::new()
        .check("database", || async { true })
        .check("redis", || async { false });
    let app: axum::Router = health_routes(readiness);
    let get = |path: &str| Request::get(path.to_owned()).body(Body::empty()).unwrap();

    let alive = app.clone().oneshot(get("/healthz")).await.unwrap();
    let ready = app.oneshot(get("/readyz")).await.unwrap();

    assert_eq!(alive.status(), StatusCode::OK);
    assert_eq!(ready.status(), StatusCode::SERVICE_UNAVAILABLE);
    let body = axum::body::to_bytes(ready.into_body(), 1000).await.unwrap();
    assert_eq!(
        &body[..],
        br#"{"status":"not ready","checks":{"database":"ok","redis":"failing"}}"#
    );
}

#[tokio::test]
async fn metrics_count_requests_by_route() {
    let app = metrics_routes();

    let _ = example::get_page("/late", "cs").await;

    let answer = app
        .oneshot(Request::get("/metrics").body(Body::empty()).unwrap())
        .await
        .unwrap();
    let body = axum::body::to_bytes(answer.into_body(), usize::MAX)
        .await
        .unwrap();
    let text = String::from_utf8(body.to_vec()).unwrap();
    assert!(
        text.contains("http_requests_total{route=\"/late\",method=\"GET\",status=\"410\"}"),
        "{text}"
    );
    assert!(text.contains("errors_total{code=\"EXA-101\"}"), "{text}");
    assert!(
        text.contains("http_request_seconds_bucket{route=\"/late\",le=\"0.001\"}"),
        "{text}"
    );
}

#[test]
fn an_address_in_use_and_a_certificate_that_is_none_are_named() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let config = ServerConfig {
        listen: taken.local_addr().unwrap(),
        public_url: "https://identita.example".parse().unwrap(),
        tls: None,
        trusted_proxies: Vec::new(),
        metrics_listen: None,
        refusals_per_minute: 0,
        request_timeout_seconds: 30,
        shutdown_seconds: 20,
    };

    let refusal = Server::bind(&config).unwrap_err();

    assert_eq!(refusal.key(), Some("server.listen"));

    let tls = TlsConfig {
        cert_file: "nowhere.pem".into(),
        key_file: "nowhere.pem".into(),
    };
    let free = ServerConfig {
        listen: "127.0.0.1:0".parse().unwrap(),
        tls: Some(tls),
        ..config
    };

    let refusal = Server::bind(&free).unwrap_err();

    assert_eq!(refusal.key(), Some("server.tls.cert_file"));
}

#[tokio::test]
async fn a_server_with_a_certificate_speaks_tls() {
    let folder = std::env::temp_dir().join(format!("web-tls-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let made = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
    let tls = TlsConfig {
        cert_file: folder.join("cert.pem"),
        key_file: folder.join("key.pem"),
    };
    std::fs::write(&tls.cert_file, made.cert.pem()).unwrap();
    std::fs::write(&tls.key_file, made.signing_key.serialize_pem()).unwrap();
    let server = Server::new(TcpListener::bind("127.0.0.1:0").unwrap()).with_tls(Some(tls));
    let port = server.address().unwrap().port();
    let task = tokio::spawn(server.run(example::app(), std::future::pending()));
    let trusted = reqwest::Certificate::from_pem(made.cert.pem().as_bytes()).unwrap();
    let client = reqwest::Client::builder()
        .tls_certs_only([trusted])
        .build()
        .unwrap();

    let answer = client
        .get(format!("https://localhost:{port}/client"))
        .send()
        .await
        .unwrap();

    assert_eq!(answer.status(), 200);
    assert_eq!(answer.version(), reqwest::Version::HTTP_2);
    task.abort();
    std::fs::remove_dir_all(&folder).unwrap();
}
