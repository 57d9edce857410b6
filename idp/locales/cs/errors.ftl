# Chyby přihlášení a odhlášení: název, co se stalo, co s tím udělá podpora.

err-log-101-title = Toto přihlášení už neznáme
err-log-101-what = Odkaz je starší než jeden den nebo není celý. Otevřete znovu službu, do které jste chtěli, a přihlaste se z ní.
err-log-101-help = Přihlášení s touto adresou není v krátkodobém úložišti. Nejčastěji jde o starou záložku nebo zkrácený odkaz; pokud se to děje všem, zkontrolujte úložiště (Redis nebo databázi).

err-log-103-title = Přihlášení začalo v jiném prohlížeči
err-log-103-what = Z bezpečnostních důvodů ho můžeme dokončit jen tam, kde začalo. Vraťte se do toho prohlížeče, nebo začněte znovu tady.
err-log-103-help = Cookie prohlížeče nesouhlasí s tou, se kterou prohlížeč odešel k poskytovateli. Buď odkaz otevřel někdo jiný, nebo prohlížeč cookies maže.

err-log-104-title = Tato odpověď už byla použita
err-log-104-what = Jedno přihlášení platí jen jednou. Pokud jste ho už dokončili, pokračujte ve službě; jinak začněte znovu.
err-log-104-help = Odpověď poskytovatele přišla podruhé z jiného prohlížeče nebo po uplynutí deseti minut. Opakuje-li se to, mohl ji někdo zachytit.

err-log-105-title = Přihlášení jsme nepoznali
err-log-105-what = Odpověď, kterou k nám prohlížeč přinesl, nepatří k žádnému přihlášení, které tu začalo. Nepoužili jsme ji.
err-log-105-help = Odpověď nemá známé číslo požadavku: přihlášení začalo jinde, je starší než hodina, nebo šlo o pokus o podvržení.

err-log-106-title = Přihlášení se nedokončilo včas
err-log-106-what = Odpověď přišla později, než ji smíme přijmout. Z bezpečnostních důvodů jsme ji nepoužili.
err-log-106-help = Mezi odchodem k poskytovateli a návratem uplynulo víc, než dovoluje login.answer_within_minutes.

err-log-107-title = Přihlášení se nedokončilo
err-log-107-what = Odpověď, kterou k nám prohlížeč přinesl ({ $provider }), jsme nemohli ověřit, a proto jsme ji nepoužili. Zkuste to prosím znovu.
err-log-107-help = Odpověď neprošla ověřením. Která kontrola selhala, je v záznamu a v auditu (city-idp audit list --incident ČÍSLO); u selhání, za které může nastavení, je tam i rada.

err-log-108-title = Přihlášení se nedokončilo
err-log-108-what = Odpověď přišla na adresu jiného poskytovatele, než ke kterému jste odešli. Nepoužili jsme ji.
err-log-108-help = Záměna poskytovatelů: zkontrolujte, zda má každý registrovanou svou vlastní adresu pro odpověď.

err-log-109-title = Tato odpověď už byla použita
err-log-109-what = Stejná odpověď k nám přišla už dříve s jiným přihlášením. Nepoužili jsme ji.
err-log-109-help = Opakovaná odpověď s jiným požadavkem. Tak se chová jen pokus o podvržení nebo chyba poskytovatele.

err-log-110-title = Tento způsob přihlášení nemáme
err-log-110-what = Poskytovatel byl vypnut nebo adresa není správná. Vyberte prosím jiný způsob.
err-log-110-help = V nastavení není poskytovatel tohoto jména.

err-log-111-title = Poskytovatel teď neodpovídá
err-log-111-what = Způsob „{ $provider }“ teď není dostupný. Chyba není u vás. Zkuste to prosím za chvíli, nebo se přihlaste jinak.
err-log-111-help = Metadata, klíče nebo odpověď poskytovatele nešlo načíst: neodpověděl, nebo místo ní poslal něco jiného. Podívejte se na příkaz city-idp check a na síť k poskytovateli.

err-log-112-title = Přihlášení teď u nás nefunguje
err-log-112-what = Chyba je na naší straně. Zkuste to prosím jiným způsobem nebo později.
err-log-112-help = Náš klíč nebo nastavení poskytovatele nefunguje; příčina je v záznamu. Pomůže příkaz city-idp check.

