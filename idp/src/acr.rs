//! `acr` on the wire: which names stand for which pair of levels.
//!
//! An eIDAS address is said only of an authentication that carries it in law now; all else has a name of our own.

use std::fmt;

use federation::{Demand, IdentityLevel, Levels, LoginLevel};

/// The name of a pair of levels begins with this.
const PAIR: &str = "urn:city-identity:acr:";

/// The name of unverified identity and a single factor.
const NOTHING: &str = "0";

/// A level of eIDAS (regulation 2015/1502), ordered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Eidas {
    /// Low.
    Low,
    /// Substantial.
    Substantial,
    /// High.
    High,
}

impl Eidas {
    /// All levels, weakest first.
    pub const ALL: [Self; 3] = [Self::Low, Self::Substantial, Self::High];

    /// The address that names the level.
    pub const fn uri(self) -> &'static str {
        match self {
            Self::Low => "http://eidas.europa.eu/LoA/low",
            Self::Substantial => "http://eidas.europa.eu/LoA/substantial",
            Self::High => "http://eidas.europa.eu/LoA/high",
        }
    }

    /// The level of this address.
    pub fn parse(uri: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|level| level.uri() == uri)
    }

    /// The pair of levels that an authentication at this level has.
    pub const fn levels(self) -> Levels {
        match self {
            Self::Low => Levels::new(IdentityLevel::Contact, LoginLevel::Single),
            Self::Substantial => Levels::new(IdentityLevel::State, LoginLevel::Multi),
            Self::High => Levels::new(IdentityLevel::StateHigh, LoginLevel::Strong),
        }
    }
}

/// One value of `acr` that we know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Acr {
    /// A level in law.
    Eidas(Eidas),
    /// A pair of our own.
    Pair(Levels),
}

impl Acr {
    /// The value of this name. `None` for names we do not know, which are ignored.
    pub fn parse(value: &str) -> Option<Self> {
        if value == NOTHING {
            return Some(Self::Pair(Levels::new(
                IdentityLevel::Unverified,
                LoginLevel::Single,
            )));
        }
        if let Some(level) = Eidas::parse(value) {
            return Some(Self::Eidas(level));
        }
        let (identity, login) = value.strip_prefix(PAIR)?.split_once(':')?;
        Some(Self::Pair(Levels::new(
            identity.parse().ok()?,
            login.parse().ok()?,
        )))
    }

    /// What an authentication is called: its level in law when it has one, else the pair.
    pub fn of(levels: Levels, eidas: Option<Eidas>) -> Self {
        eidas.map_or(Self::Pair(levels), Self::Eidas)
    }

    /// Whether an authentication with these levels satisfies this value. A level in law is satisfied by a level in
    /// law alone.
    pub fn met_by(self, levels: Levels, eidas: Option<Eidas>) -> bool {
        match self {
            Self::Eidas(asked) => eidas.is_some_and(|held| held >= asked),
            Self::Pair(asked) => levels.meets(Demand::new(asked.identity, asked.login)),
        }
    }

    /// Whether it is a level in law.
    pub const fn is_eidas(self) -> bool {
        matches!(self, Self::Eidas(_))
    }

    /// The minimum to ask of an upstream provider.
    pub const fn demand(self) -> Demand {
        let levels = match self {
            Self::Eidas(level) => level.levels(),
            Self::Pair(levels) => levels,
        };
        Demand::new(levels.identity, levels.login)
    }

    /// Every value there is, for the discovery document.
    pub fn all() -> Vec<String> {
        let pairs = IdentityLevel::ALL.into_iter().flat_map(|identity| {
            LoginLevel::ALL.map(|login| Self::Pair(Levels::new(identity, login)))
        });
        Eidas::ALL
            .into_iter()
            .map(Self::Eidas)
            .chain(pairs)
            .map(|acr| acr.to_string())
            .collect()
    }
}

impl fmt::Display for Acr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Eidas(level) => f.write_str(level.uri()),
            Self::Pair(Levels {
                identity: IdentityLevel::Unverified,
                login: LoginLevel::Single,
            }) => f.write_str(NOTHING),
            Self::Pair(Levels { identity, login }) => write!(f, "{PAIR}{identity}:{login}"),
        }
    }
}

/// `acr` for a token: the level in law when the authentication carries one now, else the pair.
pub fn acr_for(levels: Levels, eidas: Option<&str>) -> String {
    Acr::of(levels, eidas.and_then(Eidas::parse)).to_string()
}

