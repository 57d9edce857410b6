//! The banks. None of them exists.

/// A bank.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bank {
    /// The name personas and forms use.
    pub key: &'static str,
    /// `bank_id`
    pub id: &'static str,
    /// What people read.
    pub title: &'static str,
    /// A sentence about it.
    pub description: &'static str,
    /// Its identification number in the list of the national bank: `verification_process`.
    pub number: &'static str,
    /// What it offers through Bank iD.
    pub services: &'static [&'static str],
    /// The colour of its logo.
    pub colour: &'static str,
}

const LOGIN: &str = "AUTHENTICATION";

/// All of them.
pub const BANKS: [Bank; 4] = [
    Bank {
        key: "vltavska",
        id: "0b7f4c1e-5d52-4e0a-9c5b-6a1f0d3e8c01",
        title: "Vltavská banka",
        description: "Banka, která neexistuje.",
        number: "99000101",
        services: &[LOGIN, "SIGN_SO", "NOTIFICATION", "UNIQUE_IDENTITY"],
        colour: "#2362a2",
    },
    Bank {
        key: "krumlovska",
        id: "4f0e2b7a-8c1d-4a35-b3f6-2d9c7e5a1f02",
        title: "Krumlovská spořitelna",
        description: "Spořitelna, která neexistuje.",
        number: "99000102",
        services: &[LOGIN, "NOTIFICATION", "UNIQUE_IDENTITY"],
        colour: "#2e7d32",
    },
    Bank {
        key: "sumavska",
        id: "9d3a6c58-17e4-4b9f-8a20-c4b1f6e7d303",
        title: "Šumavská záložna",
        description: "Záložna, která neexistuje.",
        number: "99000103",
        services: &[LOGIN],
        colour: "#b32222",
    },
    Bank {
        key: "podpisova",
        id: "c8e1d2f3-6b4a-4c5d-9e7f-0a1b2c3d4e04",
        title: "Podpisová banka",
        description: "Umí jen podepisovat, přihlásit se přes ni nejde.",
        number: "99000104",
        services: &["SIGN_SO", "SIGN_SINGLE_PDF"],
        colour: "#6b4a0d",
    },
];

impl Bank {
    /// Whether people can log in through it.
    pub fn logs_in(&self) -> bool {
        self.services.contains(&LOGIN)
    }
}

/// A bank by its `bank_id`.
pub fn by_id(id: &str) -> Option<&'static Bank> {
    BANKS.iter().find(|bank| bank.id == id)
}

/// A bank by the name personas use.
pub fn by_key(key: &str) -> Option<&'static Bank> {
    BANKS.iter().find(|bank| bank.key == key)
}
