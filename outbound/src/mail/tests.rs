//! Mail over real connections to a server that does what its script says.

mod server;

use chrono::{DateTime, Utc};

use super::{Letter, MailAddress, MailConfig, MailError, MailTls, Mailer};
use crate::{Outbound, OutboundConfig, Unavailable};
use server::{Act, Script, Server};

fn now() -> DateTime<Utc> {
    DateTime::from_timestamp(1_795_000_000, 0).unwrap()
}

fn config(server: &Server) -> MailConfig {
    serde_json::from_value(serde_json::json!({
        "host": "127.0.0.1",
        "port": server.port(),
        "tls": "none",
        "from": "identita@mesto.example",
        "from_name": "Město Český Krumlov",
        "envelope_sender": "vraceni@mesto.example",
        "total_timeout_ms": 2_000,
    }))
    .unwrap()
}

fn outbound() -> OutboundConfig {
    OutboundConfig {
        breaker_opens_after: 2,
        ..OutboundConfig::default()
    }
}

fn mailer(config: &MailConfig) -> Mailer {
    let outbound = Outbound::new(&outbound()).unwrap();
    Mailer::new(config, &outbound, "Vzorov", "identita.mesto.example").unwrap()
}

fn letter() -> Letter {
    Letter {
        subject: "Přibyl nový způsob přihlášení".to_owned(),
        text: "Dobrý den,\n.přibyl nový způsob.\n".to_owned(),
        html: "<p>Dobrý den,</p>".to_owned(),
        language: "cs",
        list: "notices",
    }
}

async fn send(mailer: &Mailer) -> Result<(), MailError> {
    let to = MailAddress::parse("jana@posta.example").unwrap();
    mailer.send(&letter(), &to, "id-1", now()).await
}

#[tokio::test]
async fn a_letter_arrives_with_the_headers_of_a_mail_that_a_program_wrote() {
    let server = Server::start(Script::default());

    send(&mailer(&config(&server))).await.unwrap();

    let seen = server.seen();
    assert!(
        seen.commands
            .contains(&"EHLO identita.mesto.example".to_owned()),
        "{seen:?}"
    );
    assert!(
        seen.commands
            .contains(&"MAIL FROM:<vraceni@mesto.example>".to_owned())
    );
    assert!(
        seen.commands
            .contains(&"RCPT TO:<jana@posta.example>".to_owned())
    );
    let message = &seen.messages[0];
    for header in [
        "Message-ID: <id-1@identita.mesto.example>\r\n",
        "To: jana@posta.example\r\n",
        "Date: Wed, 18 Nov 2026 ",
        "Auto-Submitted: auto-generated\r\n",
        "X-Auto-Response-Suppress: All\r\n",
        "Content-Language: cs\r\n",
        "List-Id: <notices.identita.mesto.example>\r\n",
        "MIME-Version: 1.0\r\n",
        "Content-Type: multipart/alternative;",
        "Content-Type: text/plain; charset=utf-8\r\n",
        "Content-Type: text/html; charset=utf-8\r\n",
        "Subject: =?utf-8?b?",
        "<identita@mesto.example>\r\n",
    ] {
        assert!(message.contains(header), "{header} in {message}");
    }
    assert!(message.is_ascii(), "every server takes it: {message}");
}

#[tokio::test]
async fn a_line_break_in_a_subject_begins_no_header() {
    let server = Server::start(Script::default());
    let letter = Letter {
        subject: "Ahoj\r\nBcc: cizi@posta.example".to_owned(),
        ..letter()
    };
    let to = MailAddress::parse("jana@posta.example").unwrap();

    let sent = mailer(&config(&server))
        .send(&letter, &to, "id-1", now())
        .await;

    sent.unwrap();
    let message = &server.seen().messages[0];
    assert!(!message.contains("\r\nBcc:"), "{message}");
}

