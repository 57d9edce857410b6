//! The answer to an exchange (reference 3.5), right or spoiled.

use quick_xml::escape::escape;

use super::application::{Application, Generation};
use super::fault::Fault;

/// What is answered.
#[derive(Debug, Clone)]
pub struct Answer {
    /// `OK`, `SESSION_NOT_FOUND`, `SYSTEM_ERROR`.
    pub status: Option<&'static str>,
    /// `userRequestIp`
    pub browser_address: Option<String>,
    /// Names and values.
    pub attributes: Option<Vec<(String, String)>>,
    namespace: &'static str,
    prefix: &'static str,
}

impl Answer {
    /// Only a status.
    pub fn status(generation: Generation, status: &'static str, variety: u64) -> Self {
        Self {
            status: Some(status),
            browser_address: None,
            attributes: None,
            namespace: generation.namespace(),
            prefix: match variety % 3 {
                0 => "n",
                1 => "q",
                _ => "",
            },
        }
    }

    /// A login.
    pub fn login(
        application: &Application,
        browser_address: &str,
        attributes: Vec<(String, String)>,
        variety: u64,
    ) -> Self {
        Self {
            browser_address: Some(browser_address.to_owned()),
            attributes: Some(attributes),
            ..Self::status(application.generation, "OK", variety)
        }
    }

    /// The element of the body.
    pub fn xml(&self) -> String {
        let (tag, declaration) = if self.prefix.is_empty() {
            (String::new(), "xmlns".to_owned())
        } else {
            (
                format!("{}:", self.prefix),
                format!("xmlns:{}", self.prefix),
            )
        };
        let element = |name: &str, inside: &str| format!("<{tag}{name}>{inside}</{tag}{name}>");
        let status = self.status.map(|status| element("status", status));
        let address = self.browser_address.as_deref();
        let address = address.map(|address| element("userRequestIp", &escape(address)));
        let attributes = self.attributes.as_ref().map(|attributes| {
            let attributes: Vec<_> = attributes
                .iter()
                .map(|(name, value)| {
                    let (name, value) = (escape(name.as_str()), escape(value.as_str()));
                    format!("<{tag}attribute name=\"{name}\" value=\"{value}\"/>")
                })
                .collect();
            element("attributes", &attributes.concat())
        });
        let inside: Vec<_> = [status, address, attributes]
            .into_iter()
            .flatten()
            .collect();
        format!(
            "<{tag}authConfirmationResponse {declaration}=\"{}\">{}</{tag}authConfirmationResponse>",
            self.namespace,
            inside.concat()
        )
    }

    /// Makes one thing wrong with it; faults of other kinds change nothing here.
    pub fn spoil(&mut self, fault: Fault) {
        match fault {
            Fault::SystemError => self.only("SYSTEM_ERROR"),
            Fault::SessionUsed | Fault::SessionExpired => self.only("SESSION_NOT_FOUND"),
            Fault::UnknownStatus => self.status = Some("MAYBE"),
            Fault::StatusCase => self.status = Some("ok"),
            Fault::NoStatus => self.status = None,
            Fault::OtherNamespace => self.namespace = "http://agw-as.cz/ats-ws/v2",
            Fault::OtherGeneration => {
                let other = if self.namespace == Generation::Former.namespace() {
                    Generation::Present
                } else {
                    Generation::Former
                };
                self.namespace = other.namespace();
            }
            Fault::DefaultNamespace => self.prefix = "",
            Fault::NoAttributesElement => self.attributes = None,
            Fault::NoAttributes => self.attributes = Some(Vec::new()),
            _ => {
                if let Some(attributes) = &mut self.attributes {
                    spoil_attributes(attributes, fault);
                }
            }
        }
    }

    fn only(&mut self, status: &'static str) {
        self.status = Some(status);
        self.browser_address = None;
        self.attributes = None;
    }
}

fn spoil_attributes(attributes: &mut Vec<(String, String)>, fault: Fault) {
    let remove = |attributes: &mut Vec<(String, String)>, names: &[&str]| {
        attributes.retain(|(name, _)| !names.contains(&name.as_str()));
    };
    match fault {
        Fault::ForeignTokenInside => set(attributes, "appToken", "271828182845904523"),
        Fault::NoTokenInside => remove(attributes, &["appToken"]),
        Fault::NoBox => remove(attributes, &["dbID"]),
        Fault::NoBoxType => remove(attributes, &["dbType"]),
        Fault::NoBoxState => remove(attributes, &["dbState"]),
        Fault::NoRole => remove(attributes, &["userType"]),
        Fault::NoUserId => remove(attributes, &["isdsID"]),
        Fault::NoName => remove(attributes, &["pnGivenNames", "pnLastName"]),
        Fault::NoBirthDate => remove(attributes, &["biDate"]),
        Fault::NoMatch => remove(attributes, &["aifoIsds"]),
        Fault::Renamed => rename(attributes),
        Fault::Unheard => {
            for (name, _) in attributes {
                *name = format!("x{name}");
            }
        }
        Fault::Twice => attributes.push(("dbID".to_owned(), "fo00002".to_owned())),
        Fault::TwiceSame => {
            let same = attributes.iter().find(|(name, _)| name == "dbID").cloned();
            attributes.extend(same);
        }
        Fault::Role => set(attributes, "userType", "X"),
        Fault::Type => set(attributes, "dbType", "77"),
        Fault::Inaccessible => set(attributes, "dbState", "2"),
        Fault::UserBody => {
            set(attributes, "ic", "00000043");
            set(attributes, "firmName", "Donau Holding s.r.o.");
        }
        Fault::BadIc => set(attributes, "ic", "00000028"),
        Fault::Spaces => {
            for (_, value) in attributes {
                *value = format!("  {value} ");
            }
        }
        Fault::Decomposed => {
            for (_, value) in attributes {
                *value = decomposed(value);
            }
        }
        Fault::DateCompact => change_date(attributes, |date| date.replace('-', "")),
        Fault::DateCzech => change_date(attributes, |date| {
            let parts: Vec<_> = date.split('-').rev().collect();
            parts.join(".")
        }),
        Fault::DateBad => set(attributes, "biDate", "1985-02-30"),
        Fault::LongValue => set(attributes, "firmName", &"x".repeat(100_000)),
        _ => {}
    }
}

