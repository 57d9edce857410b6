//! Finding a box, and asking for its state (reference 7.5).

use super::Isds;
use super::boxes::{BoxState, BoxType, Gross};
use super::data::DataBox;
use super::owner::{self, Version};
use super::services::{Answered, NAMESPACE, done, element, status, text, with_status};
use crate::ico;
use crate::xml::Element;

/// Fewer letters of a name find too much.
const LETTERS: usize = 3;
/// More results do not fit on a page.
const PAGE: usize = 100;

/// `FindDataBox[2]`: by id, or by criteria that suffice for the type of box.
pub fn find(isds: &Isds, caller: &DataBox, request: &Element, version: Version) -> Answered {
    let Some(wanted) = request.child(NAMESPACE, "dbOwnerInfo") else {
        return status(request, "2006", "Chybí dbOwnerInfo.");
    };
    let found: Vec<_> = if let Some(id) = text(wanted, "dbID") {
        isds.boxes().iter().filter(|one| one.id == id).collect()
    } else {
        match criteria(wanted) {
            Ok(criteria) => isds
                .boxes()
                .iter()
                .filter(|one| criteria.fit(isds, one))
                .collect(),
            Err((code, message)) => return status(request, code, message),
        }
    };
    let is_authority = caller.kind.gross() == Gross::Ovm;
    let visible: Vec<_> = found
        .into_iter()
        .filter(|one| is_authority || one.kind.gross() != Gross::Fo || one.listed)
        .map(|one| owner::info(isds, one, version, is_authority))
        .collect();
    if visible.is_empty() {
        return status(request, "0002", "Schránka nebyla nalezena.");
    }
    done(
        request,
        &format!("<p:dbResults>{}</p:dbResults>", visible.concat()),
    )
}

struct Criteria<'e> {
    kind: BoxType,
    ic: Option<&'e str>,
    firm: Option<&'e str>,
    family: Option<&'e str>,
    given: Option<&'e str>,
    birth: Option<&'e str>,
}

fn criteria(wanted: &Element) -> Result<Criteria<'_>, (&'static str, &'static str)> {
    let kind = text(wanted, "dbType")
        .and_then(BoxType::from_symbol)
        .ok_or(("1101", "Chybí typ schránky."))?;
    let criteria = Criteria {
        kind,
        ic: text(wanted, "ic"),
        firm: text(wanted, "firmName"),
        family: text(wanted, "pnLastName"),
        given: text(wanted, "pnGivenNames").or_else(|| text(wanted, "pnFirstName")),
        birth: text(wanted, "biDate"),
    };
    let has_firm = criteria
        .firm
        .is_some_and(|firm| firm.chars().count() >= LETTERS);
    let suffices = match kind.gross() {
        Gross::Fo => criteria.family.is_some(),
        Gross::Pfo => criteria.ic.is_some() || criteria.family.is_some(),
        Gross::Po => criteria.ic.is_some() || has_firm,
        Gross::Ovm => criteria.ic.is_some() || criteria.firm.is_some(),
    };
    if suffices {
        Ok(criteria)
    } else {
        Err(("1155", "Zadaná kritéria nestačí."))
    }
}

impl Criteria<'_> {
    fn fit(&self, isds: &Isds, one: &DataBox) -> bool {
        let is_gross = self.kind.symbol == self.kind.gross().symbol();
        let fits_type = if is_gross {
            one.kind.gross() == self.kind.gross()
        } else {
            one.kind == self.kind
        };
        let holder = isds.holder(one);
        let same = |wanted: Option<&str>, is: Option<&str>| {
            wanted.is_none_or(|wanted| is.is_some_and(|is| folded(is) == folded(wanted)))
        };
        let birth = holder.map(|person| person.birth_date.to_string());
        fits_type
            && same(self.ic, one.ic.as_deref())
            && same(self.family, holder.map(|it| it.family_name.as_str()))
            && same(self.given, holder.map(|it| it.given_names.as_str()))
            && same(self.birth, birth.as_deref())
            && self.firm.is_none_or(|wanted| {
                let name = one.name.as_deref().map(folded).unwrap_or_default();
                name.starts_with(&folded(wanted))
            })
    }
}

/// `CheckDataBox`: in which state is it?
pub fn check(isds: &Isds, request: &Element) -> Answered {
    let id = text(request, "dbID").unwrap_or_default();
    if !is_id(id) {
        return status(request, "1007", "ID schránky má chybný tvar.");
    }
    match isds.data_box(id) {
        Some(one) => {
            let state = isds.state_of(one).number().to_string();
            done(request, &element("dbState", Some(&state)))
        }
        None => status(request, "5001", "Schránka neexistuje."),
    }
}