err-log-113-title = Účet je vypnutý
err-log-113-what = Přihlášení proběhlo v pořádku, ale váš účet u města je vypnutý. Obraťte se prosím na podporu.
err-log-113-help = Účet vypnul správce. Důvod je v auditu účtu (city-idp audit list --account KLÍČ).

err-log-114-title = Tento způsob tady použít nejde
err-log-114-what = Služba ho nepřijímá nebo nedosahuje úrovně, kterou potřebuje. Vyberte prosím jiný.
err-log-114-help = Zvolený poskytovatel není povolen klientovi, nedosahuje požadované úrovně nebo neumí vynutit nové přihlášení.

err-log-115-title = Teď se přihlásit nejde
err-log-115-what = Není k dispozici žádný způsob přihlášení. Zkuste to prosím později.
err-log-115-help = V nastavení není žádný poskytovatel, který by vyhověl.

err-log-116-title = Který účet je váš, musí určit úřad
err-log-116-what = Poskytovatel přihlášení nám sdělil, že jste u nás dřív byli pod jiným označením. Podle toho, co o vás víme, ale nejde s jistotou určit, který účet je váš. Rozhodne městský úřad, proto jsme vás teď nepřihlásili. Případ má číslo { $case }. Obraťte se s ním na městský úřad a vezměte si občanský průkaz nebo pas. Až úřad rozhodne, přihlaste se znovu stejným způsobem.
err-log-116-help = Poskytovatel spojil identifikátory, které u nás patří několika účtům nebo někomu s jiným jménem či datem narození. Případ druhu subjects_joined nebo grave_change ukáže city-idp conflict show ČÍSLO.

err-log-118-title = Váš prohlížeč neukládá cookies
err-log-118-what = Bez nich nepoznáme, že se po přihlášení vrátil tentýž prohlížeč, a cizí člověk by mohl pokračovat za vás. Povolte cookies pro tuto stránku a zkuste to znovu.
err-log-118-help = Prohlížeč dvakrát po sobě nepřinesl cookie, kterou dostal. Buď je má zakázané, nebo je maže doplněk či proxy cestou.

err-log-119-title = Přihlášení skončilo bez výsledku
err-log-119-what = Způsob „{ $provider }“ vás k nám poslal zpět bez přihlášení. Buď jste ho zrušili, nebo jste nesouhlasili s předáním údajů, nebo se tam něco nepovedlo. Zkuste to znovu, nebo se přihlaste jinak.
err-log-119-help = Poskytovatel poslal prohlížeč na adresu pro chyby a důvod nesděluje, nebo přes SAML odpověděl chybou bez podpisu, ačkoli podepisovat má; to pak stojí v záznamu i s radou. U datových schránek to bývá odmítnutý souhlas. Děje-li se to všem, pomůže příkaz city-idp check.

err-log-120-title = Nevíme, kterého přihlášení se to týká
err-log-120-what = V tomto prohlížeči máte rozpracováno víc přihlášení způsobem „{ $provider }“ a ten nám nesdělil, ke kterému z nich jste se vrátili. Nikoho jsme proto nepřihlásili. Zavřete ostatní okna, počkejte čtvrt hodiny a začněte znovu, nebo se přihlaste jinak.
err-log-120-help = Odpověď přišla bez čísla přihlášení (appToken) a prohlížeč má u poskytovatele otevřeno víc přihlášení než jedno. Viz without_app_token.

err-log-121-title = Pod tímto přihlášením známe někoho jiného
err-log-121-what = Poskytovatel uvedl jiné jméno nebo datum narození, než jaké k tomuto přihlášení máme. Abychom nikoho nepustili k cizím údajům, nepřihlásili jsme vás. Případ má číslo { $case }. Obraťte se s ním prosím na městský úřad a vezměte si občanský průkaz nebo pas, nebo se přihlaste jinak. Až úřad rozhodne, přihlaste se znovu stejným způsobem.
err-log-121-help = Poskytovatel vydal identifikátor, který u nás někomu patří, jiné osobě, nebo u ní opravil datum narození. Případ druhu grave_change ukáže city-idp conflict show ČÍSLO.

