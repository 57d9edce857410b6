//! The two forms of an address, with the oddities seen in real answers.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::samples::shared;
use crate::country::Country;
use crate::fact::{Address, RuianAddress};
use crate::nia::address::{current_address, ruian_address};
use crate::refusal::Refusal;

fn words(xml: &str) -> Result<Address, Refusal> {
    current_address(&STANDARD.encode(xml), None)
}

fn codes(xml: &str) -> Result<RuianAddress, Refusal> {
    ruian_address(&STANDARD.encode(xml))
}

#[expect(
    clippy::unnecessary_wraps,
    reason = "every part of an address may be missing"
)]
fn text(value: &str) -> Option<String> {
    Some(value.to_owned())
}

#[test]
fn a_fragment_with_an_unbound_prefix_is_read() {
    let address = words(
        "<eidas:LocatorDesignator>10</eidas:LocatorDesignator>\r\n<eidas:Thoroughfare>Latrán</eidas:Thoroughfare>\r\n\
         <eidas:PostName>Český Krumlov</eidas:PostName>\r\n<eidas:PostCode>38101</eidas:PostCode>\r\n\
         <eidas:CvaddressArea>Český Krumlov, Latrán</eidas:CvaddressArea>\r\n",
    )
    .unwrap();

    let expected = Address {
        house: text("10"),
        street: text("Latrán"),
        post_name: text("Český Krumlov"),
        post_code: text("38101"),
        area: text("Český Krumlov, Latrán"),
        country: None,
    };
    assert_eq!(address, expected);
}

/// The profile of eIDAS knows more elements than the Czech registers fill.
#[test]
fn an_address_of_another_state_says_in_which_one_it_is() {
    let of = |xml: &str, abroad| {
        let address = current_address(&STANDARD.encode(xml), abroad);
        address.map(|address| address.country.map(Country::code))
    };
    let named = "<e:AdminunitFirstline>AT</e:AdminunitFirstline><e:PostName>Linz</e:PostName>";
    let home = "<e:AdminunitFirstline>CZ</e:AdminunitFirstline>";
    let silent = "<e:PostName>Žilina</e:PostName>";
    let province = "<e:AdminunitFirstline>Žilinský kraj</e:AdminunitFirstline>";

    assert_eq!(of(named, Some("SK")), Ok(Some("AT")));
    assert_eq!(of(home, Some("SK")), Ok(None));
    assert_eq!(of(silent, Some("SK")), Ok(Some("SK")));
    assert_eq!(of(province, Some("EL")), Ok(Some("GR")));
    assert_eq!(of(silent, Some("XX")), Err(Refusal::AddressMalformed));
    assert_eq!(of(silent, None), Ok(None));
}

#[test]
fn a_village_without_streets_has_none() {
    let address = words("<e:Thoroughfare></e:Thoroughfare><e:LocatorDesignator>7</e:LocatorDesignator><e:Thoroughfare2/>").unwrap();

    assert_eq!(
        address,
        Address {
            house: text("7"),
            ..Address::default()
        }
    );
    assert_eq!(words("<e:Thoroughfare/>"), Ok(Address::default()));
    assert_eq!(words(""), Ok(Address::default()));
}

#[test]
fn line_breaks_in_base64_a_bom_a_declaration_and_any_wrapper_are_read() {
    let encoded = STANDARD.encode("\u{feff}<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<x:Anything xmlns:x=\"urn:x\" a='1'>\n <x:obecKod> 545392\n</x:obecKod>\n <y>1</y></x:Anything>\n");
    let lines: String = encoded
        .as_bytes()
        .chunks(20)
        .flat_map(|line| [line, b"\r\n"].concat())
        .map(char::from)
        .collect();

    assert_eq!(
        ruian_address(&lines),
        Ok(RuianAddress {
            municipality_code: text("545392"),
            ..RuianAddress::default()
        })
    );
}

#[test]
fn characters_are_resolved_and_entities_are_not() {
    assert_eq!(
        words("<PostName>A &amp; B &#x10C;&#268;</PostName>")
            .unwrap()
            .post_name,
        text("A & B ČČ")
    );
    assert_eq!(
        words("<PostName>&nbsp;</PostName>"),
        Err(Refusal::AddressMalformed)
    );
    assert_eq!(
        words("<PostName>&#x202e;</PostName>"),
        Err(Refusal::AttributeUnsafe)
    );
    assert_eq!(
        words("<PostName>a\nb</PostName>"),
        Err(Refusal::AttributeUnsafe)
    );
}

#[test]
fn what_is_no_address_is_refused() {
    for xml in [
        "<PostName>a",
        "<PostName>a</Postname>",
        "</PostName>",
        "<PostName><b/></PostName>",
        "<PostName>a</PostName><PostName>b</PostName>",
        "<a><b><c><d><e/></d></c></b></a>",
        "text",
        "<PostName a=1>b</PostName>",
        "<PostName a='1' a='2'>b</PostName>",
        "<![CDATA[x]]>",
        "<?xml version='1.0'",
        "<?xml-stylesheet?><a/>",
    ] {
        assert_eq!(words(xml), Err(Refusal::AddressMalformed), "{xml}");
    }
    assert_eq!(words(&"<a/>".repeat(65)), Err(Refusal::AddressMalformed));
    assert_eq!(
        words(&format!("<PostName>{}</PostName>", "a".repeat(257))),
        Err(Refusal::AttributeTooLong)
    );
    assert_eq!(
        words(&" ".repeat(8 * 1024 + 1)),
        Err(Refusal::AttributeTooLong)
    );
    assert_eq!(current_address("==", None), Err(Refusal::AddressMalformed));
}

/// Every element of the published types has its field, and the fields no other.
#[test]
#[cfg_attr(
    not(official),
    ignore = "the official schemas and captured messages are not at hand"
)]
fn the_fields_are_those_of_the_official_types() {
    let folder = shared("schemas/nia");
    let elements = |file: &str| {
        let schema = std::fs::read_to_string(folder.join(file)).unwrap();
        let names = schema
            .split("<xsd:element name=\"")
            .skip(1)
            .map(|rest| rest.split('"').next().unwrap().to_owned());
        names.collect::<Vec<_>>()
    };
    let fill = |names: &[String]| {
        names
            .iter()
            .enumerate()
            .map(|(n, name)| format!("<{name}>{n}</{name}>"))
            .collect::<Vec<_>>()
            .concat()
    };

    let (current, ruian) = (
        elements("current_address_type.xsd"),
        elements("tr_adresa_id_type.xsd"),
    );
    let address = serde_json::to_value(words(&fill(&current)).unwrap()).unwrap();
    let codes =
        serde_json::to_value(codes(&format!("<TRadresaID>{}</TRadresaID>", fill(&ruian))).unwrap())
            .unwrap();

    for (fields, names) in [(address, current), (codes, ruian)] {
        let fields = fields.as_object().unwrap();
        assert_eq!(fields.len(), names.len());
        let mut values: Vec<_> = fields
            .values()
            .map(|value| value.as_str().unwrap().parse::<usize>().unwrap())
            .collect();
        values.sort_unstable();
        assert_eq!(values, (0..names.len()).collect::<Vec<_>>());
    }
}
