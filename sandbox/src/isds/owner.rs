//! What is known about the holder of a box, in the two versions of `dbOwnerInfo`.

use super::Isds;
use super::data::{Address, DataBox};
use super::services::{Answered, done, element};
use crate::xml::Element;

/// Services of 2009, and those of 2018 with a 2 in their names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Version {
    /// First and middle name apart, no RÚIAN code.
    First,
    /// Given names together, RÚIAN code, whether the register of inhabitants knows the person.
    Second,
}

/// `GetOwnerInfoFromLogin[2]`: whose box is it that I log in to?
pub fn from_login(isds: &Isds, caller: &DataBox, request: &Element, version: Version) -> Answered {
    let mut info = info(isds, caller, version, true);
    if version == Version::First {
        // The type of this answer knows neither part of the town nor code of the place.
        for name in ["adDistrict", "adAMCode"] {
            info = without(&info, name);
        }
    }
    done(request, &info)
}

/// `dbOwnerInfo`; only authorities see when a person was born.
pub fn info(isds: &Isds, data_box: &DataBox, version: Version, births: bool) -> String {
    let holder = isds.holder(data_box);
    let seat = data_box.seat.as_ref().or_else(|| holder?.address.as_ref());
    let birth = holder
        .filter(|_| births)
        .map(|person| person.birth_date.to_string());
    let birth_place = holder
        .filter(|_| births)
        .and_then(|person| person.birth_place.as_deref());
    let given = holder.map(|person| person.given_names.as_str());
    let family = holder.map(|person| person.family_name.as_str());
    let matched = holder.map(|person| if person.matched { "true" } else { "false" });
    let state = isds.state_of(data_box).number().to_string();
    let (first, middle) = given.map_or((None, None), |given| match given.split_once(' ') {
        Some((first, middle)) => (Some(first), Some(middle)),
        None => (Some(given), None),
    });

    let mut inside = element("dbID", Some(&data_box.id));
    if version == Version::Second {
        inside.push_str(&element("aifoIsds", matched));
    }
    inside.push_str(&element("dbType", Some(data_box.kind.symbol)));
    inside.push_str(&element("ic", data_box.ic.as_deref()));
    let names = match version {
        Version::First => vec![
            ("pnFirstName", first),
            ("pnMiddleName", middle),
            ("pnLastName", family),
            ("pnLastNameAtBirth", None),
        ],
        Version::Second => vec![("pnGivenNames", given), ("pnLastName", family)],
    };
    let about_birth = [
        ("firmName", data_box.name.as_deref()),
        ("biDate", birth.as_deref()),
        ("biCity", birth_place),
        ("biCounty", None),
        ("biState", None),
    ];
    for (name, value) in names.into_iter().chain(about_birth) {
        inside.push_str(&element(name, value));
    }
    inside.push_str(&address(seat, version));
    let rest: &[(&str, Option<&str>)] = match version {
        Version::First => &[
            ("nationality", Some("CZ")),
            ("identifier", data_box.ovm_id.as_deref()),
            ("registryCode", None),
            ("dbState", Some(&state)),
            ("dbEffectiveOVM", Some("false")),
            ("dbOpenAddressing", Some("false")),
        ],
        Version::Second => &[
            ("nationality", Some("CZ")),
            ("dbIdOVM", data_box.ovm_id.as_deref()),
            ("dbState", Some(&state)),
            ("dbOpenAddressing", Some("false")),
            ("dbUpperID", None),
        ],
    };
    for (name, value) in rest {
        inside.push_str(&element(name, *value));
    }
    format!("<p:dbOwnerInfo>{inside}</p:dbOwnerInfo>")
}

fn address(seat: Option<&Address>, version: Version) -> String {
    let part = |name: &str, read: fn(&Address) -> &String| {
        let value = seat.map(read).filter(|value| !value.is_empty());
        element(name, value.map(String::as_str))
    };
    let code = match version {
        Version::First => String::new(),
        Version::Second => part("adCode", |it| &it.code),
    };
    let code_at_the_end = match version {
        Version::First => part("adAMCode", |it| &it.code),
        Version::Second => String::new(),
    };
    [
        code,
        part("adCity", |it| &it.city),
        part("adDistrict", |it| &it.district),
        part("adStreet", |it| &it.street),
        part("adNumberInStreet", |it| &it.number_in_street),
        part("adNumberInMunicipality", |it| &it.number),
        part("adZipCode", |it| &it.zip),
        element("adState", Some(seat.map_or("CZ", |it| it.country.as_str()))),
        code_at_the_end,
    ]
    .concat()
}

/// An element taken out, whether it has a value or is nil.
fn without(xml: &str, name: &str) -> String {
    let Some((before, rest)) = xml.split_once(&format!("<p:{name}")) else {
        return xml.to_owned();
    };
    let end = match rest.strip_prefix(" xsi:nil=\"true\"/>") {
        Some(after) => Some(after),
        None => rest
            .split_once(&format!("</p:{name}>"))
            .map(|(_, after)| after),
    };
    format!("{before}{}", end.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::isds::config::IsdsConfig;

    #[test]
    fn the_holder_is_told_and_not_who_is_entrusted() {
        let isds = Isds::new(&IsdsConfig::default()).unwrap();
        let data_box = isds.data_box("fo00001").unwrap();

        let told = info(&isds, data_box, Version::Second, false);

        assert!(
            told.contains("<p:pnLastName>Nováková</p:pnLastName>"),
            "{told}"
        );
        assert!(told.contains("<p:aifoIsds>true</p:aifoIsds>"));
        assert!(told.contains("<p:biDate xsi:nil=\"true\"/>"));
    }

    #[test]
    fn an_element_is_taken_out_with_and_without_a_value() {
        let xml = "<a/><p:x>1</p:x><p:y xsi:nil=\"true\"/><b/>";

        assert_eq!(without(&without(xml, "x"), "y"), "<a/><b/>");
        assert_eq!(without(xml, "z"), xml);
    }
}
