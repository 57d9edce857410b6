use super::*;

fn day(day: &str) -> NaiveDate {
    day.parse().unwrap()
}

fn eva() -> Traits {
    Traits {
        given: Some("Eva".to_owned()),
        family: Some("Malá".to_owned()),
        born: Some(day("1980-05-17")),
        verified: false,
    }
}

fn seat(given: &str, family: &str, born: &str, until: &str) -> Member {
    let person = Person {
        given: given.to_owned(),
        family: family.to_owned(),
        born: born.parse().ok(),
    };
    Member {
        who: Who::Person(person),
        entered: Some(day("2009-03-16")),
        until: until.parse().ok(),
    }
}

fn untold(who: Who, entered: &str, until: &str) -> Member {
    Member {
        who,
        entered: entered.parse().ok(),
        until: until.parse().ok(),
    }
}

const BORN: &str = "1980-05-17";
const ENDED: &str = "2026-11-20";

#[test]
fn who_has_only_seats_that_ended_has_left_with_the_last_of_them() {
    let former = seat("EVA", "MALÁ", BORN, "2020-01-31");
    let last = seat("Eva Marie", "Mala", BORN, ENDED);

    for members in [[former.clone(), last.clone()], [last, former]] {
        assert_eq!(standing(&members, &eva()), Standing::Left(day(ENDED)));
    }
}

#[test]
fn who_has_a_seat_that_lasts_is_a_member_whatever_ended() {
    let ended = seat("EVA", "MALÁ", BORN, ENDED);
    for lasting in [
        seat("EVA", "MALÁ", BORN, ""),
        // A marriage, a second given name, a register that tells no date.
        seat("EVA", "VELKÁ", BORN, ""),
        seat("EVA MARIE", "MALÁ", BORN, ""),
        seat("EVA", "MALÁ", "", ""),
    ] {
        let members = [ended.clone(), lasting];
        assert_eq!(standing(&members, &eva()), Standing::Member, "{members:?}");
    }
}

#[test]
fn a_seat_of_somebody_else_keeps_nobody_in() {
    let ended = seat("EVA", "MALÁ", BORN, ENDED);
    for other in [
        seat("EVA", "MALÁ", "1955-01-02", ""),
        seat("JANA", "MALÁ", BORN, ""),
        seat("JANA", "NOVÁKOVÁ", "1985-04-12", ""),
    ] {
        let members = [ended.clone(), other];
        assert_eq!(standing(&members, &eva()), Standing::Left(day(ENDED)));
    }
}

#[test]
fn who_is_not_found_has_not_left() {
    for other in [
        seat("EVA", "MALÁ", "1955-01-02", ENDED),
        seat("JANA", "MALÁ", BORN, ENDED),
        // Without a date to compare, names are the same to the letter or they are nobody's.
        seat("EVA MARIE", "MALÁ", "", ENDED),
        untold(Who::Untold, "2009-03-16", ""),
        untold(Who::LegalPerson, "2009-03-16", ENDED),
    ] {
        let members = [other];
        assert_eq!(standing(&members, &eva()), Standing::Unknown, "{members:?}");
    }
    assert_eq!(standing(&[], &eva()), Standing::Unknown);
}

#[test]
fn a_register_without_birth_dates_is_believed_about_the_very_name() {
    let ended = seat("EVA", "MALÁ", "", ENDED);

    let left = standing(std::slice::from_ref(&ended), &eva());

    assert_eq!(left, Standing::Left(day(ENDED)));
    // Of two namesakes one is a member still, and nobody can tell which.
    let namesakes = [ended.clone(), seat("EVA", "MALÁ", "", "")];
    assert_eq!(standing(&namesakes, &eva()), Standing::Member);
    let undated = Traits {
        born: None,
        ..eva()
    };
    assert_eq!(standing(&[ended], &undated), Standing::Unknown);
}

#[test]
fn a_hidden_or_legal_person_who_came_since_may_be_the_one_who_left() {
    let ended = seat("EVA", "MALÁ", BORN, ENDED);
    for (other, expected) in [
        (untold(Who::Untold, ENDED, ""), Standing::Unknown),
        (untold(Who::Untold, "", ""), Standing::Unknown),
        (
            untold(Who::LegalPerson, "2026-11-21", ""),
            Standing::Unknown,
        ),
        (
            untold(Who::Untold, "2026-11-19", ""),
            Standing::Left(day(ENDED)),
        ),
        (
            untold(Who::LegalPerson, ENDED, "2026-11-25"),
            Standing::Left(day(ENDED)),
        ),
    ] {
        let members = [other, ended.clone()];
        assert_eq!(standing(&members, &eva()), expected, "{members:?}");
    }
}
