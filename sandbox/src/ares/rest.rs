//! `GET /ekonomicke-subjekty/{ico}` and `POST /ekonomicke-subjekty/vyhledat`.

use std::time::Duration;

use axum::Json;
use axum::body::{Body, Bytes};
use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use futures_util::stream;
use serde::Deserialize;
use serde_json::{Value, json};

use super::fault::Fault;
use super::state::Call;
use super::subject::Subject;
use crate::ico;
use crate::world::World;

/// More numbers are not taken in one question.
const NUMBERS: usize = 100;
/// More subjects are not told in one answer.
const RESULTS: usize = 1000;
const SLOW: Duration = Duration::from_secs(3);

/// One subject.
pub async fn get(State(world): State<World>, Path(ico): Path<String>) -> Response {
    answer(&world, &ico, |subject| Some(subject.json())).await
}

/// What is told of one subject, with the fault that waits.
pub async fn answer(
    world: &World,
    ico: &str,
    told: impl Fn(&Subject) -> Option<Value>,
) -> Response {
    let ares = world.ares();
    let known = ares.subject(ico);
    let response = if ico::is_valid(ico) {
        let fault = ares.faults.take(ico, |_| true);
        let known = match fault {
            Some(Fault::NotFound) => None,
            Some(Fault::OtherSubject) => ares.subject("00000078"),
            _ => known,
        };
        match (fault, known.as_ref().and_then(told)) {
            (Some(fault), told) => spoiled(fault, told).await,
            (None, Some(told)) => Json(told).into_response(),
            (None, None) => not_found(),
        }
    } else {
        refused("IČO má chybný tvar")
    };
    ares.note(Call {
        at: world.clock().now(),
        about: ico.chars().take(20).collect(),
        status: response.status().as_u16(),
    });
    response
}

/// A search: what is not known is ignored, as the real one does.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Search {
    ico: Vec<String>,
    obchodni_jmeno: Option<String>,
    sidlo: Option<Place>,
    pravni_forma: Vec<String>,
    start: usize,
    pocet: Option<usize>,
}

/// Where.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Place {
    kod_obce: Option<u32>,
    textova_adresa: Option<String>,
}

/// A search.
pub async fn post(State(world): State<World>, body: Bytes) -> Response {
    let ares = world.ares();
    let fault = ares.faults.take("vyhledat", |_| true);
    let response = match (serde_json::from_slice::<Search>(&body), fault) {
        (Ok(search), None) => match found(&search, &ares.list()) {
            Ok(found) => Json(found).into_response(),
            Err(reason) => refused(reason),
        },
        (Ok(_), Some(fault)) => {
            let nothing = json!({ "pocetCelkem": 0, "ekonomickeSubjekty": [] });
            spoiled(fault, Some(nothing)).await
        }
        (Err(_), _) => refused("Tělo není JSON se známými typy"),
    };
    ares.note(Call {
        at: world.clock().now(),
        about: "vyhledat".to_owned(),
        status: response.status().as_u16(),
    });
    response
}

fn found(search: &Search, all: &[Subject]) -> Result<Value, &'static str> {
    if search.ico.len() > NUMBERS {
        return Err("Najednou se lze zeptat na nejvýše 100 IČO");
    }
    if search.ico.iter().any(|number| !ico::is_valid(number)) {
        return Err("IČO má chybný tvar");
    }
    let count = search.pocet.unwrap_or(10);
    if count > RESULTS {
        return Err("Najednou lze vrátit nejvýše 1000 subjektů");
    }
    let place = search.sidlo.as_ref();
    let is_empty = search.ico.is_empty()
        && search.obchodni_jmeno.is_none()
        && search.pravni_forma.is_empty()
        && place.is_none_or(|place| place.kod_obce.is_none() && place.textova_adresa.is_none());
    if is_empty {
        return Err("Chybí podmínka vyhledání");
    }
    let found: Vec<_> = all.iter().filter(|subject| fits(search, subject)).collect();
    let page: Vec<_> = found
        .iter()
        .skip(search.start)
        .take(count)
        .map(|subject| subject.json())
        .collect();
    Ok(json!({ "pocetCelkem": found.len(), "ekonomickeSubjekty": page }))
}

fn fits(search: &Search, subject: &Subject) -> bool {
    let has_words = |text: &str, words: &str| {
        let text = text.to_lowercase();
        words
            .to_lowercase()
            .split_whitespace()
            .all(|word| text.contains(word))
    };
    let place = search.sidlo.as_ref();
    let address = place.and_then(|place| place.textova_adresa.as_deref());
    (search.ico.is_empty() || search.ico.contains(&subject.ico))
        && (search.pravni_forma.is_empty() || search.pravni_forma.contains(&subject.form))
        && search
            .obchodni_jmeno
            .as_deref()
            .is_none_or(|name| has_words(&subject.name, name))
        && address.is_none_or(|address| has_words(&subject.seat.line(), address))
        && place
            .and_then(|place| place.kod_obce)
            .is_none_or(|code| code == 545_392)
}