/// `GetDataBoxActivityStatus`: in which states was it when? Here always in the present one.
pub fn activity(isds: &Isds, request: &Element) -> Answered {
    let id = text(request, "dbID").unwrap_or_default();
    let Some(one) = isds.data_box(id) else {
        return status(request, "5001", "Schránka neexistuje.");
    };
    let (Some(from), Some(to)) = (text(request, "baFrom"), text(request, "baTo")) else {
        return status(request, "1058", "Chybí období.");
    };
    let period = [
        element("PeriodFrom", Some(from)),
        element("PeriodTo", Some(to)),
        element("DbState", Some(&isds.state_of(one).number().to_string())),
    ];
    let periods = format!(
        "{}<p:Periods><p:Period>{}</p:Period></p:Periods>",
        element("dbID", Some(&one.id)),
        period.concat()
    );
    done(request, &periods)
}

/// `ISDSSearch2` and `ISDSSearch3`: words, an address, a number.
pub fn full_text(isds: &Isds, caller: &DataBox, request: &Element) -> Answered {
    let Some(words) = text(request, "searchText") else {
        return status(request, "1152", "Hledaný text je prázdný.");
    };
    let kind = text(request, "searchType").unwrap_or("GENERAL");
    match kind {
        "ICO" if !ico::is_valid(words) => return status(request, "1154", "IČO má chybný tvar."),
        "DBID" if !is_id(words) => return status(request, "1153", "ID schránky má chybný tvar."),
        "GENERAL" | "ADDRESS" | "ICO" | "IDOVM" | "DBID" => {}
        _ => return status(request, "1155", "Neznámý druh hledání."),
    }
    let (Ok(number), Ok(size)) = (
        text(request, "page").unwrap_or("0").parse::<usize>(),
        text(request, "pageSize").unwrap_or("10").parse::<usize>(),
    ) else {
        return status(request, "1155", "Stránka není číslo.");
    };
    if size > PAGE || size == 0 {
        return status(request, "1156", "Stránka je příliš velká.");
    }

    let scope = text(request, "searchScope").unwrap_or("ALL");
    let is_authority = caller.kind.gross() == Gross::Ovm;
    let found: Vec<_> = isds
        .boxes()
        .iter()
        .filter(|one| is_in_scope(one, scope) && speaks_of(isds, one, kind, words))
        .filter(|one| is_authority || one.kind.gross() != Gross::Fo || one.listed)
        .collect();
    if found.is_empty() {
        return status(request, "0002", "Nic nebylo nalezeno.");
    }
    let position = number.saturating_mul(size);
    let page: Vec<_> = found
        .iter()
        .skip(position)
        .take(size)
        .map(|one| result(isds, one, is_authority, request.name == "ISDSSearch3"))
        .collect();
    let is_last = position + page.len() >= found.len();
    let head = [
        element("totalCount", Some(&found.len().to_string())),
        element("currentCount", Some(&page.len().to_string())),
        element("position", Some(&position.to_string())),
        element("lastPage", Some(if is_last { "true" } else { "false" })),
    ];
    with_status(
        request,
        &format!(
            "{}<p:dbResults>{}</p:dbResults>",
            head.concat(),
            page.concat()
        ),
        "0000",
        "Provedeno úspěšně.",
    )
}

fn is_in_scope(one: &DataBox, scope: &str) -> bool {
    match scope {
        "ALL" => true,
        "OVM_MAIN" => one.kind.code == 10,
        _ => one.kind.symbol == scope || one.kind.gross().symbol() == scope,
    }
}

fn speaks_of(isds: &Isds, one: &DataBox, kind: &str, words: &str) -> bool {
    match kind {
        "ICO" => one.ic.as_deref() == Some(words),
        "DBID" => one.id == words,
        "IDOVM" => one.ovm_id.as_deref() == Some(words),
        "ADDRESS" => has_all_words(&address(isds, one), words),
        _ => {
            let ic = one.ic.as_deref().unwrap_or_default();
            let all = format!("{} {ic} {}", name(isds, one), address(isds, one));
            has_all_words(&all, words)
        }
    }
}

fn has_all_words(text: &str, words: &str) -> bool {
    let text = folded(text);
    folded(words)
        .split_whitespace()
        .all(|word| text.contains(word))
}

fn result(isds: &Isds, one: &DataBox, births: bool, is_third: bool) -> String {
    let birth = isds
        .holder(one)
        .filter(|_| births)
        .map(|person| person.birth_date.to_string());
    let options = if isds.state_of(one) == BoxState::ACCESSIBLE {
        "DZ"
    } else {
        "DISABLED"
    };
    let extra = if is_third {
        element("dbIdOVM", one.ovm_id.as_deref())
    } else {
        element("dbEffectiveOVM", Some("false"))
    };
    let inside = [
        element("dbID", Some(&one.id)),
        element("dbType", Some(one.kind.symbol)),
        element("dbName", Some(&name(isds, one))),
        element("dbAddress", Some(&address(isds, one))),
        element("dbBiDate", birth.as_deref()),
        element("dbICO", one.ic.as_deref()),
        extra,
        element("dbSendOptions", Some(options)),
    ];
    format!("<p:dbResult>{}</p:dbResult>", inside.concat())
}

