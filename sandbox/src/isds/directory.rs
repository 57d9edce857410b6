//! `POST /sds/ws/call`: the public directory of boxes, plain XML without SOAP, open to everybody (reference 7.9).

use axum::body::Bytes;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use quick_xml::escape::escape;

use super::boxes::{BoxState, Gross};
use super::data::DataBox;
use super::fault::{Fault, Moment};
use super::journal::Entry;
use super::{Isds, search};
use crate::faults::Kind as _;
use crate::world::World;
use crate::xml::{self, Element};

const NAMESPACE: &str = "http://seznam.gov.cz/ovm/ws/v1";
/// More are not told.
const MOST: usize = 100;

/// Who holds this box, which boxes has this number, who is called so?
pub async fn post(State(world): State<World>, body: Bytes) -> Response {
    let isds = world.isds();
    let fault = isds.fault("", Moment::Directory);
    let mut entry = Entry::new(world.clock().now(), "directory", "answered");
    entry.fault = fault.map(Fault::code);
    isds.journal.note(entry);
    if fault == Some(Fault::DirectoryDown) {
        return (
            StatusCode::SERVICE_UNAVAILABLE,
            "<html><h1>503 Service Unavailable</h1></html>",
        )
            .into_response();
    }
    let Some(request) = std::str::from_utf8(&body)
        .ok()
        .and_then(|text| xml::parse(text).ok())
        .filter(|request| request.namespace == NAMESPACE)
    else {
        return answer("GetInfoResponse", &message("Chybný požadavek"));
    };
    let found = found(isds, &request);
    let name = match request.name.as_str() {
        "SearchSubjectRequest" => "SearchSubjectResponse",
        _ => "GetInfoResponse",
    };
    let found = match (found, fault) {
        (Some(_), Some(Fault::DirectoryNothing)) => Some(Vec::new()),
        (found, _) => found,
    };
    let Some(found) = found else {
        return answer(name, &message("Neznámý požadavek"));
    };
    let people: Vec<_> = found
        .into_iter()
        .take(MOST)
        .map(|one| subject(isds, one, fault == Some(Fault::DirectoryOther)))
        .collect();
    answer(name, &people.concat())
}

fn found<'a>(isds: &'a Isds, request: &Element) -> Option<Vec<&'a DataBox>> {
    let text = |name| {
        request
            .child(NAMESPACE, name)
            .map(|child| child.text.trim())
            .filter(|text| !text.is_empty())
    };
    let listed = isds.boxes().iter().filter(|one| is_listed(isds, one));
    match request.name.as_str() {
        "GetInfoRequest" => match (text("DataboxId"), text("Ico")) {
            (Some(id), None) => Some(listed.filter(|one| one.id == id).collect()),
            (None, Some(ico)) => Some(
                listed
                    .filter(|one| one.ic.as_deref() == Some(ico))
                    .collect(),
            ),
            _ => None,
        },
        "SearchSubjectRequest" => {
            let words = text("Nazev")?.to_lowercase();
            let is_named = |one: &&DataBox| search::name(isds, one).to_lowercase().contains(&words);
            Some(listed.filter(is_named).collect())
        }
        _ => None,
    }
}

/// Authorities and legal persons are listed while accessible, people only when they want to be.
fn is_listed(isds: &Isds, one: &DataBox) -> bool {
    let is_public = matches!(one.kind.gross(), Gross::Ovm | Gross::Po) || one.listed;
    is_public && isds.state_of(one) == BoxState::ACCESSIBLE
}

fn subject(isds: &Isds, one: &DataBox, is_somebody_else: bool) -> String {
    let (ico, name) = if is_somebody_else {
        (
            Some("00000043".to_owned()),
            "Donau Holding s.r.o.".to_owned(),
        )
    } else {
        (one.ic.clone(), search::name(isds, one))
    };
    let ico = ico.map_or_else(String::new, |ico| format!("<Ico>{}</Ico>", escape(&ico)));
    let holder = isds.holder(one);
    let seat = one.seat.as_ref().or_else(|| holder?.address.as_ref());
    let seat = seat.map_or_else(String::new, |seat| {
        let parts = [
            ("AdresaTextem", &seat.line()),
            ("OkresNazev", &"Český Krumlov".to_owned()),
            ("ObecNazev", &seat.city),
            ("CastObceNazev", &seat.district),
            ("UliceNazev", &seat.street),
            ("PostaKod", &seat.zip),
            ("CisloDomovni", &seat.number),
            ("CisloOrientacni", &seat.number_in_street),
        ];
        let inside: Vec<_> = parts
            .iter()
            .filter(|(_, value)| !value.is_empty())
            .map(|(name, value)| format!("<{name}>{}</{name}>", escape(value.as_str())))
            .collect();
        format!("<AdresaSidla>{}</AdresaSidla>", inside.concat())
    });
    format!(
        "<Osoba>{ico}<NazevOsoby>{}</NazevOsoby><ISDS>{}</ISDS><PDZ>true</PDZ><TypSubjektu>{}</TypSubjektu>{seat}</Osoba>",
        escape(&name),
        one.id,
        one.kind.gross().symbol()
    )
}

fn message(text: &str) -> String {
    format!("<Message>{}</Message>", escape(text))
}

fn answer(name: &str, inside: &str) -> Response {
    let body = format!("<{name} xmlns=\"{NAMESPACE}\">{inside}</{name}>");
    (
        [(header::CONTENT_TYPE, "application/xml; charset=utf-8")],
        body,
    )
        .into_response()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::isds::config::IsdsConfig;

    fn ids(isds: &Isds, text: &str) -> Option<Vec<String>> {
        let text = text.replacen('>', &format!(" xmlns=\"{NAMESPACE}\">"), 1);
        let found = found(isds, &xml::parse(&text).unwrap())?;
        Some(found.iter().map(|one| one.id.clone()).collect())
    }

    #[test]
    fn companies_are_found_and_people_only_when_they_want_to_be() {
        let isds = Isds::new(&IsdsConfig::default()).unwrap();
        let by_id = |id: &str| {
            ids(
                &isds,
                &format!("<GetInfoRequest><DataboxId>{id}</DataboxId></GetInfoRequest>"),
            )
            .unwrap()
        };

        assert_eq!(by_id("po00001"), ["po00001"]);
        assert_eq!(by_id("fo00001"), ["fo00001"]);
        assert!(by_id("fo00002").is_empty());
        assert!(by_id("po00005").is_empty());
        isds.set_state("po00001", BoxState::try_from(2).unwrap());
        assert!(by_id("po00001").is_empty());
    }

    #[test]
    fn a_number_and_a_name_find_boxes() {
        let isds = Isds::new(&IsdsConfig::default()).unwrap();

        let by_number = "<GetInfoRequest><Ico>00000019</Ico></GetInfoRequest>";
        assert_eq!(ids(&isds, by_number).unwrap(), ["pfo0001", "pfo0031"]);
        let by_name = "<SearchSubjectRequest><Nazev>VLTAV</Nazev></SearchSubjectRequest>";
        assert_eq!(
            ids(&isds, by_name).unwrap(),
            ["po00001", "po00002", "spol001"]
        );
        assert!(ids(&isds, "<GetInfoRequest></GetInfoRequest>").is_none());
    }
}