#[tokio::test]
async fn what_a_failure_means_follows_from_how_far_the_mail_got() {
    let say = |text: &'static str| Act::Say(text);
    let usual = Script::default;
    let cases: [(&str, Script, &str); 12] = [
        (
            "the greeting puts off",
            Script {
                greeting: say("421 busy"),
                ..usual()
            },
            "put_off",
        ),
        (
            "nobody greets",
            Script {
                greeting: Act::Close,
                ..usual()
            },
            "broken",
        ),
        (
            "the sender is refused",
            Script {
                mail: say("550 who"),
                ..usual()
            },
            "not_accepted",
        ),
        (
            "the recipient is put off",
            Script {
                rcpt: say("450 greylisted"),
                ..usual()
            },
            "put_off",
        ),
        (
            "the recipient is refused",
            Script {
                rcpt: say("550 no such user"),
                ..usual()
            },
            "refused",
        ),
        (
            "silence before the message",
            Script {
                rcpt: Act::Silence,
                ..usual()
            },
            "timed_out",
        ),
        (
            "no leave to send",
            Script {
                data: say("451 later"),
                ..usual()
            },
            "put_off",
        ),
        (
            "the message is put off",
            Script {
                taken: say("452 full"),
                ..usual()
            },
            "put_off",
        ),
        (
            "the message is refused",
            Script {
                taken: say("554 spam"),
                ..usual()
            },
            "refused",
        ),
        (
            "silence after the message",
            Script {
                taken: Act::Silence,
                ..usual()
            },
            "unknown",
        ),
        (
            "the end after the message",
            Script {
                taken: Act::Close,
                ..usual()
            },
            "unknown",
        ),
        (
            "answers out of step",
            Script {
                data: say("250 too early"),
                ..usual()
            },
            "not_accepted",
        ),
    ];
    for (name, script, outcome) in cases {
        let server = Server::start(script);

        let error = send(&mailer(&config(&server))).await.unwrap_err();

        assert_eq!(error.outcome(), outcome, "{name}: {error:?}");
        assert!(!error.to_string().contains("jana"), "{error}");
    }
}

#[tokio::test]
async fn a_server_that_is_away_is_left_alone_after_some_failures_and_tried_again_later() {
    let server = Server::start(Script::default());
    // Nobody listens at it, and nobody else can.
    let taken = tokio::net::TcpSocket::new_v4().unwrap();
    taken.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let away = MailConfig {
        port: Some(taken.local_addr().unwrap().port()),
        ..config(&server)
    };
    let mailer = mailer(&away);

    for expected in ["connect", "connect", "paused"] {
        assert_eq!(send(&mailer).await.unwrap_err().outcome(), expected);
    }
}

#[tokio::test]
async fn a_refused_recipient_says_nothing_against_the_server() {
    let server = Server::start(Script {
        rcpt: Act::Say("550 no such user"),
        ..Script::default()
    });
    let mailer = mailer(&config(&server));

    for _ in 0..4 {
        assert_eq!(send(&mailer).await.unwrap_err().outcome(), "refused");
    }
}

#[tokio::test]
async fn a_message_over_the_limit_stays_here() {
    let server = Server::start(Script::default());
    let small = MailConfig {
        max_bytes: 300,
        ..config(&server)
    };

    let error = send(&mailer(&small)).await.unwrap_err();

    assert!(
        matches!(error, MailError::TooLarge { limit: 300 }),
        "{error:?}"
    );
    assert!(server.seen().commands.is_empty());
}

/// A name server that leads everybody to this machine.
#[derive(Debug)]
struct Inside;
#[async_trait::async_trait]
impl crate::Lookup for Inside {
    async fn lookup(&self, _: &str) -> std::io::Result<Vec<std::net::IpAddr>> {
        Ok(vec!["127.0.0.1".parse().unwrap()])
    }
}

#[tokio::test]
async fn a_name_that_leads_inside_is_not_followed() {
    let server = Server::start(Script::default());
    let outbound = Outbound::builder(&outbound())
        .lookup(std::sync::Arc::new(Inside))
        .build()
        .unwrap();
    let named = MailConfig {
        host: "smtp.mesto.example".to_owned(),
        ..config(&server)
    };
    let mailer = Mailer::new(&named, &outbound, "Vzorov", "identita.mesto.example").unwrap();

    let error = send(&mailer).await.unwrap_err();

    assert!(matches!(error, MailError::Forbidden(_)), "{error:?}");
    assert!(server.seen().commands.is_empty());
}

