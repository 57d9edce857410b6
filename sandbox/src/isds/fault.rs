//! What can be made to go wrong at ISDS. The list drives the tests of whoever reads answers.

use crate::fault_kinds;

fault_kinds! {
    /// One thing that goes wrong.
    pub Fault;
    "Návrat do aplikace" => {
        ForeignToken "foreign_app_token" Refuse "Prohlížeč se vrátí s appToken někoho jiného.";
        NoToken "no_app_token" Depends "Prohlížeč se vrátí bez appToken.";
        TokenTwice "app_token_twice" Refuse "Prohlížeč se vrátí se dvěma appToken.";
        NoSession "no_session_id" Refuse "Prohlížeč se vrátí bez sessionId.";
        ShortSession "short_session_id" Refuse "sessionId má jen čtyři znaky.";
        OddSession "odd_session_id" Refuse "sessionId obsahuje lomenou závorku a nulový bajt.";
        LongSession "long_session_id" Refuse "sessionId má deset tisíc znaků.";
        SessionTwice "session_id_twice" Refuse "Prohlížeč se vrátí se dvěma sessionId.";
        NoReturn "no_return" Refuse "Prohlížeč se nevrátí, zůstane na stránce ISDS.";
    }
    "Výsledek" => {
        SessionUsed "session_used" Refuse "sessionId už někdo použil.";
        SessionExpired "session_expired" Refuse "sessionId vypršelo.";
        SystemError "system_error" Refuse "ISDS hlásí SYSTEM_ERROR a sessionId propadne.";
        UnknownStatus "unknown_status" Refuse "Výsledek, který nikdo nezná.";
        StatusCase "status_case" Refuse "Výsledek je napsán malými písmeny.";
        NoStatus "no_status" Refuse "Výsledek chybí.";
    }
    "Údaje" => {
        ForeignTokenInside "foreign_app_token_inside" Refuse "Údaje patří k jinému appToken.";
        NoTokenInside "no_app_token_inside" Depends "Mezi údaji není appToken.";
        NoAttributes "no_attributes" Refuse "Údaje jsou prázdné.";
        NoAttributesElement "no_attributes_element" Refuse "Údaje vůbec nejsou.";
        NoBox "no_db_id" Refuse "Chybí dbID.";
        NoBoxType "no_db_type" Refuse "Chybí dbType.";
        NoBoxState "no_db_state" Depends "Chybí dbState.";
        NoRole "no_user_type" Depends "Chybí userType.";
        NoUserId "no_isds_id" Depends "Chybí isdsID: totožnost je slabá.";
        NoName "no_name" Depends "Chybí jméno a příjmení.";
        NoBirthDate "no_birth_date" Depends "Chybí datum narození.";
        NoMatch "no_aifo_isds" Depends "Chybí příznak ztotožnění.";
        Renamed "renamed" Accept "Údaje mají jiná známá jména (dbId, dbICO, pnFirstName, robIdent…).";
        Unheard "unheard_names" Refuse "Údaje mají jména, která nikdo nezná.";
        Twice "dup_db_id" Refuse "dbID přijde dvakrát a různě.";
        TwiceSame "dup_same" Accept "dbID přijde dvakrát a stejně.";
        Role "unknown_user_type" Depends "Role, kterou nikdo nezná: nejmenší práva.";
        Type "unknown_db_type" Depends "Typ schránky, který nikdo nezná: bez organizace.";
        Inaccessible "inaccessible" Depends "Schránka je znepřístupněná (dbState 2): bez organizace.";
        UserBody "user_body" Depends "ic a firmName patří statutárnímu orgánu uživatele, ne schránce.";
        BadIc "bad_ic" Depends "IČO má špatnou kontrolní číslici.";
        Spaces "spaces" Accept "Hodnoty mají mezery na začátku a na konci.";
        Decomposed "decomposed" Accept "Písmena s háčky a čárkami jsou rozložená (NFD).";
        DateCompact "date_compact" Accept "Datum narození bez pomlček.";
        DateCzech "date_czech" Accept "Datum narození po česku s tečkami.";
        DateBad "date_bad" Depends "Datum narození neexistuje: údaj se zahodí.";
        LongValue "long_value" Refuse "Název má sto tisíc znaků.";
    }
    "Obálka SOAP" => {
        OtherNamespace "other_namespace" Refuse "Odpověď má cizí jmenný prostor.";
        OtherGeneration "other_generation" Accept "Odpověď má jmenný prostor druhé generace.";
        DefaultNamespace "default_namespace" Accept "Odpověď nemá žádné předpony.";
        Nested "nested" Refuse "Podvržená odpověď je schována uvnitř pravé obálky, pravá vedle ní.";
        TwoBodies "two_responses" Refuse "V těle jsou dvě odpovědi o dvou osobách.";
        FaultInOk "fault_in_200" Refuse "Chyba SOAP se stavem HTTP 200.";
        SoapFault "soap_fault" Refuse "Chyba SOAP se stavem HTTP 500.";
        Maintenance "maintenance" Refuse "Odstávka: HTTP 503 a česká věta.";
        Doctype "doctype" Refuse "Odpověď začíná deklarací DOCTYPE.";
        ExternalEntity "external_entity" Refuse "DOCTYPE s entitou, která čte soubor /etc/passwd.";
        ParameterEntity "parameter_entity" Refuse "DOCTYPE s parametrickou entitou z cizí adresy.";
        EntityBomb "entity_bomb" Refuse "DOCTYPE s entitami, které se rozrostou do miliard znaků.";
    }
    "Spojení" => {
        Unauthorized "unauthorized_json" Refuse "HTTP 401 s tělem JSON: neznámý certifikát.";
        UnauthorizedHtml "unauthorized_html" Refuse "HTTP 401 se stránkou HTML.";
        Forbidden "forbidden" Refuse "HTTP 403.";
        Html "html" Refuse "Místo odpovědi přijde stránka HTML se stavem 200.";
        ContentType "content_type" Refuse "Odpověď se vydává za text/plain.";
        Redirect "redirect" Refuse "Místo odpovědi přijde přesměrování jinam.";
        Empty "empty" Refuse "Odpověď je prázdná.";
        Truncated "truncated" Refuse "Odpověď se v půlce přeruší.";
        Utf8 "invalid_utf8" Refuse "Odpověď není UTF-8.";
        Huge "huge" Refuse "Odpověď má deset megabajtů.";
        GzipBomb "gzip_bomb" Refuse "Komprimovaná odpověď se rozbalí na sto megabajtů.";
        Close "close" Refuse "Spojení se po přečtení žádosti přeruší.";
        Slow "slow" Refuse "Odpověď přichází bajt za sekundu.";
        Hang "hang" Refuse "Odpověď vůbec nepřijde.";
    }
    "Schránky: vyhledání, stav, seznam" => {
        SearchDown "search_maintenance" Refuse "Odstávka: HTTP 503 a česká věta.";
        SearchFault "search_fault" Refuse "Chyba SOAP se stavem HTTP 500.";
        SearchUnauthorized "search_unauthorized" Refuse "HTTP 401 se stránkou HTML.";
        SearchEngine "search_9002" Refuse "Stav 9002: vyhledávač neodpovídá.";
        SearchTooMany "search_3009" Refuse "Stav 3009: příliš mnoho požadavků.";
        SearchHang "search_hang" Refuse "Odpověď vůbec nepřijde.";
        DirectoryDown "directory_down" Refuse "Veřejný seznam držitelů neodpovídá (HTTP 503).";
        DirectoryOther "directory_other" Refuse "Veřejný seznam má u schránky jiné IČO a jméno.";
        DirectoryNothing "directory_nothing" Refuse "Veřejný seznam schránku nezná.";
    }
    "Odhlášení a dostupnost" => {
        LogoutFault "logout_fault" Accept "Zneplatnění timeLimitedId skončí chybou SOAP.";
        LogoutHang "logout_hang" Accept "Na zneplatnění timeLimitedId nepřijde odpověď.";
        HeartbeatError "heartbeat_error" Refuse "Kontrola dostupnosti hlásí ERROR.";
        HeartbeatLimited "heartbeat_limited" Depends "Kontrola dostupnosti hlásí omezený provoz.";
    }
}

