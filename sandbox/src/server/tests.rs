//! Who comes through the door with client certificates: those that `config/development/certificates.sh` makes, and nobody's.

use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::process::Command;

use figment::Figment;
use figment::providers::{Format as _, Toml};
use openssl::ssl::{SslConnector, SslFiletype, SslMethod};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_openssl::SslStream;

use super::*;

const EXCHANGE: &str = "/asws/extIs2Endpoint";
/// Nobody's certificate, and two that are not taken: by the alert that OpenSSL names so.
const STRANGERS: [(Option<&str>, &str); 3] = [
    (None, "certificate required"),
    (Some("client-expired"), "certificate expired"),
    (Some("client-other-authority"), "unknown ca"),
];

/// A sandbox that listens, and the certificates of a development house.
struct House {
    folder: PathBuf,
    plain: SocketAddr,
    address: SocketAddr,
    stop: watch::Sender<bool>,
}

impl House {
    async fn open(name: &str, refusal: &str) -> Self {
        let folder =
            std::env::temp_dir().join(format!("city-sandbox-{}-door-{name}", std::process::id()));
        drop(std::fs::remove_dir_all(&folder));
        let tls = folder.join("tls");
        make_certificates(&tls);
        let config = format!(
            "listen = \"127.0.0.1:0\"\ndata_dir = '{folder}/data'\n[tls]\nclient_listen = \"127.0.0.1:0\"\n{refusal}\n\
             certificate = '{tls}/server.pem'\nkey = '{tls}/server.key'\nca = '{tls}/ca.pem'\n[[isds.application]]\n\
             ats_id = \"TOWN\"\nname = \"Town\"\nreturn_url = \"http://127.0.0.1/\"\ndata_box = \"ovm0001\"\n\
             certificate_file = '{tls}/client.pem'\n",
            folder = folder.display(),
            tls = tls.display(),
        );
        let config: Config = Figment::new()
            .merge(Toml::string(&config))
            .extract()
            .unwrap();
        let doors = Doors::open(&config).await.unwrap();
        let (plain, address) = (doors.at.plain, doors.at.client_tls.unwrap());
        let world = World::new(&config, config.addresses_at(&doors.at)).unwrap();
        let (stop, stopping) = watch::channel(false);
        for door in doors.serve(&world, &stopping).unwrap() {
            tokio::spawn(door);
        }
        Self {
            folder,
            plain,
            address,
            stop,
        }
    }

    /// Status and body of a call without content, or why there was no answer.
    async fn ask(&self, path: &str, shown: Option<&str>) -> Result<(u16, String), String> {
        self.call(path, shown, "").await
    }

    async fn call(
        &self,
        path: &str,
        shown: Option<&str>,
        content: &str,
    ) -> Result<(u16, String), String> {
        let answer = self.answer(path, shown, content).await;
        let text = answer.map_err(|error| error.to_string())?;
        let (head, body) = text.split_once("\r\n\r\n").unwrap();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        assert!(head.contains("x-sandbox: "), "{head}");
        Ok((status, body.to_owned()))
    }

    async fn answer(
        &self,
        path: &str,
        shown: Option<&str>,
        content: &str,
    ) -> std::io::Result<String> {
        let tls = self.folder.join("tls");
        let mut connector = SslConnector::builder(SslMethod::tls_client()).unwrap();
        connector.set_ca_file(tls.join("ca.pem")).unwrap();
        if let Some(name) = shown {
            let file = |ending: &str| tls.join(format!("{name}.{ending}"));
            connector
                .set_certificate_file(file("pem"), SslFiletype::PEM)
                .unwrap();
            connector
                .set_private_key_file(file("key"), SslFiletype::PEM)
                .unwrap();
        }
        let ssl = connector.build().configure().unwrap();
        let ssl = ssl.into_ssl("127.0.0.1").unwrap();
        let stream = TcpStream::connect(self.address).await?;
        let mut stream = SslStream::new(ssl, stream).unwrap();
        Pin::new(&mut stream)
            .connect()
            .await
            .map_err(std::io::Error::other)?;
        let request = format!(
            "POST {path} HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{content}",
            content.len()
        );
        // In TLS 1.3 a refusal comes after the client's handshake: the answer tells, not the request.
        drop(stream.write_all(request.as_bytes()).await);
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await?;
        Ok(answer)
    }
}

impl House {
    /// Asks for a fault as the form in the browser does, or as a program.
    async fn set_fault(&self, accept: &str, fields: &[(&str, &str)]) -> (u16, String) {
        let client = reqwest::Client::new();
        let url = format!("http://{}/_sandbox/isds/fault", self.plain);
        let request = client.post(url).header("accept", accept).form(fields);
        let response = request.send().await.unwrap();
        (response.status().as_u16(), response.text().await.unwrap())
    }

    /// The status of an exchange of a `sessionId` that was never given, which is answered with 200.
    async fn exchange(&self) -> u16 {
        let content = "<e:Envelope xmlns:e=\"http://schemas.xmlsoap.org/soap/envelope/\"><e:Body>\
             <authConfirmationRequest xmlns=\"http://agw-as.cz/ats-ws/v1_1\"><sessionId>none</sessionId>\
             </authConfirmationRequest></e:Body></e:Envelope>";
        let answer = self.call(EXCHANGE, Some("client"), content).await;
        answer.unwrap().0
    }
}

