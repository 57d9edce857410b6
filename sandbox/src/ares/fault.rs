//! What can be made to go wrong at ARES.

use crate::fault_kinds;

fault_kinds! {
    /// One thing that goes wrong.
    pub Fault;
    "Stav HTTP" => {
        TooMany "too_many" Refuse "HTTP 429 s hlavičkou Retry-After: příliš mnoho dotazů.";
        Error "error" Refuse "HTTP 500 s kódem OBECNA_CHYBA.";
        Unavailable "unavailable" Refuse "HTTP 503 se stránkou HTML.";
        NotFound "not_found" Refuse "Subjekt se najednou nenajde (HTTP 404).";
        Redirect "redirect" Refuse "Místo odpovědi přijde přesměrování jinam.";
    }
    "Odpověď" => {
        Html "html" Refuse "Místo JSON přijde stránka HTML se stavem 200.";
        Truncated "truncated" Refuse "JSON je v půlce uříznut.";
        Empty "empty" Refuse "Odpověď je prázdná.";
        Huge "huge" Refuse "Odpověď má deset megabajtů.";
        OtherSubject "other_subject" Refuse "Odpověď je o jiném subjektu, než na který byl dotaz.";
        NoName "no_name" Refuse "Chybí obchodní jméno.";
        MoreFields "more_fields" Accept "Odpověď má i údaje, které nikdo nezná.";
        Slow "slow" Depends "Odpověď přijde až za tři sekundy.";
        Hang "hang" Refuse "Odpověď vůbec nepřijde.";
        Close "close" Refuse "Spojení se po přečtení dotazu přeruší.";
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
