//! `[provider.NAME] kind = "isds"`.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use url::Url;

use super::data_box::Role;
use crate::environment::Environment;
use crate::provider::Title;

/// Data boxes (ISDS) as a way in, through the authentication service for public authorities ("Autentizační služba").
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct IsdsConfig {
    /// Must equal the broker's environment.
    pub environment: Environment,
    /// The name people see. Default: the text of the kind.
    #[serde(default)]
    pub title: Option<Title>,
    /// Our id at ISDS (`atsId`), as the registration of the application gave it.
    pub ats_id: String,
    /// Name of the `[outbound.client_certificate.<name>]` that the registration knows. Its `hosts` must hold the service's
    /// host, in production `cert.datovka.gov.cz`.
    pub client_certificate: String,
    /// Under which addresses ISDS is reached: the present ones (`datovka.gov.cz`) or the former
    /// (`mojedatovaschranka.cz`). Default: `present`.
    #[serde(default)]
    pub generation: Generation,
    /// Address of the login pages. Only in the sandbox, where it must be given; elsewhere `generation` says it.
    #[serde(default)]
    pub portal_url: Option<Url>,
    /// Address of the service that asks for our certificate. Only in the sandbox, where it must be given.
    #[serde(default)]
    pub service_url: Option<Url>,
    /// What the registration lets us know: `box` (the box alone) or `person` (the box and who logged in). With `box` nobody
    /// gets above the level `contact`. Default: `person`.
    #[serde(default)]
    pub profile: Profile,
    /// Names of attributes that differ from the usual ones: `[provider.isds.attribute] family_name = ["pnLastName"]`. Case
    /// does not matter. Default: the names of ISDS's other services.
    #[serde(default)]
    pub attribute: BTreeMap<Field, Vec<String>>,
    /// Letters for roles that differ from the usual ones: `[provider.isds.role_code] P = "ENTRUSTED_USER"`. The roles' own
    /// names are always known. Default: `S`, `P`, `A`, `L`, `R`, `G`.
    #[serde(default)]
    pub role_code: BTreeMap<String, Role>,
    /// Namespaces an answer may have; the first is the one we ask in. Default: `http://agw-as.cz/ats-ws/v1` and `…/v1_1`.
    #[serde(default = "namespaces")]
    pub namespaces: Vec<String>,
    /// Path of the service that tells who logged in. Default: `/asws/extIs2Endpoint`.
    #[serde(default = "confirmation_path")]
    pub confirmation_path: String,
    /// Path of the service that makes the login's other one-time secret worthless, which we do not need. Empty: it is not
    /// called. Default: `/asws/extWsEndpoint`.
    #[serde(default = "invalidation_path")]
    pub invalidation_path: String,
    /// Whether an answer must repeat the number we sent (`appToken`). Without it, only the secrecy of the number keeps a
    /// stranger's login out. Default: yes.
    #[serde(default = "yes")]
    pub require_app_token: bool,
    /// What becomes of a browser that ISDS sends back without that number in the address: `refuse`, or `only_departure`, by which it
    /// is led to the login it left for ISDS by, when it has exactly one under way. With `only_departure`, keep `require_app_token`:
    /// else a stranger's login can be slipped to somebody who is about to log in, and production does not start. Default: `refuse`.
    #[serde(default)]
    pub without_app_token: WithoutAppToken,
    /// Whether officers of an authority may come in through its box. They are nobody the town knows, and act for the
    /// authority. Default: no, they are refused.
    #[serde(default)]
    pub allow_offices: bool,
    /// Address of the public directory of boxes, which is asked whether a box belongs to the body that a login names.
    /// Default: in production that of ISDS; elsewhere none, and nothing is asked.
    #[serde(default)]
    pub directory_url: Option<Url>,
    /// What hangs on the directory: `require` (nobody begins to act for a company, association or office that it does not confirm),
    /// `warn` (only what it contradicts is not believed) or `off`. Default: `require`.
    #[serde(default)]
    pub directory_check: DirectoryCheck,
    /// Address of the public service by which ISDS says whether it works (`heartBeat`). It is asked by `city-idp check` and by the
    /// looks in the background, without our certificate. Its path is not public: ask the operator of ISDS. Default: none, and
    /// nothing is asked.
    #[serde(default)]
    pub heartbeat_url: Option<Url>,
    /// Address that ends the browser's session at ISDS, under the login pages' host. Our logout address is added as `uri`,
    /// and must be registered there. Default: none, people are logged out here only.
    #[serde(default)]
    pub logout_url: Option<Url>,
}

/// The addresses of ISDS.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Generation {
    /// `datovka.gov.cz` and `datovka-test.gov.cz`, since 2026.
    #[default]
    Present,
    /// `mojedatovaschranka.cz` and `czebox.cz`.
    Former,
}

/// What the registration lets us know.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Profile {
    /// The box alone.
    Box,
    /// The box and the person who logged in to it.
    #[default]
    Person,
}

/// What becomes of a browser that comes back without the number it left with (reference 6.3, step 3, and open question Q5).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum WithoutAppToken {
    /// Nobody is logged in.
    #[default]
    Refuse,
    /// It belongs to the only login of this browser that is under way at ISDS.
    OnlyDeparture,
}

