//! What CAAIS says of an official, by scope. All of it stands in the ID token.

use serde_json::{Map, Value, json};

use super::officer::Officer;

/// Scopes CAAIS knows.
pub const SCOPES: [&str; 10] = [
    "openid",
    "profile",
    "role",
    "contact",
    "subject",
    "birthdate",
    "birthplace",
    "country_of_birth",
    "deathdate",
    "document",
];

/// The claims of these scopes. Scopes of the register (birth date and so on) give nothing: we know nothing of it here.
pub fn of(officer: &Officer, scopes: &[String]) -> Map<String, Value> {
    let office = &officer.office;
    let mut claims = Map::new();
    for scope in scopes {
        let more = match scope.as_str() {
            "profile" => json!({
                "username": officer.username,
                "given_name": officer.given_name,
                "family_name": officer.family_name,
                "degree_before": officer.degree_before,
                "degree_after": officer.degree_after,
                "person_identified": officer.person_identified,
                "is_statutory_representative": false,
            }),
            "role" => json!({
                "access_roles": officer
                    .access_roles
                    .iter()
                    .map(|code| json!({ "access_role_code": code }))
                    .collect::<Vec<_>>(),
                "activity_roles": [],
            }),
            "contact" => json!({ "email": officer.email, "phone_number": officer.phone }),
            // Spelled as it is spelled there.
            "subject" => json!({
                "legal_entity_shorcut": office.shortcut,
                "lei": office.lei,
                "legal_entity_name": office.name,
                "institution_type": "OVM",
                "public_organization_identifier": office.identifier,
                "legal_entity_unique_identifier": office.unique_identifier(),
            }),
            _ => json!({}),
        };
        if let Value::Object(more) = more {
            claims.extend(more.into_iter().filter(|(_, value)| !value.is_null()));
        }
    }
    claims
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::caais::officer;

    #[test]
    fn roles_and_the_town_come_only_with_their_scopes() {
        let officers = officer::built_in().unwrap();
        let editor = officers.iter().find(|one| one.key == "editor").unwrap();
        let scopes = |names: &[&str]| names.iter().map(ToString::to_string).collect::<Vec<_>>();

        assert!(of(editor, &scopes(&["openid"])).is_empty());
        let claims = of(editor, &scopes(&["openid", "role", "subject"]));
        assert_eq!(
            claims["access_roles"][0]["access_role_code"],
            "PORTAL.EDITOR"
        );
        assert_eq!(claims["lei"], "00245836");
        assert!(claims.get("given_name").is_none());
    }
}