#[tokio::test]
async fn tls_comes_first_or_after_the_greeting_and_the_certificate_must_be_known() {
    for tls in [MailTls::Tls, MailTls::Starttls] {
        let (server, authority) = Server::start_tls(Script::default(), tls);
        let config = MailConfig {
            tls,
            username: Some("broker".to_owned()),
            password: Some("heslo".to_owned().into()),
            ..config(&server)
        };
        let trusting = OutboundConfig {
            extra_ca_files: vec![authority.clone()],
            ..outbound()
        };
        let mailer = |outbound: &OutboundConfig| {
            let outbound = Outbound::new(outbound).unwrap();
            Mailer::new(&config, &outbound, "Vzorov", "identita.mesto.example").unwrap()
        };

        send(&mailer(&trusting)).await.unwrap();
        let stranger = send(&mailer(&outbound())).await.unwrap_err();

        std::fs::remove_file(authority).unwrap();
        let seen = server.seen();
        assert!(
            seen.commands
                .iter()
                .any(|line| line.starts_with("AUTH PLAIN ")),
            "{seen:?}"
        );
        assert_eq!(seen.messages.len(), 1, "{tls:?}");
        assert!(
            matches!(
                stranger,
                MailError::Unavailable {
                    why: Unavailable::Connect,
                    ..
                }
            ),
            "{stranger:?}"
        );
    }
}

#[tokio::test]
async fn a_server_without_starttls_gets_neither_password_nor_mail() {
    let server = Server::start(Script::default());
    let config = MailConfig {
        tls: MailTls::Starttls,
        username: Some("broker".to_owned()),
        password: Some("heslo".to_owned().into()),
        ..config(&server)
    };

    let error = send(&mailer(&config)).await.unwrap_err();

    assert_eq!(error.outcome(), "not_accepted");
    let seen = server.seen();
    assert!(
        !seen
            .commands
            .iter()
            .any(|line| line.starts_with("AUTH") || line.starts_with("MAIL"))
    );
}

#[tokio::test]
async fn a_wrong_password_is_ours_to_mend() {
    let (server, authority) = Server::start_tls(
        Script {
            auth: Act::Say("535 no"),
            ..Script::default()
        },
        MailTls::Tls,
    );
    let config = MailConfig {
        tls: MailTls::Tls,
        username: Some("broker".to_owned()),
        password: Some("heslo".to_owned().into()),
        ..config(&server)
    };
    let trusting = OutboundConfig {
        extra_ca_files: vec![authority.clone()],
        ..outbound()
    };
    let outbound = Outbound::new(&trusting).unwrap();
    let mailer = Mailer::new(&config, &outbound, "Vzorov", "identita.mesto.example").unwrap();

    let error = mailer.greet().await.unwrap_err();

    std::fs::remove_file(authority).unwrap();
    assert_eq!(error.outcome(), "not_accepted");
    assert!(server.seen().messages.is_empty());
}

#[test]
fn a_section_that_cannot_stand_names_its_key() {
    let key = |changes: serde_json::Value| {
        let mut section =
            serde_json::json!({ "host": "smtp.mesto.example", "from": "identita@mesto.example" });
        for (key, value) in changes.as_object().unwrap() {
            section[key] = value.clone();
        }
        let config: MailConfig = serde_json::from_value(section).unwrap();
        config.check().err().map(|problem| problem.parts().0)
    };

    assert_eq!(key(serde_json::json!({})), None);
    assert_eq!(key(serde_json::json!({ "host": "" })), Some("host"));
    assert_eq!(key(serde_json::json!({ "host": "a b" })), Some("host"));
    assert_eq!(
        key(serde_json::json!({ "from": "Město <a@b.cz>" })),
        Some("from")
    );
    assert_eq!(
        key(serde_json::json!({ "from_name": "a\nb" })),
        Some("from_name")
    );
    assert_eq!(
        key(serde_json::json!({ "envelope_sender": "x" })),
        Some("envelope_sender")
    );
    assert_eq!(
        key(serde_json::json!({ "username": "x" })),
        Some("password")
    );
    assert_eq!(
        key(serde_json::json!({ "username": "x", "password": "y", "tls": "none" })),
        Some("tls")
    );
    assert_eq!(
        key(serde_json::json!({ "total_timeout_ms": 0 })),
        Some("total_timeout_ms")
    );
}