/// What hangs on the directory of boxes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum DirectoryCheck {
    /// Nobody acts for a company, association or office that it does not confirm.
    #[default]
    Require,
    /// Only what it contradicts is not believed.
    Warn,
    /// It is not asked.
    Off,
}

/// One thing an answer may tell.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize, Serialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Field {
    /// Our number back.
    AppToken,
    /// The one-time secret for inserting a draft.
    TimeLimitedId,
    /// Id of the box.
    BoxId,
    /// Type of the box.
    BoxType,
    /// Whether the box is accessible.
    BoxState,
    /// Identification number (IČO) of the holder.
    Ico,
    /// Name of the holder.
    BoxName,
    /// What the person is to the box.
    Role,
    /// What the person may do with the box, a mask of bits.
    Privileges,
    /// The person's own identifier.
    UserId,
    /// All given names.
    GivenNames,
    /// The first of them, where they come one by one.
    FirstName,
    /// The second.
    MiddleName,
    /// Family name.
    FamilyName,
    /// Date of birth.
    BirthDate,
    /// Whether the person was found in the register of inhabitants.
    Identified,
    /// E-mail address.
    Email,
    /// RÚIAN code of the address.
    AddressCode,
    /// Municipality.
    City,
    /// Part of the municipality.
    District,
    /// Street.
    Street,
    /// Number in the street ("číslo orientační").
    NumberInStreet,
    /// Number in the municipality ("číslo popisné").
    NumberInMunicipality,
    /// Postal code.
    PostCode,
    /// Country of the address.
    Country,
}

impl IsdsConfig {
    /// The names a thing may have.
    pub(super) fn names(&self, field: Field) -> Vec<&str> {
        match self.attribute.get(&field) {
            Some(names) => names.iter().map(String::as_str).collect(),
            None => field.usual_names().to_vec(),
        }
    }

    /// The role a code stands for.
    pub(super) fn role(&self, code: &str) -> Option<Role> {
        let configured = self.role_code.get(code).copied();
        configured
            .or_else(|| Role::named(code))
            .or_else(|| Role::usual(code))
    }
}

impl Field {
    /// All things, in the order a check lists them.
    pub(super) const ALL: [Self; 25] = [
        Self::AppToken,
        Self::TimeLimitedId,
        Self::BoxId,
        Self::BoxType,
        Self::BoxState,
        Self::Ico,
        Self::BoxName,
        Self::Role,
        Self::Privileges,
        Self::UserId,
        Self::GivenNames,
        Self::FirstName,
        Self::MiddleName,
        Self::FamilyName,
        Self::BirthDate,
        Self::Identified,
        Self::Email,
        Self::AddressCode,
        Self::City,
        Self::District,
        Self::Street,
        Self::NumberInStreet,
        Self::NumberInMunicipality,
        Self::PostCode,
        Self::Country,
    ];

    /// Whether it is about the person and not about the box. Such things are not even looked at with the profile `box`.
    pub(super) const fn is_of_person(self) -> bool {
        !matches!(
            self,
            Self::AppToken
                | Self::TimeLimitedId
                | Self::BoxId
                | Self::BoxType
                | Self::BoxState
                | Self::Ico
                | Self::BoxName
        )
    }

    /// The names under which it was seen, or is expected: those of `GetOwnerInfoFromLogin2` and `GetUserInfoFromLogin2`.
    const fn usual_names(self) -> &'static [&'static str] {
        match self {
            Self::AppToken => &["appToken"],
            Self::TimeLimitedId => &["timeLimitedId"],
            Self::BoxId => &["dbID"],
            Self::BoxType => &["dbType"],
            Self::BoxState => &["dbState"],
            Self::Ico => &["ic", "dbIC", "dbICO"],
            Self::BoxName => &["firmName", "dbName"],
            Self::Role => &["userType"],
            Self::Privileges => &["userPrivils"],
            Self::UserId => &["isdsID"],
            Self::GivenNames => &["pnGivenNames"],
            Self::FirstName => &["pnFirstName"],
            Self::MiddleName => &["pnMiddleName"],
            Self::FamilyName => &["pnLastName"],
            Self::BirthDate => &["biDate"],
            Self::Identified => &["aifoIsds", "robIdent"],
            Self::Email => &["email", "mail"],
            Self::AddressCode => &["adCode"],
            Self::City => &["adCity"],
            Self::District => &["adDistrict"],
            Self::Street => &["adStreet"],
            Self::NumberInStreet => &["adNumberInStreet"],
            Self::NumberInMunicipality => &["adNumberInMunicipality"],
            Self::PostCode => &["adZipCode"],
            Self::Country => &["adState"],
        }
    }
}

fn namespaces() -> Vec<String> {
    vec![
        "http://agw-as.cz/ats-ws/v1".to_owned(),
        "http://agw-as.cz/ats-ws/v1_1".to_owned(),
    ]
}

fn confirmation_path() -> String {
    "/asws/extIs2Endpoint".to_owned()
}

fn invalidation_path() -> String {
    "/asws/extWsEndpoint".to_owned()
}

const fn yes() -> bool {
    true
}
