# Stránky portálu.

brand = Portál služeb
nav-home = Úvod
nav-identity = Moje identita
nav-devices = Přihlášená zařízení
who-nameless = Můj účet
way-home = Zpět na úvod
way-sign-in-again = Přihlásit se znovu
way-sign-in-higher = Zkusit to s vyšším ověřením
account-link = Spravovat Městskou identitu

home-title = Úvod
home-heading = Služby města { $town }
home-lead = Přihlaste se Městskou identitou. Uvidíte, které údaje o vás město dostalo, od koho a jak spolehlivě jsou ověřené.
home-sign-in = Přihlásit se
home-to-identity = Zobrazit moji identitu
home-see = Po přihlášení uvidíte
home-see-facts = údaje, které o vás město dostalo
home-see-sources = kdo a kdy je ověřil
home-see-devices = všechna zařízení s otevřeným přihlášením; můžete je odhlásit
home-how = Jak přihlášení funguje
home-how-choice = Způsob přihlášení, například Identitu občana, si vyberete na další stránce.
home-how-safe = Heslo ani kód tu nikdy nezadáváte. Ověří vás poskytovatel, kterého si vyberete, a portál dostane jen údaje, které potřebuje.
home-how-town = Na sdíleném počítači se nakonec odhlaste. Odhlášení platí i pro Městskou identitu.

identity-title = Moje identita
identity-lead = Co o vás portál dostal, od koho a jak spolehlivě je to ověřené.
identity-facts = Vaše údaje
identity-nothing = Žádný údaj o vás portál nedostal
identity-nothing-why = Přihlášení nepředalo žádné údaje. Nic nemusíte dělat.
identity-correct = Údaje tu změnit nejde. Opravu vyřídíte u toho, kdo údaj ověřil; my ji převezmeme při dalším přihlášení.
identity-as-of = stav k { $moment }
identity-step-up = Ověřte svou totožnost státem
identity-step-up-why = S Identitou občana bude mít město vaše údaje ověřené státem a budete moci vyřídit i to, co vyšší ověření vyžaduje.
identity-step-up-button = Ověřit Identitou občana
identity-login = Toto přihlášení
identity-login-by = Čím
identity-login-at = Kdy
identity-acting = Za koho jednáte
identity-acting-now = Teď jednáte za:
identity-acting-self = sebe
identity-acting-until = platí do { $date }
identity-acting-switch = Jednat za: { $name }
identity-acting-switch-self = Jednat za sebe
identity-acting-what = Po změně se stránky načtou znovu. Přihlašovat se kvůli tomu nemusíte.

level-unverified = Neověřený účet
level-contact = Ověřený kontakt
level-town = Ověřená totožnost
level-state = Ověřeno státem
level-state-high = Ověřeno státem, vysoká záruka

fact-name = Jméno a příjmení
fact-birth-date = Datum narození
fact-birth-place = Místo narození
fact-nationalities = Státní občanství
fact-address = Adresa
fact-email = E-mail
fact-phone = Telefon
fact-level = Úroveň:

source-state = Identita občana
source-data-box = datová schránka
source-bank = bankovní identita
source-town = přepážka města
source-agreement = zdroj podle dohody s městem
source-demo = zkušební přihlášení, vymyšlená osoba
source-other = ověřeno podle „{ $name }“
source-proven = váš údaj · ověřený kódem
source-confirmed = ověřený údaj
source-stated = váš údaj · zatím neověřený

provider-nia = Identita občana
provider-isds = datová schránka
provider-bank-id = bankovní identita
provider-local = městský účet
provider-demo = zkušební přihlášení
provider-other = Městská identita

devices-title = Přihlášená zařízení
devices-lead = Prohlížeče, ve kterých je teď otevřené vaše přihlášení k portálu.
devices-device = Zařízení
devices-since = Přihlášeno
devices-used = Naposledy použito
devices-by = Čím
devices-action = Akce
devices-this = toto zařízení
devices-end = Odhlásit
devices-end-others = Odhlásit všude kromě tohoto zařízení
devices-ended = Hotovo
devices-ended-what = Seznam níže ukazuje, kde je vaše přihlášení otevřené teď.
devices-elsewhere = Ostatní služby města
devices-elsewhere-what = Tady odhlásíte zařízení jen od portálu. Pokud na něm zůstala přihlášená Městská identita, dá se jí přihlásit znovu. Odhlásit ji, a s ní všechny služby, můžete ve správě Městské identity.
device-unknown = Neznámé zařízení

leaving-title = Odhlašujeme vás
leaving-what = Přihlášení k portálu je ukončené. Ještě ukončíme přihlášení k Městské identitě. Pokud se stránka sama nezmění, použijte tlačítko.
leaving-button = Dokončit odhlášení

done-title = Odhlášení proběhlo
done-everywhere = Přihlášení k portálu i k Městské identitě je v tomto prohlížeči ukončené.
done-here = Přihlášení k portálu je v tomto prohlížeči ukončené.
done-open = Městská identita může být ještě přihlášená
done-open-what = Teď se s ní nemůžeme spojit. Na sdíleném počítači zavřete všechna okna prohlížeče.
done-shared = Na sdíleném počítači nakonec zavřete okno prohlížeče.
done-again-title = Přihlášení je znovu otevřené
done-again-what = Mezitím v tomto prohlížeči proběhlo nové přihlášení.
