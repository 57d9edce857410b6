//! What goes wrong on purpose: one thing at a time, for anyone or for one client, as often as asked.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use serde::{Deserialize, Serialize};

use super::refusal::Stop;
use crate::often::{Often, Turn};

/// What a careful reader does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Expected {
    /// Refuses the login.
    Refuse,
    /// Takes it.
    Accept,
    /// It depends on what was agreed.
    Depends,
}

impl Expected {
    /// In Czech, as on the tag beside the fault.
    pub fn czech(self) -> &'static str {
        match self {
            Self::Refuse => "odmítnout",
            Self::Accept => "přijmout",
            Self::Depends => "podle nastavení",
        }
    }

    /// The colour of the word.
    pub fn tone(self) -> &'static str {
        match self {
            Self::Refuse => "bad",
            Self::Accept => "ok",
            Self::Depends => "warn",
        }
    }
}

/// The moment a fault waits for. Faults of different moments do not replace each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Moment {
    /// The browser goes back.
    Answer,
    /// The answer of the token endpoint.
    Token,
    /// The ID token in it.
    IdToken,
    /// Userinfo or profile.
    Userinfo,
    /// Discovery.
    Discovery,
    /// The key set.
    Jwks,
    /// The list of banks.
    Banks,
}

impl Moment {
    /// All of them in the order of the page.
    pub const ALL: [Self; 7] = [
        Self::Answer,
        Self::Token,
        Self::IdToken,
        Self::Userinfo,
        Self::Discovery,
        Self::Jwks,
        Self::Banks,
    ];

    /// In Czech.
    pub fn czech(self) -> &'static str {
        match self {
            Self::Answer => "Návrat prohlížeče",
            Self::Token => "Výměna kódu",
            Self::IdToken => "ID token",
            Self::Userinfo => "Údaje o osobě",
            Self::Discovery => "Popis služby (discovery)",
            Self::Jwks => "Veřejné klíče",
            Self::Banks => "Seznam bank",
        }
    }

    /// Whether it belongs to one login.
    pub fn is_of_login(self) -> bool {
        matches!(
            self,
            Self::Answer | Self::Token | Self::IdToken | Self::Userinfo
        )
    }
}