/// What a request asks of the authentication: one of these values, or better.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AcrDemand(Vec<Acr>);

impl AcrDemand {
    /// The known ones of these values. `None` when none is known: then nothing is demanded.
    pub fn parse<'a>(values: impl IntoIterator<Item = &'a str>) -> Option<Self> {
        let known: Vec<Acr> = values.into_iter().filter_map(Acr::parse).collect();
        (!known.is_empty()).then_some(Self(known))
    }

    /// Whether an authentication satisfies one of them.
    pub fn met_by(&self, levels: Levels, eidas: Option<&str>) -> bool {
        let eidas = eidas.and_then(Eidas::parse);
        self.0.iter().any(|acr| acr.met_by(levels, eidas))
    }

    /// Whether only a level in law will do.
    pub fn needs_eidas(&self) -> bool {
        self.0.iter().all(|acr| acr.is_eidas())
    }

    /// The values in the client's order of preference.
    pub fn values(&self) -> &[Acr] {
        &self.0
    }

    /// What pages say is needed: the value easiest to reach.
    pub fn demand(&self) -> Demand {
        self.easiest(|_| true).unwrap_or(Demand::NONE)
    }

    /// The minimum of the value easiest to reach among those that will do.
    pub fn easiest(&self, will_do: impl Fn(Acr) -> bool) -> Option<Demand> {
        let rank = |demand: &Demand| (demand.identity, demand.login);
        let candidates = self.0.iter().copied().filter(|acr| will_do(*acr));
        candidates.map(Acr::demand).min_by_key(rank)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SUBSTANTIAL: &str = "http://eidas.europa.eu/LoA/substantial";

    #[test]
    fn every_value_we_announce_reads_back() {
        for value in Acr::all() {
            assert_eq!(Acr::parse(&value).unwrap().to_string(), value);
        }
    }

    #[test]
    fn the_examples_of_a_neighbour_that_runs_the_same_know_every_value_we_answer() {
        for example in [
            include_str!("../../docs/how-to/add-a-provider.md"),
            include_str!("../../config/idp.example.toml"),
        ] {
            for value in Acr::all() {
                let Demand { identity, login } = Acr::parse(&value).unwrap().demand();
                let line =
                    format!(r#""{value}" = {{ identity = "{identity}", login = "{login}" }}"#);

                assert!(example.contains(&line), "{line}");
            }
        }
    }

    #[test]
    fn a_level_in_law_is_named_only_where_it_is_held() {
        let levels = Levels::new(IdentityLevel::State, LoginLevel::Multi);

        assert_eq!(acr_for(levels, Some(SUBSTANTIAL)), SUBSTANTIAL);
        assert_eq!(acr_for(levels, None), "urn:city-identity:acr:state:multi");
        assert_eq!(
            acr_for(
                Levels::new(IdentityLevel::Unverified, LoginLevel::Single),
                None
            ),
            "0"
        );
    }

    #[test]
    fn a_level_in_law_is_not_met_by_a_pair_of_the_same_height() {
        let demand = AcrDemand::parse([SUBSTANTIAL]).unwrap();
        let levels = Levels::new(IdentityLevel::StateHigh, LoginLevel::Strong);

        assert!(!demand.met_by(levels, None));
        assert!(!demand.met_by(levels, Some(Eidas::Low.uri())));
        assert!(demand.met_by(levels, Some(Eidas::High.uri())));
    }

    #[test]
    fn one_of_several_values_is_enough_and_unknown_ones_are_ignored() {
        let demand =
            AcrDemand::parse(["urn:x", SUBSTANTIAL, "urn:city-identity:acr:town:single"]).unwrap();

        assert!(demand.met_by(Levels::new(IdentityLevel::Town, LoginLevel::Single), None));
        assert_eq!(
            demand.demand(),
            Demand::new(IdentityLevel::Town, LoginLevel::Single)
        );
        assert_eq!(AcrDemand::parse(["urn:x", "1"]), None);
    }

    #[test]
    fn of_several_values_the_easiest_that_will_do_is_asked_for() {
        let demand = AcrDemand::parse([SUBSTANTIAL, "urn:city-identity:acr:town:strong"]).unwrap();

        assert_eq!(
            demand.demand(),
            Demand::new(IdentityLevel::Town, LoginLevel::Strong)
        );
        assert_eq!(
            demand.easiest(Acr::is_eidas),
            Some(Demand::new(IdentityLevel::State, LoginLevel::Multi))
        );
        assert_eq!(demand.easiest(|_| false), None);
    }
}
