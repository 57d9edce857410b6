//! Boxes, their types and states (reference 4.3, 4.4).

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A type of box, by the number of message envelopes and the symbol of web services.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BoxType {
    /// `dmSenderType`
    pub code: u16,
    /// `dbType`
    pub symbol: &'static str,
    /// In Czech.
    pub czech: &'static str,
}

/// The kinds of people and bodies that hold boxes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Gross {
    /// A natural person.
    Fo,
    /// A natural person in business.
    Pfo,
    /// A legal person.
    Po,
    /// A public authority.
    Ovm,
}

impl Gross {
    /// In the public directory and in scopes of searches.
    pub fn symbol(self) -> &'static str {
        match self {
            Self::Fo => "FO",
            Self::Pfo => "PFO",
            Self::Po => "PO",
            Self::Ovm => "OVM",
        }
    }
}

impl BoxType {
    const ALL: [Self; 23] = [
        Self::new(10, "OVM", "orgán veřejné moci"),
        Self::new(11, "OVM_NOTAR", "notář"),
        Self::new(12, "OVM_EXEKUT", "exekutor"),
        Self::new(13, "OVM_REQ", "další schránka orgánu veřejné moci"),
        Self::new(14, "OVM_FO", "fyzická osoba jako orgán veřejné moci"),
        Self::new(15, "OVM_PFO", "podnikatel jako orgán veřejné moci"),
        Self::new(16, "OVM_PO", "právnická osoba jako orgán veřejné moci"),
        Self::new(20, "PO", "právnická osoba"),
        Self::new(21, "PO_ZAK", "právnická osoba ze zákona"),
        Self::new(22, "PO_REQ", "právnická osoba na žádost"),
        Self::new(30, "PFO", "podnikající fyzická osoba"),
        Self::new(31, "PFO_ADVOK", "advokát"),
        Self::new(32, "PFO_DANPOR", "daňový poradce"),
        Self::new(33, "PFO_INSSPR", "insolvenční správce"),
        Self::new(34, "PFO_AUDITOR", "auditor"),
        Self::new(35, "PFO_ZNALEC", "znalec"),
        Self::new(36, "PFO_TLUMOCNIK", "soudní tlumočník"),
        Self::new(37, "PFO_ARCH", "architekt"),
        Self::new(38, "PFO_AIAT", "autorizovaný inženýr nebo technik"),
        Self::new(39, "PFO_AZI", "autorizovaný zeměměřický inženýr"),
        Self::new(40, "FO", "fyzická osoba"),
        Self::new(50, "PFO_REQ", "podnikající fyzická osoba na žádost"),
        Self::new(77, "UNHEARD_OF", "typ, který ještě nikdo nezná"),
    ];

    const fn new(code: u16, symbol: &'static str, czech: &'static str) -> Self {
        Self {
            code,
            symbol,
            czech,
        }
    }

    /// Reads the symbol.
    pub fn from_symbol(symbol: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.symbol == symbol)
    }

    /// Who holds such a box.
    pub fn gross(self) -> Gross {
        match self.code {
            10..=19 => Gross::Ovm,
            20..=29 => Gross::Po,
            30..=39 | 50 => Gross::Pfo,
            _ => Gross::Fo,
        }
    }

    /// Whether its holder is a person whom the register of inhabitants may know.
    pub fn is_of_a_person(self) -> bool {
        matches!(self.gross(), Gross::Fo | Gross::Pfo) || matches!(self.code, 14 | 15)
    }
}

impl<'de> Deserialize<'de> for BoxType {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let symbol = String::deserialize(deserializer)?;
        Self::from_symbol(&symbol)
            .ok_or_else(|| serde::de::Error::custom(format!("{symbol} is no type of box")))
    }
}

impl Serialize for BoxType {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.symbol)
    }
}

/// Whether a box takes messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "u8", into = "u8")]
pub struct BoxState(u8);

impl BoxState {
    /// All of them with their meaning in Czech.
    pub const ALL: [(u8, &'static str); 6] = [
        (1, "přístupná"),
        (2, "dočasně znepřístupněná na žádost"),
        (3, "zatím neaktivní"),
        (4, "trvale znepřístupněná"),
        (5, "smazaná"),
        (6, "dočasně znepřístupněná ze zákona"),
    ];

    /// The only state in which a box takes messages.
    pub const ACCESSIBLE: Self = Self(1);

    /// The number.
    pub fn number(self) -> u8 {
        self.0
    }

    /// In Czech.
    pub fn czech(self) -> &'static str {
        let known = Self::ALL.iter().find(|(number, _)| *number == self.0);
        known.map_or("chyba", |(_, czech)| czech)
    }
}

impl TryFrom<u8> for BoxState {
    type Error = String;

    fn try_from(number: u8) -> Result<Self, String> {
        match number {
            1..=6 => Ok(Self(number)),
            _ => Err(format!("{number} is no state of a box")),
        }
    }
}

impl From<BoxState> for u8 {
    fn from(state: BoxState) -> Self {
        state.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_type_tells_who_holds_the_box() {
        let gross = |symbol| BoxType::from_symbol(symbol).unwrap().gross();

        assert_eq!(gross("OVM_REQ"), Gross::Ovm);
        assert_eq!(gross("PO_REQ"), Gross::Po);
        assert_eq!(gross("PFO_REQ"), Gross::Pfo);
        assert_eq!(gross("FO"), Gross::Fo);
        assert_eq!(BoxType::from_symbol("po"), None);
    }

    #[test]
    fn only_the_six_states_exist() {
        assert!(BoxState::try_from(0).is_err());
        assert!(BoxState::try_from(7).is_err());
        assert_eq!(BoxState::try_from(1).unwrap(), BoxState::ACCESSIBLE);
    }
}