fn set(attributes: &mut Vec<(String, String)>, name: &str, value: &str) {
    match attributes.iter_mut().find(|(known, _)| known == name) {
        Some((_, known)) => value.clone_into(known),
        None => attributes.push((name.to_owned(), value.to_owned())),
    }
}

fn change_date(attributes: &mut [(String, String)], change: impl Fn(&str) -> String) {
    if let Some((_, value)) = attributes.iter_mut().find(|(name, _)| name == "biDate") {
        *value = change(value);
    }
}

/// Other names that are expected for the same things (reference 4.2).
fn rename(attributes: &mut Vec<(String, String)>) {
    let given = attributes
        .iter()
        .find(|(name, _)| name == "pnGivenNames")
        .map(|(_, value)| value.clone());
    for (name, _) in attributes.iter_mut() {
        let other = match name.as_str() {
            "dbID" => "dbId",
            "ic" => "dbICO",
            "firmName" => "dbName",
            "isdsID" => "userID",
            "aifoIsds" => "robIdent",
            "email" => "mail",
            "pnGivenNames" => "pnFirstName",
            _ => continue,
        };
        other.clone_into(name);
    }
    let Some((first, middle)) = given.as_deref().and_then(|given| given.split_once(' ')) else {
        return;
    };
    set(attributes, "pnFirstName", first);
    set(attributes, "pnMiddleName", middle);
}

/// Czech letters as a base letter and a combining mark.
fn decomposed(text: &str) -> String {
    const ACUTE: (&str, &str) = ("áéíóúýÁÉÍÓÚÝ", "aeiouyAEIOUY");
    const CARON: (&str, &str) = ("čďěňřšťžČĎĚŇŘŠŤŽ", "cdenrstzCDENRSTZ");
    let mut out = String::new();
    for letter in text.chars() {
        let base = |(letters, bases): (&str, &str)| {
            letters
                .chars()
                .zip(bases.chars())
                .find(|(one, _)| *one == letter)
                .map(|(_, base)| base)
        };
        match (base(ACUTE), base(CARON)) {
            (Some(base), _) => out.extend([base, '\u{301}']),
            (None, Some(base)) => out.extend([base, '\u{30c}']),
            (None, None) if matches!(letter, 'ů' | 'Ů') => {
                out.extend([if letter == 'ů' { 'u' } else { 'U' }, '\u{30a}']);
            }
            (None, None) => out.push(letter),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::xml;

    fn answer(variety: u64) -> Answer {
        let application: Application =
            serde_json::from_value(serde_json::json!({ "ats_id": "T", "return_url": "http://t" }))
                .unwrap();
        let attributes = [
            ("appToken", "1"),
            ("dbID", "fo00001"),
            ("pnGivenNames", "Jana Marie"),
            ("biDate", "1985-04-12"),
        ];
        let attributes = attributes
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .to_vec();
        Answer::login(&application, "192.0.2.1", attributes, variety)
    }

    fn names(answer: &Answer) -> Vec<String> {
        let namespace = Generation::Present.namespace();
        let root = xml::parse(&answer.xml()).unwrap();
        root.descendants(namespace, "attribute")
            .iter()
            .map(|attribute| attribute.attribute("name").unwrap().to_owned())
            .collect()
    }

    #[test]
    fn the_prefix_changes_and_the_names_stay() {
        for variety in 0..3 {
            assert_eq!(
                names(&answer(variety)),
                ["appToken", "dbID", "pnGivenNames", "biDate"]
            );
        }
    }

    #[test]
    fn a_fault_changes_what_it_says() {
        let spoiled = |fault| {
            let mut answer = answer(0);
            answer.spoil(fault);
            answer
        };

        assert!(!names(&spoiled(Fault::NoBox)).contains(&"dbID".to_owned()));
        assert_eq!(
            names(&spoiled(Fault::Renamed)),
            ["appToken", "dbId", "pnFirstName", "biDate", "pnMiddleName"]
        );
        assert!(spoiled(Fault::DateCzech).xml().contains("12.04.1985"));
        assert!(spoiled(Fault::DateCompact).xml().contains("19850412"));
        assert!(
            spoiled(Fault::OtherGeneration)
                .xml()
                .contains("ats-ws/v1\"")
        );
        assert!(!spoiled(Fault::SessionUsed).xml().contains("attribute"));
    }

    #[test]
    fn hooks_and_accents_come_apart() {
        assert_eq!(decomposed("Řů"), "R\u{30c}u\u{30a}");
    }
}