macro_rules! faults {
    ($($variant:ident $code:literal $moment:ident $expected:ident $czech:literal;)+) => {
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

            /// When it happens.
            pub fn moment(self) -> Moment {
                match self { $(Self::$variant => Moment::$moment,)+ }
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
    Cancelled "cancelled" Answer Refuse "Osoba přihlášení zrušila (access_denied).";
    ServerError "server_error" Answer Refuse "Poskytovatel hlásí vnitřní chybu (server_error).";
    Unavailable "temporarily_unavailable" Answer Refuse "Banka je mimo provoz (temporarily_unavailable).";
    NoEid "eid_doesnt_exist" Answer Refuse "Osoba nemá u banky platnou elektronickou identitu (eid_doesnt_exist).";
    NotEligible "user_not_eligible" Answer Refuse "Osoba nesmí bankovní identitu používat (user_not_eligible).";
    LoginRequired "login_required" Answer Refuse "Bez dotazu to nejde (login_required).";
    InvalidScope "invalid_scope" Answer Refuse "Rozsah není povolen (invalid_scope).";
    UnknownError "unknown_error" Answer Refuse "Chyba, kterou norma nezná, s HTML v popisu.";
    WrongState "wrong_state" Answer Refuse "Hodnota state je jiná.";
    NoState "no_state" Answer Refuse "Hodnota state chybí.";
    TwoStates "two_states" Answer Refuse "Hodnota state přijde dvakrát, podruhé cizí.";
    NoCode "no_code" Answer Refuse "Kód chybí.";
    ForeignCode "foreign_code" Answer Refuse "Kód nebyl nikdy vydán.";
    OldCode "old_code" Answer Refuse "Znovu přijde kód z minulého přihlášení.";
    CodeAndError "code_and_error" Answer Refuse "Přijde kód i chyba.";
    AnswerIss "answer_iss" Answer Refuse "Návrat nese iss někoho jiného.";
    NoAnswer "no_answer" Answer Refuse "Prohlížeč se vůbec nevrátí.";

    InvalidGrant "invalid_grant" Token Refuse "Kód neplatí (invalid_grant).";
    InvalidClient "invalid_client" Token Refuse "Aplikace neplatí (invalid_client).";
    TokenHtml "token_html" Token Refuse "Místo tokenů přijde stránka HTML.";
    TokenSlow "token_slow" Token Refuse "Tokeny přicházejí bajt za sekundu.";
    TokenUnavailable "token_unavailable" Token Refuse "Místo tokenů přijde chyba 503.";
    TokenLimited "token_limited" Token Refuse "Místo tokenů přijde 429 a retry-after.";
    TokenRedirect "token_redirect" Token Refuse "Místo tokenů přijde přesměrování jinam.";
    TokenHuge "token_huge" Token Refuse "Odpověď s tokeny má deset megabajtů.";
    TokenTruncated "token_truncated" Token Refuse "Odpověď s tokeny je v půlce uříznutá.";
    NoIdToken "no_id_token" Token Refuse "V odpovědi není ID token.";
    NoAccessToken "no_access_token" Token Refuse "V odpovědi není access token.";
    TokenType "token_type" Token Refuse "Druh tokenu je mac místo Bearer.";
    LessScope "less_scope" Token Depends "Udělen je jen rozsah openid.";

    WrongIss "wrong_iss" IdToken Refuse "Vydavatel je někdo jiný.";
    IssWithoutSlash "iss_without_slash" IdToken Refuse "Vydavatel je bez lomítka na konci.";
    WrongAud "wrong_aud" IdToken Refuse "Token je pro jinou aplikaci.";
    TwoAuds "two_auds" IdToken Refuse "Token je pro nás a pro někoho cizího, azp chybí.";
    WrongAzp "wrong_azp" IdToken Refuse "Token byl vydán někomu jinému (azp).";
    NoAud "no_aud" IdToken Refuse "Token neříká, pro koho je.";
    WrongNonce "wrong_nonce" IdToken Refuse "Hodnota nonce je jiná.";
    NoNonce "no_nonce" IdToken Refuse "Hodnota nonce chybí.";
    NoSub "no_sub" IdToken Refuse "Chybí sub.";
    EmptySub "empty_sub" IdToken Refuse "Hodnota sub je prázdná.";
    NoIat "no_iat" IdToken Refuse "Chybí iat.";
    FutureIat "future_iat" IdToken Refuse "Token je vydán za deset minut.";
    NoExp "no_exp" IdToken Refuse "Chybí exp.";
    Expired "expired" IdToken Refuse "Token vypršel před deseti minutami.";
    AlgNone "alg_none" IdToken Refuse "Token není podepsán (alg none).";
    AlgHmac "alg_hmac" IdToken Refuse "Token je podepsán sdíleným tajemstvím (HS256).";
    OtherAlg "other_alg" IdToken Refuse "Token je podepsán správným klíčem, ale jiným algoritmem.";
    ForeignKey "foreign_key" IdToken Refuse "Token je podepsán cizím klíčem pod naším kid.";
    ForeignKid "foreign_kid" IdToken Refuse "Token je podepsán cizím klíčem, ten je přiložen v hlavičce.";
    BadSignature "bad_signature" IdToken Refuse "V podpisu je změněn jeden bit.";
    NoKid "no_kid" IdToken Depends "Hlavička neříká, kterým klíčem je podepsáno.";
    Critical "critical" IdToken Refuse "Hlavička žádá rozšíření, které nikdo nezná (crit).";
    RotatedKey "rotated_key" IdToken Accept "Klíč byl právě vyměněn: token je jím podepsán a klíč je už zveřejněn.";
    AcrLower "acr_lower" IdToken Refuse "Úroveň je nižší (loa2).";
    AcrUnknown "acr_unknown" IdToken Refuse "Úroveň, kterou nikdo nezná.";
    NoAcr "no_acr" IdToken Refuse "Úroveň chybí.";
    OldAuthTime "old_auth_time" IdToken Depends "Ověření proběhlo před hodinou: vadí, jen když bylo vyžádáno nové.";
    NoAuthTime "no_auth_time" IdToken Depends "Chybí auth_time.";

    UserinfoSub "userinfo_sub" Userinfo Refuse "Údaje jsou o někom jiném (jiné sub).";
    UserinfoNoSub "userinfo_no_sub" Userinfo Refuse "V údajích chybí sub.";
    UserinfoHtml "userinfo_html" Userinfo Refuse "Místo údajů přijde stránka HTML.";
    UserinfoSlow "userinfo_slow" Userinfo Refuse "Údaje přicházejí bajt za sekundu.";
    UserinfoUnavailable "userinfo_unavailable" Userinfo Refuse "Místo údajů přijde chyba 503.";
    UserinfoLimited "userinfo_limited" Userinfo Refuse "Místo údajů přijde 429 a retry-after.";
    UserinfoRedirect "userinfo_redirect" Userinfo Refuse "Místo údajů přijde přesměrování jinam.";
    UserinfoHuge "userinfo_huge" Userinfo Refuse "Údaje mají deset megabajtů.";
    UserinfoTruncated "userinfo_truncated" Userinfo Refuse "Údaje jsou v půlce uříznuté.";
    UserinfoUnauthorized "userinfo_unauthorized" Userinfo Refuse "Access token prý neplatí (401).";
    UserinfoForbidden "userinfo_forbidden" Userinfo Refuse "Na údaje prý není smlouva (403).";
    UserinfoPlain "userinfo_plain" Userinfo Depends "Údaje přijdou nepodepsané: vadí, jen když je domluven podpis.";
    UserinfoAlgNone "userinfo_alg_none" Userinfo Refuse "Údaje jsou ve zprávě bez podpisu (alg none).";
    UserinfoForeignKey "userinfo_foreign_key" Userinfo Refuse "Údaje jsou podepsány cizím klíčem.";
    UserinfoBadSignature "userinfo_bad_signature" Userinfo Refuse "V podpisu údajů je změněn jeden bit.";
    UserinfoWrongIss "userinfo_wrong_iss" Userinfo Refuse "Podepsané údaje mají jiného vydavatele.";
    UserinfoWrongAud "userinfo_wrong_aud" Userinfo Refuse "Podepsané údaje jsou pro jinou aplikaci.";
    UserinfoNotEncrypted "userinfo_not_encrypted" Userinfo Depends "Údaje jsou jen podepsané: vadí, jen když je domluveno šifrování.";
    UserinfoNotNested "userinfo_not_nested" Userinfo Refuse "Údaje jsou zašifrované, ale uvnitř nepodepsané.";
    UserinfoOtherRecipient "userinfo_other_recipient" Userinfo Refuse "Údaje jsou zašifrované pro někoho jiného.";
    UserinfoRsa15 "userinfo_rsa15" Userinfo Refuse "Klíč k údajům je přenesen starým způsobem RSA1_5.";
    VerificationTimeNull "verification_time_null" Userinfo Accept "Ověření u banky nemá čas (time je null).";
    VerificationEmpty "verification_empty" Userinfo Depends "Ověření u banky je prázdné: údaje neplatí za ověřené.";
    VerificationAbsent "verification_absent" Userinfo Depends "Ověření u banky chybí: údaje neplatí za ověřené.";
    VerifiedClaimsAbsent "verified_claims_absent" Userinfo Depends "Chybí celé verified_claims.";
    VerifiedOther "verified_other" Userinfo Refuse "Ověřené jméno je jiné než neověřené.";
    OddClaims "odd_claims" Userinfo Accept "Tituly, občanství, rodinný stav a svéprávnost mají hodnoty mimo číselník nebo jiného typu.";
    UpdatedAtMs "updated_at_ms" Userinfo Accept "Čas změny je v milisekundách.";
    OutdatedForeign "outdated_foreign" IdToken Depends "Mezi dřívějšími identifikátory je identifikátor někoho jiného.";

    DiscoveryIssuer "discovery_issuer" Discovery Refuse "Popis je někoho jiného (jiný issuer).";
    DiscoveryForeignEndpoint "discovery_foreign_endpoint" Discovery Refuse "Popis posílá kódy na cizí server.";
    DiscoveryNoJwks "discovery_no_jwks" Discovery Refuse "Popis neříká, kde jsou klíče.";
    DiscoveryHtml "discovery_html" Discovery Refuse "Místo popisu přijde stránka HTML.";
    DiscoverySlow "discovery_slow" Discovery Refuse "Popis přichází bajt za sekundu.";
    DiscoveryUnavailable "discovery_unavailable" Discovery Refuse "Místo popisu přijde chyba 503.";
    DiscoveryRedirect "discovery_redirect" Discovery Refuse "Místo popisu přijde přesměrování jinam.";
    DiscoveryHuge "discovery_huge" Discovery Refuse "Popis má deset megabajtů.";
    DiscoveryTruncated "discovery_truncated" Discovery Refuse "Popis je v půlce uříznutý.";

    JwksEmpty "jwks_empty" Jwks Refuse "Není zveřejněn žádný klíč.";
    JwksForeign "jwks_foreign" Jwks Refuse "Pod naším kid je zveřejněn cizí klíč.";
    JwksHtml "jwks_html" Jwks Refuse "Místo klíčů přijde stránka HTML.";
    JwksSlow "jwks_slow" Jwks Refuse "Klíče přicházejí bajt za sekundu.";
    JwksUnavailable "jwks_unavailable" Jwks Refuse "Místo klíčů přijde chyba 503.";
    JwksRedirect "jwks_redirect" Jwks Refuse "Místo klíčů přijde přesměrování jinam.";
    JwksHuge "jwks_huge" Jwks Refuse "Klíče mají deset megabajtů.";

    BanksEmpty "banks_empty" Banks Depends "V seznamu není žádná banka.";
    BanksUnauthorized "banks_unauthorized" Banks Depends "Seznam bank chce přihlášení (401).";
    BanksHtml "banks_html" Banks Depends "Místo bank přijde stránka HTML.";
    BanksSlow "banks_slow" Banks Depends "Banky přicházejí bajt za sekundu.";
    BanksHuge "banks_huge" Banks Depends "Seznam bank má deset megabajtů.";
    BanksUnavailable "banks_unavailable" Banks Depends "Místo bank přijde chyba 503.";
}

impl Fault {
    /// Reads the name in calls and forms.
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|fault| fault.code() == code)
    }

    /// The error word a login ends with, when that is the fault.
    pub fn error(self) -> Option<&'static str> {
        match self {
            Self::Cancelled => Some("access_denied"),
            Self::UnknownError => Some("something_new"),
            Self::ServerError
            | Self::Unavailable
            | Self::NoEid
            | Self::NotEligible
            | Self::LoginRequired
            | Self::InvalidScope => Some(self.code()),
            _ => None,
        }
    }

    /// Whether only Bank iD does this: CAAIS has no banks, no userinfo in JOSE and no level in its tokens.
    pub fn is_of_banks(self) -> bool {
        self.moment() == Moment::Banks
            || matches!(
                self,
                Self::NoEid
                    | Self::NotEligible
                    | Self::AcrLower
                    | Self::AcrUnknown
                    | Self::NoAcr
                    | Self::OutdatedForeign
                    | Self::UpdatedAtMs
                    | Self::NoKid
            )
            || self.moment() == Moment::Userinfo
    }
}

