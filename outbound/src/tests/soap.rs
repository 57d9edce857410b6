//! What we say in SOAP, and what we take for an answer.

use std::fmt::Write as _;

use super::{
    outbound,
    server::{Behaviour, Server},
};
use crate::{
    Guard, OutboundError, Unacceptable, Unavailable,
    soap::{Call, Element, Limits, Malformed, SoapError, read},
};

const ENVELOPE: &str = "http://schemas.xmlsoap.org/soap/envelope/";
const SERVICE: &str = "http://service.example/v1";

fn envelope(body: &str) -> String {
    format!(
        r#"<?xml version="1.0" encoding="UTF-8"?><s:Envelope xmlns:s="{ENVELOPE}"><s:Header/><s:Body>{body}</s:Body></s:Envelope>"#
    )
}

fn judge(text: &str) -> Result<Element, SoapError> {
    read(text.as_bytes(), &Limits::default())
}

fn malformed(text: &str) -> Malformed {
    match judge(text) {
        Err(SoapError::Malformed(why)) => why,
        other => panic!("{text}: {other:?}"),
    }
}

async fn call(behaviour: Behaviour) -> Result<Element, SoapError> {
    let server = Server::start(behaviour).await;
    let (url, outbound) = (server.url(), outbound());
    Call::new(&url, Guard::Operator)
        .send(&outbound.target("service"), &Element::new(SERVICE, "ask"))
        .await
}

fn faulty(status: u16, content_type: &str, body: &str) -> Behaviour {
    Behaviour::Send(format!(
        "HTTP/1.1 {status} Status\r\ncontent-type: {content_type}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
        body.len()
    ))
}

