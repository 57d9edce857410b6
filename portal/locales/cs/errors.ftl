# Chyby portálu: název, co se stalo, co s tím udělá podpora.

err-por-101-title = Přihlášení jsme nenašli
err-por-101-what = Odpověď patří k přihlášení, které už neznáme. Platí hodinu. Začněte prosím znovu.
err-por-101-help = Hodnota state neodpovídá žádnému rozběhnutému přihlášení: je starší než hodina, nebo tady nezačalo. Opakuje-li se to všem, zkontrolujte, zda všechny repliky sdílejí databázi nebo Redis.

err-por-102-title = Přihlášení začalo v jiném prohlížeči
err-por-102-what = Z bezpečnostních důvodů ho musíte dokončit tam, kde začalo. Tady můžete začít nové.
err-por-102-help = Cookie prohlížeče chybí nebo patří jinému prohlížeči. Může jít o podvržený odkaz s cizím přihlášením; nikdo přihlášen nebyl.

err-por-103-title = Odpověď na přihlášení není úplná
err-por-103-what = Odkaz, který vás sem vrátil, nedorazil celý. Přihlaste se prosím znovu.
err-por-103-help = V odpovědi chybí parametr (state, code), nebo je v ní dvakrát.

err-por-104-title = Odpověď nepřišla od Městské identity
err-por-104-what = Z bezpečnostních důvodů jsme ji nepoužili. Přihlaste se prosím znovu.
err-por-104-help = Parametr iss chybí nebo neodpovídá nastavení broker.issuer.

err-por-105-title = Přihlášení bylo zrušeno
err-por-105-what = Nikomu jsme nic nepředali. Můžete se přihlásit znovu, třeba jiným způsobem.
err-por-105-help = Uživatel přihlášení zrušil, nebo mu ho poskytovatel odmítl (access_denied). Není to porucha.

err-por-106-title = Městská identita přihlášení nedokončila
err-por-106-what = Chyba není u vás. Zkuste to prosím za chvíli znovu.
err-por-106-help = Broker odpověděl chybou, jejíž kód je na stránce. invalid_scope nebo unauthorized_client znamená chybné nastavení klienta.

err-por-107-title = Přihlášení se nepodařilo převzít
err-por-107-what = Potvrzení od Městské identity už neplatí. Přihlaste se prosím znovu.
err-por-107-help = Broker nepřijal jednorázový kód nebo přihlašovací údaje portálu. Opakuje-li se to všem, zkontrolujte broker.client_id, broker.client_secret a hodiny serveru.

err-por-108-title = Potvrzení o přihlášení neprošlo kontrolou
err-por-108-what = Z bezpečnostních důvodů jsme ho nepoužili. Nikdo přihlášen nebyl.
err-por-108-help = ID token neplatí: podpis, vydavatel, příjemce, nonce nebo čas. Přesný důvod je v záznamu pod číslem události. Nejčastěji jde o hodiny serveru nebo špatný broker.issuer; jinak to hlaste jako bezpečnostní událost.

err-por-109-title = Údaje o vás neprošly kontrolou
err-por-109-what = Z bezpečnostních důvodů jsme je nepoužili. Nikdo přihlášen nebyl.
err-por-109-help = Odpověď userinfo neplatí: podpis, vydavatel, příjemce, nebo patří jiné osobě než ID token. Přesný důvod je v záznamu pod číslem události. Hlaste to jako bezpečnostní událost.

err-por-110-title = Toto přihlášení nestačí
err-por-110-what = Stránka vyžaduje vyšší ověření totožnosti, než jaké přihlášení přineslo. Vaše dosavadní přihlášení platí dál.
err-por-110-help = Úroveň v acr nedosahuje požadované hodnoty acr_values. Osoba potřebuje jiný způsob přihlášení, například Identitu občana.

err-por-111-title = Tato odpověď už byla použita
err-por-111-what = Každé přihlášení se dá dokončit jen jednou. Začněte prosím nové.
err-por-111-help = Odpověď na přihlášení přišla podruhé z jiného prohlížeče. Může jít o zkopírovaný odkaz; nikdo přihlášen nebyl.