async fn spoiled(fault: Fault, told: Option<Value>) -> Response {
    let json = |value: Option<Value>| match value {
        Some(value) => Json(value).into_response(),
        None => not_found(),
    };
    let page = |status| {
        let html = "<!doctype html><html lang=\"cs\"><title>ARES</title><h1>ARES je mimo provoz</h1></html>";
        (
            status,
            [(header::CONTENT_TYPE, "text/html; charset=utf-8")],
            html,
        )
            .into_response()
    };
    match fault {
        Fault::TooMany => (
            StatusCode::TOO_MANY_REQUESTS,
            [(header::RETRY_AFTER, "60")],
            Json(trouble("OBECNA_CHYBA", "Překročen limit dotazů")),
        )
            .into_response(),
        Fault::Error => (
            StatusCode::INTERNAL_SERVER_ERROR,
            Json(trouble("OBECNA_CHYBA", "Interní chyba")),
        )
            .into_response(),
        Fault::Unavailable => page(StatusCode::SERVICE_UNAVAILABLE),
        Fault::Html => page(StatusCode::OK),
        Fault::Redirect => {
            (StatusCode::FOUND, [(header::LOCATION, "/healthz")], "").into_response()
        }
        Fault::Truncated => {
            let text = told.map_or_else(String::new, |told| told.to_string());
            let half: String = text.chars().take(text.chars().count() / 2).collect();
            ([(header::CONTENT_TYPE, "application/json")], half).into_response()
        }
        Fault::Empty => ([(header::CONTENT_TYPE, "application/json")], "").into_response(),
        Fault::Huge => json(with(told, "filler", json!("x".repeat(10 << 20)))),
        Fault::MoreFields => json(with(told, "novinka2027", json!({ "hodnota": [1, null] }))),
        Fault::NoName => json(told.map(|mut told| {
            if let Value::Object(fields) = &mut told {
                fields.remove("obchodniJmeno");
            }
            told
        })),
        Fault::Slow => {
            tokio::time::sleep(SLOW).await;
            json(told)
        }
        Fault::Hang => std::future::pending().await,
        Fault::Close => {
            let broken = [Err::<Vec<u8>, _>(std::io::Error::other(
                "broken off on purpose",
            ))];
            Body::from_stream(stream::iter(broken)).into_response()
        }
        Fault::NotFound | Fault::OtherSubject => json(told),
    }
}

fn with(told: Option<Value>, name: &str, value: Value) -> Option<Value> {
    let mut told = told?;
    if let Value::Object(fields) = &mut told {
        fields.insert(name.to_owned(), value);
    }
    Some(told)
}

fn trouble(code: &str, text: &str) -> Value {
    json!({ "kod": code, "popis": text, "subKod": "" })
}

fn not_found() -> Response {
    (
        StatusCode::NOT_FOUND,
        Json(trouble("NENALEZENO", "Subjekt nebyl nalezen")),
    )
        .into_response()
}

fn refused(reason: &str) -> Response {
    (
        StatusCode::BAD_REQUEST,
        Json(trouble("CHYBA_VSTUPU", reason)),
    )
        .into_response()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ares::subject::built_in;

    fn numbers(search: Value) -> Result<Vec<String>, &'static str> {
        let search: Search = serde_json::from_value(search).unwrap();
        let found = found(&search, &built_in().unwrap())?;
        let subjects = found["ekonomickeSubjekty"].as_array().unwrap().iter();
        Ok(subjects
            .map(|one| one["ico"].as_str().unwrap().to_owned())
            .collect())
    }

    #[test]
    fn subjects_are_found_by_number_name_form_and_place() {
        let all = |search| numbers(search).unwrap();

        assert_eq!(
            all(json!({ "ico": ["00000060", "00000108"] })),
            ["00000060"]
        );
        assert_eq!(
            all(json!({ "obchodniJmeno": "vltava pekařství", "novinka": 1 })),
            ["00000027"]
        );
        assert_eq!(all(json!({ "pravniForma": ["706"] })), ["00000060"]);
        assert_eq!(
            all(json!({ "sidlo": { "textovaAdresa": "Dlouhá" }, "start": 1 })),
            ["00000043"]
        );
        assert_eq!(
            all(json!({ "sidlo": { "kodObce": 545_392 }, "pocet": 3 })).len(),
            3
        );
    }

    #[test]
    fn a_search_without_sense_is_refused() {
        for search in [
            json!({}),
            json!({ "sidlo": {} }),
            json!({ "ico": ["00000061"] }),
            json!({ "ico": vec!["00000060"; 101] }),
            json!({ "pravniForma": ["112"], "pocet": 1001 }),
        ] {
            assert!(numbers(search.clone()).is_err(), "{search}");
        }
    }
}