/// Faults one can choose for a single login, of those a provider knows.
pub fn of_login(knows: fn(Fault) -> bool) -> Vec<(Moment, Vec<Fault>)> {
    let of = |moment: Moment| {
        let all = Fault::ALL.iter().copied();
        let faults = all.filter(|fault| fault.moment() == moment && knows(*fault));
        (moment, faults.collect::<Vec<_>>())
    };
    Moment::ALL
        .into_iter()
        .filter(|moment| moment.is_of_login())
        .map(of)
        .filter(|(_, faults)| !faults.is_empty())
        .collect()
}

/// The fault a person chose for their login.
pub fn wished(code: Option<&str>, knows: fn(Fault) -> bool) -> Result<Option<Fault>, Stop> {
    match code {
        None | Some("") => Ok(None),
        Some(code) => Fault::from_code(code)
            .filter(|fault| fault.moment().is_of_login() && knows(*fault))
            .map(Some)
            .ok_or_else(|| Stop::not_offered("the fault")),
    }
}

/// A fault that waits for its moment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Pending {
    /// What shall happen.
    pub fault: Fault,
    /// To whom; to anyone when missing.
    pub client_id: Option<String>,
    /// How often.
    #[serde(flatten)]
    pub often: Often,
}

/// Faults that wait, by client and moment.
#[derive(Debug, Default)]
pub struct Faults(Mutex<BTreeMap<(Option<String>, Moment), Pending>>);