impl Drop for House {
    fn drop(&mut self) {
        self.stop.send_replace(true);
        drop(std::fs::remove_dir_all(&self.folder));
    }
}

fn make_certificates(folder: &Path) {
    let script =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../config/development/certificates.sh");
    let made = Command::new("bash").arg(script).arg(folder).output();
    let made = made.unwrap();
    let told = String::from_utf8_lossy(&made.stderr);
    assert!(made.status.success(), "{told}");
}

fn refused() -> Value {
    json!({ "code": 401, "message": "Unknown client certificate" })
}

#[tokio::test]
async fn strangers_are_refused_by_the_handshake_when_nothing_else_is_said() {
    let house = House::open("handshake", "").await;

    for (shown, alert) in STRANGERS {
        let error = house.ask(EXCHANGE, shown).await.unwrap_err();
        assert!(error.contains(alert), "{shown:?}: {error}");
    }

    let (status, body) = house.ask(EXCHANGE, Some("client")).await.unwrap();
    assert_eq!(status, 500, "a call without content: {body}");
    assert!(body.contains("Fault"), "{body}");
}

#[tokio::test]
async fn strangers_are_refused_in_json_at_every_address_when_it_is_said_so() {
    let house = House::open("json", "client_refusal = \"json\"").await;

    for (shown, _) in STRANGERS {
        for path in [
            EXCHANGE,
            "/asws/nasEndpoint",
            "/_sandbox/isds/reset",
            "/none",
        ] {
            let (status, body) = house.ask(path, shown).await.unwrap();
            assert_eq!(status, 401, "{shown:?} at {path}: {body}");
            assert_eq!(serde_json::from_str::<Value>(&body).unwrap(), refused());
        }
    }

    let (status, body) = house.ask(EXCHANGE, Some("client")).await.unwrap();
    assert_eq!(status, 500, "a call without content: {body}");
    assert!(body.contains("Fault"), "{body}");
}

#[tokio::test]
async fn a_good_certificate_that_nobody_registered_passes_the_door_and_is_refused_by_isds() {
    for (name, refusal) in [
        ("unregistered", ""),
        ("unregistered-json", "client_refusal = \"json\""),
    ] {
        let house = House::open(name, refusal).await;

        let shown = Some("client-unregistered");
        let (status, body) = house.ask(EXCHANGE, shown).await.unwrap();
        assert_eq!(status, 401);
        assert_eq!(serde_json::from_str::<Value>(&body).unwrap(), refused());
        assert_eq!(house.ask("/none", shown).await.unwrap().0, 404);
    }
}

#[test]
fn certificates_that_last_stay_when_they_are_made_again() {
    let name = format!("city-sandbox-{}-door-again", std::process::id());
    let folder = std::env::temp_dir().join(name);
    drop(std::fs::remove_dir_all(&folder));
    let all = || {
        let made = [
            "client",
            "client-expired",
            "client-other-authority",
            "client-unregistered",
        ];
        made.map(|name| std::fs::read(folder.join(format!("{name}.pem"))).unwrap())
    };

    make_certificates(&folder);
    let first = all();
    make_certificates(&folder);

    assert!(first == all());
    drop(std::fs::remove_dir_all(&folder));
}

#[tokio::test]
async fn a_share_of_exchanges_goes_wrong_until_it_is_cleared() {
    let house = House::open("share", "").await;
    let wish = [("fault", "soap_fault"), ("percent", "50")];

    let (status, told) = house.set_fault("application/json", &wish).await;
    let mut exchanges = Vec::new();
    for _ in 0..6 {
        exchanges.push(house.exchange().await);
    }

    assert_eq!(status, 200);
    let waits = json!({ "fault": "soap_fault", "of": null, "times": null, "percent": 50 });
    assert_eq!(serde_json::from_str::<Value>(&told).unwrap(), waits);
    assert_eq!(exchanges, [200, 500, 200, 500, 200, 500]);
}

#[tokio::test]
async fn the_form_of_faults_sends_a_share_and_tells_it() {
    let house = House::open("form", "").await;
    let filled = |percent| {
        [
            ("of", ""),
            ("times", "3"),
            ("percent", percent),
            ("fault", "soap_fault"),
        ]
    };

    let (_, page) = house.set_fault("text/html", &filled("25")).await;
    let (refused, reason) = house.set_fault("text/html", &filled("101")).await;

    assert!(page.contains("<label class=\"label\" for=\"percent\">U kolika volání ze sta</label>"));
    assert!(page.contains("25 ze 100 volání, ještě 3×"), "{page}");
    assert_eq!(
        (refused, reason.as_str()),
        (422, "percent je číslo od 1 do 100")
    );
    let index = reqwest::get(format!("http://{}/_sandbox/", house.plain))
        .await
        .unwrap();
    assert!(
        index
            .text()
            .await
            .unwrap()
            .contains("percent (1 to 100 of the next calls")
    );
}
