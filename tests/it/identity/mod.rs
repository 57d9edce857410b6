//! One identity under any order of events: random sequences of logins, links, unlinks, merges, undos, deletions and of confirmed
//! and removed addresses drive the real rules and storage on both databases. After each step nobody holds another's account or
//! hears of it, nobody is locked out, every fact and proof stands with the way in that brought it, every organisation sees each
//! account by the identifier it always saw, and an address that somebody proved is still theirs.
//!
//! Two people who say yes together are joined where nobody tells them apart (ADR 13): such a mistake is taken back at once, or
//! stands while other things happen, until its owner removes the other's way in, or parts the two accounts, and nobody has lost anything:
//! whatever happens meanwhile, a merge can be undone while there is time. A provider that gives somebody's
//! subject to somebody else lets nobody in.
//!
//! Now and then a provider lets nobody in while somebody removes a way in or parts accounts, and does again afterwards: what does not
//! work stands in for nothing that does.
//!
//! All people have the same e-mail address. In half of the sequences all have the same name and date of birth too, in the others
//! three of five. A failing sequence names its seed.

mod model;
mod people;
mod subjects;
mod switched;
mod tally;
mod world;

use tests::broker::{Ground, TestBroker};

use model::{Event, Model};
use people::{Crowd, PROVIDERS, People};
use tally::Tally;
use world::World;

/// Sequences on each database.
const SEQUENCES: u64 = 2_000;
/// Most sequences are short, so that there are many; one in so many is long.
const LONG_ONE_IN: u64 = 10;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_meets_anybody_in_any_order_of_events_on_sqlite() {
    play_all(Ground::Sqlite, 1).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_meets_anybody_in_any_order_of_events_on_postgresql() {
    play_all(Ground::PostgresAndRedis, people::PLAYERS).await;
}

/// Plays all sequences, several at a time where the database can do that.
async fn play_all(ground: Ground, at_a_time: u64) {
    let broker = TestBroker::configured(ground, people::configuration()).await;
    let strangers = people::configuration_of_strangers();
    let elsewhere = TestBroker::configured(Ground::Sqlite, strangers).await;
    let mut players = Vec::new();
    for player in 0..at_a_time {
        let mut people = Vec::new();
        for crowd in Crowd::ALL {
            people.push(People::meet(&broker, &elsewhere, player, crowd).await);
        }
        let brokers = switched::brokers(&broker.broker);
        players.push(tokio::spawn(async move {
            let mut tally = Tally::default();
            let seeds = (player..SEQUENCES).step_by(usize::try_from(at_a_time).unwrap());
            for (seed, people) in seeds.zip(people.iter().cycle()) {
                tally += play(&brokers, people, seed).await;
            }
            tally
        }));
    }
    let mut tally = Tally::default();
    for player in players {
        tally += player.await.unwrap();
    }
    tally.assert_enough();
    let touched = broker.rows("account").await;
    assert_eq!(touched, 0, "every sequence is taken back at its end");
}

/// One sequence in one transaction that is never committed, so that each begins with nobody.
async fn play(brokers: &[idp::Broker], people: &People, seed: u64) -> Tally {
    let mut world = World::begin(brokers, people).await;
    let mut model = Model::default();
    let mut chance = Chance(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
    let mut story = Vec::new();
    let events = if seed.is_multiple_of(LONG_ONE_IN) {
        25
    } else {
        2 + chance.below(6)
    };
    for _ in 0..events {
        let event = Event::next(&mut chance, &model);
        story.push(event);
        let context = format!("seed {seed}: {story:?}");
        world.happen(event, &mut model, &context).await;
        world.check(&model, &context).await;
    }
    world.forget().await
}

/// A small generator (xorshift64*): the same seed, the same story.
#[derive(Debug)]
struct Chance(u64);

impl Chance {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        let drawn = self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33;
        usize::try_from(drawn).unwrap() % limit
    }
}

/// Somebody's login at a provider: which person, which entry of [`PROVIDERS`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
struct Card {
    person: usize,
    provider: usize,
}

impl Card {
    fn random(chance: &mut Chance) -> Self {
        Self {
            person: chance.below(people::PERSONS),
            provider: chance.below(PROVIDERS.len()),
        }
    }

    /// Another card of the same person.
    fn another(self, chance: &mut Chance) -> Self {
        Self {
            provider: chance.below(PROVIDERS.len()),
            ..self
        }
    }
}