err-por-112-title = Za tuto osobu nebo firmu jednat nemůžete
err-por-112-what = Oprávnění mezitím skončilo, nebo ho Městská identita nepotvrdila. Vaše dosavadní přihlášení platí dál.
err-por-112-help = Broker na acting_for odpověděl access_denied, nebo jeho token mluví o jiném oprávnění. Která oprávnění osoba má, je ve správě Městské identity na stránce Za koho jednáte.

err-por-113-title = Přihlásil se někdo jiný
err-por-113-what = V portálu byl přihlášen jeden člověk, ale v Městské identitě se teď přihlásil někdo jiný. Dosavadní přihlášení k portálu jsme proto v tomto prohlížeči ukončili a nikoho jiného jsme nepřihlásili. V Městské identitě zůstává přihlášen ten, kdo se přihlásil teď. Tlačítkem níže se přihlásí i k portálu. Nejste to vy? Potom se tam odhlaste a přihlaste se sami. Jste to vy, jen jiným způsobem? Pak máte dva účty a v Městské identitě je můžete spojit.
err-por-113-help = K požadavku na vyšší ověření, na přepnutí nebo na přihlášení přes Identitu občana přišla odpověď s jiným sub (nebo login_required), než pod jakým byla osoba přihlášena. Obvykle jde o dva lidi u jednoho prohlížeče. Session prvního skončila důvodem somebody_else, druhému žádná nevznikla.

err-por-120-title = Městská identita teď neodpovídá
err-por-120-what = Chyba není u vás. Zkuste to prosím za několik minut znovu.
err-por-120-help = Portál se nespojil s brokerem: síť, DNS, TLS, nebo broker neběží. Zkontrolujte broker.issuer a stav brokeru; city-portal check ukáže důvod.

err-por-121-title = Městská identita odpovídá nesrozumitelně
err-por-121-what = Chyba není u vás. Zkuste to prosím později znovu.
err-por-121-help = Popis brokeru (discovery) nebo jeho klíče nejdou použít: jiný vydavatel, chybí adresa, neplatný JSON. city-portal check ukáže důvod.

err-por-201-title = Vaše přihlášení skončilo
err-por-201-what = Vypršelo, nebo jste se odhlásili na jiném zařízení, v jiné službě města nebo v Městské identitě. Po přihlášení budete pokračovat tady.
err-por-201-help = Relaci ukončil její majitel jinde, broker zprávou o odhlášení, neplatný obnovovací token, nebo novější přihlášení v témže prohlížeči. Důvod je v auditu u události session.ended.

err-por-202-title = Přihlášení vypršelo
err-por-202-what = Z bezpečnostních důvodů trvá nejvýš 12 hodin. Po přihlášení budete pokračovat tady.
err-por-202-help = Relace dosáhla stáří session.lasts_minutes, nebo její cookie neznáme. Není to porucha.

err-por-203-title = Kvůli bezpečnosti se prosím přihlaste znovu
err-por-203-what = Městská identita delší dobu neodpovídala, proto jsme přihlášení ukončili. Po přihlášení budete pokračovat tady.
err-por-203-help = Broker byl nedostupný déle než session.unreachable_minutes. Zkontrolujte spojení portálu s brokerem.
err-por-204-title = Přihlášení k Městské identitě už neplatí
err-por-204-what = Nejčastěji proto, že od něj uplynula nejdelší možná doba. K portálu se proto prosím přihlaste znovu, budete pokračovat tady.
err-por-204-help = Broker při potvrzení relace odmítl obnovovací token (invalid_grant): jeho relace dosáhla stáří session.hours, oprávnění bylo odvoláno, nebo patří někomu jinému. Důvod je v auditu brokeru.

err-por-301-title = Zprávu o odhlášení jsme nepřijali
err-por-301-what = Zpráva brokeru o odhlášení neprošla kontrolou. Žádné přihlášení neskončilo.
err-por-301-help = Logout token neplatí nebo už byl použit. Porušené pravidlo je v záznamu a v auditu u události logout_token.refused.