impl Faults {
    /// Sets what shall happen next; replaces an earlier wish for the same moment.
    pub fn set(&self, pending: Pending) {
        let key = (pending.client_id.clone(), pending.fault.moment());
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(key, pending);
    }

    /// Forgets all wishes for a client, or all of all.
    pub fn clear(&self, client_id: Option<&str>) {
        let mut faults = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        faults.retain(|(whose, _), _| client_id.is_some() && whose.as_deref() != client_id);
    }

    /// Takes what shall happen to this client now; a wish for this client goes before one for anyone.
    pub fn take(&self, client_id: &str, moment: Moment) -> Option<Fault> {
        let mut faults = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for key in [(Some(client_id.to_owned()), moment), (None, moment)] {
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

    #[test]
    fn a_fault_happens_as_often_as_asked_and_only_to_whom_it_was_meant_for() {
        let faults = Faults::default();
        faults.set(Pending {
            fault: Fault::Expired,
            client_id: Some("a".to_owned()),
            often: Often::times(Some(2)),
        });

        assert_eq!(faults.take("b", Moment::IdToken), None);
        assert_eq!(faults.take("a", Moment::Userinfo), None);
        assert_eq!(faults.take("a", Moment::IdToken), Some(Fault::Expired));
        assert_eq!(faults.take("a", Moment::IdToken), Some(Fault::Expired));
        assert_eq!(faults.take("a", Moment::IdToken), None);
    }

    #[test]
    fn names_are_unique_and_are_read_back() {
        for fault in Fault::ALL {
            assert_eq!(Fault::from_code(fault.code()), Some(*fault));
            assert!(fault.czech().ends_with('.'), "{}", fault.code());
        }
    }
}
