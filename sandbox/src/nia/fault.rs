//! What can be made to go wrong, by an admin call or a click. The list drives the tests of whoever reads answers.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use serde::{Deserialize, Serialize};

use crate::often::{Often, Turn};

/// What a careful service provider does with such an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Expected {
    /// Logs nobody in.
    Refuse,
    /// Logs the person in: unusual, but right.
    Accept,
    /// Depends on its settings.
    Depends,
    /// Nothing changes: the local logout happened before.
    NoEffect,
}

impl Expected {
    /// In Czech.
    pub fn czech(self) -> &'static str {
        match self {
            Self::Refuse => "odmítnout",
            Self::Accept => "přijmout",
            Self::Depends => "podle nastavení",
            Self::NoEffect => "bez vlivu",
        }
    }

    /// The colour of the word.
    pub fn tone(self) -> &'static str {
        match self {
            Self::Refuse => "bad",
            Self::Accept => "ok",
            Self::Depends => "warn",
            Self::NoEffect => "info",
        }
    }
}

/// Where the fault sits, for the page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Group {
    /// Signatures and keys.
    Signature,
    /// Encryption.
    Encryption,
    /// Where what stands in the document.
    Structure,
    /// Who speaks to whom.
    Addressing,
    /// When.
    Time,
    /// Levels and status.
    Level,
    /// Person and attributes.
    Person,
    /// The envelope.
    Envelope,
    /// Logout.
    Logout,
    /// Metadata.
    Metadata,
}

impl Group {
    /// All of them in the order of the page.
    pub const ALL: [Self; 10] = [
        Self::Signature,
        Self::Encryption,
        Self::Structure,
        Self::Addressing,
        Self::Time,
        Self::Level,
        Self::Person,
        Self::Envelope,
        Self::Logout,
        Self::Metadata,
    ];

    /// In Czech.
    pub fn czech(self) -> &'static str {
        match self {
            Self::Signature => "Podpisy a klíče",
            Self::Encryption => "Šifrování",
            Self::Structure => "Stavba dokumentu",
            Self::Addressing => "Kdo komu píše",
            Self::Time => "Čas",
            Self::Level => "Úroveň a výsledek",
            Self::Person => "Osoba a údaje",
            Self::Envelope => "Obálka",
            Self::Logout => "Odhlášení",
            Self::Metadata => "Metadata",
        }
    }
}

macro_rules! faults {
    ($($variant:ident $code:literal $group:ident $expected:ident $czech:literal;)+) => {
        /// One thing that goes wrong.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        pub enum Fault {
            $(#[doc = $czech] #[serde(rename = $code)] $variant,)+
        }

        impl Fault {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// The name in calls and forms.
            pub fn code(self) -> &'static str {
                match self { $(Self::$variant => $code,)+ }
            }

            /// Where it sits.
            pub fn group(self) -> Group {
                match self { $(Self::$variant => Group::$group,)+ }
            }

            /// What a careful reader does.
            pub fn expected(self) -> Expected {
                match self { $(Self::$variant => Expected::$expected,)+ }
            }

            /// What happens, in Czech.
            pub fn czech(self) -> &'static str {
                match self { $(Self::$variant => $czech,)+ }
            }
        }
    };
}

