//! `[provider.NAME] kind = "demo"`.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use schemars::JsonSchema;
use secrecy::SecretString;
use serde::Deserialize;

use crate::body::Body;
use crate::country::Country;
use crate::environment::Environment;
use crate::fact::{Address, Fact, FactKind, FactValue, Standing};
use crate::level::{IdentityLevel, LoginLevel};
use crate::provider::Title;

/// Invented people with user names and passwords. Sandbox only.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DemoConfig {
    /// Must equal the broker's environment, which must be `sandbox`.
    pub environment: Environment,
    /// The name people see. Default: the text of the kind.
    #[serde(default)]
    pub title: Option<Title>,
    /// The accounts by user name: `[provider.demo.account.0001]`.
    #[serde(default)]
    pub account: BTreeMap<String, DemoAccount>,
}

/// One invented person.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DemoAccount {
    /// The password.
    #[schemars(with = "String")]
    pub password: SecretString,
    /// The identity level a login proves. Default: `town`.
    #[serde(default)]
    pub identity: Option<IdentityLevel>,
    /// The login level a login reaches. Default: `single`.
    #[serde(default)]
    pub login: Option<LoginLevel>,
    /// Given name. Default: not told.
    #[serde(default)]
    pub given_name: Option<String>,
    /// Family name. Default: not told.
    #[serde(default)]
    pub family_name: Option<String>,
    /// Middle name. Default: not told.
    #[serde(default)]
    pub middle_name: Option<String>,
    /// Nickname. Default: not told.
    #[serde(default)]
    pub nickname: Option<String>,
    /// Preferred user name. Default: not told.
    #[serde(default)]
    pub preferred_username: Option<String>,
    /// Address of a page about the person. Default: not told.
    #[serde(default)]
    pub profile_page: Option<String>,
    /// Address of a picture. Default: not told.
    #[serde(default)]
    pub picture: Option<String>,
    /// The person's web site. Default: not told.
    #[serde(default)]
    pub website: Option<String>,
    /// Gender as stated. Default: not told.
    #[serde(default)]
    pub gender: Option<String>,
    /// Date of birth. Default: not told.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub birth_date: Option<NaiveDate>,
    /// Time zone. Default: not told.
    #[serde(default)]
    pub zoneinfo: Option<String>,
    /// Language. Default: not told.
    #[serde(default)]
    pub locale: Option<String>,
    /// E-mail address, taken as proven. Default: not told.
    #[serde(default)]
    pub email: Option<String>,
    /// Phone number, taken as proven. Default: not told.
    #[serde(default)]
    pub phone: Option<String>,
    /// House number of the address. Default: not told.
    #[serde(default)]
    pub house: Option<String>,
    /// Street of the address. Default: not told.
    #[serde(default)]
    pub street: Option<String>,
    /// Town of the address. Default: not told.
    #[serde(default)]
    pub town: Option<String>,
    /// Postal code of the address. Default: not told.
    #[serde(default)]
    pub post_code: Option<String>,
    /// Country, by its letters in ISO 3166-1. Default: the Czech Republic.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub country: Option<Country>,
    /// The body for which the person is let in: `kind`, `ico`, `name`, `reference`, `role`, `full`. Default: none.
    #[serde(default)]
    #[schemars(with = "Option<serde_json::Value>")]
    pub acting_for: Option<Body>,
}

impl DemoAccount {
    /// What a login brings back.
    pub(super) fn facts(&self) -> Vec<Fact> {
        let texts = [
            (FactKind::GivenName, &self.given_name),
            (FactKind::FamilyName, &self.family_name),
            (FactKind::MiddleName, &self.middle_name),
            (FactKind::Nickname, &self.nickname),
            (FactKind::PreferredUsername, &self.preferred_username),
            (FactKind::ProfilePage, &self.profile_page),
            (FactKind::Picture, &self.picture),
            (FactKind::Website, &self.website),
            (FactKind::Gender, &self.gender),
            (FactKind::Zoneinfo, &self.zoneinfo),
            (FactKind::Locale, &self.locale),
            (FactKind::Email, &self.email),
            (FactKind::Phone, &self.phone),
        ];
        let texts = texts
            .into_iter()
            .filter_map(|(kind, text)| Some((kind, FactValue::Text(text.clone()?))));
        let date = self
            .birth_date
            .map(|date| (FactKind::BirthDate, FactValue::Date(date)));
        let address = Address {
            house: self.house.clone(),
            street: self.street.clone(),
            post_name: self.town.clone(),
            post_code: self.post_code.clone(),
            area: None,
            country: self.country.and_then(Country::unless_home),
        };
        let address = (address != Address::default())
            .then_some((FactKind::Address, FactValue::Address(address)));
        texts
            .chain(date)
            .chain(address)
            .map(|(kind, value)| Fact {
                kind,
                value,
                standing: Standing::Vouched,
            })
            .collect()
    }
}
