//! The invented people, and what each provider says of them.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::Duration;
use federation::{Answer, Ask, Assertion, Demand, Method, Purpose, Verified};
use serde_json::{Value, json};
use tests::broker::TestBroker;
use url::Url;

use super::Card;

/// A register of the state, a bank, a second bank and a data box: their levels.
pub(super) const PROVIDERS: [(&str, &str); 4] = [
    ("register", "state"),
    ("bank", "town"),
    ("other-bank", "town"),
    ("box", "contact"),
];

/// How many people there are: the first three cannot be told apart by name, date of birth and e-mail.
pub(super) const PERSONS: usize = 5;

/// Sequences played at a time, each with people of its own: two transactions must not wait for one subject.
pub(super) const PLAYERS: u64 = 4;

/// A person's name at every provider, their subject.
fn username(player: u64, person: usize) -> String {
    format!("{player}p{person}")
}

/// The person of a subject.
pub(super) fn person_of(subject: &str) -> usize {
    subject.split_once('p').unwrap().1.parse().unwrap()
}

/// Whether two people tell the same of themselves.
pub(super) fn are_namesakes(one: usize, other: usize) -> bool {
    one < 3 && other < 3
}

/// Whether a provider's subjects are persons that the state or the town goes by: all but the data box.
pub(super) fn tells_apart(provider: usize) -> bool {
    PROVIDERS[provider].1 != "contact"
}

/// The demo providers in the broker's configuration.
pub(super) fn configuration() -> Value {
    let entry = |level: &str| {
        let account: BTreeMap<String, Value> = (0..PLAYERS)
            .flat_map(|player| {
                (0..PERSONS).map(move |person| (username(player, person), described(person, level)))
            })
            .collect();
        json!({ "kind": "demo", "environment": "sandbox", "account": account })
    };
    let providers: BTreeMap<&str, Value> = PROVIDERS
        .into_iter()
        .map(|(name, level)| (name, entry(level)))
        .collect();
    json!({ "provider": providers })
}

fn described(person: usize, level: &str) -> Value {
    let (given, family, born) = match person {
        0..3 => ("Jan", "Novák", "1980-02-29"),
        3 => ("Jan", "Novák", "1981-03-01"),
        _ => ("Eva", "Malá", "1980-02-29"),
    };
    json!({
        "password": "heslo", "identity": level, "given_name": given, "family_name": family, "birth_date": born,
        "email": "jan.novak@posta.example",
    })
}

/// What every provider says of every person.
#[derive(Clone, Debug)]
pub(super) struct People(Arc<BTreeMap<Card, Assertion>>);

impl People {
    /// Lets everybody log in everywhere once.
    pub(super) async fn meet(broker: &TestBroker, player: u64) -> Self {
        let mut said = BTreeMap::new();
        for person in 0..PERSONS {
            for provider in 0..PROVIDERS.len() {
                let card = Card { person, provider };
                said.insert(card, assertion(broker, player, card).await);
            }
        }
        Self(Arc::new(said))
    }

    pub(super) fn says(&self, card: Card) -> &Assertion {
        &self.0[&card]
    }
}

async fn assertion(broker: &TestBroker, player: u64, card: Card) -> Assertion {
    let now = broker.clock.now();
    let name = PROVIDERS[card.provider].0;
    let provider = broker.broker.providers.get(name).unwrap();
    let ask = Ask {
        purpose: Purpose::Login,
        return_to: Url::parse(&broker.at(&format!("/upstream/{name}/answer"))).unwrap(),
        minimum: Demand::NONE,
        force: false,
        max_age: None,
        wanted: Vec::new(),
        locale: "cs",
        login_hint: None,
        branch: None,
        seed: [u8::try_from(card.person).unwrap(); 32],
    };
    let left = provider.start_login(&ask, now).await.unwrap();
    let body = url::form_urlencoded::Serializer::new(String::new())
        .append_pair("state", left.correlation.as_str())
        .append_pair("login-username", &username(player, card.person))
        .append_pair("login-password", "heslo")
        .finish();
    let answer = Answer {
        method: Method::Post,
        query: Vec::new(),
        body: body.into_bytes(),
        content_type: Some("application/x-www-form-urlencoded".to_owned()),
    };
    let later = now + Duration::seconds(1);
    let Verified { assertion, .. } = provider
        .finish_login(left.state, answer, later)
        .await
        .unwrap();
    assertion
}
