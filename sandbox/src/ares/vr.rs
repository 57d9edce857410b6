//! `GET /ekonomicke-subjekty-vr/{ico}`: who acts for a body, after the public registers of the courts.

use axum::extract::{Path, State};
use axum::response::Response;
use serde_json::{Value, json};

use super::rest;
use super::subject::{Body, LegalPerson, Member, Subject};
use crate::world::World;

/// The record of one body.
pub async fn get(State(world): State<World>, Path(ico): Path<String>) -> Response {
    let known = |subject: &Subject| subject.is_in_public_register().then(|| record(subject));
    rest::answer(&world, &ico, known).await
}

fn record(subject: &Subject) -> Value {
    let mut record = json!({
        "rejstrik": "VR",
        "primarniZaznam": true,
        "datumZapisu": subject.founded,
        "ico": [{ "hodnota": subject.ico, "datumZapisu": subject.founded }],
        "obchodniJmeno": [{ "hodnota": subject.name, "datumZapisu": subject.founded }],
        "pravniForma": [{ "hodnota": subject.form, "datumZapisu": subject.founded }],
        "adresy": [{ "typAdresy": "SIDLO", "datumZapisu": subject.founded, "adresa": subject.seat.json() }],
        "statutarniOrgany": subject.body.iter().map(|it| body(subject, it)).collect::<Vec<_>>(),
    });
    if let Value::Object(fields) = &mut record {
        if let Some(ended) = subject.ended {
            fields.insert("datumVymazu".to_owned(), json!(ended));
        }
        if let Some(file) = &subject.file {
            let file = json!([{
                "datumZapisu": subject.founded, "soud": "KSCB", "oddil": file.section, "vlozka": file.number,
            }]);
            fields.insert("spisovaZnacka".to_owned(), file);
        }
    }
    json!({ "icoId": subject.ico, "zaznamy": [record] })
}

fn body(subject: &Subject, body: &Body) -> Value {
    json!({
        "datumZapisu": subject.founded,
        "nazevOrganu": body.name,
        "typOrganu": "STATUTARNI_ORGAN",
        "pocetClenu": [{
            "datumZapisu": subject.founded,
            "hodnota": body.member.iter().filter(|member| member.until.is_none()).count().to_string(),
        }],
        "zpusobJednani": [{ "datumZapisu": subject.founded, "hodnota": body.acting }],
        "clenoveOrganu": body.member.iter().map(|it| member(body, it)).collect::<Vec<_>>(),
    })
}

fn member(body: &Body, member: &Member) -> Value {
    let told = fields([
        ("datumZapisu", Some(json!(member.since))),
        ("datumVymazu", member.until.map(|until| json!(until))),
        ("nazevAngazma", Some(json!(body.name))),
        ("typAngazma", Some(json!("STATUTARNI_ORGAN_CLEN"))),
        (
            "clenstvi",
            Some(json!({
                "clenstvi": fields([
                    ("vznikClenstvi", Some(json!(member.since))),
                    ("zanikClenstvi", member.until.map(|until| json!(until))),
                ]),
                "funkce": fields([
                    ("nazev", Some(json!(body.name))),
                    ("vznikFunkce", Some(json!(member.since))),
                    ("zanikFunkce", member.until.map(|until| json!(until))),
                ]),
            })),
        ),
    ]);
    let who = match (&member.legal_person, member.hidden) {
        (_, true) => ("skrytyUdaj", json!({ "hodnota": true })),
        (Some(legal), false) => ("pravnickaOsoba", legal_person(member, legal)),
        (None, false) => (
            "fyzickaOsoba",
            fields([
                ("jmeno", Some(json!(member.given_name))),
                ("prijmeni", Some(json!(member.family_name))),
                ("datumNarozeni", member.birth_date.map(|birth| json!(birth))),
                ("statniObcanstvi", Some(json!("CZ"))),
            ]),
        ),
    };
    with(told, who.0, who.1)
}

fn legal_person(member: &Member, legal: &LegalPerson) -> Value {
    let (given, family) = &legal.by;
    json!({
        "ico": legal.ico,
        "obchodniJmeno": legal.name,
        "zastoupeni": [{
            "datumZapisu": member.since,
            "fyzickaOsoba": { "jmeno": given, "prijmeni": family },
        }],
    })
}

/// An object of what there is.
fn fields<const N: usize>(fields: [(&str, Option<Value>); N]) -> Value {
    let present = fields
        .into_iter()
        .filter_map(|(name, value)| Some((name.to_owned(), value?)));
    Value::Object(present.collect())
}

fn with(mut object: Value, name: &str, value: Value) -> Value {
    if let Value::Object(fields) = &mut object {
        fields.insert(name.to_owned(), value);
    }
    object
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ares::subject::built_in;

    fn told(ico: &str) -> Value {
        let all = built_in().unwrap();
        record(all.iter().find(|one| one.ico == ico).unwrap())
    }

    #[test]
    fn former_members_stay_in_the_list_with_their_end() {
        let record = told("00000086");

        let members = &record["zaznamy"][0]["statutarniOrgany"][0]["clenoveOrganu"];
        assert_eq!(members[0]["datumVymazu"], "2024-06-30");
        assert_eq!(
            members[0]["clenstvi"]["clenstvi"]["zanikClenstvi"],
            "2024-06-30"
        );
        assert_eq!(members[1].get("datumVymazu"), None);
        let organ = &record["zaznamy"][0]["statutarniOrgany"][0];
        assert_eq!(organ["pocetClenu"][0]["hodnota"], "1");
    }

    #[test]
    fn a_member_can_be_a_body_or_hidden_or_without_a_birth_date() {
        let first =
            |ico| told(ico)["zaznamy"][0]["statutarniOrgany"][0]["clenoveOrganu"][0].clone();

        assert_eq!(first("00000035")["pravnickaOsoba"]["ico"], "00000043");
        assert!(first("00000116").get("fyzickaOsoba").is_none());
        assert_eq!(first("00000116")["skrytyUdaj"]["hodnota"], true);
        let chairman = first("00000060");
        assert_eq!(chairman["fyzickaOsoba"]["prijmeni"], "ZELENÝ");
        assert!(chairman["fyzickaOsoba"].get("datumNarozeni").is_none());
    }
}
