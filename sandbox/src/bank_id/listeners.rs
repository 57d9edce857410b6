//! Who let which service hear of changes of their data.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

use crate::nia::persona::Persona;
use crate::oidc::grant::Grant;
use crate::oidc::request::Request;

/// The scope without which a service hears nothing (reference 8).
const SCOPE: &str = "notification.claims_updated";

/// Clients, and people whatever persona they come as.
#[derive(Debug, Default)]
pub struct Listeners(Mutex<BTreeSet<(String, String)>>);

impl Listeners {
    /// Takes what a person answered to a request; one that does not ask changes nothing.
    pub fn note(&self, request: &Request, grant: &Grant, persona: &Persona) {
        if request.asks(SCOPE) {
            self.set(&grant.client_id, persona, grant.has(SCOPE));
        }
    }

    fn set(&self, client_id: &str, persona: &Persona, may_hear: bool) {
        let pair = (client_id.to_owned(), persona.human().to_owned());
        let mut pairs = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if may_hear {
            pairs.insert(pair);
        } else {
            pairs.remove(&pair);
        }
    }

    /// Whether a service may be told of somebody's changes.
    pub fn may_hear(&self, client_id: &str, persona: &Persona) -> bool {
        let pairs = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        pairs.contains(&(client_id.to_owned(), persona.human().to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::nia::persona;

    #[test]
    fn a_service_hears_of_those_who_agreed_until_they_refuse() {
        let people = persona::built_in().unwrap();
        let person = |key: &str| people.iter().find(|one| one.key == key).unwrap();
        let listeners = Listeners::default();
        assert!(!listeners.may_hear("library", person("novakova")));

        listeners.set("library", person("novakova"), true);
        assert!(listeners.may_hear("library", person("novakova")));
        assert!(
            listeners.may_hear("library", person("newname")),
            "she married"
        );
        assert!(!listeners.may_hear("library", person("twin")));
        assert!(!listeners.may_hear("school", person("novakova")));

        listeners.set("library", person("newname"), false);
        assert!(!listeners.may_hear("library", person("novakova")));
    }
}