#[tokio::test]
async fn a_call_is_a_post_of_one_element_in_an_envelope() {
    let answer = envelope(r#"<q:done xmlns:q="http://service.example/v1" n="1">ano</q:done>"#);
    let server = Server::start(Behaviour::typed("text/xml; charset=utf-8", &answer)).await;
    let url = server.url();
    let message = Element::new(SERVICE, "ask")
        .with(Element::new(SERVICE, "session").with_text("a<b>&\"c"))
        .with(Element::new(SERVICE, "kind").with_attribute("of", "x\"<y"));

    let answer = Call::new(&url, Guard::Operator)
        .send(&outbound().target("service"), &message)
        .await
        .unwrap();

    assert!(answer.is(SERVICE, "done"));
    assert_eq!(answer.attribute("n"), Some("1"));
    assert_eq!(answer.text().as_deref(), Some("ano"));
    let request = server.last_request();
    assert!(request.contains("\r\nsoapaction: \"\"\r\n"), "{request}");
    assert!(request.contains("\r\ncontent-type: text/xml; charset=utf-8\r\n"));
    assert!(
        request.ends_with(concat!(
            r#"<?xml version="1.0" encoding="UTF-8"?><Envelope xmlns="http://schemas.xmlsoap.org/soap/envelope/"><Body>"#,
            r#"<ask xmlns="http://service.example/v1"><session>a&lt;b&gt;&amp;&quot;c</session>"#,
            r#"<kind of="x&quot;&lt;y"></kind></ask></Body></Envelope>"#
        )),
        "{request}"
    );
}

#[test]
fn whatever_text_is_written_reads_back() {
    let mut seed = 7_u64;
    for _ in 0..2_000 {
        let text: String = (0..20)
            .map(|_| {
                seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                let number = u32::try_from(seed >> 33).unwrap();
                let odd = [
                    '<', '>', '&', '"', '\'', ']', '\0', '\u{b}', '\u{fffe}', ' ',
                ];
                match number % 3 {
                    0 => odd[number as usize / 3 % odd.len()],
                    1 => char::from_u32(number % 0x250).unwrap(),
                    _ => char::from_u32(number % 0x11_0000).unwrap_or('x'),
                }
            })
            .collect();
        let message = Element::new(SERVICE, "ask")
            .with_attribute("a", &text)
            .with(Element::new("", "part").with_text(&text));

        let read = judge(&envelope(&crate::soap::write(&message))).unwrap();

        let expected = text.replace(['\0', '\u{b}', '\u{fffe}', '\u{ffff}'], "\u{fffd}");
        let expected: String = expected
            .chars()
            .map(|c| {
                if c < ' ' && !"\t\n\r".contains(c) {
                    '\u{fffd}'
                } else {
                    c
                }
            })
            .collect();
        // Line ends and, in attributes, all white space are the reader's to fold (XML 1.0, 2.11 and 3.3.3).
        let folded = |text: &str| text.replace(['\r', '\n', '\t'], " ").replace("  ", " ");
        let part = read.children().next().unwrap();
        assert_eq!(folded(&part.text().unwrap()), folded(&expected));
        assert_eq!(folded(read.attribute("a").unwrap()), folded(&expected));
    }
}

#[test]
fn any_prefix_and_the_default_namespace_are_read_alike() {
    for body in [
        r#"<done xmlns="http://service.example/v1"><part>a&amp;&#98;<!-- no matter --><![CDATA[<c>]]></part></done>"#,
        r#"<n0:done xmlns:n0="http://service.example/v1"><n1:part xmlns:n1="http://service.example/v1">a&amp;b&lt;c&gt;</n1:part></n0:done>"#,
    ] {
        let answer = judge(&envelope(body)).unwrap();

        assert!(answer.is(SERVICE, "done"));
        let part = answer.children_named("part").next().unwrap();
        assert_eq!(part.text().as_deref(), Some("a&b<c>"));
    }
    let with_mark = format!("\u{feff}{}", envelope("<a/>"));
    assert!(judge(&with_mark).unwrap().is("", "a"));
}

#[test]
fn markup_that_opens_doors_is_refused_by_name() {
    let doctype = envelope("<a/>").replace(
        "?><",
        "?><!DOCTYPE a [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><",
    );
    assert_eq!(malformed(&doctype), Malformed::Doctype);
    assert_eq!(malformed(&envelope("<a>&x;</a>")), Malformed::Entity);
    assert_eq!(malformed(&envelope("<a b='&x;'/>")), Malformed::Entity);
    assert_eq!(
        malformed(&envelope("<a><?php x?></a>")),
        Malformed::ProcessingInstruction
    );
}

#[test]
fn what_is_not_well_formed_is_refused() {
    for body in [
        "<a>",
        "<a></b>",
        "<a b='1' b='2'/>",
        "<x:a/>",
        "<a x:b='1'/>",
        "<a b='<'/>",
        "<a>&#0;</a>",
        "<a>&#xB;</a>",
        "<a>\u{b}</a>",
        "<a>&</a>",
        r#"<a xmlns:p="u" xmlns:q="u" p:b="1" q:b="2"/>"#,
    ] {
        assert_eq!(
            malformed(&envelope(body)),
            Malformed::NotWellFormed,
            "{body}"
        );
    }
    for text in ["", "text", "<a/><a/>", "<a/>text"] {
        assert_eq!(malformed(text), Malformed::NotWellFormed, "{text}");
    }
    let cut = &envelope("<a/>")[..60];
    assert_eq!(malformed(cut), Malformed::NotWellFormed);
}

#[test]
fn another_encoding_is_refused() {
    let declared = envelope("<a/>").replace("UTF-8", "windows-1250");
    assert_eq!(malformed(&declared), Malformed::NotUtf8);
    let octets = envelope("<a>x</a>").replace('x', "\u{80}").into_bytes();
    let broken: Vec<u8> = octets.into_iter().filter(|octet| *octet != 0xc2).collect();
    assert!(matches!(
        read(&broken, &Limits::default()),
        Err(SoapError::Malformed(Malformed::NotUtf8))
    ));
}

#[test]
fn limits_hold_at_the_boundary() {
    let nested = |depth: usize| envelope(&("<a>".repeat(depth) + &"</a>".repeat(depth)));
    assert!(judge(&nested(30)).is_ok());
    assert_eq!(malformed(&nested(31)), Malformed::TooDeep);

    let flat = |count: usize| envelope(&format!("<a>{}</a>", "<b/>".repeat(count)));
    assert!(judge(&flat(996)).is_ok());
    assert_eq!(malformed(&flat(997)), Malformed::TooMany);

    let wide = |count: usize| {
        let mut attributes = String::new();
        for n in 0..count {
            write!(attributes, " a{n}='1'").unwrap();
        }
        envelope(&format!("<a{attributes}/>"))
    };
    assert!(judge(&wide(32)).is_ok());
    assert_eq!(malformed(&wide(33)), Malformed::TooMany);

    let large = envelope(&format!("<a>{}</a>", "x".repeat(256 * 1024)));
    assert_eq!(malformed(&large), Malformed::TooLarge);
}

#[test]
fn only_one_element_directly_in_the_body_is_an_answer() {
    assert_eq!(malformed(&envelope("")), Malformed::NotOneEntry);
    assert_eq!(malformed(&envelope("<a/><b/>")), Malformed::NotOneEntry);
    assert_eq!(malformed("<a/>"), Malformed::NotSoap);
    let other = envelope("<a/>").replace(ENVELOPE, "http://www.w3.org/2003/05/soap-envelope");
    assert_eq!(malformed(&other), Malformed::NotSoap);
    let twice = envelope("<a/>").replace("</s:Body>", "</s:Body><s:Body><b/></s:Body>");
    assert_eq!(malformed(&twice), Malformed::NotSoap);
    let demanding = envelope("<a/>").replace(
        "<s:Header/>",
        r#"<s:Header><h s:mustUnderstand="1"/></s:Header>"#,
    );
    assert_eq!(malformed(&demanding), Malformed::MustUnderstand);
    let patient = demanding.replace("=\"1\"", "=\"0\"");
    assert!(judge(&patient).unwrap().is("", "a"));
}

#[tokio::test]
async fn a_fault_is_a_fault_whatever_its_status() {
    let body = envelope(
        "<s:Fault><faultcode>s:Client</faultcode><faultstring> Neznámá operace </faultstring></s:Fault>",
    );

    for status in [200, 500] {
        let error = call(faulty(status, "text/xml", &body)).await.unwrap_err();

        let SoapError::Fault(fault) = error else {
            panic!("{error:?}")
        };
        assert_eq!((&*fault.code, &*fault.text), ("Client", "Neznámá operace"));
    }
}

#[tokio::test]
async fn an_outage_is_an_outage_even_when_it_comes_as_a_fault() {
    let fault =
        envelope("<s:Fault><faultcode>Probíhá údržba: zkuste později</faultcode></s:Fault>");

    let error = call(faulty(503, "text/xml", &fault)).await.unwrap_err();

    assert!(
        matches!(
            error,
            SoapError::Outbound(OutboundError::Unavailable {
                why: Unavailable::ServerError(503),
                ..
            })
        ),
        "{error:?}"
    );
}

#[tokio::test]
async fn what_is_no_soap_over_http_is_no_answer() {
    let html = "<html>Přihlaste se</html>";
    let good = envelope("<a/>");

    let refused = call(faulty(401, "text/html", html)).await.unwrap_err();
    assert!(matches!(
        refused,
        SoapError::Outbound(OutboundError::Unacceptable {
            why: Unacceptable::Status(401),
            ..
        })
    ));
    let page = call(faulty(200, "text/html", html)).await.unwrap_err();
    assert!(matches!(
        page,
        SoapError::Outbound(OutboundError::Unacceptable {
            why: Unacceptable::ContentType(_),
            ..
        })
    ));
    let crash = call(faulty(500, "text/html", html)).await.unwrap_err();
    assert!(matches!(
        crash,
        SoapError::Outbound(OutboundError::Unavailable {
            why: Unavailable::ServerError(500),
            ..
        })
    ));
    let no_fault = call(faulty(500, "text/xml", &good)).await.unwrap_err();
    assert!(matches!(no_fault, SoapError::Malformed(Malformed::NoFault)));
    let latin = call(faulty(200, "text/xml; charset=iso-8859-2", &good))
        .await
        .unwrap_err();
    assert!(matches!(latin, SoapError::Malformed(Malformed::NotUtf8)));
    let flood = call(Behaviour::Announce(300 * 1024)).await.unwrap_err();
    assert!(matches!(
        flood,
        SoapError::Outbound(OutboundError::Unacceptable { .. })
    ));
}
