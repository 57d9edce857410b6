# Za koho člověk jedná: volba po přihlášení a stránka účtu.

acting-title = Za koho jednáte?
acting-lead = Vyberte, za koho chcete ve službě { $service } jednat.
acting-self = Za sebe
acting-what = Služba uvidí, že jednáte vy, a za koho. Změnit to můžete později i bez nového přihlášení.
acting-submit = Pokračovat
mandate-ico = IČO { $ico }
mandate-until = platí do { $date }
mandate-may = Smíte: { $acts }
mandate-source-isds = podle datové schránky
mandate-source-demo = vymyšlené oprávnění
mandate-source-counter = ověřeno na úřadě
mandate-source-register = podle veřejného rejstříku
mandate-source-other = ověřeno městem
act-view = nahlížet
act-submit = podávat
act-pay = platit
act-manage = určovat, kdo smí jednat
body-company = obchodní společnost
body-association = spolek nebo jiná nezisková organizace
body-sole_trader = podnikatel
body-public_body = úřad
information-acting = Za koho jednáte
information-acting-what = Služba uvidí i seznam těch, za které smíte jednat.

nav-mandates = Za koho jednáte
mandates-title = Za koho jednáte
mandates-lead = Firmy, spolky a další, za které smíte u města jednat. Komu to která služba dovolí, rozhoduje rozsah oprávnění.
mandates-body = Za koho
mandates-may = Co smíte
mandates-source = Odkud to víme
mandates-end = Vzdát se
mandates-end-what = Vzdáte-li se oprávnění, služby, ve kterých podle něj jednáte, vás hned odhlásí. Oprávnění z datové schránky se vrátí, až se jí znovu přihlásíte.
mandates-prove = Předtím vás požádáme o nové přihlášení.
mandates-proved-what = Teď se můžete oprávnění vzdát.
mandates-none = Teď smíte jednat jen za sebe
mandates-none-what = Přihlásíte-li se datovou schránkou firmy nebo spolku, objeví se tady.
claim-acting-for = za koho jednáte
claim-may-act-for = za koho smíte jednat
scope-city-mandate = Za koho jednáte

register-as-of = podle ARES k { $date }
register-ended-title = Podle registru už neexistuje
register-ended-text = { $names }. Oprávnění jednat brzy skončí; do té doby za ně raději nic nepodávejte.
register-old-title = Registr ARES teď neodpovídá
register-old-text = Název a sídlo ukazujeme podle jeho poslední odpovědi. Jednat můžete dál.