err-aut-101-title = Odkaz do přihlášení není úplný
err-aut-101-what = Služba nám neřekla, kdo je. Vraťte se do ní a zkuste to znovu.
err-aut-101-help = Požadavek nemá client_id, nebo ho má dvakrát. Chyba je na straně služby.

err-aut-102-title = Tuto službu neznáme
err-aut-102-what = Služba, ze které přicházíte, u nás není registrovaná. Z bezpečnostních důvodů ji nepustíme dál.
err-aut-102-help = client_id není mezi registrovanými klienty. Zkontrolujte nastavení služby nebo příkaz city-idp client list.

err-aut-103-title = Služba je vypnutá
err-aut-103-what = Do této služby se teď přihlásit nejde, správce ji vypnul.
err-aut-103-help = Klient je v registru vypnutý.

err-aut-104-title = Odkaz do přihlášení není úplný
err-aut-104-what = Služba nám neřekla, kam se máte vrátit. Vraťte se do ní a zkuste to znovu.
err-aut-104-help = Požadavek nemá redirect_uri, nebo ho má dvakrát. Chyba je na straně služby.

err-aut-105-title = Návratovou adresu služby neznáme
err-aut-105-what = Služba chce, abyste se vrátili na adresu, kterou u nás nemá registrovanou. Z bezpečnostních důvodů vás tam nepošleme.
err-aut-105-help = redirect_uri není znak po znaku v seznamu klienta. Doplňte ji do registrace, nebo opravte službu. Je-li v něm, nepřipouští ji ostrý provoz (sandbox, tento počítač nebo http): důvod stojí v záznamu a řekne ho i city-idp check.

err-out-101-title = Zprávu o odhlášení jsme nepřijali
err-out-101-what = Nešlo ji ověřit, a proto jsme podle ní nic neudělali. Odhlásit se můžete tlačítkem na stránce Moje identita.
err-out-101-help = Zpráva o odhlášení od poskytovatele nemá platný podpis, je stará, opakuje se, nebo nepatří k žádnému přihlášení.

err-lnk-101-title = Během přidávání se změnilo přihlášení
err-lnk-101-what = Mezi začátkem a návratem se v tomto prohlížeči přihlásil někdo jiný, nebo přihlášení skončilo. Nic jsme nepřidali, začněte prosím znovu.
err-lnk-101-help = Relace, ve které přidávání začalo, skončila nebo patří jinému účtu. Ochrana před přidáním k cizímu účtu.

err-lnk-102-title = Čas na potvrzení uplynul
err-lnk-102-what = Návrh na propojení už neplatí, nebo byl použit. Podívejte se, jestli způsob přihlášení nemáte přidaný; jinak to zopakujte.
err-lnk-102-help = Lístek navrženého propojení není v krátkodobém úložišti: vypršel (account.confirm_minutes), nebo ho někdo potvrdil.

err-lnk-103-title = Tento návrh patří jinému přihlášení
err-lnk-103-what = Propojení může potvrdit jen ten, kdo ho začal, ve stejném prohlížeči. Nic jsme nezměnili.
err-lnk-103-help = Lístek navrženého propojení přišel z jiného prohlížeče, relace nebo účtu. Může jít o pokus o podvržení.

err-lnk-104-title = Dnes už to zkoušet nejde
err-lnk-104-what = Propojení jsme dnes několikrát odmítli. Zkuste to zítra, nebo se obraťte na úřad, který údaje porovná.
err-lnk-104-help = Účet má za den tři odmítnuté pokusy o přidání způsobu přihlášení. Případ řeší úředník.

err-lnk-105-title = Takový způsob přihlášení váš účet nemá
err-lnk-105-what = Možná jste ho už odpojili.
err-lnk-105-help = Propojení s tímto číslem neexistuje, skončilo, nebo patří jinému účtu.

err-lnk-106-title = Tento způsob teď odpojit nejde
err-lnk-106-what = Buď by vám nezbyl žádný jiný, nebo ho potřebuje služba, kterou používáte, nebo by bez něj nešlo rozdělit spojené účty. Proč, píše stránka tohoto způsobu.
err-lnk-106-help = Poslední použitelný způsob přihlášení, jediný, který dosáhne úrovně vyžadované právě používanou službou, nebo poslední způsob jednoho ze spojených účtů, které ještě jde rozdělit.

