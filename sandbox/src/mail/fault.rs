//! What can be made to go wrong with mail, for one recipient or for everybody.

use crate::fault_kinds;

fault_kinds! {
    /// One thing that goes wrong.
    pub Fault;
    "Příjemce" => {
        RcptLater "rcpt_450" Depends "Příjemce teď nejde: 450, zkusit později.";
        RcptNever "rcpt_550" Refuse "Příjemce neexistuje: 550.";
        RcptFull "rcpt_452" Depends "Schránka příjemce je plná: 452.";
        RcptSlow "rcpt_slow" Depends "Odpověď na příjemce přijde až za třicet sekund.";
        RcptDrop "rcpt_drop" Depends "Po příjemci se spojení přeruší.";
    }
    "Dopis" => {
        DataLater "data_451" Depends "Dopis teď nejde přijmout: 451.";
        DataNever "data_554" Refuse "Dopis je odmítnut: 554.";
        DataSlow "data_slow" Depends "Dopis je přijat, ale odpověď přijde až za třicet sekund.";
        DataDrop "data_drop" Depends "Po dopisu se spojení přeruší, dopis není přijat.";
        DataDropAfter "data_drop_after" Depends "Dopis je přijat, ale spojení se přeruší před odpovědí.";
    }
    "Spojení" => {
        Busy "greeting_421" Depends "Místo pozdravu 421: server je zaneprázdněn.";
        Silent "greeting_silent" Depends "Server se nepozdraví vůbec.";
        NoTls "starttls_454" Depends "STARTTLS teď nejde: 454.";
    }
}

/// At which point of a dialogue a fault happens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moment {
    /// The connection.
    Greeting,
    /// `STARTTLS`
    StartTls,
    /// `RCPT TO`
    Rcpt,
    /// The letter.
    Data,
}

impl Fault {
    /// When it happens.
    pub fn moment(self) -> Moment {
        match self {
            Self::Busy | Self::Silent => Moment::Greeting,
            Self::NoTls => Moment::StartTls,
            Self::RcptLater
            | Self::RcptNever
            | Self::RcptFull
            | Self::RcptSlow
            | Self::RcptDrop => Moment::Rcpt,
            Self::DataLater
            | Self::DataNever
            | Self::DataSlow
            | Self::DataDrop
            | Self::DataDropAfter => Moment::Data,
        }
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