/// What a box is called: its business name, or the person's.
pub fn name(isds: &Isds, one: &DataBox) -> String {
    let person = isds.holder(one);
    let person = person.map(|it| format!("{} {}", it.given_names, it.family_name));
    one.name.clone().or(person).unwrap_or_default()
}

/// Where its holder sits or lives.
pub fn address(isds: &Isds, one: &DataBox) -> String {
    let seat = one.seat.as_ref();
    let seat = seat.or_else(|| isds.holder(one)?.address.as_ref());
    seat.map(super::data::Address::line).unwrap_or_default()
}

fn folded(text: &str) -> String {
    text.to_lowercase()
}

fn is_id(id: &str) -> bool {
    id.len() == 7
        && id
            .bytes()
            .all(|byte| byte.is_ascii_digit() || byte.is_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::isds::config::IsdsConfig;
    use crate::xml;

    fn asked(
        call: impl Fn(&Isds, &DataBox, &Element) -> Answered,
        caller: &str,
        xml: &str,
    ) -> Answered {
        let isds = Isds::new(&IsdsConfig::default()).unwrap();
        let text = xml.replacen('>', &format!(" xmlns=\"{NAMESPACE}\">"), 1);
        let caller = isds.data_box(caller).unwrap();
        call(&isds, caller, &xml::parse(&text).unwrap())
    }

    fn found(caller: &str, criteria: &str) -> Answered {
        asked(
            |isds, caller, request| find(isds, caller, request, Version::Second),
            caller,
            &format!("<FindDataBox2><dbOwnerInfo>{criteria}</dbOwnerInfo></FindDataBox2>"),
        )
    }

    #[test]
    fn criteria_must_suffice_for_the_type() {
        let code = |criteria| found("ovm0001", criteria).code;

        assert_eq!(code("<dbID>po00001</dbID>"), "0000");
        assert_eq!(code("<dbType>PO</dbType><ic>00000027</ic>"), "0000");
        assert_eq!(code("<dbType>PO</dbType><firmName>pek</firmName>"), "0000");
        assert_eq!(code("<dbType>PO</dbType><firmName>pe</firmName>"), "1155");
        assert_eq!(code("<dbType>FO</dbType><ic>00000027</ic>"), "1155");
        assert_eq!(code("<ic>00000027</ic>"), "1101");
        assert_eq!(code("<dbType>PO</dbType><ic>00000116</ic>"), "0002");
    }

    #[test]
    fn one_number_can_have_several_boxes() {
        let answer = found("ovm0001", "<dbType>PFO</dbType><ic>00000019</ic>");

        assert_eq!(answer.xml.matches("<p:dbOwnerInfo>").count(), 2);
    }

    #[test]
    fn people_are_hidden_from_companies_unless_they_want_to_be_found() {
        let nguyen = "<dbType>FO</dbType><pnLastName>Nguyễn</pnLastName>";
        let novakova = "<dbType>FO</dbType><pnLastName>nováková</pnLastName>";

        assert_eq!(found("ovm0001", nguyen).code, "0000");
        assert_eq!(found("po00001", nguyen).code, "0002");
        assert!(found("ovm0001", novakova).xml.contains("1985-04-12"));
        assert!(!found("po00001", novakova).xml.contains("1985-04-12"));
    }

    #[test]
    fn the_state_of_a_box_is_told() {
        let state = |id: &str| {
            asked(
                |isds, _, request| check(isds, request),
                "ovm0001",
                &format!("<CheckDataBox><dbID>{id}</dbID></CheckDataBox>"),
            )
        };

        assert!(state("po00001").xml.contains("<p:dbState>1</p:dbState>"));
        assert!(state("fo00014").xml.contains("<p:dbState>2</p:dbState>"));
        assert_eq!(state("nobody1").code, "5001");
        assert_eq!(state("PO00001").code, "1007");
    }

    #[test]
    fn full_text_finds_by_words_and_pages() {
        let ask = |words: &str, kind: &str, size: &str| {
            asked(
                full_text,
                "ovm0001",
                &format!(
                    "<ISDSSearch3><searchText>{words}</searchText><searchType>{kind}</searchType><searchScope>ALL</searchScope><page>0</page><pageSize>{size}</pageSize></ISDSSearch3>"
                ),
            )
        };

        assert!(
            ask("vltava pekařství", "GENERAL", "10")
                .xml
                .contains("po00001")
        );
        assert!(ask("00000060", "ICO", "10").xml.contains("spol001"));
        assert!(
            ask("krumlov", "ADDRESS", "2")
                .xml
                .contains("<p:lastPage>false</p:lastPage>")
        );
        assert_eq!(ask("00000061", "ICO", "10").code, "1154");
        assert_eq!(ask("krumlov", "GENERAL", "101").code, "1156");
        assert_eq!(ask("", "GENERAL", "10").code, "1152");
    }
}
