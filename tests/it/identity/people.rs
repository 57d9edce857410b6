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

/// How many people there are.
pub(super) const PERSONS: usize = 5;

/// Which people there are. Of all of them every provider tells the same e-mail address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Crowd {
    /// The first three cannot be told apart by name, date of birth and e-mail.
    Mixed,
    /// Nobody can.
    Namesakes,
}

/// Sequences played at a time, each with people of its own: two transactions must not wait for one subject.
pub(super) const PLAYERS: u64 = 4;

impl Crowd {
    pub(super) const ALL: [Self; 2] = [Self::Mixed, Self::Namesakes];

    /// A person's name at every provider, their subject.
    fn username(self, player: u64, person: usize) -> String {
        match self {
            Self::Mixed => format!("{player}p{person}"),
            Self::Namesakes => format!("{player}n{person}"),
        }
    }

    /// Whether two people tell the same of themselves.
    const fn are_namesakes(self, one: usize, other: usize) -> bool {
        match self {
            Self::Mixed => one < 3 && other < 3,
            Self::Namesakes => true,
        }
    }
}

/// The person of a subject.
pub(super) fn person_of(subject: &str) -> usize {
    subject.split_once(['p', 'n']).unwrap().1.parse().unwrap()
}

/// The e-mail address of everybody. Each player has one: two transactions must not wait for one address.
pub(super) fn mailbox(player: u64) -> String {
    format!("jan.novak.{player}@posta.example")
}

/// Whether a provider's subjects are persons that the state or the town goes by: all but the data box.
pub(super) fn tells_apart(provider: usize) -> bool {
    PROVIDERS[provider].1 != "contact"
}

/// The demo providers in the broker's configuration.
pub(super) fn configuration() -> Value {
    configured(described)
}

/// The same providers after they have given every subject to somebody else.
pub(super) fn configuration_of_strangers() -> Value {
    configured(|_, player, _, level| {
        json!({
            "password": "heslo", "identity": level, "given_name": "Petr", "family_name": "Svoboda",
            "birth_date": "1990-01-01", "email": mailbox(player),
        })
    })
}

fn configured(described: impl Fn(Crowd, u64, usize, &str) -> Value) -> Value {
    let entry = |level: &str| {
        let mut account = BTreeMap::new();
        for (player, crowd) in
            (0..PLAYERS).flat_map(|player| Crowd::ALL.map(|crowd| (player, crowd)))
        {
            for person in 0..PERSONS {
                let known = described(crowd, player, person, level);
                account.insert(crowd.username(player, person), known);
            }
        }
        json!({ "kind": "demo", "environment": "sandbox", "account": account })
    };
    let providers: BTreeMap<&str, Value> = PROVIDERS
        .into_iter()
        .map(|(name, level)| (name, entry(level)))
        .collect();
    json!({ "provider": providers })
}

fn described(crowd: Crowd, player: u64, person: usize, level: &str) -> Value {
    let (given, family, born) = match (crowd, person) {
        (Crowd::Namesakes, _) | (_, 0..3) => ("Jan", "Novák", "1980-02-29"),
        (_, 3) => ("Jan", "Novák", "1981-03-01"),
        _ => ("Eva", "Malá", "1980-02-29"),
    };
    json!({
        "password": "heslo", "identity": level, "given_name": given, "family_name": family, "birth_date": born,
        "email": mailbox(player),
    })
}

/// What every provider says of every person.
#[derive(Clone, Debug)]
pub(super) struct People {
    said: Arc<BTreeMap<Card, Assertion>>,
    said_by_strangers: Arc<BTreeMap<Card, Assertion>>,
    crowd: Crowd,
    /// The e-mail address of everybody.
    pub(super) mailbox: String,
}

impl People {
    /// Lets everybody log in everywhere once, and the strangers of `elsewhere` by their subjects.
    pub(super) async fn meet(
        broker: &TestBroker,
        elsewhere: &TestBroker,
        player: u64,
        crowd: Crowd,
    ) -> Self {
        let (mut said, mut said_by_strangers) = (BTreeMap::new(), BTreeMap::new());
        for person in 0..PERSONS {
            for provider in 0..PROVIDERS.len() {
                let card = Card { person, provider };
                let username = crowd.username(player, person);
                said.insert(card, assertion(broker, &username, card).await);
                let stranger = assertion(elsewhere, &username, card).await;
                said_by_strangers.insert(card, stranger);
            }
        }
        Self {
            said: Arc::new(said),
            said_by_strangers: Arc::new(said_by_strangers),
            crowd,
            mailbox: mailbox(player),
        }
    }

    pub(super) fn says(&self, card: Card) -> &Assertion {
        &self.said[&card]
    }

    /// What somebody says who has been given the subject of a card.
    pub(super) fn somebody_else_by(&self, card: Card) -> &Assertion {
        &self.said_by_strangers[&card]
    }

    /// Whether two people tell the same of themselves.
    pub(super) const fn are_namesakes(&self, one: usize, other: usize) -> bool {
        self.crowd.are_namesakes(one, other)
    }
}

async fn assertion(broker: &TestBroker, username: &str, card: Card) -> Assertion {
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
        .append_pair("login-username", username)
        .append_pair("login-password", "heslo")
        .finish();
    let answer = Answer {
        method: Method::Post,
        query: Vec::new(),
        body: body.into_bytes(),
        content_type: Some("application/x-www-form-urlencoded".to_owned()),
        from: None,
    };
    let later = now + Duration::seconds(1);
    let Verified { assertion, .. } = provider
        .finish_login(left.state, answer, later)
        .await
        .unwrap();
    assertion
}