faults! {
    NoOuterSig "no_outer_sig" Signature Refuse "Odpověď není podepsána, tvrzení uvnitř ano.";
    NoInnerSig "no_inner_sig" Signature Refuse "Odpověď je podepsána, tvrzení uvnitř ne.";
    BadOuterSig "bad_outer_sig" Signature Refuse "V podpisu odpovědi je změněn jeden bit.";
    BadInnerSig "bad_inner_sig" Signature Refuse "V podpisu tvrzení je změněn jeden bit.";
    UnknownKey "unknown_key" Signature Refuse "Oba podpisy jsou cizím klíčem, jeho certifikát je přiložen.";
    UnknownInnerKey "unknown_inner_key" Signature Refuse "Cizím klíčem je podepsáno jen tvrzení uvnitř.";
    Sha1Sig "sha1_sig" Signature Refuse "Podpisy jsou rsa-sha1 s otiskem SHA-1.";
    RotatedKey "rotated_key" Signature Depends "NIA právě vyměnila klíč: odpověď je jím podepsána a je už v metadatech.";
    OtherEnvKey "other_env_key" Signature Refuse "Podpisy jsou klíčem druhého prostředí NIA.";

    Rsa15Key "rsa15_key" Encryption Refuse "Klíč je přenesen starým způsobem rsa-1_5.";
    TripleDes "tripledes" Encryption Refuse "Tvrzení je zašifrováno pomocí 3DES.";
    Aes128Cbc "aes128cbc" Encryption Depends "Tvrzení je zašifrováno pomocí AES-128-CBC.";
    Aes256Gcm "aes256gcm" Encryption Accept "Tvrzení je zašifrováno pomocí AES-256-GCM.";
    OaepSha256 "oaep_sha256" Encryption Accept "Klíč je přenesen jako rsa-oaep 1.1 se SHA-256, obsah AES-256-GCM.";
    OaepMgf1pSha256 "oaep_mgf1p_sha256" Encryption Depends "Klíč je přenesen jako rsa-oaep-mgf1p s otiskem SHA-256.";
    OtherRecipient "other_recipient" Encryption Refuse "Tvrzení je zašifrováno pro někoho jiného.";
    PlainAssertion "plain_assertion" Encryption Refuse "Tvrzení není zašifrováno.";

    TwoAssertions "two_assertions" Structure Refuse "Odpověď nese dvě zašifrovaná tvrzení o dvou osobách.";
    PlainBeside "plain_beside" Structure Refuse "Vedle zašifrovaného tvrzení je podstrčené nezašifrované.";
    Xsw1 "xsw1" Structure Refuse "XSW 1: podvržená odpověď, pravá je v Object jejího podpisu.";
    Xsw2 "xsw2" Structure Refuse "XSW 2: podvržená odpověď, pravá je v jejích Extensions.";
    Xsw3 "xsw3" Structure Refuse "XSW 3: podvržené tvrzení před pravým, nezašifrovaná.";
    Xsw4 "xsw4" Structure Refuse "XSW 4: zašifrované podvržené tvrzení, pravé je v Advice.";
    Xsw5 "xsw5" Structure Refuse "XSW 5: podvržené tvrzení nese podpis pravého, to je na konci bez podpisu.";
    Xsw6 "xsw6" Structure Refuse "XSW 6: zašifrované podvržené tvrzení, pravé bez podpisu je v Object podpisu.";
    Xsw7 "xsw7" Structure Refuse "XSW 7: podvržené tvrzení v Extensions odpovědi s pravým tvrzením.";
    Xsw8 "xsw8" Structure Refuse "XSW 8: zašifrované podvržené tvrzení, pravé i s podpisem je v Object podpisu.";
    XswStatusDetail "xsw_status_detail" Structure Refuse "Podvržená odpověď, pravá je přesunuta do StatusDetail.";
    XswAfter "xsw_after" Structure Refuse "Podvržené tvrzení za pravým, nezašifrovaná.";
    DupId "dup_id" Structure Refuse "Podvržená odpověď se stejným ID je schována v podpisu pravé.";
    Doctype "doctype" Structure Refuse "Odpověď začíná deklarací DOCTYPE.";
    InnerDoctype "inner_doctype" Structure Refuse "DOCTYPE je uvnitř zašifrovaného tvrzení.";
    EntityBomb "entity_bomb" Structure Refuse "DOCTYPE s entitami, které se rozrostou do miliard znaků.";
    ExternalEntity "external_entity" Structure Refuse "DOCTYPE s entitou, která čte soubor /etc/hostname.";
    CommentNameId "comment_nameid" Structure Refuse "Uprostřed NameID je komentář, podpis platí.";

    WrongIssuerOuter "wrong_issuer_outer" Addressing Refuse "Odpověď má jiného vydavatele.";
    WrongIssuerInner "wrong_issuer_inner" Addressing Refuse "Tvrzení má jiného vydavatele.";
    WrongDestination "wrong_destination" Addressing Refuse "Destination je jiná adresa.";
    WrongRecipient "wrong_recipient" Addressing Refuse "Recipient je jiná adresa.";
    WrongAudience "wrong_audience" Addressing Refuse "Audience je jiný poskytovatel.";
    NoAudience "no_audience" Addressing Refuse "Podmínky neříkají, pro koho tvrzení je.";
    NoConditions "no_conditions" Addressing Refuse "Tvrzení nemá žádné podmínky.";
    WrongInResponseTo "wrong_in_response_to" Addressing Refuse "InResponseTo je číslo jiného požadavku.";
    WrongInnerInResponseTo "wrong_inner_in_response_to" Addressing Refuse "InResponseTo se liší venku a uvnitř.";
    MissingInResponseTo "missing_in_response_to" Addressing Refuse "InResponseTo chybí venku i uvnitř.";
    Replay "replay" Addressing Refuse "Pošle se znovu poslední odpověď tomuto poskytovateli.";

    Expired "expired" Time Refuse "Tvrzení vypršelo před deseti minutami.";
    NotYetValid "not_yet_valid" Time Refuse "Tvrzení začne platit za deset minut.";
    OldIssueInstant "old_issue_instant" Time Refuse "Odpověď je vydána před deseti minutami.";
    FutureIssueInstant "future_issue_instant" Time Refuse "Odpověď je vydána za deset minut.";
    OldAuthnInstant "old_authn_instant" Time Depends "Ověření proběhlo před hodinou: vadí, jen když bylo vyžádáno nové.";

    LoaLower "loa_lower" Level Refuse "Úroveň je nižší, než byla požadována.";
    LoaUnknown "loa_unknown" Level Refuse "Úroveň, kterou nikdo nezná.";
    LoaCase "loa_case" Level Refuse "Úroveň je napsána velkými písmeny.";
    AuthnFailed "authn_failed" Level Refuse "Selhání ověření: navenek Success, uvnitř AuthnFailed.";
    ResponderError "responder_error" Level Refuse "Chyba podle normy: Responder a AuthnFailed, bez tvrzení.";

    NoPersonIdentifier "no_person_identifier" Person Refuse "Chybí PersonIdentifier.";
    NameIdMismatch "nameid_mismatch" Person Refuse "PersonIdentifier se liší od NameID.";
    TransientNameId "transient_nameid" Person Refuse "NameID je dočasné.";
    DupAttribute "dup_attribute" Person Refuse "Příjmení přijde dvakrát a různě.";
    BadBase64Address "bad_base64_address" Person Refuse "Adresa není base64.";
    AddressDoctype "address_doctype" Person Refuse "Adresa uvnitř base64 nese DOCTYPE.";
    Huge "huge" Person Refuse "Odpověď má přes megabajt.";

    OtherRelayState "other_relaystate" Envelope Refuse "RelayState je jiný.";
    Truncated "truncated" Envelope Refuse "SAMLResponse je v půlce uříznut.";
    NoAnswer "no_answer" Envelope Refuse "NIA vůbec neodpoví, prohlížeč zůstane na její stránce.";

    LogoutUnsigned "logout_unsigned" Logout NoEffect "Odpověď na odhlášení není podepsána.";
    LogoutBadSig "logout_bad_sig" Logout NoEffect "Odpověď na odhlášení má poškozený podpis.";
    LogoutRedirect "logout_redirect" Logout NoEffect "Odpověď na odhlášení přijde přesměrováním.";
    LogoutWrongInResponseTo "logout_wrong_in_response_to" Logout NoEffect "Odpověď na odhlášení patří k jinému požadavku.";

    MetaUnsigned "meta_unsigned" Metadata Refuse "Metadata nejsou podepsána.";
    MetaUnknownKey "meta_unknown_key" Metadata Refuse "Metadata jsou podepsána cizím klíčem a nabízejí ho.";
    MetaTampered "meta_tampered" Metadata Refuse "V metadatech je po podpisu změněna adresa.";
    MetaEntityId "meta_entity_id" Metadata Refuse "Metadata jsou někoho jiného.";
    MetaForeignEndpoint "meta_foreign_endpoint" Metadata Refuse "Metadata posílají přihlášení na cizí server.";
    MetaDoctype "meta_doctype" Metadata Refuse "Metadata začínají deklarací DOCTYPE.";
    MetaHuge "meta_huge" Metadata Refuse "Metadata mají deset megabajtů.";
    MetaHtml "meta_html" Metadata Refuse "Místo metadat přijde stránka HTML.";
    MetaRedirect "meta_redirect" Metadata Refuse "Místo metadat přijde přesměrování jinam.";
    MetaSlow "meta_slow" Metadata Refuse "Metadata přicházejí bajt za sekundu.";
    MetaUnavailable "meta_unavailable" Metadata Refuse "Místo metadat přijde chyba 503.";
}

