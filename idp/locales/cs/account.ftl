# Moje identita.

nav-identity = Moje identita
nav-sessions = Přihlášená zařízení
nav-services = Služby s vašimi údaji
who-unnamed = Můj účet

identity-title = Moje identita
identity-lead = Co o vás Městská identita ví a odkud to má.
identity-facts = Vaše údaje
identity-no-facts = Zatím o vás nevedeme žádné údaje. Přijdou s přihlášením.
identity-correction = Údaje z registru tady změnit nejde. Opravu si vyžádáte na matrice nebo v Portálu občana, my ji převezmeme při příštím přihlášení.
identity-ways = Čím se přihlašujete
identity-language = Jazyk
identity-language-what = V jakém jazyce vám máme psát?
identity-language-save = Uložit jazyk
language-name-cs = Čeština
language-name-en = English
language-name-de = Deutsch
way-used = přidáno { $added }, naposledy { $used }
way-stale = Údaje se tam změnily. Převezmeme je, až se tudy příště přihlásíte.

sessions-title = Přihlášená zařízení
sessions-lead = Prohlížeče, ve kterých je vaše identita právě přihlášená. Neznáte-li některý, odhlaste ho.
sessions-device = Zařízení
sessions-since = Přihlášeno
sessions-seen = Naposledy použito
sessions-way = Čím
sessions-this = toto zařízení
sessions-unknown = Neznámé zařízení
sessions-end-others = Odhlásit všude kromě tohoto zařízení
table-action = Akce

services-title = Služby s vašimi údaji
services-lead = Komu jsme předali vaše údaje a kdy naposledy.
services-service = Služba
services-got = Co dostala
services-last = Naposledy
services-none = Žádné službě jsme zatím nic nepředali
services-none-what = Až se poprvé přihlásíte do některé služby, najdete ji tady.
services-revoke = Odvolat souhlas
services-revoke-what = Po odvolání službu odhlásíme a příště se vás znovu zeptáme. Údaje, které už má, vám na požádání vymaže sama služba.
claims-none = jen značku, žádné údaje
