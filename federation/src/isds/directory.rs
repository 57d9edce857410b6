//! The public directory of boxes (SDS): does the box really belong to the body that the login names? (reference 5.5, 7.9)
//!
//! The same names of attributes mean the holder of the box in one service of ISDS and the holder's statutory body in another.
//! The directory lists every accessible box of a legal person and of an office, so it is asked before anybody acts for one.
//! People and traders are listed only when they want to be: who is not listed is believed, who is listed otherwise is not.

use outbound::soap::{self, Element, Limits, Malformed};
use outbound::{Guard, Outbound, OutboundError, Request, Target, XML};
use url::Url;

use super::config::DirectoryCheck;
use crate::body::{Body, BodyKind};

const NAMESPACE: &str = "http://seznam.gov.cz/ovm/ws/v1";
const LIMITS: Limits = Limits {
    octets: 256 * 1024,
    depth: 8,
    elements: 2_000,
    attributes: 16,
};

/// The directory, and how much hangs on it.
#[derive(Debug)]
pub(super) struct Directory {
    target: Target,
    url: Url,
    check: DirectoryCheck,
}

/// What the directory says about a box.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Listed {
    ico: Option<String>,
    name: String,
}

/// What came of a question.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Told {
    /// The directory has the box.
    Listed(Listed),
    /// It has not.
    Unlisted,
    /// It could not be asked.
    Nothing,
}

/// What that makes of the body that a login names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Heard {
    /// It is the body, or need not be asked about.
    Confirmed(Body),
    /// Nobody could be asked: no reason to begin to act for it, and none to stop.
    Unconfirmed(Body),
    /// The directory knows the box otherwise, or not at all.
    Refuted,
}