impl Fault {
    /// Reads the name in calls and forms.
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|fault| fault.code() == code)
    }

    /// Whether it concerns an answer to a login.
    pub fn is_of_login(self) -> bool {
        !matches!(self.group(), Group::Logout | Group::Metadata)
    }
}

/// A fault that waits for its moment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Pending {
    /// What shall happen.
    pub fault: Fault,
    /// To whom; to anyone when missing.
    pub entity_id: Option<String>,
    /// How often.
    #[serde(flatten)]
    pub often: Often,
}

/// Faults that wait, by provider and group.
#[derive(Debug, Default)]
pub struct Faults(Mutex<BTreeMap<(Option<String>, Slot), Pending>>);

/// Faults of different moments do not replace each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Slot {
    /// The answer to a login.
    Login,
    /// The answer to a logout.
    Logout,
    /// The metadata.
    Metadata,
}

impl From<Fault> for Slot {
    fn from(fault: Fault) -> Self {
        match fault.group() {
            Group::Logout => Self::Logout,
            Group::Metadata => Self::Metadata,
            _ => Self::Login,
        }
    }
}

impl Faults {
    /// Sets what shall happen next; replaces an earlier wish of the same kind.
    pub fn set(&self, pending: Pending) {
        let key = (pending.entity_id.clone(), Slot::from(pending.fault));
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(key, pending);
    }

