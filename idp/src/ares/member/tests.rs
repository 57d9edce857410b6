use serde_json::{Value, json};

use super::*;

fn noon() -> DateTime<Utc> {
    "2026-11-26T12:00:00Z".parse().unwrap()
}

fn answer(zaznamy: &Value) -> Result<Vec<Member>, Unreadable> {
    let answer = json!({ "icoId": "00000027", "zaznamy": zaznamy });
    let answer: Answer = serde_json::from_value(answer).unwrap();
    answer.read(&"00000027".parse().unwrap(), noon())
}

/// The only seat of the only body of the only record.
fn seat(entry: &Value) -> Member {
    let organ = json!({ "clenoveOrganu": [entry] });
    let members = answer(&json!([{ "statutarniOrgany": [organ] }])).unwrap();
    let [member] = members.try_into().unwrap();
    member
}

fn jana(more: &Value) -> Value {
    let mut entry = json!({
        "datumZapisu": "2009-03-20",
        "fyzickaOsoba": { "jmeno": "JANA", "prijmeni": "NOVÁKOVÁ", "datumNarozeni": "1985-04-12" },
    });
    for (name, value) in more.as_object().unwrap() {
        entry[name] = value.clone();
    }
    entry
}

fn on(day: &str) -> Option<NaiveDate> {
    day.parse().ok()
}

#[test]
fn a_member_has_a_name_a_birth_date_and_a_beginning() {
    let entry = jana(&json!({ "clenstvi": { "clenstvi": { "vznikClenstvi": "2009-03-16" } } }));

    let person = Person {
        given: "JANA".to_owned(),
        family: "NOVÁKOVÁ".to_owned(),
        born: on("1985-04-12"),
    };
    let member = Member {
        who: Who::Person(person),
        entered: on("2009-03-20"),
        until: None,
    };
    assert_eq!(seat(&entry), member);
}

#[test]
fn a_seat_is_over_by_the_latest_day_that_the_register_tells() {
    let until = |more: Value| seat(&jana(&more)).until;
    let ended =
        json!({ "clenstvi": { "vznikClenstvi": "2015-12-17", "zanikClenstvi": "2024-10-31" } });

    assert_eq!(until(json!({ "clenstvi": ended })), on("2024-10-31"));
    let erased = json!({ "clenstvi": ended, "datumVymazu": "2025-02-04" });
    assert_eq!(until(erased), on("2025-02-04"));
    let function = json!({ "clenstvi": { "funkce": { "zanikFunkce": "2024-10-30" } } });
    assert_eq!(until(function), on("2024-10-30"));
    let announced = json!({ "clenstvi": { "clenstvi": { "zanikClenstvi": "2026-11-27" } } });
    assert_eq!(until(announced), None);
}

#[test]
fn a_chairman_who_is_that_no_more_is_a_member_still() {
    let entry = json!({ "clenstvi": {
        "clenstvi": { "vznikClenstvi": "2015-12-17" },
        "funkce": { "nazev": "předseda", "vznikFunkce": "2020-02-27", "zanikFunkce": "2024-10-31" },
    } });

    assert_eq!(seat(&jana(&entry)).until, None);
}

#[test]
fn nobody_sits_in_a_body_that_the_register_erased() {
    let organ = json!({ "datumVymazu": "2026-01-31", "clenoveOrganu": [jana(&json!({}))] });

    let members = answer(&json!([{ "statutarniOrgany": [organ] }])).unwrap();

    assert_eq!(members[0].until, on("2026-01-31"));
}

#[test]
fn who_is_hidden_or_not_named_in_full_is_told_as_such() {
    for entry in [
        jana(&json!({ "skrytyUdaj": { "hodnota": "skryto" } })),
        json!({ "skrytyUdaj": {} }),
        json!({}),
        json!({ "fyzickaOsoba": { "textOsoba": "Jana Nováková" } }),
        json!({ "fyzickaOsoba": { "jmeno": " ", "prijmeni": "NOVÁKOVÁ" } }),
    ] {
        assert_eq!(seat(&entry).who, Who::Untold, "{entry}");
    }
}

#[test]
fn a_legal_person_is_told_as_such_whoever_acts_for_it() {
    let entry = json!({ "pravnickaOsoba": {
        "ico": "00000043", "zastoupeni": [{ "fyzickaOsoba": { "jmeno": "HANS", "prijmeni": "GRUBER" } }],
    } });

    assert_eq!(seat(&entry).who, Who::LegalPerson);
}

#[test]
fn of_several_records_the_one_that_leads_is_read() {
    let record = |leads: Value, entry| {
        let organ = json!({ "clenoveOrganu": [entry] });
        json!({ "primarniZaznam": leads, "statutarniOrgany": [organ] })
    };
    let former = record(json!(false), json!({}));
    let leading = record(json!(true), jana(&json!({})));

    for records in [json!([former, leading]), json!([leading, former])] {
        let members = answer(&records).unwrap();
        assert!(
            matches!(
                members[..],
                [Member {
                    who: Who::Person(_),
                    ..
                }]
            ),
            "{members:?}"
        );
    }
    let none = json!([former, record(json!(null), json!({}))]);
    assert_eq!(answer(&none), Err(Unreadable::Record));
    assert_eq!(answer(&json!([leading, leading])), Err(Unreadable::Record));
}

#[test]
fn what_is_missing_is_nobody() {
    for record in [
        json!({}),
        json!({ "statutarniOrgany": null }),
        json!({ "statutarniOrgany": [] }),
        json!({ "statutarniOrgany": [{}] }),
        json!({ "statutarniOrgany": [{ "clenoveOrganu": null }] }),
    ] {
        assert_eq!(answer(&json!([record])), Ok(Vec::new()), "{record}");
    }
    let bare = jana(&json!({ "clenstvi": { "clenstvi": null }, "datumZapisu": null }));
    assert_eq!((seat(&bare).entered, seat(&bare).until), (None, None));
}

#[test]
fn an_answer_about_another_subject_or_without_a_record_is_not_used() {
    let asked: Ico = "00000019".parse().unwrap();
    let read = |answer: Value| {
        let answer: Answer = serde_json::from_value(answer).unwrap();
        answer.read(&asked, noon())
    };

    for other in [json!({ "icoId": "00000027", "zaznamy": [{}] }), json!({})] {
        assert_eq!(read(other), Err(Unreadable::AnotherSubject));
    }
    for records in [json!(null), json!([])] {
        assert_eq!(answer(&records), Err(Unreadable::Record), "{records}");
    }
}

#[test]
fn a_day_that_is_none_makes_the_whole_answer_garbage() {
    for entry in [
        jana(&json!({ "datumVymazu": "brzy" })),
        jana(&json!({ "datumZapisu": "16. 3. 2009" })),
        jana(&json!({ "clenstvi": { "clenstvi": { "zanikClenstvi": "" } } })),
        jana(
            &json!({ "fyzickaOsoba": { "jmeno": "A", "prijmeni": "B", "datumNarozeni": "1985" } }),
        ),
    ] {
        let organ = json!({ "clenoveOrganu": [entry] });
        let read = answer(&json!([{ "statutarniOrgany": [organ] }]));
        assert_eq!(read, Err(Unreadable::Day), "{entry}");
    }
}