/// Why the directory said nothing.
#[derive(Debug, thiserror::Error)]
enum Silent {
    #[error(transparent)]
    Outbound(#[from] OutboundError),
    #[error("the directory's answer cannot be read: {0}")]
    Malformed(#[from] Malformed),
}

impl Directory {
    pub(super) fn new(outbound: &Outbound, id: &str, url: Url, check: DirectoryCheck) -> Self {
        Self {
            target: outbound.target_aside(&format!("{id}.directory")),
            url,
            check,
        }
    }

    /// What the directory says of the body.
    pub(super) async fn hear(&self, body: Body) -> Heard {
        let told = match self.ask(&body.reference).await {
            Ok(Some(listed)) => Told::Listed(listed),
            Ok(None) => Told::Unlisted,
            Err(error) => {
                let error: &dyn std::error::Error = &error;
                tracing::warn!(error, "the directory of data boxes could not be asked");
                Told::Nothing
            }
        };
        judge(self.check, body, told)
    }

    async fn ask(&self, box_id: &str) -> Result<Option<Listed>, Silent> {
        let question = Element::new(NAMESPACE, "GetInfoRequest")
            .with(Element::new(NAMESPACE, "DataboxId").with_text(box_id));
        let request = Request::post(&self.url, Guard::Operator)
            .body("application/xml; charset=utf-8", soap::write(&question))
            .expecting(XML)
            .max_bytes(LIMITS.octets);
        let answer = self.target.send(request).await?.successful()?;
        Ok(read(&answer.body, box_id)?)
    }
}

/// The entry of that box, when the directory has one.
fn read(octets: &[u8], box_id: &str) -> Result<Option<Listed>, Malformed> {
    let answer = soap::document(octets, &LIMITS)?;
    if !answer.is(NAMESPACE, "GetInfoResponse") {
        return Err(Malformed::NotWellFormed);
    }
    let text = |entry: &Element, name: &str| {
        let part = entry.children_named(name).next()?;
        let text = part.text()?.trim().to_owned();
        (!text.is_empty()).then_some(text)
    };
    Ok(answer
        .children_named("Osoba")
        .find(|entry| text(entry, "ISDS").as_deref() == Some(box_id))
        .map(|entry| Listed {
            ico: text(entry, "Ico"),
            name: text(entry, "NazevOsoby").unwrap_or_default(),
        }))
}

fn judge(check: DirectoryCheck, body: Body, told: Told) -> Heard {
    let required = check == DirectoryCheck::Require && body.kind != BodyKind::SoleTrader;
    match told {
        // A foreign number, or none, is in neither place.
        Told::Listed(listed) if body.ico == listed.ico || body.ico.is_none() => {
            if !same_name(&body.name, &listed.name) {
                tracing::info!("the directory of data boxes writes a body's name another way");
            }
            Heard::Confirmed(Body {
                ico: listed.ico.or(body.ico),
                ..body
            })
        }
        Told::Listed(_) => {
            tracing::error!(
                "a login through a data box names another body than the directory; nobody acts for it"
            );
            Heard::Refuted
        }
        Told::Unlisted if required => {
            tracing::warn!("the directory of data boxes does not list a body; nobody acts for it");
            Heard::Refuted
        }
        Told::Nothing if required => {
            tracing::warn!("a body stays unconfirmed; nobody begins to act for it now");
            Heard::Unconfirmed(body)
        }
        Told::Unlisted | Told::Nothing => Heard::Confirmed(body),
    }
}

fn same_name(one: &str, other: &str) -> bool {
    let plain = |name: &str| {
        let words: Vec<_> = name.split_whitespace().map(str::to_lowercase).collect();
        words.join(" ")
    };
    plain(one) == plain(other)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn body(kind: BodyKind, ico: Option<&str>) -> Body {
        Body {
            kind,
            ico: ico.map(str::to_owned),
            name: "Pekařství Vltava s.r.o.".to_owned(),
            reference: "po00001".to_owned(),
            role: "PRIMARY_USER".to_owned(),
            full: true,
            rights: None,
        }
    }

    fn listed(ico: Option<&str>) -> Told {
        Told::Listed(Listed {
            ico: ico.map(str::to_owned),
            name: "PEKAŘSTVÍ  VLTAVA s.r.o.".to_owned(),
        })
    }

    #[test]
    fn isds_d15_a_body_that_the_directory_does_not_confirm_is_nobodys_to_act_for() {
        use DirectoryCheck::{Require, Warn};
        use Heard::{Confirmed, Refuted, Unconfirmed};
        let company = || body(BodyKind::Company, Some("00000027"));
        let trader = || body(BodyKind::SoleTrader, Some("00000027"));

        for check in [Require, Warn] {
            assert_eq!(
                judge(check, company(), listed(Some("00000027"))),
                Confirmed(company())
            );
            assert_eq!(judge(check, company(), listed(Some("00000043"))), Refuted);
            assert_eq!(judge(check, company(), listed(None)), Refuted);
            assert_eq!(judge(check, trader(), listed(Some("00000043"))), Refuted);
            assert_eq!(judge(check, trader(), Told::Unlisted), Confirmed(trader()));
            assert_eq!(judge(check, trader(), Told::Nothing), Confirmed(trader()));
        }
        assert_eq!(judge(Require, company(), Told::Unlisted), Refuted);
        assert_eq!(
            judge(Require, company(), Told::Nothing),
            Unconfirmed(company()),
            "an outage refutes nothing"
        );
        for silence in [Told::Unlisted, Told::Nothing] {
            assert_eq!(judge(Warn, company(), silence), Confirmed(company()));
        }
        let nameless = body(BodyKind::Company, None);
        assert_eq!(
            judge(Require, nameless, listed(Some("00000027"))),
            Confirmed(company())
        );
    }

    #[test]
    fn the_entry_of_the_box_is_read_and_no_other() {
        let answer = |inside: &str| {
            format!("<GetInfoResponse xmlns=\"{NAMESPACE}\">{inside}</GetInfoResponse>")
        };
        let other =
            "<Osoba><Ico>00000043</Ico><NazevOsoby>Jiná</NazevOsoby><ISDS>po00002</ISDS></Osoba>";
        let ours = "<Osoba><Ico> 00000027 </Ico><NazevOsoby>Pekařství</NazevOsoby><ISDS>po00001</ISDS></Osoba>";

        let found = read(answer(&format!("{other}{ours}")).as_bytes(), "po00001").unwrap();
        assert_eq!(
            found,
            Some(Listed {
                ico: Some("00000027".to_owned()),
                name: "Pekařství".to_owned()
            })
        );
        assert_eq!(read(answer(other).as_bytes(), "po00001"), Ok(None));
        let message = answer("<Message>Nenalezeno</Message>");
        assert_eq!(read(message.as_bytes(), "po00001"), Ok(None));
        assert!(read(b"<html/>", "po00001").is_err());
        let doctype = format!("<!DOCTYPE a>{}", answer(ours));
        assert_eq!(read(doctype.as_bytes(), "po00001"), Err(Malformed::Doctype));
    }
}