err-lnk-107-title = Tyto účty rozdělit nejde
err-lnk-107-what = Lhůta uplynula, úřad odebral poslední způsob přihlášení jednoho z nich, nebo by jeden z nich teď zůstal bez způsobu přihlášení.
err-lnk-107-help = Spojení účtů neplatí, patří jinému účtu, skončila lhůta account.undo_days, úředníci odebrali poslední způsob jedné strany (merge.parting-ended), nebo by některá strana neměla způsob přihlášení.

err-stf-101-title = Přihlásili jste se za jiný úřad
err-stf-101-what = Přístup mají jen úřední osoby tohoto města. Máte-li v CAAIS více profilů, přihlaste se prosím profilem u města.
err-stf-101-help = IČO v odpovědi CAAIS není to, které stojí v provider.NÁZEV.ico. Buď jde o úředníka jiného úřadu, nebo je IČO v nastavení chybné.
err-stf-102-title = Nemáte tu žádnou roli
err-stf-102-what = Přihlášení proběhlo v pořádku, ale pro tento systém nemáte přidělenou roli. Požádejte o ni lokálního administrátora svého úřadu.
err-stf-102-help = CAAIS neposlal žádnou přístupovou roli, nebo jen takové, které nejsou v [staff.roles]. Roli přiděluje lokální administrátor v CAAIS.
err-stf-103-title = Vaše totožnost není v CAAIS ztotožněná
err-stf-103-what = Přístup mají jen úřední osoby ztotožněné v základním registru. Požádejte o ztotožnění lokálního administrátora svého úřadu.
err-stf-103-help = CAAIS poslal person_identified = false. Ztotožnění zařídí lokální administrátor úřadu.
err-stf-104-title = Toto přihlášení nestačí
err-stf-104-what = Pro práci v tomto systému je potřeba bezpečnější přihlášení, než jaké systém CAAIS pro naši službu zaručuje. Obraťte se prosím na správce.
err-stf-104-help = Úroveň v provider.NÁZEV.level je nižší než staff.minimum_login, nebo nedosahuje úrovně town. Zvyšte minimální úroveň v konfiguraci u CAAIS i tady.
err-stf-105-title = Váš přístup je vypnutý
err-stf-105-what = Přihlášení proběhlo v pořádku, ale správce vám přístup vypnul. Obraťte se prosím na něj.
err-stf-105-help = Úředníka vypnul příkaz city-idp staff disable; znovu ho pustí city-idp staff enable.
err-stf-106-title = Na tuto stránku nemáte roli
err-stf-106-what = Přihlášení platí, ale vaše role tuto stránku neotevírají. Potřebujete-li ji k práci, požádejte o roli lokálního administrátora svého úřadu.
err-stf-106-help = Stránka žádá jinou roli, než jaké dává [staff.roles] za role přidělené v CAAIS. Kdo jaké má, vypíše city-idp staff list.
err-stf-107-title = Takové oprávnění není
err-stf-107-what = Možná mezitím skončilo. Vyhledejte ho prosím znovu.
err-stf-107-help = Oprávnění s tímto číslem neexistuje, nebo už skončilo. Platná vypíše city-idp mandate list.
err-stf-108-title = Takový návrh tu nečeká
err-stf-108-what = Možná o něm už někdo rozhodl, nebo vypršel čas na schválení. Podívejte se prosím na seznam.
err-stf-108-help = Návrh mandate_proposal s tímto číslem neexistuje, je rozhodnutý, nebo čekal přes čtrnáct dní. Co se stalo, říká záznam mandate.proposal.ended nebo mandate.added.
err-stf-109-title = Teď nevíme, jestli svou roli ještě máte
err-stf-109-what = Každou minutu se ptáme systému CAAIS, jaké máte role, a teď nám neodpověděl. Přihlášení zůstává. Zkuste to prosím za chvíli znovu.
err-stf-109-help = CAAIS neodpověděl na dotaz s obnovovacím tokenem. Příčina stojí u této události v logu. Jak často se ptáme, určuje staff.confirm_seconds.