/// Where in a login, or beside it, a fault happens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moment {
    /// The browser comes back.
    Return,
    /// The exchange of the `sessionId`.
    Exchange,
    /// A web service of boxes.
    Service,
    /// The public directory.
    Directory,
    /// `extWsLogout`
    Logout,
    /// `heartBeat`
    Heartbeat,
}

impl Fault {
    /// When it happens.
    pub fn moment(self) -> Moment {
        match self {
            Self::ForeignToken
            | Self::NoToken
            | Self::TokenTwice
            | Self::NoSession
            | Self::ShortSession
            | Self::OddSession
            | Self::LongSession
            | Self::SessionTwice
            | Self::NoReturn => Moment::Return,
            Self::SearchDown
            | Self::SearchFault
            | Self::SearchUnauthorized
            | Self::SearchEngine
            | Self::SearchTooMany
            | Self::SearchHang => Moment::Service,
            Self::DirectoryDown | Self::DirectoryOther | Self::DirectoryNothing => {
                Moment::Directory
            }
            Self::LogoutFault | Self::LogoutHang => Moment::Logout,
            Self::HeartbeatError | Self::HeartbeatLimited => Moment::Heartbeat,
            _ => Moment::Exchange,
        }
    }

    /// Whether it concerns a login.
    pub fn is_of_login(self) -> bool {
        matches!(self.moment(), Moment::Return | Moment::Exchange)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::faults::Kind as _;

    #[test]
    fn names_are_unique_and_are_read_back() {
        for fault in Fault::ALL {
            assert_eq!(Fault::from_code(fault.code()), Some(*fault));
            assert!(fault.czech().ends_with('.'), "{}", fault.code());
        }
    }
}
