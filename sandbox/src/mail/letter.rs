//! A letter as a person reads it. MIME is decoded by mail-parser.

use std::borrow::Cow;

use mail_parser::{Address, Message, MessageParser, MessagePart, MimeHeaders as _};
use serde::Serialize;

use super::sink::{Envelope, Kept};

/// A decoded letter.
#[derive(Debug, Clone, Serialize)]
pub struct Letter {
    /// The name of its files.
    pub id: String,
    /// What was said before it.
    pub envelope: Envelope,
    /// `From`
    pub from: String,
    /// `To`
    pub to: String,
    /// `Reply-To`
    pub reply_to: Option<String>,
    /// `Subject`
    pub subject: String,
    /// `Message-ID`, without its brackets.
    pub message_id: Option<String>,
    /// `Content-Language`
    pub language: Option<String>,
    /// The text; when there is only HTML, what is left of it.
    pub text: String,
    /// The HTML, when there is a part of it.
    pub html: Option<String>,
    /// Names of attached files.
    pub attachments: Vec<String>,
    /// Every header as it came, unfolded and decoded no further.
    pub headers: Vec<(String, String)>,
    /// In bytes.
    pub size: usize,
}

/// A piece of a text: words, or an address to click.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Piece<'t> {
    /// Words.
    Words(&'t str),
    /// `http:` or `https:`
    Link(&'t str),
}

impl From<&Kept> for Letter {
    fn from(kept: &Kept) -> Self {
        let mut letter = Self {
            id: kept.id.clone(),
            envelope: kept.envelope.clone(),
            from: String::new(),
            to: String::new(),
            reply_to: None,
            subject: String::new(),
            message_id: None,
            language: None,
            text: String::new(),
            html: None,
            attachments: Vec::new(),
            headers: Vec::new(),
            size: kept.letter.len(),
        };
        // What is no message at all has an envelope still.
        if let Some(message) = MessageParser::default().parse(&kept.letter) {
            letter.read(&message);
        }
        letter
    }
}

impl Letter {
    fn read(&mut self, message: &Message<'_>) {
        let has_html = message.parts.iter().any(MessagePart::is_text_html);
        let html = message.body_html(0).filter(|_| has_html);
        let reply_to = addresses(message.reply_to());
        self.from = addresses(message.from());
        self.to = addresses(message.to());
        self.reply_to = Some(reply_to).filter(|text| !text.is_empty());
        message
            .subject()
            .unwrap_or_default()
            .clone_into(&mut self.subject);
        self.message_id = message.message_id().map(str::to_owned);
        self.language = message.header_raw("Content-Language").map(unfolded);
        self.text = message.body_text(0).unwrap_or_default().into_owned();
        self.html = html.map(Cow::into_owned);
        let name = |part: &MessagePart<'_>| part.attachment_name().unwrap_or("?").to_owned();
        self.attachments = message.attachments().map(name).collect();
        self.headers = message
            .headers_raw()
            .map(|(name, value)| (name.to_owned(), unfolded(value)))
            .collect();
    }

    /// The text with its links apart.
    pub fn pieces(&self) -> Vec<Piece<'_>> {
        pieces(&self.text)
    }
}

fn pieces(text: &str) -> Vec<Piece<'_>> {
    let mut found = Vec::new();
    let mut rest = text;
    loop {
        let start = ["http://", "https://"]
            .iter()
            .filter_map(|scheme| rest.find(scheme))
            .min();
        let Some((before, from_link)) = start.and_then(|start| rest.split_at_checked(start)) else {
            break;
        };
        let end = from_link
            .find(|c: char| c.is_whitespace() || matches!(c, '<' | '>' | '"'))
            .unwrap_or(from_link.len());
        let (link, after) = from_link.split_at(end);
        let trimmed = link.trim_end_matches(['.', ',', ')', ';', '!', '?']);
        let (link, tail) = link.split_at(trimmed.len());
        found.extend([Piece::Words(before), Piece::Link(link), Piece::Words(tail)]);
        rest = after;
    }
    found.push(Piece::Words(rest));
    found.retain(|piece| *piece != Piece::Words(""));
    found
}

fn addresses(list: Option<&Address<'_>>) -> String {
    let one = |address: &mail_parser::Addr<'_>| match (address.name(), address.address()) {
        (Some(name), Some(address)) => format!("{name} <{address}>"),
        (None, Some(address)) => address.to_owned(),
        (name, None) => name.unwrap_or_default().to_owned(),
    };
    let all: Vec<_> = list
        .map(|list| list.iter().map(one).collect())
        .unwrap_or_default();
    all.join(", ")
}

fn unfolded(value: &str) -> String {
    value.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::Utc;

    fn letter(text: &str) -> Letter {
        Letter::from(&Kept {
            id: "00000001".to_owned(),
            envelope: Envelope {
                from: "mesto@example.cz".to_owned(),
                to: vec!["jana@example.cz".to_owned()],
                peer: "127.0.0.1".to_owned(),
                secured: true,
                at: Utc::now(),
            },
            letter: text.replace('\n', "\r\n").into_bytes(),
        })
    }

    #[test]
    fn words_in_other_alphabets_are_decoded() {
        let letter = letter(
            "From: =?utf-8?Q?M=C4=9Bsto?= <mesto@example.cz>\nTo: jana@example.cz\nSubject: =?utf-8?B?T3bEm8WZZW7DrQ==?=\n =?utf-8?Q?_e-mailu?=\nContent-Language: cs\nMIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: quoted-printable\n\nP=C5=99ihl=C3=A1=C5=A1en=C3=\n=AD\n",
        );

        assert_eq!(letter.subject, "Ověření e-mailu");
        assert_eq!(letter.from, "Město <mesto@example.cz>");
        assert_eq!(letter.text.trim(), "Přihlášení");
        assert_eq!(letter.language.as_deref(), Some("cs"));
        assert_eq!(letter.html, None);
    }

    #[test]
    fn of_two_forms_the_text_is_read_and_the_html_is_kept() {
        let letter = letter(
            "Subject: x\nContent-Type: multipart/alternative; boundary=q\n\n--q\nContent-Type: text/plain; charset=utf-8\n\nAhoj\n--q\nContent-Type: text/html; charset=utf-8\n\n<p>Ahoj</p>\n--q--\n",
        );

        assert_eq!(letter.text.trim(), "Ahoj");
        assert_eq!(letter.html.unwrap().trim(), "<p>Ahoj</p>");
    }

    #[test]
    fn anything_is_a_letter() {
        for text in ["", "\n", "no header", "\u{0}"] {
            assert_eq!(letter(text).subject, "", "{text:?}");
        }
    }

    #[test]
    fn links_stand_apart() {
        let text = "Ověřte (http://a.example/x?y=1). Nebo <https://b.example/>!";

        assert_eq!(
            pieces(text),
            [
                Piece::Words("Ověřte ("),
                Piece::Link("http://a.example/x?y=1"),
                Piece::Words(")."),
                Piece::Words(" Nebo <"),
                Piece::Link("https://b.example/"),
                Piece::Words(">!"),
            ]
        );
        assert_eq!(pieces("nic"), [Piece::Words("nic")]);
    }
}