    /// Forgets all wishes for a provider, or all of all.
    pub fn clear(&self, entity_id: Option<&str>) {
        let mut faults = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        faults.retain(|(whose, _), _| entity_id.is_some() && whose.as_deref() != entity_id);
    }

    /// Takes what shall happen to this provider now; a wish for this provider goes before one for anyone.
    pub fn take(&self, entity_id: &str, slot: Slot) -> Option<Fault> {
        let mut faults = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for key in [(Some(entity_id.to_owned()), slot), (None, slot)] {
            let Some(pending) = faults.get_mut(&key) else {
                continue;
            };
            let fault = pending.fault;
            match pending.often.turn() {
                Turn::Not => continue,
                Turn::Now => {}
                Turn::Last => drop(faults.remove(&key)),
            }
            return Some(fault);
        }
        None
    }

    /// What waits.
    pub fn list(&self) -> Vec<Pending> {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .values()
            .cloned()
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pending(fault: Fault, entity_id: Option<&str>, times: Option<u32>) -> Pending {
        Pending {
            fault,
            entity_id: entity_id.map(str::to_owned),
            often: Often::times(times),
        }
    }

    #[test]
    fn a_fault_happens_as_often_as_asked_and_only_to_whom_it_was_meant_for() {
        let faults = Faults::default();
        faults.set(pending(Fault::Expired, Some("a"), Some(2)));

        assert_eq!(faults.take("b", Slot::Login), None);
        assert_eq!(faults.take("a", Slot::Logout), None);
        assert_eq!(faults.take("a", Slot::Login), Some(Fault::Expired));
        assert_eq!(faults.take("a", Slot::Login), Some(Fault::Expired));
        assert_eq!(faults.take("a", Slot::Login), None);
    }

    #[test]
    fn a_fault_without_an_end_lasts_until_it_is_cleared() {
        let faults = Faults::default();
        faults.set(pending(Fault::MetaSlow, None, None));

        assert_eq!(faults.take("x", Slot::Metadata), Some(Fault::MetaSlow));
        assert_eq!(faults.take("y", Slot::Metadata), Some(Fault::MetaSlow));
        faults.clear(None);
        assert_eq!(faults.take("x", Slot::Metadata), None);
    }

    #[test]
    fn names_are_unique_and_are_read_back() {
        for fault in Fault::ALL {
            assert_eq!(Fault::from_code(fault.code()), Some(*fault));
            assert!(fault.czech().ends_with('.'), "{}", fault.code());
        }
    }
}
